// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What printf knows without FLOAT_PRINTF. The expected text is in ../CMakeLists.txt.
#include <stdio.h>

int main(void) {
  printf("[%d] [%u] [%x] [%08lx]\n", -5, 4000000000u, 0xbeefu, 0x1234abcdul);
  printf("[%s] [%c] [%5d] [%-5d] [%%]\n", "text", 'c', 42, 42);
  fputs("to stderr\n", stderr);
  return 0;
}
