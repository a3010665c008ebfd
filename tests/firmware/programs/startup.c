// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Memory and C library as start-up must leave them.
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "firmware/sdk/csr.h"
#include "firmware/sdk/process.h"
#include "registers/boot.h"
#include "registers/memory_map.h"

extern char __stack_top[], __heap_start[], __heap_end[], __bss_start[], __bss_end[];

static uint32_t initialised[4] = {0x01234567, 0x89abcdef, 42, 0xffffffff};
static uint8_t odd_sized[3] = {1, 2, 3};
static uint32_t zeroed[1024];
static uint8_t zeroed_byte;
static _Thread_local uint8_t thread_byte = 7;
static _Thread_local uint32_t thread_initialised = 0xcafe;
static _Thread_local uint32_t thread_zeroed;
static const char constant[] = "read-only";
static unsigned constructors_run, destructors_run;

__attribute__((constructor(200))) static void second(void) {
  constructors_run = constructors_run * 10 + 2;
}
__attribute__((constructor(101))) static void first(void) {
  constructors_run = constructors_run * 10 + 1;
}

static void at_exit(void) {
  ++destructors_run;
  puts("atexit ran");
}

static void check_data(void) {
  CHECK_EQ(initialised[0], 0x01234567);
  CHECK_EQ(initialised[1], 0x89abcdef);
  CHECK_EQ(initialised[2], 42);
  CHECK_EQ(initialised[3], 0xffffffff);
  CHECK(odd_sized[0] == 1 && odd_sized[1] == 2 && odd_sized[2] == 3);
  for (unsigned i = 0; i < 1024; ++i) CHECK_EQ(zeroed[i], 0);
  CHECK_EQ(zeroed_byte, 0);
  for (const char* at = __bss_start; at < __bss_start + 16; ++at) CHECK(at < __bss_end);
  CHECK(strcmp(constant, "read-only") == 0);
}

static void check_thread_local(void) {
  CHECK_EQ(thread_byte, 7);
  CHECK_EQ(thread_initialised, 0xcafe);
  CHECK_EQ(thread_zeroed, 0);
  errno = ERANGE;
  thread_zeroed = 5;
  CHECK_EQ(errno, ERANGE);
  CHECK_EQ(thread_initialised, 0xcafe);
}

static void check_layout(void) {
  uint32_t local = 0;
  const uintptr_t here = (uintptr_t)&local;
  CHECK_EQ((uintptr_t)__stack_top, MHO_RAM_BASE + MHO_BOOT_FIRMWARE_BYTES);
  CHECK(here < (uintptr_t)__stack_top && here > (uintptr_t)__heap_end);
  CHECK_EQ(here % 4, 0);
  CHECK_EQ((uintptr_t)__builtin_frame_address(0) % 16, 0);
  CHECK((uintptr_t)__heap_start >= (uintptr_t)__bss_end);
}

int main(int argc, char** argv) {
  CHECK_EQ(constructors_run, 12);
  check_data();
  check_thread_local();
  check_layout();
  CHECK(argc >= 1);
  CHECK(argv[0][0] != '\0');
  CHECK(argv[argc] == NULL);
  CHECK(mho_job() == NULL);
  CHECK_EQ(MHO_CSR_READ(mie), 0);
  CHECK_EQ(MHO_CSR_READ(mstatus) & 8, 0);
  CHECK_EQ(atexit(at_exit), 0);
  puts("main returns");
  return 0;
}
