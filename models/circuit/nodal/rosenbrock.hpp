// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One step of RODAS, the stiffly accurate, L-stable Rosenbrock method of order 4 with an error estimate of
// order 3 and an interpolant (E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, section
// IV.7):
//
//     (1/(γh) − J) U_i = f(t + α_i h, y + Σ_j a_ij U_j) + Σ_j (c_ij/h) U_j + γ_i h ∂f/∂t,   i = 1 … 6
//     y(t + h) = y + Σ_j a_5j U_j + U_5 + U_6,   error = U_6
//
// Boost.Odeint has the same method on uBLAS, but in Debian's Boost 1.74 it does not compile as C++20, and its
// γ₄ has the wrong sign: of order 1 where f depends on t.
#pragma once

#include <Eigen/Core>

#include <array>
#include <functional>

#include "models/circuit/nodal/small_lu.hpp"

namespace mho::circuit {

/// An ODE: dy/dt = f(t, y). Each function writes its result into the last argument, which has any size before
/// and is not y.
struct StiffSystem {
  using VectorFunction = std::function<void(double t, const Eigen::VectorXd& y, Eigen::VectorXd& result)>;
  using MatrixFunction = std::function<void(double t, const Eigen::VectorXd& y, Eigen::MatrixXd& result)>;

  VectorFunction slope;       ///< f
  MatrixFunction jacobian;    ///< ∂f/∂y
  VectorFunction time_slope;  ///< ∂f/∂t
};

/// Keeps its memory: steps of one size allocate it once.
class RosenbrockStep {
 public:
  /// Computes the step from (t, y) of length h.
  void compute(const StiffSystem& system, double t, const Eigen::VectorXd& y, double h);

  const Eigen::VectorXd& end() const { return end_; }
  const Eigen::VectorXd& error() const { return stages_[5]; }
  /// The solution at fraction 0 … 1 of the step.
  Eigen::VectorXd at(double fraction) const;

 private:
  template <std::size_t kStage>
  void compute_stage(const StiffSystem& system, double t, double h);

  SmallLu lu_;
  std::array<Eigen::VectorXd, 6> stages_;
  Eigen::VectorXd begin_, end_;
  Eigen::MatrixXd shifted_;
  Eigen::VectorXd by_time_, at_, slope_, right_;  ///< scratch
};

}  // namespace mho::circuit
