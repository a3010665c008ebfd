// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cycles, instructions and time go forward together.
#include "check.h"
#include "firmware/hal/clint.h"
#include "firmware/sdk/csr.h"
#include "registers/clint.h"
#include "registers/memory_map.h"

int main(void) {
  const mho_clint_t clint = {.base = MHO_CLINT_BASE};
  const uint64_t time = mho_clint_time(&clint), cycles = mho_cycles(), instructions = mho_instructions();
  for (volatile int i = 0; i < 20000; ++i) {
  }
  const uint64_t more_instructions = mho_instructions() - instructions;
  const uint64_t more_cycles = mho_cycles() - cycles;
  const uint64_t more_time = mho_clint_time(&clint) - time;
  CHECK(more_instructions > 20000 && more_instructions < 2000000);
  CHECK(more_cycles > 0);
  CHECK(more_time > 0);
  puts("counters ok");
  return 0;
}
