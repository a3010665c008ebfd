// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/sdk/console.h"

#include <stdio.h>

#include "firmware/hal/uart.h"
#include "registers/memory_map.h"

static const mho_uart_t uart = {.base = MHO_UART_BASE};

static void send(char byte) {
  while (mho_uart_send(&uart, (uint8_t)byte) == MHO_HAL_BUSY) {
  }
}

void mho_console_text(const char* text) {
  for (; *text != '\0'; ++text) send(*text);
}

void mho_console_hex(uint32_t value) {
  for (int shift = 28; shift >= 0; shift -= 4) send("0123456789abcdef"[(value >> shift) & 15u]);
}

static int put(char byte, FILE* stream) {
  (void)stream;
  send(byte);
  return (unsigned char)byte;
}

static int get(FILE* stream) {
  (void)stream;
  uint8_t byte = 0;
  while (mho_uart_receive(&uart, &byte) == MHO_HAL_EMPTY) {
  }
  return byte;
}

static FILE console = FDEV_SETUP_STREAM(put, get, NULL, _FDEV_SETUP_RW);

FILE* const stdin = &console;
FILE* const stdout = &console;
FILE* const stderr = &console;
