// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/exact_text.hpp"

#include <gtest/gtest.h>

namespace mho::platform {
namespace {

using numeric::Real;

TEST(ExactText, WritesOddMantissasOfAnyLength) {
  const Real two_parts = ldexp(Real(-3), 40) + ldexp(Real(5), -100);
  const std::vector<std::vector<Real>> columns{{Real(0), Real(12), Real(-0.375)},
                                               {two_parts, Real(1), Real(-1)}};
  EXPECT_EQ(exact_text(columns),
            "row,column,mantissa,exponent\n"
            "1,1,0,0\n"
            "2,1,3,2\n"
            "3,1,-3,-3\n"
            "1,2,-4181389724724491839037947176121567782371323,-100\n"
            "2,2,1,0\n"
            "3,2,-1,0\n");
}

TEST(ExactText, OfNoColumnIsTheHeader) {
  EXPECT_EQ(exact_text({}), "row,column,mantissa,exponent\n");
}

}  // namespace
}  // namespace mho::platform
