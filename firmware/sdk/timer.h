// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Time and waiting with a limit, from mtime of the CLINT. The waits use the timer interrupt: not together
// with a handler that the program has installed for it, nor in interrupt handlers.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Microseconds since reset. Fits the hook now_us of libmho.
uint64_t mho_time_us(void);

/// Sleeps for at least so long; other interrupts are served meanwhile.
void mho_sleep_us(uint64_t duration_us);

/// mho_wait_until() that ends after `timeout_us` at the latest. @returns whether is_done(context) was true
bool mho_wait_until_for(bool (*is_done)(void* context), void* context, uint64_t timeout_us);

/// mho_wait_until() that returns after MHO_NAP_US at the latest. The hook wait_until of libmho for programs
/// that give mho_wait() a time-out: it asks for the time after every nap.
void mho_nap_until(bool (*is_done)(void* context), void* context);
#define MHO_NAP_US 20u
