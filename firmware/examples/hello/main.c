// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The smallest program: one line on the UART, exit code 0. Runs unchanged on QEMU's virt machine.
#include <stdio.h>

int main(void) {
  puts("hello from the simulated CPU");
  return 0;
}
