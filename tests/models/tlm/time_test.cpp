// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/tlm/time.hpp"

#include <gtest/gtest.h>

#include "models/tlm/irq.hpp"
#include "tests/support/simulation.hpp"

namespace mho::tlm_base {
namespace {

TEST(Time, SecondsRoundUpToPicoseconds) {
  const test::Kernel kernel;
  EXPECT_EQ(to_ps(from_seconds(0.0)), 0u);
  EXPECT_EQ(to_ps(from_seconds(1e-12)), 1u);
  EXPECT_EQ(to_ps(from_seconds(1.2e-12)), 2u);
  EXPECT_EQ(to_ps(from_seconds(120e-9)), 120'000u);
  EXPECT_EQ(to_ps(from_ps(123)), 123u);
}

TEST(Occupancy, IsGrantedWhenFreeAndInTheOrderOfTheCalls) {
  Occupancy resource;
  EXPECT_EQ(resource.reserve(100, 50), 100u);
  EXPECT_EQ(resource.reserve(120, 30), 150u);
  EXPECT_EQ(resource.reserve(300, 10), 300u);
  EXPECT_EQ(resource.reserve(0, 5), 310u);
  EXPECT_EQ(resource.busy_until_ps(), 315u);
}

TEST(IrqLine, TellsChangesOfTheLevelOnly) {
  IrqLine line;
  line.set(true, 5);
  std::vector<std::pair<bool, std::uint64_t>> changes;
  line.connect([&](bool level, std::uint64_t time_ps) { changes.emplace_back(level, time_ps); });
  line.set(true, 10);
  line.set(false, 20);
  line.set(false, 30);
  line.set(true, 40);
  EXPECT_EQ(changes, (std::vector<std::pair<bool, std::uint64_t>>{{false, 20}, {true, 40}}));
  EXPECT_TRUE(line.level());
}

}  // namespace
}  // namespace mho::tlm_base
