// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Timer and software interrupt of hart 0. Time is in ticks of mtime, MHO_CLINT_MTIME_HZ per second.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The core-local interruptor; `base` is the address of its first register.
typedef struct mho_clint {
  uintptr_t base;
} mho_clint_t;

/// The time [ticks]. The halves belong together also when the low one wraps between the two reads.
uint64_t mho_clint_time(const mho_clint_t* clint);

/// The timer interrupt is pending from time ≥ `ticks` on; UINT64_MAX: never. No earlier moment is due
/// meanwhile.
void mho_clint_set_compare(const mho_clint_t* clint, uint64_t ticks);

/// Raises or clears the software interrupt.
void mho_clint_set_software_interrupt(const mho_clint_t* clint, bool pending);

#ifdef __cplusplus
}
#endif
