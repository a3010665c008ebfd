// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The example of docs/programmers-guide.md: a command list that adds two vectors on the DRU.
#include <stdio.h>

#include "firmware/libmho/device.h"
#include "registers/memory_map.h"

enum { kRingEntries = 8, kJobId = 1, kCommands = 5 };

typedef struct {
  mho_dru_vector_t head;
  int32_t words[2];
} vector_t;

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(32) mho_dru_command_t list[kCommands];
static vector_t a = {{.exponent = 0, .length = 2}, {3, 4}};
static vector_t b = {{.exponent = 0, .length = 2}, {10, 20}};
static volatile vector_t sum;

static uint32_t address(const volatile void* pointer) {
  return (uint32_t)(uintptr_t)pointer;
}

int main(void) {
  const mho_device_config_t config = {.dru_base = MHO_DRU_BASE,
                                      .telemetry_base = MHO_TELEMETRY_BASE,
                                      .memory = {(uint8_t*)MHO_RAM_BASE, MHO_RAM_BASE, MHO_RAM_SIZE},
                                      .ring_address = address(ring),
                                      .ring_entries = kRingEntries};  // no hooks: the driver polls
  mho_device_t device;
  if (mho_device_init(&device, &config) != MHO_OK) return 2;

  list[0] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_LOAD, .dst = 0, .arg = {address(&a), 2}};
  list[1] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_LOAD, .dst = 1, .arg = {address(&b), 2}};
  list[2] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_ADD, .dst = 2, .a = 0, .b = 1};
  list[3] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_STORE, .a = 2, .arg = {address(&sum)}};
  list[4] = (mho_dru_command_t){.opcode = MHO_DRU_OPCODE_END};
  mho_ticket_t ticket;
  mho_completion_t completion;
  if (mho_submit(&device, list, kCommands, kJobId, 0, &ticket) != MHO_OK) return 1;
  if (mho_wait(&device, ticket, 0, &completion) != MHO_OK) return 1;
  if (completion.status != MHO_DRU_STATUS_OK) return 1;
  const int shift = -(int)sum.head.exponent;  // results are normalised to 31 bits
  printf("%ld %ld\n", (long)(sum.words[0] >> shift), (long)(sum.words[1] >> shift));
  return 0;
}
