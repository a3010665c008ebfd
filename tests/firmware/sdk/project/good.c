// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/testkit/testkit.h"

MHO_TEST(equal_numbers_pass) {
  MHO_CHECK_EQ(-1, -1);
  MHO_CHECK_EQ(UINT64_MAX, UINT64_MAX);
  MHO_CHECK(1 < 2);
}

MHO_TEST(nothing_to_check_passes) {}
