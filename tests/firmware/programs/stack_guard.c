// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Recurses until the stack has outgrown its place, with a guard below it; before, it uses half of the stack
// and the end of the heap.
#include "firmware/sdk/stack_guard.h"

#include <stdio.h>
#include <string.h>

enum { kFrameBytes = 1024, kDeep = 512, kTooDeep = 2048 };

static unsigned depth_reached(unsigned depth) {
  volatile char frame[kFrameBytes];
  memset((char*)frame, (int)depth, sizeof frame);
  const unsigned below = depth > 1u ? depth_reached(depth - 1u) : 0u;
  return below + (frame[0] == frame[kFrameBytes - 1] ? 1u : 0u);
}

int main(void) {
  extern char __heap_end[];
  mho_stack_guard();
  // The heap ends below the guard.
  const volatile uintptr_t end = (uintptr_t)__heap_end;
  *(volatile char*)(end - 1u) = 1;
  printf("%u calls\n", depth_reached(kDeep));
  printf("%u calls\n", depth_reached(kTooDeep));
  return 0;
}
