// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A solution in two parts, where columns differ so much in scale that the words of one do not resolve it.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr double kTolerance = 0x1p-24;

class Settled : public testing::TestWithParam<mho_job_method_t> {};

/// Unknowns of the scaled system from 1 down to 2^-spread.
Eigen::MatrixXd stretched(std::uint64_t seed, double spread) {
  constexpr Eigen::Index kRows = 6;
  Eigen::MatrixXd a = random_dominant(kRows, 0.5, seed);
  for (Eigen::Index j = 0; j < kRows; ++j)
    a.col(j) *= std::exp2(-std::round(spread * static_cast<double>(j) / (kRows - 1)));
  return a;
}

TEST_P(Settled, ResolvesUnknownsFarApart) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    DriverBench bench({.cell_tolerance = 0.02, .seed = seed, .ram_bytes = 4 << 20});
    const Eigen::MatrixXd a = stretched(seed, 20);
    bench.load(a, a * random_vector(a.rows(), seed));
    bench.job.method = GetParam();
    bench.job.split_leaves = 1;
    const mho_job_result_t result = bench.run();
    ASSERT_EQ(result.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(bench.relative_error(), kTolerance);
    EXPECT_TRUE((result.flags & MHO_JOB_RESULT_VERIFIED) != 0);
    ASSERT_NE(result.x_low_address, 0u);
    EXPECT_LT(result.x_low_exponent, result.x_exponent);
  }
}

TEST_P(Settled, IsNeverCalledConvergedBeyondWhatTwoPartsResolve) {
  bool has_given_up = false;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const double spread : {40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 80.0}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", spread 2^" << spread);
      DriverBench bench({.cell_tolerance = 0.02, .seed = seed, .ram_bytes = 4 << 20});
      const Eigen::MatrixXd a = stretched(seed, spread);
      bench.load(a, a * random_vector(a.rows(), seed));
      bench.job.method = GetParam();
      bench.job.split_leaves = 1;
      const mho_job_result_t result = bench.run();
      has_given_up = has_given_up || result.status == MHO_JOB_STATUS_NOT_CONVERGED;
      if (result.status == MHO_JOB_STATUS_CONVERGED) {
        EXPECT_LE(bench.relative_error(), kTolerance);
      }
    }
  }
  EXPECT_TRUE(has_given_up);
}

INSTANTIATE_TEST_SUITE_P(Methods, Settled,
                         testing::Values(MHO_JOB_METHOD_REFINE, MHO_JOB_METHOD_GMRES, MHO_JOB_METHOD_AUTO));

}  // namespace
}  // namespace mho::test
