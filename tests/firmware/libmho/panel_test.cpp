// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Panels whose columns somebody else solves for, here Eigen in double precision.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <vector>

#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

// Divided twice: four leaves of six rows, and three panels.
constexpr std::uint32_t kRows = 24, kPanels = 3, kLeafRows = 6;

mho_real_t real_of(double v) {
  int exponent = 0;
  const double m = std::frexp(v, &exponent);
  return mho_real_from(static_cast<std::int64_t>(std::ldexp(m, 60)), exponent - 60);
}

/// What answers, and how wrongly.
struct Solver {
  double error = 0;  ///< of one element of each panel
  double factor = 1;
  mho_result_t result = MHO_OK;
  int calls = 0;
};

mho_result_t solve(void* context, const mho_plan_t* plan, const mho_leaf_t* leaf, mho_real_t* w,
                   mho_arena_t /*scratch*/) {
  auto& solver = *static_cast<Solver*>(context);
  ++solver.calls;
  if (solver.result != MHO_OK) return solver.result;
  const std::uint32_t n = plan->system.n, m = leaf->size, columns = n - leaf->start - m;
  const auto block = [&](std::uint32_t column, std::uint32_t count) {
    Eigen::MatrixXd out(m, count);
    for (std::uint32_t i = 0; i < m; ++i) {
      for (std::uint32_t j = 0; j < count; ++j)
        out(i, j) = plan->balanced[(leaf->start + i) * n + column + j];
    }
    return out;
  };
  Eigen::MatrixXd x =
      solver.factor * block(leaf->start, m).partialPivLu().solve(block(leaf->start + m, columns));
  x(m / 2, columns / 2) += solver.error;
  for (std::uint32_t i = 0; i < m; ++i) {
    for (std::uint32_t j = 0; j < columns; ++j) w[i * columns + j] = real_of(x(i, j));
  }
  return MHO_OK;
}

class Panel : public testing::Test {
 protected:
  Panel() : bench_(random_dominant(kRows, 0.7, 5), {}) {
    bench_.plan.options.solver = solve;
    bench_.plan.options.solver_context = &solver_;
  }
  /// Every W against exact elimination; units of 2^-27, a few roundings a step.
  void expect_panels() const {
    for (std::uint32_t k = 0; k + 1 < bench_.plan.leaf_count; ++k) {
      const mho_leaf_t& leaf = bench_.plan.leaves[k];
      const Eigen::Index m = leaf.size;
      const Eigen::MatrixXd s = bench_.schur(leaf.start);
      const Eigen::MatrixXd w = s.topLeftCorner(m, m).partialPivLu().solve(s.topRightCorner(m, s.cols() - m));
      for (Eigen::Index i = 0; i < m; ++i) {
        for (Eigen::Index j = 0; j < w.cols(); ++j) {
          const auto word = bench_.plan.balanced[(leaf.start + i) * kRows + leaf.start + m + j];
          EXPECT_NEAR(std::ldexp(word, leaf.panel_exponent), w(i, j), 1e-6);
        }
      }
    }
  }
  Solver solver_;
  PlanBench bench_;
};

TEST_F(Panel, HoldsWhatTheSolverFinds) {
  ASSERT_EQ(bench_.make(), MHO_OK);
  EXPECT_EQ(solver_.calls, int{kPanels});
  EXPECT_EQ(bench_.plan.refused_parts, 0u);
  expect_panels();
}

TEST_F(Panel, IsFormedByTheInverseWhereOneElementIsWrong) {
  solver_.error = 1e-3;
  ASSERT_EQ(bench_.make(), MHO_OK);
  EXPECT_EQ(solver_.calls, int{kPanels});
  EXPECT_EQ(bench_.plan.refused_parts, kPanels);
  expect_panels();
}

TEST_F(Panel, IsFormedByTheInverseWhereTheSolverGivesUp) {
  solver_.result = MHO_UNSTABLE;
  ASSERT_EQ(bench_.make(), MHO_OK);
  EXPECT_EQ(bench_.plan.refused_parts, kPanels);
  expect_panels();
}

TEST_F(Panel, EndsThePlanWithTheSolversFailure) {
  solver_.result = MHO_JOB_FAILED;
  EXPECT_EQ(bench_.make(), MHO_JOB_FAILED);
  EXPECT_EQ(solver_.calls, 1);
}

TEST_F(Panel, DoesNotFitIntegersWhereItIsHuge) {
  solver_.factor = 1e12;
  EXPECT_EQ(bench_.make(), MHO_SINGULAR);
  EXPECT_EQ(bench_.plan.fault_size, kLeafRows);
}

}  // namespace
}  // namespace mho::test
