// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// printf with FLOAT_PRINTF, and soft floating point behind it.
#include <inttypes.h>
#include <stdio.h>

int main(void) {
  volatile double third = 1.0 / 3.0;
  printf("[%.6f] [%g] [%.3e] [%.17g]\n", third, 1e300, -1.5e-9, third * 3);
  printf("[%" PRId64 "] [%" PRIx64 "]\n", INT64_C(-9000000000000000000), UINT64_C(0x123456789abcdef0));
  return 0;
}
