// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/input/spelling.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mho::platform {
namespace {

constexpr std::array<std::string_view, 4> kWords{"inv.count", "inv.size", "mvm.rows_per_read", "seed"};

TEST(Spelling, FindsTheWordWithTheFewestEdits) {
  EXPECT_EQ(nearest_word("inv.cuont", kWords), "inv.count");
  EXPECT_EQ(nearest_word("inv.sizes", kWords), "inv.size");
  EXPECT_EQ(nearest_word("mvm.rws_per_read", kWords), "mvm.rows_per_read");
  EXPECT_EQ(nearest_word("SEED", kWords), "seed");
}

TEST(Spelling, DoesNotGuess) {
  EXPECT_EQ(nearest_word("temperature", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("foo", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("inv.count", {}), std::nullopt);
}

TEST(Spelling, LongWordsMayBeFurtherAway) {
  EXPECT_EQ(nearest_word("mvm.rowsperreads", kWords), "mvm.rows_per_read");
}

}  // namespace
}  // namespace mho::platform
