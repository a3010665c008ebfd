// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/rosenbrock.hpp"

#include <cstddef>

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// The published coefficients, by stage; the last stage starts from the fifth plus U_5.
constexpr double kGamma = 0.25;
constexpr std::array<double, 6> kAlpha{0.0, 0.386, 0.21, 0.63, 1.0, 1.0};
constexpr std::array<double, 6> kGammaSum{0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0};
constexpr std::array<std::array<double, 5>, 6> kA{{
    {},
    {1.544},
    {0.9466785280815826, 0.2557011698983284},
    {3.314825187068521, 2.896124015972201, 0.9986419139977817},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0},
}};
constexpr std::array<std::array<double, 5>, 6> kC{{
    {},
    {-5.6688},
    {-2.430093356833875, -0.2063599157091915},
    {-0.1073529058151375, -9.594562251023355, -20.47028614809616},
    {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160},
    {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054},
}};
constexpr std::array<double, 5> kDense2{10.12623508344586, -7.487995877610167, -34.80091861555747,
                                        -7.992771707568823, 1.025137723295662};
constexpr std::array<double, 5> kDense3{-0.6762803392801253, 6.087714651680015, 16.43084320892478,
                                        24.76722511418386, -6.594389125716872};

}  // namespace

/// All sums of a stage in one pass over the states, each in the order of the formula.
template <std::size_t kStage>
void RosenbrockStep::compute_stage(const StiffSystem& system, double t, double h) {
  const Index n = begin_.size();
  std::array<double, kStage> by_h{};
  for (std::size_t j = 0; j < kStage; ++j) by_h[j] = kC[kStage][j] / h;
  for (Index k = 0; k < n; ++k) {
    double sum = begin_[k];
    for (std::size_t j = 0; j < kStage; ++j) sum += kA[kStage][j] * stages_[j][k];
    at_[k] = sum;
  }
  system.slope(t + kAlpha[kStage] * h, at_, slope_);
  for (Index k = 0; k < n; ++k) {
    double sum = slope_[k] + kGammaSum[kStage] * by_time_[k];
    for (std::size_t j = 0; j < kStage; ++j) sum += by_h[j] * stages_[j][k];
    right_[k] = sum;
  }
  lu_.solve(right_, stages_[kStage]);
}

void RosenbrockStep::compute(const StiffSystem& system, double t, const VectorXd& y, double h) {
  begin_ = y;
  at_.resize(y.size());
  right_.resize(y.size());
  system.jacobian(t, y, shifted_);
  shifted_ = -shifted_;
  shifted_.diagonal().array() += 1.0 / (kGamma * h);
  lu_.compute(shifted_);
  system.time_slope(t, y, by_time_);
  by_time_ *= h;
  compute_stage<0>(system, t, h);
  compute_stage<1>(system, t, h);
  compute_stage<2>(system, t, h);
  compute_stage<3>(system, t, h);
  compute_stage<4>(system, t, h);
  compute_stage<5>(system, t, h);
  end_ = at_ + stages_[5];
}

VectorXd RosenbrockStep::at(double fraction) const {
  VectorXd second = VectorXd::Zero(begin_.size()), third = second;
  for (std::size_t j = 0; j < kDense2.size(); ++j) {
    second += kDense2[j] * stages_[j];
    third += kDense3[j] * stages_[j];
  }
  const double rest = 1.0 - fraction;
  return rest * begin_ + fraction * (end_ + rest * (second + fraction * third));
}

}  // namespace mho::circuit
