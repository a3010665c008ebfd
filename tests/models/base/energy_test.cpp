// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/base/energy.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mho {
namespace {

TEST(Energy, RoundsToTheNearestAttojoule) {
  EXPECT_EQ(Energy::joules(1.4e-18), Energy::attojoules(1));
  EXPECT_EQ(Energy::joules(1.6e-18), Energy::attojoules(2));
  EXPECT_EQ(Energy::joules(-1.6e-18), Energy::attojoules(-2));
  EXPECT_EQ(Energy::joules(2.61e-12), Energy::attojoules(2'610'000));
  EXPECT_EQ(Energy::femtojoules(3), Energy::attojoules(3000));
}

TEST(Energy, SumDoesNotDependOnTheOrder) {
  std::vector<Energy> parts;
  std::mt19937 engine(5);
  for (int i = 0; i < 1000; ++i) parts.push_back(Energy::joules(1e-18 * (engine() % 1000) * (1 << (i % 30))));
  Energy forward, backward;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    forward += parts[i];
    backward += parts[parts.size() - 1 - i];
  }
  EXPECT_EQ(forward, backward);
  EXPECT_GT(forward, Energy{});
}

TEST(Energy, MultiplesAreExactBeyondSixtyFourBits) {
  const Energy one = Energy::joules(1.0);
  EXPECT_DOUBLE_EQ((one * 1'000'000'000'000ULL).in_joules(), 1e12);
  EXPECT_EQ(one * 3 - one - one, one);
}

TEST(Power, IntegratesExactlyOverPicoseconds) {
  EXPECT_EQ(Power::microwatts(184).over(120'000), Energy::attojoules(184 * 120'000));
  EXPECT_EQ(Power::watts(1.5e-3), Power::microwatts(1500));
  const Power p = Power::microwatts(7);
  EXPECT_EQ(p.over(10) + p.over(13), p.over(23));
  EXPECT_DOUBLE_EQ((p + p).in_watts(), 14e-6);
}

}  // namespace
}  // namespace mho
