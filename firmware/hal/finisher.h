// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The test finisher: ends the simulation.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The finisher; `base` is the address of its first register.
typedef struct mho_finisher {
  uintptr_t base;
} mho_finisher_t;

/// Ends the simulation with this exit code. Returns, but the machine stops soon after.
void mho_finisher_exit(const mho_finisher_t* finisher, uint16_t code);

#ifdef __cplusplus
}
#endif
