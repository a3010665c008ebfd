// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/sdk/stack_guard.h"

#include <stdbool.h>
#include <stdint.h>

#include "firmware/sdk/console.h"
#include "firmware/sdk/csr.h"
#include "firmware/sdk/trap.h"

/// The heap ends where the stack begins, from below (mho.ld).
extern char __heap_end[];

// pmpcfg3 holds the configurations of entries 12 to 15, a byte each.
#define LOCKED_NAPOT 0x98u
#define ENTRY_15 24u

static uint32_t guard(void) {
  return ((uint32_t)(uintptr_t)__heap_end + MHO_STACK_GUARD_BYTES - 1u) & ~(MHO_STACK_GUARD_BYTES - 1u);
}

static bool on_exception(mho_trap_frame_t* frame) {
  const bool is_access =
      frame->mcause == MHO_EXCEPTION_LOAD_ACCESS || frame->mcause == MHO_EXCEPTION_STORE_ACCESS;
  if (is_access && frame->mtval - guard() < MHO_STACK_GUARD_BYTES)
    mho_console_text("\nthe stack has overflowed into its guard");
  return false;
}

void mho_stack_guard(void) {
  mho_exception_set_handler(on_exception);
  // A naturally aligned range: its address in words, with ones below for its size.
  MHO_CSR_WRITE(pmpaddr15, (guard() >> 2) | (MHO_STACK_GUARD_BYTES / 8u - 1u));
  MHO_CSR_SET(pmpcfg3, LOCKED_NAPOT << ENTRY_15);
}
