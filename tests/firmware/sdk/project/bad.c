// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Every way in which a test can fail, and one test behind them that passes.
#include <stdio.h>

#include "firmware/testkit/testkit.h"

MHO_TEST(condition) {
  MHO_CHECK(2 < 1);
  puts("not reached");
}

static void check_below(int64_t value) {
  MHO_CHECK_EQ(value, INT64_MIN);
}

MHO_TEST(numbers_in_a_function) {
  check_below(-5000000000);
}

MHO_TEST(signs_count) {
  MHO_CHECK_EQ(-1, 0xffffffffu);
}

MHO_TEST(last_one_passes) {
  MHO_CHECK(true);
}

MHO_TEST(exception) {
  *(volatile uint32_t*)8u = 1u;
}
