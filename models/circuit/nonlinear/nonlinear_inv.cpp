// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_inv.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <limits>
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
/// Slopes of an earlier point serve as long as steps shrink by this factor.
constexpr double kGoodContraction = 0.1;
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

double NonlinearInv::move_arrays(const VectorXd& v, std::vector<SoughtArray>& arrays) const {
  const Index lines = slices_.front().bare.rows();
  const VectorXd rows = padded(offsets_volt_ - v / opamp_.gain, lines), columns = padded(v, lines);
  double change = 0.0;
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const VectorXd driven = slices_[i].weight * columns;
    change =
        std::max({change, arrays[2 * i].move_to(rows, driven), arrays[2 * i + 1].move_to(rows, -driven)});
  }
  return change;
}

NonlinearInv::Point NonlinearInv::point_at(const VectorXd& v, const Eigen::Ref<const VectorXd>& input_ampere,
                                           const std::vector<SoughtArray>& arrays) const {
  const Index n = size(), lines = slices_.front().bare.rows();
  const VectorXd s = offsets_volt_ - v / opamp_.gain;
  const VectorXd rows = padded(s, lines), columns = padded(v, lines);
  Point point{.network = {.transfer_siemens = MatrixXd::Zero(n, n),
                          .self_siemens = MatrixXd::Identity(n, n) * g_in_siemens_,
                          .drive_siemens = VectorXd::Zero(n)},
              .residual_ampere = input_ampere - g_in_siemens_ * s};
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const double weight = slices_[i].weight;
    add_slice(rows, weight * columns, weight, arrays[2 * i], arrays[2 * i + 1], point);
  }
  return point;
}

void NonlinearInv::add_slice(const VectorXd& rows, const VectorXd& driven, double weight,
                             const SoughtArray& positive_array, const SoughtArray& negative_array,
                             Point& point) const {
  const Index n = size();
  const ArrayLinearization& positive = positive_array.linearization();
  const ArrayLinearization& negative = negative_array.linearization();
  point.has_converged = point.has_converged && positive.has_converged && negative.has_converged;
  point.residual_ampere -= (positive.row_current(rows, driven) + negative.row_current(rows, -driven)).head(n);
  point.network.transfer_siemens +=
      weight * (negative.row_by_column - positive.row_by_column).topLeftCorner(n, n);
  point.network.self_siemens += (positive.row_by_row + negative.row_by_row).topLeftCorner(n, n);
  point.network.drive_siemens +=
      weight * (positive.column_by_column + negative.column_by_column).diagonal().head(n);
  const VectorXd plus = positive.column_current(rows, driven).head(n);
  const VectorXd minus = negative.column_current(rows, -driven).head(n);
  point.supplied_ampere += (plus.cwiseAbs() + minus.cwiseAbs()).sum();
  point.cells_watt += driven.head(n).dot(plus - minus);
}

struct NonlinearInv::Search {
  VectorXd v;
  Point point;
  bool is_found = false;
};

NonlinearInv::Search NonlinearInv::search(const Eigen::Ref<const VectorXd>& input_ampere) const {
  const double limit = kBeyondRails * opamp_.v_sat_volt;
  std::vector<SoughtArray> arrays;
  for (const auto& slice : slices_) {
    arrays.emplace_back(cell_, slice.bare.positive, lines_);
    arrays.emplace_back(cell_, slice.bare.negative, lines_);
  }
  VectorXd v = VectorXd::Zero(size());
  (void)move_arrays(v, arrays);
  Point point = point_at(v, input_ampere, arrays);
  double last_change = std::numeric_limits<double>::infinity();
  for (int k = 0; k < kMaxNewton; ++k) {
    const bool is_newton = std::ranges::all_of(arrays, &SoughtArray::has_present_slopes);
    // The derivative of the residual by v.
    const MatrixXd loop = point.network.transfer_siemens + point.network.self_siemens / opamp_.gain;
    const VectorXd wanted = v - loop.partialPivLu().solve(point.residual_ampere);
    if (!wanted.allFinite()) break;
    const VectorXd next = wanted.cwiseMax(-limit).cwiseMin(limit);
    const double step = (next - v).cwiseAbs().maxCoeff();
    v = next;
    const double change = std::max(step, move_arrays(v, arrays));
    const bool is_small = change <= kStep * v.cwiseAbs().maxCoeff() + 1e-15;
    // The last step is taken with slopes of its own point, so that the network that is left is the tangent.
    if (is_small && is_newton) return {.v = v, .point = point_at(v, input_ampere, arrays), .is_found = true};
    if (is_small || change > kGoodContraction * last_change)
      std::ranges::for_each(arrays, &SoughtArray::renew_slopes);
    last_change = change;
    point = point_at(v, input_ampere, arrays);
  }
  return {.v = v, .point = point};
}

NonlinearInvResult NonlinearInv::solve(const Eigen::Ref<const VectorXd>& input_ampere, double epsilon) const {
  require(input_ampere.size() == size(), "non-linear INV: {} input currents for {} nodes",
          input_ampere.size(), size());
  const double rail = opamp_.v_sat_volt;
  const Search found = search(input_ampere);
  const VectorXd& v = found.v;
  const Point& point = found.point;
  const bool is_found = found.is_found && point.has_converged;
  NonlinearInvResult result;
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

}  // namespace mho::circuit
