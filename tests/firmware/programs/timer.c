// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Time, sleep, and the wait with a limit.
#include "firmware/sdk/timer.h"

#include "firmware/hal/clint.h"
#include "firmware/sdk/csr.h"
#include "firmware/sdk/interrupt.h"
#include "firmware/testkit/testkit.h"
#include "registers/clint.h"
#include "registers/memory_map.h"

static const mho_clint_t clint = {.base = MHO_CLINT_BASE};

static bool is_set(void* context) {
  return *(volatile bool*)context;
}

static void set(void* context) {
  *(volatile bool*)context = true;
  mho_clint_set_software_interrupt(&clint, false);
}

MHO_TEST(time_counts_microseconds_of_mtime) {
  const uint64_t ticks = mho_clint_time(&clint);
  const uint64_t time_us = mho_time_us();
  const uint64_t later_ticks = mho_clint_time(&clint);
  const uint64_t ticks_per_us = MHO_CLINT_MTIME_HZ / 1000000u;
  MHO_CHECK(time_us >= ticks / ticks_per_us && time_us <= later_ticks / ticks_per_us);
}

MHO_TEST(sleep_lasts_as_long_as_asked_and_little_longer) {
  const uint64_t start_us = mho_time_us();
  mho_sleep_us(2000);
  const uint64_t slept_us = mho_time_us() - start_us;
  MHO_CHECK(slept_us >= 2000);
  MHO_CHECK(slept_us < 2200);
}

MHO_TEST(sleep_of_nothing_returns) {
  mho_sleep_us(0);
}

MHO_TEST(wait_ends_with_its_limit) {
  volatile bool flag = false;
  const uint64_t start_us = mho_time_us();
  MHO_CHECK(!mho_wait_until_for(is_set, (void*)&flag, 300));
  MHO_CHECK(mho_time_us() - start_us >= 300);
}

MHO_TEST(wait_ends_with_the_event) {
  volatile bool flag = false;
  mho_interrupt_set_software_handler(set, (void*)&flag);
  mho_clint_set_software_interrupt(&clint, true);
  MHO_CHECK(mho_wait_until_for(is_set, (void*)&flag, UINT64_MAX));
  mho_interrupt_set_software_handler(0, 0);
}

MHO_TEST(wait_leaves_interrupts_and_timer_as_they_were) {
  mho_sleep_us(10);
  MHO_CHECK_EQ(MHO_CSR_READ(mstatus) & 8u, 0);
  MHO_CHECK_EQ(MHO_CSR_READ(mie) & (1u << 7), 0);
  MHO_CHECK(!mho_interrupts_enable());
  mho_sleep_us(10);
  MHO_CHECK(mho_interrupts_disable());
}
