// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/sdk/timer.h"

#include <stddef.h>

#include "firmware/hal/clint.h"
#include "firmware/sdk/interrupt.h"
#include "registers/clint.h"
#include "registers/memory_map.h"

#define TICKS_PER_US (MHO_CLINT_MTIME_HZ / 1000000u)
_Static_assert(TICKS_PER_US * 1000000u == MHO_CLINT_MTIME_HZ, "whole ticks per microsecond");

typedef struct {
  bool (*is_done)(void* context);
  void* context;
  uint64_t end_ticks;
  bool has_happened;
} limited_wait_t;

static const mho_clint_t clint = {.base = MHO_CLINT_BASE};

uint64_t mho_time_us(void) {
  return mho_clint_time(&clint) / TICKS_PER_US;
}

static void on_timer(void* context) {
  (void)context;
  mho_clint_set_compare(&clint, UINT64_MAX);
}

static bool is_over(void* context) {
  limited_wait_t* const wait = context;
  wait->has_happened = wait->is_done(wait->context);
  return wait->has_happened || mho_clint_time(&clint) >= wait->end_ticks;
}

bool mho_wait_until_for(bool (*is_done)(void* context), void* context, uint64_t timeout_us) {
  const uint64_t now = mho_clint_time(&clint);
  const bool is_endless = timeout_us > (UINT64_MAX - now) / TICKS_PER_US;
  limited_wait_t wait = {
      .is_done = is_done,
      .context = context,
      .end_ticks = is_endless ? UINT64_MAX : now + timeout_us * TICKS_PER_US,
  };
  mho_clint_set_compare(&clint, wait.end_ticks);
  mho_interrupt_set_timer_handler(on_timer, NULL);
  mho_wait_until(is_over, &wait);
  mho_interrupt_set_timer_handler(NULL, NULL);
  mho_clint_set_compare(&clint, UINT64_MAX);
  return wait.has_happened;
}

static bool never(void* context) {
  (void)context;
  return false;
}

void mho_sleep_us(uint64_t duration_us) {
  (void)mho_wait_until_for(never, NULL, duration_us);
}

void mho_nap_until(bool (*is_done)(void* context), void* context) {
  (void)mho_wait_until_for(is_done, context, MHO_NAP_US);
}
