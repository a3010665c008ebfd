// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// assert() names file, line and condition on the UART and ends with a failure.
#include <assert.h>

int main(int argc, char** argv) {
  (void)argv;
  assert(argc == 0);
  return 0;
}
