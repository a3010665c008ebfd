// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/rosenbrock.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// y' = −y² + cos t + sin² t, y = sin t: not linear, and it depends on time.
StiffSystem sine() {
  return {.slope =
              [](double t, const VectorXd& y, VectorXd& slope) {
                slope.setConstant(1, -y[0] * y[0] + std::cos(t) + std::sin(t) * std::sin(t));
              },
          .jacobian = [](double, const VectorXd& y,
                         MatrixXd& jacobian) { jacobian.setConstant(1, 1, -2.0 * y[0]); },
          .time_slope = [](double t, const VectorXd&,
                           VectorXd& change) { change.setConstant(1, -std::sin(t) + std::sin(2.0 * t)); }};
}

/// Errors at t = 1 and in the middle of the last step, after n steps.
struct Errors {
  double end, inside;
};

Errors errors_of(int n) {
  const StiffSystem system = sine();
  const double h = 1.0 / n;
  VectorXd y = VectorXd::Zero(1);
  RosenbrockStep step;
  for (int i = 0; i < n; ++i) {
    step.compute(system, i * h, y, h);
    y = step.end();
  }
  return {.end = std::abs(y[0] - std::sin(1.0)),
          .inside = std::abs(step.at(0.5)[0] - std::sin(1.0 - 0.5 * h))};
}

TEST(Rosenbrock, IsOfOrderFourAtTheEndOfStepsAndInside) {
  const Errors coarse = errors_of(20), fine = errors_of(40);
  EXPECT_GT(std::log2(coarse.end / fine.end), 3.7);
  EXPECT_GT(std::log2(coarse.inside / fine.inside), 3.5);
  EXPECT_LT(fine.end, 1e-8);
}

TEST(Rosenbrock, DampsStiffModesInOneStep) {
  const double lambda = -1e9;
  const StiffSystem system{
      .slope = [&](double, const VectorXd& y, VectorXd& slope) { slope = lambda * y; },
      .jacobian = [&](double, const VectorXd&, MatrixXd& jacobian) { jacobian.setConstant(1, 1, lambda); },
      .time_slope = [](double, const VectorXd&, VectorXd& change) { change.setZero(1); }};
  RosenbrockStep step;
  step.compute(system, 0.0, VectorXd::Ones(1), 1.0);
  EXPECT_LT(std::abs(step.end()[0]), 1e-6);
}

}  // namespace
}  // namespace mho::circuit
