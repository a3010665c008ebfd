// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Control and status registers of the CPU and its counters.
#pragma once

#include <stdint.h>

/// The value of a CSR: MHO_CSR_READ(mcause).
#define MHO_CSR_READ(name)                              \
  __extension__({                                       \
    uint32_t value_;                                    \
    __asm__ volatile("csrr %0, " #name : "=r"(value_)); \
    value_;                                             \
  })
#define MHO_CSR_WRITE(name, value) \
  __asm__ volatile("csrw " #name ", %0" : : "r"((uint32_t)(value)) : "memory")
/// Sets or clears the bits that are one in `mask`.
#define MHO_CSR_SET(name, mask) __asm__ volatile("csrs " #name ", %0" : : "r"((uint32_t)(mask)) : "memory")
#define MHO_CSR_CLEAR(name, mask) __asm__ volatile("csrc " #name ", %0" : : "r"((uint32_t)(mask)) : "memory")

/// Clock cycles since reset, including stalls and wfi.
static inline uint64_t mho_cycles(void) {
  uint32_t high, low, again;
  do {
    high = MHO_CSR_READ(mcycleh);
    low = MHO_CSR_READ(mcycle);
    again = MHO_CSR_READ(mcycleh);
  } while (high != again);
  return ((uint64_t)high << 32) | low;
}

/// Instructions retired since reset.
static inline uint64_t mho_instructions(void) {
  uint32_t high, low, again;
  do {
    high = MHO_CSR_READ(minstreth);
    low = MHO_CSR_READ(minstret);
    again = MHO_CSR_READ(minstreth);
  } while (high != again);
  return ((uint64_t)high << 32) | low;
}
