// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What can go wrong with a command list, how the driver sees it, and that the DRU is usable afterwards: a
// good list runs behind each of them. Exit code 0: every error was the expected one and every good list gave
// the right sum; 1: not; 2: no AMC.
#include <stdio.h>
#include <stdlib.h>

#include "../chip.h"

enum { kRingEntries = 4, kJobId = 1, kWatchdog_us = 50, kPatience_us = 100, kNowhere = 0x10 };

typedef struct {
  mho_dru_vector_t head;
  int32_t words[2];
} vector_t;

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static mho_device_t device;
static vector_t a = {{.exponent = 0, .length = 2}, {3, 4}};
static volatile vector_t sum;
static bool is_good = true;

static void expect(bool is_true, const char* what) {
  if (is_true) return;
  printf("  unexpected: %s\n", what);
  is_good = false;
}

static uint32_t address(const volatile void* pointer) {
  return (uint32_t)(uintptr_t)pointer;
}

static mho_completion_t run(const mho_dru_command_t* list, uint32_t commands, uint32_t watchdog_us) {
  mho_ticket_t ticket;
  mho_completion_t completion = {.status = MHO_DRU_STATUS_NOT_RUN};
  expect(mho_submit(&device, list, commands, kJobId, watchdog_us, &ticket) == MHO_OK, "submission");
  expect(mho_wait(&device, ticket, 0, &completion) == MHO_OK, "end of the list");
  return completion;
}

static void check_that_it_works(void) {
  static _Alignas(32) mho_dru_command_t list[4];
  list[0] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_LOAD, .dst = 0, .arg = {address(&a), 2}};
  list[1] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_ADD, .dst = 1, .a = 0, .b = 0};
  list[2] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_STORE, .a = 1, .arg = {address(&sum)}};
  list[3] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_END};
  sum.words[0] = 0;
  const mho_completion_t completion = run(list, 4, 0);
  const int shift = -(int)sum.head.exponent;  // results are normalised to 31 bits
  expect(completion.status == MHO_DRU_STATUS_OK, "status of the good list");
  expect(sum.words[0] >> shift == 6 && sum.words[1] >> shift == 8, "its sum");
  puts("  the next list works");
}

static void recover_from_a_wrong_command(void) {
  static _Alignas(32) mho_dru_command_t list[2] = {{.opcode = MHO_DRU_OPCODE_NOP}, {.opcode = 0xff}};
  const mho_completion_t completion = run(list, 2, 0);
  printf("wrong command: status %d at command %u\n", (int)completion.status,
         (unsigned)completion.fault_command);
  expect(completion.status == MHO_DRU_STATUS_BAD_COMMAND && completion.fault_command == 1,
         "BAD_COMMAND at 1");
  check_that_it_works();
}

static void recover_from_a_bus_error(void) {
  static _Alignas(32) mho_dru_command_t list[1] = {{.opcode = MHO_DRU_OPCODE_LOAD, .arg = {kNowhere, 2}}};
  const mho_completion_t completion = run(list, 1, 0);
  printf("bus error: status %d at address 0x%x\n", (int)completion.status, (unsigned)completion.fault_detail);
  expect(completion.status == MHO_DRU_STATUS_BUS_ERROR && completion.fault_detail == kNowhere, "BUS_ERROR");
  check_that_it_works();
}

static _Alignas(32) mho_dru_command_t endless[1] = {{.opcode = MHO_DRU_OPCODE_JUMP, .arg = {0}}};

static void recover_by_watchdog(void) {
  const mho_completion_t completion = run(endless, 1, kWatchdog_us);
  printf("endless list: status %d after %u ns\n", (int)completion.status, (unsigned)completion.duration_ns);
  expect(completion.status == MHO_DRU_STATUS_WATCHDOG, "WATCHDOG");
  expect(completion.duration_ns >= kWatchdog_us * 1000u, "its time");
  check_that_it_works();
}

static void recover_by_cancelling(void) {
  mho_ticket_t ticket;
  mho_completion_t completion;
  expect(mho_submit(&device, endless, 1, kJobId, 1000 * kPatience_us, &ticket) == MHO_OK, "submission");
  const uint64_t start_us = mho_time_us();
  expect(mho_wait(&device, ticket, kPatience_us, &completion) == MHO_TIMED_OUT, "MHO_TIMED_OUT");
  printf("time-out after %u us\n", (unsigned)(mho_time_us() - start_us));
  mho_cancel(&device);
  expect(mho_wait(&device, ticket, kPatience_us, &completion) == MHO_OK, "end after mho_cancel()");
  expect(completion.status == MHO_DRU_STATUS_ABORTED, "ABORTED");
  printf("cancelled: status %d\n", (int)completion.status);
  check_that_it_works();
}

static void recover_by_reset(const mho_device_config_t* config) {
  mho_ticket_t ticket;
  expect(mho_submit(&device, endless, 1, kJobId, 1000 * kPatience_us, &ticket) == MHO_OK, "submission");
  expect(mho_device_init(&device, config) == MHO_OK, "mho_device_init()");
  puts("reset while a list runs: it is dropped");
  check_that_it_works();
}

int main(void) {
  mho_device_config_t config = chip_configuration(ring, kRingEntries);
  config.hooks.wait_until = mho_nap_until;
  config.hooks.now_us = mho_time_us;
  if (mho_device_init(&device, &config) != MHO_OK || !chip_enable_interrupt(&device)) return 2;
  recover_from_a_wrong_command();
  recover_from_a_bus_error();
  recover_by_watchdog();
  recover_by_cancelling();
  recover_by_reset(&config);
  puts(is_good ? "recovery passed" : "recovery failed");
  return is_good ? 0 : 1;
}
