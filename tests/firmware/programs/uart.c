// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The UART talks to itself through its loopback.
#include "firmware/hal/uart.h"

#include <string.h>

#include "check.h"
#include "firmware/hal/mmio.h"
#include "firmware/sdk/interrupt.h"
#include "registers/memory_map.h"
#include "registers/uart.h"

static const mho_uart_t uart = {.base = MHO_UART_BASE};
static char received[16];
static volatile unsigned n_received;

static void set_loopback(bool on) {
  mho_mmio_write8(MHO_UART_BASE + MHO_UART_MCR_OFFSET,
                  on ? MHO_UART_MCR_LOOPBACK_MASK | MHO_UART_MCR_OUT2_MASK : 0);
}

static mho_hal_result_t send(char byte) {
  for (;;) {
    const mho_hal_result_t result = mho_uart_send(&uart, (uint8_t)byte);
    if (result != MHO_HAL_BUSY) return result;
  }
}

static void on_byte(void* context) {
  (void)context;
  uint8_t byte = 0;
  while (mho_uart_receive(&uart, &byte) == MHO_HAL_OK) {
    received[n_received] = (char)byte;
    n_received = n_received + 1;
  }
}

static bool all_received(void* context) {
  return n_received == *(const unsigned*)context;
}

/// Nothing may be printed while the loopback is on, so results are collected first.
static unsigned echo_by_polling(const char* text, char* out) {
  unsigned n = 0;
  set_loopback(true);
  for (const char* at = text; *at != '\0'; ++at) {
    if (send(*at) != MHO_HAL_OK) break;
    uint8_t byte = 0;
    while (mho_uart_receive(&uart, &byte) == MHO_HAL_EMPTY) {
    }
    out[n++] = (char)byte;
  }
  set_loopback(false);
  return n;
}

static void echo_by_interrupt(const char* text) {
  unsigned length = (unsigned)strlen(text);
  const mho_hal_result_t on = mho_uart_set_interrupts(&uart, true, false);
  set_loopback(true);
  for (unsigned i = 0; i < length; ++i) (void)send(text[i]);
  mho_wait_until(all_received, &length);
  set_loopback(false);
  CHECK(on == MHO_HAL_OK);
  CHECK(mho_uart_set_interrupts(&uart, false, false) == MHO_HAL_OK);
}

int main(void) {
  uint8_t byte = 9;
  CHECK(mho_uart_enable_fifos(&uart, 1) == MHO_HAL_OK);
  CHECK(mho_uart_receive(&uart, &byte) == MHO_HAL_EMPTY);
  CHECK_EQ(byte, 9);
  char out[16] = {0};
  CHECK_EQ(echo_by_polling("polled", out), 6);
  CHECK(strcmp(out, "polled") == 0);
  CHECK(mho_interrupt_set_external_handler(MHO_UART_IRQ, on_byte, NULL));
  (void)mho_interrupts_enable();
  echo_by_interrupt("interrupt");
  CHECK(strcmp(received, "interrupt") == 0);
  puts("uart ok");
  return 0;
}
