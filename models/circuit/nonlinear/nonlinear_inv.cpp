// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_inv.hpp"

#include <Eigen/LU>

#include <numbers>
#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr int kMaxNewton = 60;
/// Newton's method ends when a step is below this share of the largest output.
constexpr double kStep = 1e-10;
/// An output this many rails out is a saturated one; the iteration need not know where exactly it would be.
constexpr double kBeyondRails = 4.0;

VectorXd padded(const VectorXd& used, Index size) {
  VectorXd all = VectorXd::Zero(size);
  all.head(used.size()) = used;
  return all;
}

}  // namespace

/// Both arrays near outputs v, and what is left at the nodes.
struct NonlinearInv::Point {
  ArrayLinearization positive, negative;
  VectorXd positive_column_ampere, negative_column_ampere;
  VectorXd residual_ampere;
  bool has_converged = false;
};

NonlinearInv::NonlinearInv(CellModel cell, device::DifferentialPair bare, const LineParams& lines,
                           const OpampParams& opamp, double g_in_siemens, VectorXd offsets_volt)
    : cell_(std::move(cell)),
      bare_(std::move(bare)),
      lines_(lines),
      opamp_(opamp),
      g_in_siemens_(g_in_siemens),
      offsets_volt_(std::move(offsets_volt)) {
  validate_macro_cell(cell_);
  validate(opamp_);
  validate(lines_);
  const Index n = bare_.rows();
  require(n > 0 && n == bare_.cols() && bare_.negative.rows() == n && bare_.negative.cols() == n,
          "non-linear INV: arrays of {}x{} and {}x{}; both must be square and of one size", n, bare_.cols(),
          bare_.negative.rows(), bare_.negative.cols());
  require(size() >= 1 && size() <= n, "non-linear INV: {} amplifiers for {} rows", size(), n);
  require(g_in_siemens >= 0.0, "non-linear INV: input conductance is {} S; it must not be negative",
          g_in_siemens);
}

NonlinearInv::Point NonlinearInv::linearize_at(const VectorXd& v,
                                               const Eigen::Ref<const VectorXd>& input_ampere) const {
  const Index n = size();
  const VectorXd s = offsets_volt_ - v / opamp_.gain;
  const VectorXd rows = padded(s, bare_.rows()), columns = padded(v, bare_.rows());
  Point point;
  point.positive = linearize(cell_, bare_.positive, lines_, rows, columns);
  point.negative = linearize(cell_, bare_.negative, lines_, rows, -columns);
  point.has_converged = point.positive.has_converged && point.negative.has_converged;
  point.residual_ampere = input_ampere - g_in_siemens_ * s -
                          point.positive.row_current(rows, columns).head(n) -
                          point.negative.row_current(rows, -columns).head(n);
  point.positive_column_ampere = point.positive.column_current(rows, columns).head(n);
  point.negative_column_ampere = point.negative.column_current(rows, -columns).head(n);
  return point;
}

InvNetwork NonlinearInv::network_at(const Point& point) const {
  const Index n = size();
  InvNetwork network{
      .transfer_siemens = (point.negative.row_by_column - point.positive.row_by_column).topLeftCorner(n, n),
      .self_siemens = (point.positive.row_by_row + point.negative.row_by_row).topLeftCorner(n, n),
      .drive_siemens =
          (point.positive.column_by_column + point.negative.column_by_column).diagonal().head(n)};
  network.self_siemens.diagonal().array() += g_in_siemens_;
  return network;
}

NonlinearInvResult NonlinearInv::solve(const Eigen::Ref<const VectorXd>& input_ampere, double epsilon) const {
  require(input_ampere.size() == size(), "non-linear INV: {} input currents for {} nodes",
          input_ampere.size(), size());
  const double rail = opamp_.v_sat_volt, limit = kBeyondRails * rail;
  VectorXd v = VectorXd::Zero(size());
  NonlinearInvResult result;
  Point point = linearize_at(v, input_ampere);
  bool is_found = false;
  for (int k = 0; k < kMaxNewton && !is_found; ++k) {
    result.network = network_at(point);
    // The derivative of the residual by v.
    const MatrixXd loop = result.network.transfer_siemens + result.network.self_siemens / opamp_.gain;
    const VectorXd wanted = v - loop.partialPivLu().solve(point.residual_ampere);
    if (!wanted.allFinite()) break;
    const VectorXd next = wanted.cwiseMax(-limit).cwiseMin(limit);
    const double step = (next - v).cwiseAbs().maxCoeff();
    v = next;
    point = linearize_at(v, input_ampere);
    is_found = step <= kStep * v.cwiseAbs().maxCoeff() + 1e-15;
  }
  is_found = is_found && point.has_converged;
  result.network = network_at(point);
  const bool is_beyond = v.cwiseAbs().maxCoeff() > rail;
  InvResult& inv = result.inv;
  const InvCircuit tangent(result.network, opamp_, offsets_volt_);
  if ((!is_found && !is_beyond) || tangent.is_singular() || !tangent.is_stable()) {
    inv.status = is_found && !tangent.is_singular() ? InvStatus::kUnstable : InvStatus::kSingular;
    inv.v = -rail * input_ampere.array().sign().matrix();
  } else {
    inv.status = is_beyond ? InvStatus::kSaturated : InvStatus::kOk;
    inv.v = v.cwiseMax(-rail).cwiseMin(rail);
    const double tau_s = 1.0 / (2.0 * std::numbers::pi * opamp_.gbw_hz * tangent.min_re_lambda());
    inv.settling_time_s = settling_with_slew_s(opamp_, tau_s, inv.v.cwiseAbs().maxCoeff(), epsilon);
  }
  inv.n_saturated = static_cast<int>((inv.v.array().abs() >= rail).count());
  const VectorXd& plus = point.positive_column_ampere;
  const VectorXd& minus = point.negative_column_ampere;
  inv.power = {.bias_watt = 2.0 * static_cast<double>(size()) * bias_power_watt(opamp_),
               .load_watt = opamp_.supply_volt * (plus.cwiseAbs() + minus.cwiseAbs()).sum(),
               .cells_watt = inv.v.dot(plus - minus)};
  return result;
}

VectorXd NonlinearInv::equivalent_input(const NonlinearInvResult& result) const {
  const InvNetwork& network = result.network;
  return network.self_siemens * offsets_volt_ -
         (network.transfer_siemens + network.self_siemens / opamp_.gain) * result.inv.v;
}

}  // namespace mho::circuit
