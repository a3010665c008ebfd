// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Software, timer and external interrupts, masking, and the wait that cannot miss one.
#include "firmware/sdk/interrupt.h"

#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "firmware/hal/clint.h"
#include "firmware/hal/uart.h"
#include "firmware/sdk/csr.h"
#include "registers/clint.h"
#include "registers/memory_map.h"

#define MSTATUS_MIE 8u

static const mho_clint_t clint = {.base = MHO_CLINT_BASE};
static const mho_uart_t uart = {.base = MHO_UART_BASE};
static volatile unsigned software_count, timer_count, external_count;
static volatile bool interrupts_on_in_handler;

static void on_software(void* context) {
  mho_clint_set_software_interrupt(&clint, false);
  interrupts_on_in_handler = (MHO_CSR_READ(mstatus) & MSTATUS_MIE) != 0;
  software_count = software_count + *(unsigned*)context;
}

static void check_software(void) {
  static unsigned step = 3;
  mho_interrupt_set_software_handler(on_software, &step);
  mho_clint_set_software_interrupt(&clint, true);
  CHECK_EQ(software_count, 0);  // still masked
  CHECK(!mho_interrupts_enable());
  CHECK_EQ(software_count, 3);
  CHECK(!interrupts_on_in_handler);
  CHECK(mho_interrupts_enable());
  CHECK(mho_interrupts_disable());
  mho_clint_set_software_interrupt(&clint, true);
  CHECK_EQ(software_count, 3);
  mho_interrupts_restore(false);
  CHECK_EQ(software_count, 3);
  mho_interrupts_restore(true);
  CHECK_EQ(software_count, 6);
  mho_interrupt_set_software_handler(NULL, NULL);
  mho_clint_set_software_interrupt(&clint, true);
  CHECK_EQ(software_count, 6);
  mho_clint_set_software_interrupt(&clint, false);
}

enum { kTicks = 10 };

static uint64_t due, period;

static void on_timer(void* context) {
  (void)context;
  CHECK(mho_clint_time(&clint) >= due);
  due += period;
  timer_count = timer_count + 1;
  mho_clint_set_compare(&clint, timer_count < kTicks ? due : UINT64_MAX);
}

static bool all_ticks(void* context) {
  (void)context;
  return timer_count >= kTicks;
}

static void check_timer(void) {
  period = MHO_CLINT_MTIME_HZ / 1000;
  const uint64_t start = mho_clint_time(&clint);
  due = start + period;
  mho_clint_set_compare(&clint, due);
  mho_interrupt_set_timer_handler(on_timer, NULL);
  mho_wait_until(all_ticks, NULL);
  CHECK_EQ(timer_count, kTicks);
  CHECK(mho_clint_time(&clint) - start >= kTicks * period);
  CHECK((MHO_CSR_READ(mstatus) & MSTATUS_MIE) != 0);  // as it was before the wait
  mho_interrupt_set_timer_handler(NULL, NULL);
  CHECK_EQ(MHO_CSR_READ(mip) & (1u << 7), 0);
}

static void on_transmitter_empty(void* context) {
  (void)context;
  CHECK(mho_uart_set_interrupts(&uart, false, false) == MHO_HAL_OK);
  external_count = external_count + 1;
}

static bool external_happened(void* context) {
  return external_count >= *(const unsigned*)context;
}

static void check_external(void) {
  CHECK(!mho_interrupt_set_external_handler(0, on_transmitter_empty, NULL));
  CHECK(!mho_interrupt_set_external_handler(96, on_transmitter_empty, NULL));
  CHECK(mho_interrupt_set_external_handler(MHO_UART_IRQ, on_transmitter_empty, NULL));
  for (unsigned round = 1; round <= 3; ++round) {
    // The transmitter is empty, so the cause is there as soon as it is enabled.
    CHECK(mho_uart_set_interrupts(&uart, false, true) == MHO_HAL_OK);
    mho_wait_until(external_happened, &round);
    CHECK_EQ(external_count, round);
  }
  CHECK(mho_interrupt_set_external_handler(MHO_UART_IRQ, NULL, NULL));
  CHECK(mho_uart_set_interrupts(&uart, false, true) == MHO_HAL_OK);
  for (volatile int i = 0; i < 1000; ++i) {
  }
  CHECK_EQ(external_count, 3);
  CHECK(mho_uart_set_interrupts(&uart, false, false) == MHO_HAL_OK);
}

int main(void) {
  check_software();
  check_timer();
  check_external();
  puts("interrupts ok");
  return 0;
}
