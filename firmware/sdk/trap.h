// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Exceptions. Without a handler they end the program with a report on the UART and MHO_EXIT_TRAP.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Exit code of a program that an exception ended.
#define MHO_EXIT_TRAP 133
/// Exit code of a program that an exception inside a trap handler ended.
#define MHO_EXIT_TRAP_IN_HANDLER 139

/// mcause of the exceptions of a machine-mode RV32 CPU.
typedef enum mho_exception {
  MHO_EXCEPTION_FETCH_MISALIGNED = 0,
  MHO_EXCEPTION_FETCH_ACCESS = 1,
  MHO_EXCEPTION_ILLEGAL_INSTRUCTION = 2,
  MHO_EXCEPTION_BREAKPOINT = 3,
  MHO_EXCEPTION_LOAD_MISALIGNED = 4,
  MHO_EXCEPTION_LOAD_ACCESS = 5,
  MHO_EXCEPTION_STORE_MISALIGNED = 6,
  MHO_EXCEPTION_STORE_ACCESS = 7,
  MHO_EXCEPTION_ECALL_FROM_M = 11,
} mho_exception_t;

/// The interrupted program. A handler may change it: mepc is where it goes on, x[i] is register xi (x[0]
/// unused).
typedef struct mho_trap_frame {
  uint32_t x[32];
  uint32_t mepc;
  uint32_t mcause;
  uint32_t mtval;
  uint32_t mstatus;
} mho_trap_frame_t;

/// Called for an exception with interrupts off. Returns true when the program may go on as the frame says; an
/// mepc left unchanged executes the instruction again.
typedef bool (*mho_exception_handler_t)(mho_trap_frame_t* frame);

/// Installs the handler of all exceptions; NULL: the report.
void mho_exception_set_handler(mho_exception_handler_t handler);

/// Moves mepc behind the instruction it points to (2 or 4 bytes).
void mho_trap_skip_instruction(mho_trap_frame_t* frame);
