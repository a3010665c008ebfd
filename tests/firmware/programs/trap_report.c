// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Dies of a load without a handler, with a stack pointer that is of no use: the report must come all the
// same.
#include <stdio.h>

int main(void) {
  puts("before");
  __asm__ volatile(
      "li sp, 0x06000100\n"
      "li a5, 0x06000000\n"
      "li s1, 0x5eed\n"
      "li t6, 0xabcd\n"
      ".global faulting_load\n"
      "faulting_load:\n"
      "lw a5, 4(a5)\n");
  puts("after");
  return 0;
}
