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

/// All arrays near outputs v, and what is left at the nodes.
struct NonlinearInv::Point {
  InvNetwork network;
  VectorXd residual_ampere;
  double supplied_ampere = 0.0;  ///< sum of the magnitudes of the currents into the columns
  double cells_watt = 0.0;       ///< that these currents carry
  bool has_converged = true;
};

NonlinearInv::NonlinearInv(CellModel cell, device::DifferentialPair bare, const LineParams& lines,
                           const OpampParams& opamp, double g_in_siemens, VectorXd offsets_volt)
    : NonlinearInv(std::move(cell), std::vector<InvSlice>{{.bare = std::move(bare)}}, lines, opamp,
                   g_in_siemens, std::move(offsets_volt)) {}

NonlinearInv::NonlinearInv(CellModel cell, std::vector<InvSlice> slices, const LineParams& lines,
                           const OpampParams& opamp, double g_in_siemens, VectorXd offsets_volt)
    : cell_(std::move(cell)),
      slices_(std::move(slices)),
      lines_(lines),
      opamp_(opamp),
      g_in_siemens_(g_in_siemens),
      offsets_volt_(std::move(offsets_volt)) {
  validate(cell_);
  validate(opamp_);
  validate(lines_);
  require(!slices_.empty(), "non-linear INV: no slice; it needs one pair of arrays or more");
  const Index n = slices_.front().bare.rows();
  for (const auto& [bare, weight] : slices_) {
    require(n > 0 && bare.rows() == n && bare.cols() == n && bare.negative.rows() == n &&
                bare.negative.cols() == n,
            "non-linear INV: arrays of {}x{} and {}x{}; both must be square and of one size", bare.rows(),
            bare.cols(), bare.negative.rows(), bare.negative.cols());
    require(weight >= 0.0 && weight <= 1.0, "non-linear INV: a slice has weight {}; choose 0 ... 1", weight);
  }
  require(size() >= 1 && size() <= n, "non-linear INV: {} amplifiers for {} rows", size(), n);
  require(g_in_siemens >= 0.0, "non-linear INV: input conductance is {} S; it must not be negative",
          g_in_siemens);
}

NonlinearInv::Point NonlinearInv::linearize_at(const VectorXd& v,
                                               const Eigen::Ref<const VectorXd>& input_ampere) const {
  const Index n = size(), lines = slices_.front().bare.rows();
  const VectorXd s = offsets_volt_ - v / opamp_.gain;
  const VectorXd rows = padded(s, lines), columns = padded(v, lines);
  Point point{.network = {.transfer_siemens = MatrixXd::Zero(n, n),
                          .self_siemens = MatrixXd::Identity(n, n) * g_in_siemens_,
                          .drive_siemens = VectorXd::Zero(n)},
              .residual_ampere = input_ampere - g_in_siemens_ * s};
  for (const InvSlice& slice : slices_) add_slice(slice, rows, columns, point);
  return point;
}

void NonlinearInv::add_slice(const InvSlice& slice, const VectorXd& rows, const VectorXd& columns,
                             Point& point) const {
  const Index n = size();
  const VectorXd driven = slice.weight * columns;
  const ArrayLinearization positive = linearize(cell_, slice.bare.positive, lines_, rows, driven);
  const ArrayLinearization negative = linearize(cell_, slice.bare.negative, lines_, rows, -driven);
  point.has_converged = point.has_converged && positive.has_converged && negative.has_converged;
  point.residual_ampere -= (positive.row_current(rows, driven) + negative.row_current(rows, -driven)).head(n);
  point.network.transfer_siemens +=
      slice.weight * (negative.row_by_column - positive.row_by_column).topLeftCorner(n, n);
  point.network.self_siemens += (positive.row_by_row + negative.row_by_row).topLeftCorner(n, n);
  point.network.drive_siemens +=
      slice.weight * (positive.column_by_column + negative.column_by_column).diagonal().head(n);
  const VectorXd plus = positive.column_current(rows, driven).head(n);
  const VectorXd minus = negative.column_current(rows, -driven).head(n);
  point.supplied_ampere += (plus.cwiseAbs() + minus.cwiseAbs()).sum();
  point.cells_watt += driven.head(n).dot(plus - minus);
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
    result.network = point.network;
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
  result.network = point.network;
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
    inv.slowest_tau_s = tau_s;
    inv.settling_time_s = settling_with_slew_s(opamp_, tau_s, inv.v.cwiseAbs().maxCoeff(), epsilon);
  }
  inv.n_saturated = static_cast<int>((inv.v.array().abs() >= rail).count());
  inv.power = {.bias_watt = 2.0 * static_cast<double>(size()) * bias_power_watt(opamp_),
               .load_watt = opamp_.supply_volt * point.supplied_ampere,
               .cells_watt = point.cells_watt};
  return result;
}

VectorXd NonlinearInv::equivalent_input(const NonlinearInvResult& result) const {
  const InvNetwork& network = result.network;
  return network.self_siemens * offsets_volt_ -
         (network.transfer_siemens + network.self_siemens / opamp_.gain) * result.inv.v;
}

}  // namespace mho::circuit
