// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

constexpr std::int32_t kLargestCost = 1 << 20;

/// Costs of some of the entries, in compressed rows.
struct Costs {
  std::vector<std::uint32_t> row_start{0};
  std::vector<std::uint32_t> column;
  std::vector<std::int32_t> cost;

  /// Entries of at least `limit` cannot be assigned.
  Costs(const std::vector<std::int32_t>& dense, std::uint32_t n,
        std::int32_t limit = std::numeric_limits<std::int32_t>::max()) {
    for (std::uint32_t i = 0; i < n; ++i) {
      for (std::uint32_t j = 0; j < n; ++j) {
        if (dense[i * n + j] >= limit) continue;
        column.push_back(j);
        cost.push_back(dense[i * n + j]);
      }
      row_start.push_back(static_cast<std::uint32_t>(column.size()));
    }
  }
  mho_costs_t view() const {
    return {static_cast<std::uint32_t>(row_start.size() - 1), row_start.data(), column.data(), cost.data()};
  }
};

std::vector<std::uint32_t> assign(const Costs& costs) {
  Workspace workspace(1 << 20);
  const mho_costs_t view = costs.view();
  std::vector<std::uint32_t> rows(view.n);
  EXPECT_EQ(mho_assign(&view, rows.data(), workspace.arena), MHO_OK);
  return rows;
}

std::vector<std::uint32_t> assign(const std::vector<std::int32_t>& cost, std::uint32_t n) {
  return assign(Costs(cost, n));
}

bool is_permutation(std::vector<std::uint32_t> rows) {
  std::sort(rows.begin(), rows.end());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != i) return false;
  }
  return true;
}

template <typename Rows>
std::int64_t total(const std::vector<std::int32_t>& cost, const Rows& rows) {
  const std::size_t n = rows.size();
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += cost[rows[j] * n + j];
  return sum;
}

std::int64_t least_total(const std::vector<std::int32_t>& cost, std::uint32_t n) {
  std::vector<std::size_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  do best = std::min(best, total(cost, rows));
  while (std::next_permutation(rows.begin(), rows.end()));
  return best;
}

/// An assignment is optimal if and only if no cyclic exchange of columns lowers its cost (Floyd–Warshall).
bool admits_no_better_exchange(const std::vector<std::int32_t>& cost,
                               const std::vector<std::uint32_t>& rows) {
  const std::size_t n = rows.size();
  std::vector<std::int64_t> gain(n * n);  // column j takes the row of column k
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < n; ++k) gain[j * n + k] = cost[rows[k] * n + j] - cost[rows[j] * n + j];
  }
  for (std::size_t m = 0; m < n; ++m) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k)
        gain[j * n + k] = std::min(gain[j * n + k], gain[j * n + m] + gain[m * n + k]);
    }
    for (std::size_t j = 0; j < n; ++j) {
      if (gain[j * n + j] < 0) return false;
    }
  }
  return true;
}

TEST(Assignment, OfOneRowIsThatRow) {
  EXPECT_EQ(assign({12345}, 1), std::vector<std::uint32_t>{0});
}

TEST(Assignment, IsTheCheapestOfAllForSmallSizes) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    const auto n = static_cast<std::uint32_t>(draws.integer(2, 6));
    // Few different costs give many ties, many give none.
    const std::int64_t largest = seed % 3 == 0 ? 2 : kLargestCost;
    std::vector<std::int32_t> cost(n * n);
    for (auto& c : cost) c = static_cast<std::int32_t>(draws.integer(0, largest));
    const auto rows = assign(cost, n);
    ASSERT_TRUE(is_permutation(rows));
    EXPECT_EQ(total(cost, rows), least_total(cost, n));
  }
}

TEST(Assignment, CannotBeImprovedByAnExchangeAtAnySize) {
  for (const std::uint32_t n : {8u, 16u, 33u, 63u, 64u}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      Draws draws(seed);
      std::vector<std::int32_t> cost(n * n);
      for (auto& c : cost) {
        c = draws.uniform() < 0.5 ? kLargestCost : static_cast<std::int32_t>(draws.integer(0, 8 * 65536));
      }
      const auto rows = assign(cost, n);
      ASSERT_TRUE(is_permutation(rows));
      EXPECT_TRUE(admits_no_better_exchange(cost, rows));
    }
  }
}

TEST(Assignment, FindsAHiddenPermutation) {
  constexpr std::uint32_t kSize = 64;
  std::vector<std::int32_t> cost(kSize * kSize, kLargestCost);
  for (std::uint32_t j = 0; j < kSize; ++j) cost[(j * 27 + 5) % kSize * kSize + j] = 0;
  const auto rows = assign(cost, kSize);
  for (std::uint32_t j = 0; j < kSize; ++j) EXPECT_EQ(rows[j], (j * 27 + 5) % kSize);
}

TEST(Assignment, OfSparseCostsIsThatOfDenseOnesWithProhibitiveEntries) {
  constexpr std::uint32_t kSize = 120;
  constexpr std::int32_t kProhibitive = 1 << 22;  // more than any assignment of allowed entries
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    std::vector<std::int32_t> cost(kSize * kSize, kProhibitive);
    for (auto& c : cost) {
      if (draws.uniform() < 0.04) c = static_cast<std::int32_t>(draws.integer(0, 1 << 13));
    }
    for (std::uint32_t j = 0; j < kSize; ++j)  // one assignment there is for certain
      cost[(j * 7 + 3) % kSize * kSize + j] = static_cast<std::int32_t>(draws.integer(0, 1 << 13));
    const auto rows = assign(Costs(cost, kSize, kProhibitive));
    ASSERT_TRUE(is_permutation(rows));
    EXPECT_LT(total(cost, rows), kProhibitive);
    EXPECT_EQ(total(cost, rows), total(cost, assign(cost, kSize)));
  }
}

TEST(Assignment, IsSingularWhereThereIsNone) {
  Workspace workspace(1 << 16);
  std::uint32_t rows[3];
  // Two rows with entries in the same column only.
  const Costs costs({1, 9, 9, 1, 9, 9, 1, 1, 1}, 3, 9);
  const mho_costs_t view = costs.view();
  EXPECT_EQ(mho_assign(&view, rows, workspace.arena), MHO_SINGULAR);
}

TEST(Assignment, NeedsMemory) {
  Workspace workspace(64);
  std::uint32_t rows[64];
  const Costs costs(std::vector<std::int32_t>(64 * 64, 0), 64);
  const mho_costs_t view = costs.view();
  EXPECT_EQ(mho_assign(&view, rows, workspace.arena), MHO_NO_MEMORY);
}

TEST(Assignment, OfEqualCostsIsStillAPermutation) {
  EXPECT_TRUE(is_permutation(assign(std::vector<std::int32_t>(64 * 64, kLargestCost), 64)));
  EXPECT_TRUE(is_permutation(assign(std::vector<std::int32_t>(64 * 64, 0), 64)));
}

}  // namespace
}  // namespace mho::test
