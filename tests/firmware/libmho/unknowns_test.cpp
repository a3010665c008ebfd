// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs whose unknowns the driver takes in another order: x is in the user's.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>
#include <vector>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kRhs = 2;

/// Two unknowns that hardly differ stand side by side, so that one leaf holds both; rows and columns differ
/// in scale.
Eigen::MatrixXd with_near_twins(std::uint64_t seed) {
  Eigen::MatrixXd a = random_spd(20, 10, seed);
  Eigen::MatrixXd mix = Eigen::MatrixXd::Identity(20, 20);
  mix(0, 1) = mix(8, 9) = 1;
  mix(1, 1) = mix(9, 9) = 0.2;
  a = mix.transpose() * a * mix;
  Eigen::VectorXd scale(20);
  for (Eigen::Index i = 0; i < 20; ++i) scale[i] = std::exp2(static_cast<double>(i % 4) - 1.5);
  a = scale.asDiagonal() * a * scale.asDiagonal();
  return (a + a.transpose()) / 2;
}

class Unknowns : public testing::TestWithParam<std::tuple<std::uint32_t, mho_job_unit_t>> {
 protected:
  void solve(const Eigen::MatrixXd& a) {
    const auto& [bits, unit] = GetParam();
    SparseSystem system(a, Eigen::VectorXd::Ones(a.rows()));
    system.rhs.clear();
    for (std::uint32_t k = 0; k < kRhs; ++k) {
      const Eigen::VectorXd b = random_vector(a.rows(), 30 + k);
      system.rhs.insert(system.rhs.end(), b.begin(), b.end());
    }
    bench.load(system);
    bench.job.method = MHO_JOB_METHOD_GMRES;
    bench.job.schur_unit = unit;
    bench.job.split_leaves = bench.job.reorder_rows = 1;
    bench.job.bits = bench.job.tolerance_bits = bits;
    bench.job.rhs_count = kRhs;
    bench.run();
  }

  DriverBench bench{{.ram_bytes = 8 << 20}};
};

TEST_P(Unknowns, ComeBackInTheUsersOrder) {
  const auto bits = static_cast<int>(std::get<0>(GetParam()));
  std::uint32_t moved = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = with_near_twins(seed);
    solve(a);
    for (std::uint32_t k = 0; k < kRhs; ++k) {
      bench.select(k);
      ASSERT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
      EXPECT_LE(bench.relative_error(), std::exp2(1 - bits));
      const Eigen::VectorXd exact = a.ldlt().solve(random_vector(20, 30 + k));
      // Rounding to 24 bits moves x by up to the condition number, a few thousand, times 2^-24.
      EXPECT_LE((bench.x().cast<double>() - exact).norm(), 1e-3 * exact.norm());
      moved += bench.result().reordered_columns;
    }
  }
  EXPECT_GT(moved, 0u);
}

TEST_P(Unknowns, SayWhichColumnHoldsThem) {
  const Eigen::MatrixXd a = with_near_twins(1);
  solve(a);
  const mho_job_result_t& r = bench.result();
  const auto* order = bench.array<std::uint32_t>(r.column_order_address);
  const std::set<std::uint32_t> all(order, order + 20);
  EXPECT_EQ(all.size(), 20u);
  EXPECT_EQ(*all.rbegin(), 19u);
  std::uint32_t moved = 0;
  for (std::uint32_t j = 0; j < 20; ++j) moved += order[j] != j;
  EXPECT_EQ(r.reordered_columns, moved);
  EXPECT_EQ(r.reordered_rows, moved);
}

INSTANTIATE_TEST_SUITE_P(BitsAndUnits, Unknowns,
                         testing::Combine(testing::Values(24u, 53u),
                                          testing::Values(MHO_JOB_UNIT_CPU, MHO_JOB_UNIT_DRU)));

}  // namespace
}  // namespace mho::test
