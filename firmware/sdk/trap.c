// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/sdk/trap.h"

#include <stddef.h>

#include "firmware/sdk/console.h"
#include "firmware/sdk/interrupt.h"
#include "firmware/sdk/process.h"

// trap_entry.S has these numbers.
_Static_assert(sizeof(mho_trap_frame_t) == 144, "frame size");
_Static_assert(offsetof(mho_trap_frame_t, mepc) == 128, "behind x31");

#define INTERRUPT_BIT 0x80000000u

static mho_exception_handler_t exception_handler;

void mho_exception_set_handler(mho_exception_handler_t handler) {
  exception_handler = handler;
}

void mho_trap_skip_instruction(mho_trap_frame_t* frame) {
  // The two lowest bits of an instruction are 11 unless it is a compressed one.
  const uint16_t first_half = *(const uint16_t*)(uintptr_t)frame->mepc;
  frame->mepc += (first_half & 3u) == 3u ? 4u : 2u;
}

static const char* exception_name(uint32_t mcause) {
  static const char* const names[] = {
      "instruction address misaligned",
      "instruction access fault",
      "illegal instruction",
      "breakpoint",
      "load address misaligned",
      "load access fault",
      "store address misaligned",
      "store access fault",
      "environment call from U-mode",
      "environment call from S-mode",
      "unknown cause",
      "environment call from M-mode",
  };
  return mcause < sizeof names / sizeof names[0] ? names[mcause] : "unknown cause";
}

static void print_value(const char* name, uint32_t value) {
  mho_console_text(name);
  mho_console_text(" 0x");
  mho_console_hex(value);
}

/// The report goes straight to the UART: the C library may be what broke.
static void report(const mho_trap_frame_t* frame) {
  static const char names[][4] = {"ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0", "a1",
                                  "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5", "s6",
                                  "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  mho_console_text("\ntrap: ");
  mho_console_text(exception_name(frame->mcause));
  print_value("\n  mcause", frame->mcause);
  print_value("  mepc", frame->mepc);
  print_value("  mtval", frame->mtval);
  print_value("  mstatus", frame->mstatus);
  for (unsigned i = 1; i < 32; ++i) {
    mho_console_text(i % 4 == 1 ? "\n  " : "  ");
    print_value(names[i - 1], frame->x[i]);
  }
  mho_console_text("\n");
}

void mho_trap_handle(mho_trap_frame_t* frame);
void mho_trap_handle(mho_trap_frame_t* frame) {
  if ((frame->mcause & INTERRUPT_BIT) != 0) {
    if (mho_interrupt_dispatch(frame->mcause & ~INTERRUPT_BIT)) return;
    mho_console_text("\ntrap: interrupt without a handler");
  } else if (exception_handler != NULL && exception_handler(frame)) {
    return;
  }
  report(frame);
  mho_exit_now(MHO_EXIT_TRAP);
}

void mho_trap_in_handler(uint32_t mcause, uint32_t mepc, uint32_t mtval);
void mho_trap_in_handler(uint32_t mcause, uint32_t mepc, uint32_t mtval) {
  mho_console_text("\ntrap in a trap handler: ");
  mho_console_text(exception_name(mcause));
  print_value("\n  mcause", mcause);
  print_value("  mepc", mepc);
  print_value("  mtval", mtval);
  mho_console_text("\n");
  mho_exit_now(MHO_EXIT_TRAP_IN_HANDLER);
}
