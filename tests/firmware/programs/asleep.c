// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Sleeps for twelve days of simulated time, for a debugger to interrupt.
#include <stddef.h>
#include <stdint.h>

#include "firmware/sdk/timer.h"

static bool never(void* context) {
  (void)context;
  return false;
}

int main(void) {
  (void)mho_wait_until_for(never, NULL, (uint64_t)1 << 40);
  return 1;
}
