// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "models/numeric/matrix_market.hpp"
#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr double kTolerance = 0x1p-24;

Eigen::MatrixXd real_matrix(const std::string& name) {
  const auto file = numeric::read_matrix(std::filesystem::path(MHO_TEST_DATA) / (name + ".mtx"), 4096);
  const auto& m = file.matrix;
  Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(m.rows, m.columns);
  for (std::uint32_t i = 0; i < m.rows; ++i) {
    for (std::uint32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) dense(i, m.column[k]) = m.value[k];
  }
  return dense;
}

Eigen::VectorXd random_vector(Eigen::Index n, std::uint64_t seed) {
  const Random random(seed);
  Eigen::VectorXd v(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    v[i] = 2.0 * random.uniform(RandomPurpose::kWorkload, {.unit = static_cast<std::uint32_t>(i)}, 0) - 1.0;
  }
  return v;
}

struct Solved {
  mho_job_result_t result;
  double error;
};

Solved solve(const std::string& name, std::uint64_t seed, double cell_tolerance) {
  DriverBench bench({.cell_tolerance = cell_tolerance, .seed = seed});
  const Eigen::MatrixXd a = real_matrix(name);
  bench.load(a, a * random_vector(a.rows(), seed));
  const auto result = bench.run();
  return {result, result.x_address != 0 ? bench.relative_error() : 0.0};
}

class RealMatrix : public testing::TestWithParam<const char*> {};

TEST_P(RealMatrix, ConvergesToTheSolutionOfTheIntegerSystem) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto [result, error] = solve(GetParam(), seed, 0.02);
    EXPECT_EQ(result.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(error, kTolerance);
    EXPECT_LE(result.iterations, 20u);
    EXPECT_TRUE((result.flags & MHO_JOB_RESULT_VERIFIED) != 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Matrices, RealMatrix, testing::Values("cage3", "b1_ss", "cage5", "mesh1e1"));

}  // namespace
}  // namespace mho::test
