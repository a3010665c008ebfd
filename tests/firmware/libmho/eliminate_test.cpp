// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <vector>

#include "models/base/int128.hpp"
#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

// Units of 2^-28, a few roundings per step, condition numbers of the matrices below of about 10.
constexpr double kTolerance = 1e-6;

Eigen::MatrixXd part(const mho_plan_t& plan, std::uint32_t row, std::uint32_t column, Eigen::Index rows,
                     Eigen::Index columns, int exponent) {
  Eigen::MatrixXd m(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j)
      m(i, j) = std::ldexp(plan.balanced[(row + i) * plan.system.n + column + j], exponent);
  }
  return m;
}

void expect_near(const Eigen::MatrixXd& actual, const Eigen::MatrixXd& expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size());
  if (actual.size() == 0) return;
  EXPECT_LE((actual - expected).cwiseAbs().maxCoeff(), kTolerance * (1.0 + expected.cwiseAbs().maxCoeff()))
      << what;
}

void expect_factors(const PlanBench& bench) {
  const mho_plan_t& plan = bench.plan;
  const std::uint32_t n = plan.system.n;
  for (std::uint32_t k = 0; k < plan.leaf_count; ++k) {
    SCOPED_TRACE(testing::Message() << "leaf " << k);
    const mho_leaf_t& leaf = plan.leaves[k];
    const Eigen::Index m = leaf.size;
    const Eigen::MatrixXd s = bench.schur(leaf.start);
    const Eigen::Index rest = s.rows() - m;
    const Eigen::MatrixXd inverse = s.topLeftCorner(m, m).inverse();
    expect_near(part(plan, leaf.start, leaf.start, m, m, MHO_BALANCED_EXPONENT), s.topLeftCorner(m, m), "D");
    Eigen::MatrixXd stored(m, m);
    for (Eigen::Index i = 0; i < m; ++i) {
      for (Eigen::Index j = 0; j < m; ++j)
        stored(i, j) = std::ldexp(leaf.inverse[i * m + j], leaf.inverse_exponent);
    }
    expect_near(stored, inverse, "inverse of D");
    const auto next = static_cast<std::uint32_t>(leaf.start + m);
    if (next == n) continue;
    expect_near(part(plan, next, leaf.start, rest, m, MHO_BALANCED_EXPONENT), s.bottomLeftCorner(rest, m),
                "below");
    expect_near(part(plan, leaf.start, next, m, rest, leaf.panel_exponent),
                inverse * s.topRightCorner(m, rest), "W");
  }
}

class LeafSize : public testing::TestWithParam<std::uint32_t> {};

TEST_P(LeafSize, EliminatesToTheSchurComplementsOfEigen) {
  for (const std::uint32_t n : {1u, 2u, 7u, 13u, 32u}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      PlanBench bench(random_dominant(n, 0.7, seed), {.leaf_size = GetParam()});
      ASSERT_EQ(bench.make(), MHO_OK);
      expect_factors(bench);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, LeafSize, testing::Values(1u, 2u, 3u, 5u, 8u, 16u));

TEST(Eliminate, HoldsSmallPanelsInAFineUnit) {
  // The columns to the right of the first leaf are tiny, but not zero.
  Eigen::MatrixXd a = random_dominant(8, 1.0, 3);
  a.topRightCorner(4, 4) *= 1e-5;
  PlanBench bench(a, {.leaf_size = 4});
  ASSERT_EQ(bench.make(), MHO_OK);
  expect_factors(bench);
  const Eigen::MatrixXd w =
      bench.balanced().topLeftCorner(4, 4).inverse() * bench.balanced().topRightCorner(4, 4);
  const Eigen::MatrixXd held = part(bench.plan, 0, 4, 4, 4, bench.plan.leaves[0].panel_exponent);
  EXPECT_LE((held - w).norm(), 1e-3 * w.norm());
}

TEST(Eliminate, CountsItsMultiplyAdds) {
  PlanBench bench(random_dominant(8, 1.0, 3), {.leaf_size = 4});
  ASSERT_EQ(bench.make(), MHO_OK);
  // Two inverses, one panel, one update; then the estimate for the block A1.
  EXPECT_EQ(bench.plan.digital_ops, 2u * 64 + 4 * 4 * 4 + 4 * 4 * 4 + 2 * 4 * 4);
}

TEST(Eliminate, TakesCoarserIntegersWhereTheUsualOnesAreOutgrown) {
  Eigen::MatrixXd a(2, 2);
  a << 0.01, 1, 1, 1;
  PlanBench bench(a, {.leaf_size = 1});
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_EQ(bench.plan.system.balanced_exponent, MHO_COARSE_EXPONENT);
  PlanBench harmless(Eigen::MatrixXd::Identity(2, 2), {.leaf_size = 1});
  ASSERT_EQ(harmless.make(), MHO_OK);
  EXPECT_EQ(harmless.plan.system.balanced_exponent, MHO_BALANCED_EXPONENT);
}

TEST(Eliminate, DoesNotTrustCoarserIntegersWithWhatIsBadlyConditioned) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(4, 4);
  a.topLeftCorner(2, 2) << 0.01, 1, 1, 1;
  a.bottomRightCorner(2, 2) << 1, 1, 1, 1 + 0x1p-12;
  PlanBench bench(a, {.leaf_size = 1});
  EXPECT_EQ(bench.make(), MHO_OVERFLOW);
  EXPECT_EQ(bench.plan.system.balanced_exponent, MHO_COARSE_EXPONENT);
  EXPECT_EQ(bench.plan.fault_start, 0u) << "the block behind which the usual integers were outgrown";
  EXPECT_EQ(bench.plan.fault_size, 1u);
}

TEST(Eliminate, ReportsGrowthBeyondAllItsIntegers) {
  Eigen::MatrixXd a(2, 2);
  a << 1e-5, 1, 1, 1;
  PlanBench bench(a, {.leaf_size = 1});
  EXPECT_EQ(bench.make(), MHO_OVERFLOW);
  EXPECT_EQ(bench.plan.fault_start, 0u);
  EXPECT_EQ(bench.plan.fault_size, 1u);
}

// ---- the update by itself

struct Update {
  Update(std::uint32_t rows, std::uint32_t columns, std::uint32_t depth, std::uint32_t shift)
      : matrix((rows + depth) * (columns + depth)) {
    const std::uint32_t stride = columns + depth;
    u = {.c = &matrix[depth * stride + depth],
         .a = &matrix[depth * stride],
         .w = &matrix[depth],
         .stride = stride,
         .rows = rows,
         .columns = columns,
         .depth = depth,
         .shift = shift};
  }
  /// C as it should come out, in 128 bits.
  std::vector<int128_t> expected() const {
    std::vector<int128_t> c;
    for (std::uint32_t i = 0; i < u.rows; ++i) {
      for (std::uint32_t j = 0; j < u.columns; ++j) {
        int128_t sum = 0;
        for (std::uint32_t k = 0; k < u.depth; ++k)
          sum += static_cast<int128_t>(u.a[i * u.stride + k]) * u.w[k * u.stride + j];
        if (u.shift != 0) sum = (sum + (static_cast<int128_t>(1) << (u.shift - 1))) >> u.shift;
        c.push_back(u.c[i * u.stride + j] - sum);
      }
    }
    return c;
  }
  std::vector<std::int32_t> matrix;
  mho_rank_update_t u;
};

TEST(RankUpdate, IsExactForEveryShift) {
  for (std::uint32_t shift = 0; shift <= 62; ++shift) {
    Draws draws(shift + 1);
    Update update(5, 6, 8, shift);
    // As large as the planner makes them: A of 31 bits, W of 27, or less so that C stays in range.
    const int bits = std::min(27, static_cast<int>(shift) / 2 + 12);
    for (auto& v : update.matrix) {
      v = static_cast<std::int32_t>(draws.integer(-(std::int64_t{1} << bits), std::int64_t{1} << bits));
    }
    const auto expected = update.expected();
    mho_plan_t plan{};
    bool fits = true;
    for (const int128_t v : expected) fits &= v == static_cast<std::int32_t>(v);
    const mho_result_t result = mho_rank_update_cpu(&plan, &update.u);
    EXPECT_EQ(result, fits ? MHO_OK : MHO_OVERFLOW) << shift;
    if (result != MHO_OK) continue;
    for (std::uint32_t i = 0; i < 5; ++i) {
      for (std::uint32_t j = 0; j < 6; ++j)
        EXPECT_EQ(update.u.c[i * update.u.stride + j], expected[i * 6 + j]);
    }
    EXPECT_EQ(plan.digital_ops, 5u * 6 * 8);
  }
}

TEST(RankUpdate, TellsTheLastFittingValueFromTheFirstThatDoesNot) {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  const auto update = [](std::int32_t c, std::int32_t product) {
    Update one(1, 1, 1, 0);
    one.matrix = {0, product, 1, c};
    mho_plan_t plan{};
    const mho_result_t result = mho_rank_update_cpu(&plan, &one.u);
    return std::pair(result, one.matrix[3]);
  };
  EXPECT_EQ(update(0, -kMax), std::pair(MHO_OK, kMax));
  EXPECT_EQ(update(-1, kMax), std::pair(MHO_OK, kMin));
  EXPECT_EQ(update(1, -kMax).first, MHO_OVERFLOW);
  EXPECT_EQ(update(-2, kMax).first, MHO_OVERFLOW);
}

TEST(RankUpdate, SkipsRowsWithoutEntries) {
  Update update(3, 3, 2, 1);
  for (std::size_t i = 0; i < update.matrix.size(); ++i) update.matrix[i] = static_cast<std::int32_t>(i);
  const auto row = static_cast<std::size_t>(3 * update.u.stride);
  update.matrix[row] = update.matrix[row + 1] = 0;
  const std::vector<std::int32_t> before = update.matrix;
  mho_plan_t plan{};
  ASSERT_EQ(mho_rank_update_cpu(&plan, &update.u), MHO_OK);
  for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(update.matrix[row + 2 + j], before[row + 2 + j]);
  EXPECT_EQ(plan.digital_ops, 2u * 3 * 2);
}

}  // namespace
}  // namespace mho::test
