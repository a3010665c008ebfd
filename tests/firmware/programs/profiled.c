// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Calls of every kind, with what they cost by the program's own clock; tests/e2e/profile_test.cpp looks for
// the lines whose comments say how often they are executed.
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "firmware/hal/clint.h"
#include "firmware/sdk/csr.h"
#include "firmware/sdk/interrupt.h"
#include "registers/memory_map.h"

static const mho_clint_t clint = {.base = MHO_CLINT_BASE};
static volatile uint32_t sink;
static volatile bool is_rare = false;
static jmp_buf escape;

__attribute__((noipa)) static void leaf(uint32_t rounds) {
  for (uint32_t i = 0; i < rounds; ++i) {
    sink = sink + i;  // executed 600 times
  }
}

__attribute__((noipa)) static void middle(void) {
  leaf(100);  // executed 3 times
  leaf(100);
  sink = sink + 1;
}

__attribute__((noipa)) static void tail(void) {
  sink = sink + 2;  // executed 4 times
  if (is_rare) {
    sink = 0;  // executed 0 times
  }
}

// The last call of a function is a jump.
__attribute__((noipa)) static void jumps_on(void) {
  sink = sink + 3;
  tail();
}

__attribute__((noipa)) static uint32_t recurse(uint32_t depth) {
  if (depth == 0) return 0;
  return recurse(depth - 1) + sink;  // executed 5 times
}

__attribute__((noipa)) static void escapes(void) {
  longjmp(escape, 1);
}

__attribute__((noipa)) static void on_software(void* context) {
  (void)context;
  mho_clint_set_software_interrupt(&clint, false);
  for (int i = 0; i < 200; ++i) {
    sink = sink + 1;  // executed 200 times
  }
}

__attribute__((noipa)) static void is_interrupted(void) {
  mho_clint_set_software_interrupt(&clint, true);
  sink = sink + 4;
}

int main(void) {
  const uint64_t start = mho_cycles();
  middle();
  const uint64_t end = mho_cycles();
  middle();
  middle();
  for (int i = 0; i < 4; ++i) jumps_on();
  sink = recurse(5);
  if (setjmp(escape) == 0) escapes();
  mho_interrupt_set_software_handler(on_software, NULL);
  mho_interrupts_enable();
  is_interrupted();
  printf("middle took %lu cycles\n", (unsigned long)(end - start));
  return 0;
}
