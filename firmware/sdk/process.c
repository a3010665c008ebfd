// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/sdk/process.h"

#include <unistd.h>

#include "firmware/hal/finisher.h"
#include "registers/memory_map.h"

void mho_exit_now(int code) {
  const mho_finisher_t finisher = {.base = MHO_FINISHER_BASE};
  const uint32_t clipped = code >= 0 && code <= 0xffff ? (uint32_t)code : 0xffffu;
  mho_finisher_exit(&finisher, (uint16_t)clipped);
  for (;;) __asm__ volatile("wfi");
}

void _exit(int code) {
  mho_exit_now(code);
}
