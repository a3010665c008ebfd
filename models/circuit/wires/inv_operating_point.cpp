// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_operating_point.hpp"

#include <Eigen/Jacobi>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "models/base/error.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/circuit/wires/line_solver.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kMaxIterations = 40;
constexpr double kSingularReciprocalCondition = 4.0 * std::numeric_limits<double>::epsilon();

void check(const device::DifferentialPair& pair, const InvPointParams& params, const VectorXd& input_ampere,
           const VectorXd& offsets_volt) {
  require(pair.rows() == pair.cols() && pair.negative.rows() == pair.rows() &&
              pair.negative.cols() == pair.cols(),
          "INV operating point: arrays of {}x{} and {}x{} cells; both must be square and equal", pair.rows(),
          pair.cols(), pair.negative.rows(), pair.negative.cols());
  require_cells(pair.positive);
  require_cells(pair.negative);
  require(params.gain > 0.0, "INV operating point: gain is {}; it must be positive", params.gain);
  require(params.g_in_siemens >= 0.0 && std::isfinite(params.g_in_siemens),
          "INV operating point: input conductance is {} S; it must not be negative", params.g_in_siemens);
  require(params.inverter_gain > 0.0 && params.inverter_gain <= 1.0,
          "INV operating point: gain of the inverters is {}; choose a value above 0, at most 1",
          params.inverter_gain);
  require(params.tolerance >= 1e-14 && params.tolerance <= 1e-2,
          "INV operating point: tolerance is {}; choose a value in 1e-14 … 1e-2", params.tolerance);
  require(input_ampere.size() == pair.rows() && input_ampere.allFinite(),
          "INV operating point: {} input currents for {} nodes; all must be finite", input_ampere.size(),
          pair.rows());
  require((offsets_volt.size() == 0 || offsets_volt.size() == pair.rows()) && offsets_volt.allFinite(),
          "INV operating point: {} offsets for {} amplifiers; all must be finite", offsets_volt.size(),
          pair.rows());
}

/// Current that the arrays and the input conductances take out of the summing nodes.
class Loop {
 public:
  Loop(const device::DifferentialPair& pair, const LineParams& lines, const InvPointParams& params)
      : positive_(pair.positive, lines), params_(params) {
    if (pair.negative.maxCoeff() > 0.0) negative_.emplace(pair.negative, lines);
  }
  VectorXd current_out(const VectorXd& summing_volt, const VectorXd& output_volt, double tolerance) {
    const LineSolverOptions options{.tolerance = std::clamp(tolerance, 1e-14, 1e-2)};
    is_converged_ &= positive_.solve_ports(summing_volt, output_volt, options, row_ampere_, column_ampere_) ==
                     LineStatus::kOk;
    VectorXd total = params_.g_in_siemens * summing_volt + row_ampere_;
    if (negative_) {
      is_converged_ &= negative_->solve_ports(summing_volt, -params_.inverter_gain * output_volt, options,
                                              row_ampere_, column_ampere_) == LineStatus::kOk;
      total += row_ampere_;
    }
    return total;
  }
  bool is_converged() const { return is_converged_; }
  bool has_negative() const { return negative_.has_value(); }

 private:
  LineSolver positive_;
  std::optional<LineSolver> negative_;
  const InvPointParams& params_;
  VectorXd row_ampere_, column_ampere_;
  bool is_converged_ = true;
};

/// GMRES for K v = b with right preconditioner. `apply` takes v and the relative accuracy that suffices.
/// Returns false if the residual is not down to tolerance·‖b‖ after kMaxIterations.
template <typename Apply, typename Precondition>
bool gmres(const Apply& apply, const Precondition& precondition, const VectorXd& b, double tolerance,
           VectorXd& v, int& iterations) {
  const double scale = b.norm();
  v = VectorXd::Zero(b.size());
  iterations = 0;
  if (scale == 0.0) return true;
  MatrixXd basis(b.size(), kMaxIterations + 1);
  MatrixXd hessenberg = MatrixXd::Zero(kMaxIterations + 1, kMaxIterations);
  VectorXd rhs = VectorXd::Zero(kMaxIterations + 1);
  std::vector<Eigen::JacobiRotation<double>> rotations;
  basis.col(0) = b / scale;
  rhs[0] = scale;
  Index k = 0;
  while (k < kMaxIterations && std::abs(rhs[k]) > tolerance * scale) {
    // Later directions enter with a weight of the residual's size, so their images may be less accurate.
    const VectorXd direction = precondition(basis.col(k));
    if (!direction.allFinite()) return false;
    VectorXd image = apply(direction, 0.1 * tolerance * scale / std::abs(rhs[k]));
    for (Index i = 0; i <= k; ++i) {
      hessenberg(i, k) = basis.col(i).dot(image);
      image -= hessenberg(i, k) * basis.col(i);
    }
    hessenberg(k + 1, k) = image.norm();
    if (hessenberg(k + 1, k) > 0.0) basis.col(k + 1) = image / hessenberg(k + 1, k);
    for (Index i = 0; i < k; ++i)
      hessenberg.col(k).applyOnTheLeft(i, i + 1, rotations[static_cast<std::size_t>(i)].adjoint());
    Eigen::JacobiRotation<double> rotation;
    rotation.makeGivens(hessenberg(k, k), hessenberg(k + 1, k));
    hessenberg.col(k).applyOnTheLeft(k, k + 1, rotation.adjoint());
    rhs.applyOnTheLeft(k, k + 1, rotation.adjoint());
    rotations.push_back(rotation);
    ++k;
  }
  iterations = static_cast<int>(k);
  const bool has_converged = std::abs(rhs[k]) <= tolerance * scale;
  const VectorXd weights = hessenberg.topLeftCorner(k, k).triangularView<Eigen::Upper>().solve(rhs.head(k));
  v = precondition(basis.leftCols(k) * weights);
  return has_converged && v.allFinite();
}

void solve_by_reduction(const device::DifferentialPair& pair, const LineParams& lines,
                        const InvPointParams& params, const VectorXd& input_ampere, const VectorXd& offsets,
                        InvPoint& point) {
  const ArrayPorts plus = reduce_ports(pair.positive, lines), minus = reduce_ports(pair.negative, lines);
  MatrixXd self = plus.row_self_siemens + minus.row_self_siemens;
  self.diagonal().array() += params.g_in_siemens;
  const Eigen::PartialPivLU<MatrixXd> lu(plus.transfer_siemens -
                                         params.inverter_gain * minus.transfer_siemens + self / params.gain);
  point.was_reduced = true;
  point.reciprocal_condition = lu.rcond();
  if (!(point.reciprocal_condition > kSingularReciprocalCondition)) point.status = InvPointStatus::kSingular;
  point.output_volt = point.status == InvPointStatus::kOk ? VectorXd(lu.solve(self * offsets - input_ampere))
                                                          : VectorXd::Zero(pair.rows());
}

}  // namespace

InvPoint inv_operating_point(const device::DifferentialPair& pair, const LineParams& lines,
                             const InvPointParams& params,
                             const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                             const Eigen::VectorXd& offsets_volt) {
  check(pair, params, input_ampere, offsets_volt);
  const Index n = pair.rows();
  const VectorXd offsets = offsets_volt.size() == 0 ? VectorXd::Zero(n) : offsets_volt;
  Loop loop(pair, lines, params);

  // Summing nodes at s = V_os − v/A0: what flows in equals what flows out, and K v is what v adds to the flow
  // in.
  VectorXd b = -input_ampere;
  if (!offsets.isZero(0.0)) b += loop.current_out(offsets, VectorXd::Zero(n), 0.01 * params.tolerance);
  const auto apply = [&](const VectorXd& v, double tolerance) -> VectorXd {
    return -loop.current_out(-v / params.gain, v, tolerance);
  };
  MatrixXd nearly = first_order_transfer(pair.positive, lines);
  if (loop.has_negative()) nearly -= params.inverter_gain * first_order_transfer(pair.negative, lines);
  nearly.diagonal() +=
      ((pair.positive + pair.negative).rowwise().sum().array() + params.g_in_siemens).matrix() / params.gain;
  const Eigen::PartialPivLU<MatrixXd> nearly_lu(nearly);

  InvPoint point;
  point.reciprocal_condition = nearly_lu.rcond();
  const bool is_solved = gmres(
                             apply, [&](const VectorXd& x) -> VectorXd { return nearly_lu.solve(x); }, b,
                             params.tolerance, point.output_volt, point.iterations) &&
                         loop.is_converged();
  if (!is_solved) {
    solve_by_reduction(pair, lines, params, input_ampere, offsets, point);
  }
  point.summing_volt = offsets - point.output_volt / params.gain;
  return point;
}

}  // namespace mho::circuit
