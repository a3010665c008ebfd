// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How long to wait for a command list that the DRU is to end by itself.
#pragma once

#include <stdint.h>

#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

/// When to give up a list with the time limit `watchdog_us`, 0: the device's default. The DRU ends it at that
/// limit; one that goes on for a millisecond has got stuck.
static inline uint32_t mho_list_timeout_us(uint32_t watchdog_us) {
  const uint32_t grace_us = 1000u;
  const uint32_t limit_us = watchdog_us == 0u ? MHO_DRU_WATCHDOG_US_RESET : watchdog_us;
  return limit_us > UINT32_MAX - grace_us ? UINT32_MAX : limit_us + grace_us;
}

#ifdef __cplusplus
}
#endif
