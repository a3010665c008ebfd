// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Exceptions with a handler: cause, address and resumption, and that no register is lost on the way.
#include "firmware/sdk/trap.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "firmware/sdk/csr.h"

/// Nothing answers here, neither on QEMU's virt machine nor on mho.
#define HOLE 0x06000000u

static mho_trap_frame_t seen;
static unsigned count;

static bool note_and_skip(mho_trap_frame_t* frame) {
  seen = *frame;
  ++count;
  mho_trap_skip_instruction(frame);
  return true;
}

static void expect_trap(uint32_t cause, uint32_t mtval) {
  __asm__ volatile("" : : : "memory");  // the compiler does not see that a trap calls the handler
  CHECK_EQ(count, 1);
  CHECK_EQ(seen.mcause, cause);
  CHECK_EQ(seen.mtval, mtval);
  count = 0;
}

static void check_causes(void) {
  (void)*(volatile uint32_t*)(uintptr_t)(HOLE + 4);
  expect_trap(MHO_EXCEPTION_LOAD_ACCESS, HOLE + 4);
  *(volatile uint32_t*)(uintptr_t)(HOLE + 8) = 1;
  expect_trap(MHO_EXCEPTION_STORE_ACCESS, HOLE + 8);
  __asm__ volatile("ecall" : : : "memory");
  expect_trap(MHO_EXCEPTION_ECALL_FROM_M, 0);
  __asm__ volatile(".option push\n.option norvc\nebreak\n.option pop" : : : "memory");
  CHECK_EQ(seen.mcause, MHO_EXCEPTION_BREAKPOINT);
  count = 0;
  // An instruction of an extension this CPU does not have: fadd.s f0, f0, f0.
  __asm__ volatile(".word 0x00007053" : : : "memory");
  expect_trap(MHO_EXCEPTION_ILLEGAL_INSTRUCTION, 0x00007053);
}

static bool return_to_caller(mho_trap_frame_t* frame) {
  seen = *frame;
  ++count;
  frame->mepc = frame->x[1];
  return true;
}

static void check_jump_into_nothing(void) {
  mho_exception_set_handler(return_to_caller);
  ((void (*)(void))(uintptr_t)HOLE)();
  expect_trap(MHO_EXCEPTION_FETCH_ACCESS, HOLE);
  CHECK_EQ(seen.mepc, HOLE);
  mho_exception_set_handler(note_and_skip);
}

static bool set_a0(mho_trap_frame_t* frame) {
  frame->x[10] = frame->x[10] * 2 + 1;
  frame->mepc += 4;
  return true;
}

static void check_handler_changes_registers(void) {
  uint32_t value = 21;
  mho_exception_set_handler(set_a0);
  __asm__ volatile("mv a0, %0\necall\nmv %0, a0" : "+r"(value) : : "a0");
  CHECK_EQ(value, 43);
  mho_exception_set_handler(note_and_skip);
}

/// In trap_registers.S: gives every register but sp, gp and tp a value, traps, and returns how many changed.
uint32_t registers_changed_by_trap(void);

int main(void) {
  mho_exception_set_handler(note_and_skip);
  check_causes();
  check_jump_into_nothing();
  check_handler_changes_registers();
  CHECK_EQ(registers_changed_by_trap(), 0);
  CHECK_EQ(count, 1);
  for (unsigned i = 5; i < 32; ++i) CHECK_EQ(seen.x[i], 0x11110000 + i);
  // mstatus.MPIE and MIE come back as they were.
  CHECK_EQ(MHO_CSR_READ(mstatus) & 8u, 0);
  puts("traps ok");
  return 0;
}
