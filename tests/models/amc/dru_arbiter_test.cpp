// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_arbiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/simulation.hpp"

namespace mho::amc {
namespace {

constexpr unsigned kLanes = registers::adc::kLanes;

class Arbiter : public testing::Test {
 protected:
  /// One macro, so many lanes, the DAC bank.
  void ask(unsigned context, std::uint32_t macro, unsigned lanes) {
    const std::vector<std::uint32_t> macros{macro};
    arbiter_.request(context, {.macros = macros, .lanes = lanes, .drives = true});
  }
  bool has(unsigned context) const { return arbiter_.is_granted(context); }

  mho::test::Kernel kernel_;
  DruTurns turns_{"turns"};
  DruArbiter arbiter_{turns_, 1};
  DruArbiter two_banks_{turns_, 2};
};

TEST_F(Arbiter, GrantsLanesInAscendingOrder) {
  arbiter_.request(0, {.macros = {}, .lanes = 3});
  arbiter_.request(1, {.macros = {}, .lanes = 2});
  ASSERT_TRUE(has(0) && has(1));
  EXPECT_EQ(arbiter_.lane(0, 2), 2U);
  EXPECT_EQ(arbiter_.lane(1, 0), 3U);
  arbiter_.release_lane(0, 1);
  arbiter_.request(2, {.macros = {}, .lanes = 2});
  ASSERT_TRUE(has(2));
  EXPECT_EQ(arbiter_.lane(2, 0), 1U);
  EXPECT_EQ(arbiter_.lane(2, 1), 5U);
}

TEST_F(Arbiter, KeepsTheDacBankUntilItIsReleased) {
  ask(0, 10, 1);
  ask(1, 11, 1);
  EXPECT_TRUE(has(0));
  EXPECT_FALSE(has(1));
  arbiter_.release_dac(0);
  EXPECT_TRUE(has(1));
}

TEST_F(Arbiter, KeepsAMacroAsLongAsAnythingOfTheGrant) {
  ask(0, 10, 1);
  ask(1, 10, 1);
  arbiter_.release_dac(0);
  arbiter_.release_lane(0, 0);
  EXPECT_FALSE(has(1));
  arbiter_.release(0);
  EXPECT_TRUE(has(1));
}

TEST_F(Arbiter, GivesEachOperationADacBankAsLongAsThereAreAny) {
  const std::vector<std::uint32_t> macros{10, 11, 12};
  const auto ask_for = [&](unsigned actor) {
    two_banks_.request(actor, {.macros = std::span(macros).subspan(actor, 1), .lanes = 1, .drives = true});
  };
  for (const unsigned actor : {0U, 1U, 2U}) ask_for(actor);
  ASSERT_TRUE(two_banks_.is_granted(0) && two_banks_.is_granted(1));
  EXPECT_EQ(two_banks_.bank(0), 0U);
  EXPECT_EQ(two_banks_.bank(1), 1U);
  EXPECT_FALSE(two_banks_.is_granted(2));
  two_banks_.release_dac(0);
  ASSERT_TRUE(two_banks_.is_granted(2));
  EXPECT_EQ(two_banks_.bank(2), 0U);
  EXPECT_EQ(two_banks_.bank(1), 1U) << "not touched";
}

TEST_F(Arbiter, GrantsAllOrNothing) {
  arbiter_.request(0, {.macros = {}, .lanes = 1});
  ask(1, 10, kLanes);
  EXPECT_FALSE(has(1));
  ask(2, 11, 1);
  EXPECT_TRUE(has(2)) << "the DAC bank is not held for one that waits for lanes";
}

TEST_F(Arbiter, ServesInTheOrderOfTheRequests) {
  ask(0, 10, 1);
  ask(3, 11, 1);
  ask(1, 12, 1);
  arbiter_.release_dac(0);
  EXPECT_TRUE(has(3));
  EXPECT_FALSE(has(1));
}

TEST_F(Arbiter, NobodyIsOvertakenForEver) {
  arbiter_.request(0, {.macros = {}, .lanes = 1});
  ask(1, 10, kLanes);
  unsigned overtakings = 0;
  for (; overtakings < 1000; ++overtakings) {
    ask(2, 11, 1);
    if (!has(2)) break;
    arbiter_.release(2);
  }
  EXPECT_EQ(overtakings, registers::adc::kMaxReads);
  arbiter_.release(0);
  EXPECT_TRUE(has(1));
  EXPECT_FALSE(has(2));
  arbiter_.release(1);
  EXPECT_TRUE(has(2));
}

TEST_F(Arbiter, AReleasedRequestWaitsNoMore) {
  ask(0, 10, kLanes);
  ask(1, 10, kLanes);
  ask(2, 10, kLanes);
  arbiter_.release(1);
  arbiter_.release(0);
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has(2));
}

}  // namespace
}  // namespace mho::amc
