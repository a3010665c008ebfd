// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which commands of a list wait for an operation that is under way.
#include <gtest/gtest.h>

#include "models/amc/dru_operations.hpp"
#include "tests/models/amc/operation_commands.hpp"

namespace mho::amc::test {
namespace {

TEST(DruDependence, OperationsWaitForTheSlotsTheyRead) {
  EXPECT_TRUE(depends_on(inv(3, 2, kInv0), mvm(2, 1, kMvm0)));
  EXPECT_FALSE(depends_on(inv(3, 1, kInv0), mvm(2, 1, kMvm0)));
  EXPECT_FALSE(depends_on(inv(3, 0, kInv0), hp_mvm(1, kHp))) << "products write no slot";
}

TEST(DruDependence, OperationsWaitForThoseThatUseTheirResultsSlot) {
  EXPECT_TRUE(depends_on(inv(1, 2, kInv0), mvm(3, 1, kMvm0))) << "still to be read";
  EXPECT_TRUE(depends_on(inv(3, 2, kInv0), mvm(3, 1, kMvm0))) << "written by both";
  EXPECT_TRUE(depends_on(inv(1, 2, kInv0), hp_mvm(1, kHp)));
}

TEST(DruDependence, SumsInOneSlotMayBeFormedTogether) {
  EXPECT_FALSE(depends_on(mvm(3, 1, kMvm0, kAdds), mvm(3, 1, kMvm1, kSubtracts)));
  EXPECT_TRUE(depends_on(mvm(3, 1, kMvm0, kAdds), mvm(3, 1, kMvm1))) << "there must be something to add to";
  EXPECT_TRUE(depends_on(mvm(3, 1, kMvm0), mvm(3, 1, kMvm1, kAdds)));
}

TEST(DruDependence, ATileServesOneOperation) {
  EXPECT_TRUE(depends_on(inv(3, 1, kInv0), inv(4, 2, kInv0)));
  EXPECT_TRUE(depends_on(hp_mvm(1, kHp), hp_mvm(2, kHp)));
  EXPECT_FALSE(depends_on(hp_mvm(1, kHp), hp_mvm(1, kHp + 1)));
}

TEST(DruDependence, GeneralisedInversesAreInverses) {
  const auto ginv = command(DruOpcode::kGinv, {.dst = 3, .a = 1, .b = 9});
  EXPECT_TRUE(depends_on(mvm(4, 3, kMvm0), ginv));
  EXPECT_TRUE(depends_on(ginv, mvm(1, 2, kMvm0)));
  EXPECT_FALSE(depends_on(ginv, inv(4, 1, kInv0)));
}

TEST(DruDependence, VectorCommandsWaitForTheirSlotsAndBranchesForNone) {
  const auto earlier = mvm(3, 1, kMvm0);
  const auto join = [](std::uint32_t dst, std::uint32_t a, std::uint32_t b) {
    return command(DruOpcode::kJoin, {.dst = dst, .a = a, .b = b});
  };
  EXPECT_TRUE(depends_on(join(5, 3, 4), earlier));
  EXPECT_TRUE(depends_on(join(5, 4, 3), earlier));
  EXPECT_TRUE(depends_on(join(3, 4, 5), earlier));
  EXPECT_TRUE(depends_on(join(1, 4, 5), earlier));
  EXPECT_FALSE(depends_on(join(5, 4, 1), earlier));
  EXPECT_FALSE(depends_on(command(DruOpcode::kBranchLe, {.a = 3, .b = 3}, {0, 0}), earlier));
  EXPECT_FALSE(depends_on(command(DruOpcode::kLoop, {}, {0, 0}), earlier));
}

TEST(DruDependence, EverythingElseWaitsForAll) {
  for (const DruOpcode opcode :
       {DruOpcode::kEnd, DruOpcode::kSignal, DruOpcode::kLoad, DruOpcode::kStore, DruOpcode::kHpBegin,
        DruOpcode::kHpEnd, DruOpcode::kProgram, DruOpcode::kRankUpdate}) {
    EXPECT_TRUE(depends_on(command(opcode, {.dst = 9, .a = 9, .b = 9}), mvm(3, 1, kMvm0)))
        << static_cast<int>(opcode);
  }
  auto unknown = command(DruOpcode::kNop);
  unknown.opcode = 0xee;
  EXPECT_TRUE(depends_on(unknown, mvm(3, 1, kMvm0)));
}

}  // namespace
}  // namespace mho::amc::test
