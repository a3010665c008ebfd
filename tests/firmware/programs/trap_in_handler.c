// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A handler that traps itself ends the program instead of looping.
#include <stdint.h>
#include <stdio.h>

#include "firmware/sdk/trap.h"

static bool trap_again(mho_trap_frame_t* frame) {
  (void)frame;
  *(volatile uint32_t*)(uintptr_t)0x06000008u = 1;
  return true;
}

int main(void) {
  mho_exception_set_handler(trap_again);
  __asm__ volatile("ecall");
  puts("not reached");
  return 0;
}
