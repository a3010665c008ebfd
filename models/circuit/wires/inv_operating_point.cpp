// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_operating_point.hpp"

#include <Eigen/Jacobi>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "models/circuit/wires/lane_vectors.hpp"
#include "models/circuit/wires/lanes.hpp"
#include "models/circuit/wires/line_solver.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kMaxIterations = 40;
// Of the basis of GMRES: where it would take more, a reduction is the better use of memory.
constexpr std::size_t kMostBasisBytes = std::size_t{512} << 20;
constexpr double kSingularReciprocalCondition = 4.0 * std::numeric_limits<double>::epsilon();

void check(const InvPointParams& params) {
  require(params.gain > 0.0, "INV operating point: gain is {}; it must be positive", params.gain);
  require(params.g_in_siemens >= 0.0 && std::isfinite(params.g_in_siemens),
          "INV operating point: input conductance is {} S; it must not be negative", params.g_in_siemens);
  require(params.inverter_gain > 0.0 && params.inverter_gain <= 1.0,
          "INV operating point: gain of the inverters is {}; choose a value above 0, at most 1",
          params.inverter_gain);
}

void check_tolerance(double tolerance) {
  require(tolerance >= 1e-14 && tolerance <= 1e-2,
          "INV operating point: tolerance is {}; choose a value in 1e-14 … 1e-2", tolerance);
}

/// `given`, or zeros in the place of nothing.
VectorXd checked(const VectorXd& given, Index n, const char* what) {
  require((given.size() == 0 || given.size() == n) && given.allFinite(),
          "INV operating point: {} {} for {} nodes; all must be finite", given.size(), what, n);
  return given.size() == 0 ? VectorXd::Zero(n) : given;
}

InvPointInputs checked(const InvPointInputs& inputs, Index n) {
  return {.input_ampere = checked(inputs.input_ampere, n, "input currents"),
          .offset_volt = checked(inputs.offset_volt, n, "offsets"),
          .inverter_volt = checked(inputs.inverter_volt, n, "outputs of inverters")};
}

/// One sweep of the loop: from the currents q of both arrays, one behind the other, to the next.
class LoopSweep {
 public:
  LoopSweep(const InvArrays& arrays, const InvPointParams& params, const VectorXd& self_siemens,
            const Eigen::PartialPivLU<MatrixXd>& lu)
      : arrays_(arrays), params_(params), self_(self_siemens), lu_(lu) {}
  std::size_t size() const { return (arrays_.negative ? 2 : 1) * arrays_.positive.swept().size(); }
  /// Bounds the currents into the summing nodes that an error of q stands for (FirstOrderArray).
  double loss() const {
    return arrays_.negative ? std::hypot(arrays_.positive.column_loss(), arrays_.negative->column_loss())
                            : arrays_.positive.column_loss();
  }
  bool is_in_range() const {
    return arrays_.positive.swept().largest_drop() <= LineSolver::kLargestDrop &&
           (!arrays_.negative || arrays_.negative->swept().largest_drop() <= LineSolver::kLargestDrop);
  }

  /// The first currents: what the inputs make of none.
  VectorXd start(const InvPointInputs& inputs, double* next) const {
    std::fill_n(next, size(), 0.0);
    VectorXd ampere = self_.cwiseProduct(inputs.offset_volt) - inputs.input_ampere;
    if (arrays_.negative) ampere -= arrays_.negative->transfer() * inputs.inverter_volt;
    return couple(ampere, inputs.offset_volt, inputs.inverter_volt, next);
  }

  /// The next currents to q, without inputs.
  /// @returns  the outputs for which all currents of the summing nodes cancel
  VectorXd operator()(const double* currents, double* next) const {
    const std::size_t one = arrays_.positive.swept().size();
    VectorXd ampere = -arrays_.positive.ground_columns(currents, next);
    if (arrays_.negative) ampere -= arrays_.negative->ground_columns(currents + one, next + one);
    const VectorXd none = VectorXd::Zero(ampere.size());
    return couple(ampere, none, none, next);
  }

 private:
  /// @param ampere  out of the summing nodes, besides those of the arrays and the outputs
  VectorXd couple(const VectorXd& ampere, const VectorXd& offsets, const VectorXd& inverters,
                  double* next) const {
    const std::size_t one = arrays_.positive.swept().size();
    VectorXd outputs = lu_.solve(ampere);
    const VectorXd summing = offsets - outputs / params_.gain;
    arrays_.positive.couple(summing, outputs, next);
    if (arrays_.negative)
      arrays_.negative->couple(summing, inverters - params_.inverter_gain * outputs, next + one);
    return outputs;
  }

  const InvArrays& arrays_;
  const InvPointParams& params_;
  const VectorXd& self_;
  const Eigen::PartialPivLU<MatrixXd>& lu_;
};

/// GMRES for q − J q = c, with c and J q what a sweep makes of 0 with the inputs and of q without. The basis
/// is that of J, which a sweep shrinks: nothing cancels.
class ColumnCurrents {
 public:
  ColumnCurrents(const LoopSweep& sweep, const InvPointInputs& inputs) : sweep_(sweep), n_(sweep.size()) {
    outputs_.push_back(sweep.start(inputs, extend()));
    rhs_[0] = std::sqrt(dot(basis_[0].data(), basis_[0].data(), n_));
    if (rhs_[0] > 0.0) scale(1.0 / rhs_[0], basis_[0].data(), n_);
  }
  int iterations() const { return static_cast<int>(k_); }
  /// ‖q − J q − c‖₂
  double residual_ampere() const { return std::abs(rhs_[k_]); }
  bool can_improve() const {
    return k_ < kMaxIterations && residual_ampere() > 0.0 &&
           (basis_.size() + 1) * n_ * sizeof(double) <= kMostBasisBytes;
  }

  void improve() {
    double* const image = extend();
    outputs_.push_back(sweep_(basis_[static_cast<std::size_t>(k_)].data(), image));
    orthogonalize(image);
    for (Index i = 0; i < k_; ++i)
      hessenberg_.col(k_).applyOnTheLeft(i, i + 1, rotations_[static_cast<std::size_t>(i)].adjoint());
    Eigen::JacobiRotation<double> rotation;
    rotation.makeGivens(hessenberg_(k_, k_), hessenberg_(k_ + 1, k_));
    hessenberg_.col(k_).applyOnTheLeft(k_, k_ + 1, rotation.adjoint());
    rhs_.applyOnTheLeft(k_, k_ + 1, rotation.adjoint());
    rotations_.push_back(rotation);
    ++k_;
  }

  /// The outputs that belong to q: they depend on it linearly, so q itself is not needed.
  VectorXd outputs() const {
    const VectorXd weights =
        hessenberg_.topLeftCorner(k_, k_).triangularView<Eigen::Upper>().solve(rhs_.head(k_));
    VectorXd volt = outputs_[0];
    for (Index i = 0; i < k_; ++i) volt += weights[i] * outputs_[static_cast<std::size_t>(i + 1)];
    return volt;
  }

 private:
  double* extend() { return basis_.emplace_back(n_).data(); }

  void orthogonalize(double* image) {
    double h = dot(basis_[0].data(), image, n_);
    for (Index i = 0; i <= k_; ++i) {
      const double* const next = i < k_ ? basis_[static_cast<std::size_t>(i + 1)].data() : image;
      hessenberg_(i, k_) = (i == k_ ? 1.0 : 0.0) - h;
      h = subtract_and_dot(h, basis_[static_cast<std::size_t>(i)].data(), image, next, n_);
    }
    const double norm = std::sqrt(h);
    hessenberg_(k_ + 1, k_) = -norm;
    if (norm > 0.0) scale(1.0 / norm, image, n_);
  }

  const LoopSweep& sweep_;
  std::size_t n_;
  Index k_ = 0;
  std::vector<LaneVector> basis_;
  std::vector<VectorXd> outputs_;  // for the inputs, then for each vector of the basis
  MatrixXd hessenberg_ = MatrixXd::Zero(kMaxIterations + 1, kMaxIterations);
  VectorXd rhs_ = VectorXd::Zero(kMaxIterations + 1);
  std::vector<Eigen::JacobiRotation<double>> rotations_;
};

/// False if the residual does not come down to `enough` [ampere].
bool solve_by_sweeps(const LoopSweep& sweep, const InvPointInputs& inputs, double enough, InvPoint& point) {
  if (!sweep.is_in_range()) return false;
  ColumnCurrents currents(sweep, inputs);
  while (sweep.loss() * currents.residual_ampere() > enough && currents.can_improve()) currents.improve();
  point.iterations = currents.iterations();
  point.output_volt = currents.outputs();
  // Written so that a NaN does not pass.
  return sweep.loss() * currents.residual_ampere() <= enough && point.output_volt.allFinite();
}

void solve_by_reduction(const InvArrays& arrays, const InvPointParams& params, const InvPointInputs& inputs,
                        InvPoint& point) {
  const ArrayPorts plus = reduce_ports(arrays.g_positive, arrays.lines);
  MatrixXd loop = plus.transfer_siemens, self = plus.row_self_siemens;
  self.diagonal().array() += params.g_in_siemens;
  VectorXd ampere = -inputs.input_ampere;
  if (arrays.negative) {
    const ArrayPorts minus = reduce_ports(*arrays.g_negative, arrays.lines);
    loop -= params.inverter_gain * minus.transfer_siemens;
    self += minus.row_self_siemens;
    ampere -= minus.transfer_siemens * inputs.inverter_volt;
  }
  const Eigen::PartialPivLU<MatrixXd> lu(loop + self / params.gain);
  point.was_reduced = true;
  point.reciprocal_condition = lu.rcond();
  if (!(point.reciprocal_condition > kSingularReciprocalCondition)) point.status = InvPointStatus::kSingular;
  ampere += self * inputs.offset_volt;
  point.output_volt =
      point.status == InvPointStatus::kOk ? VectorXd(lu.solve(ampere)) : VectorXd::Zero(arrays.size());
}

}  // namespace

InvPointSolver::InvPointSolver(const InvArrays& arrays, const InvPointParams& params)
    : arrays_(arrays), params_(params) {
  check(params_);
  check_tolerance(params_.tolerance);
  self_siemens_ = arrays.positive.row_self_siemens().array() + params.g_in_siemens;
  if (arrays.negative) self_siemens_ += arrays.negative->row_self_siemens();
  MatrixXd loop = arrays.positive.transfer();
  if (arrays.negative) loop -= params.inverter_gain * arrays.negative->transfer();
  loop.diagonal() += self_siemens_ / params.gain;
  lu_.compute(loop);
}

InvPoint InvPointSolver::solve(const InvPointInputs& given, double tolerance) const {
  check_tolerance(tolerance);
  const InvPointInputs inputs = checked(given, arrays_.size());
  const LoopSweep sweep(arrays_, params_, self_siemens_, lu_);
  InvPoint point;
  point.reciprocal_condition = lu_.rcond();
  double reference = inputs.input_ampere.norm() + self_siemens_.cwiseProduct(inputs.offset_volt).norm();
  if (arrays_.negative) reference += (arrays_.negative->transfer() * inputs.inverter_volt).norm();
  if (!solve_by_sweeps(sweep, inputs, tolerance * reference, point))
    solve_by_reduction(arrays_, params_, inputs, point);
  point.summing_volt = inputs.offset_volt - point.output_volt / params_.gain;
  return point;
}

InvPoint inv_operating_point(const InvArrays& arrays, const InvPointParams& params,
                             const Eigen::Ref<const VectorXd>& input_ampere, const VectorXd& offsets_volt) {
  require(input_ampere.size() == arrays.size(),
          "INV operating point: {} input currents for {} nodes; give one each", input_ampere.size(),
          arrays.size());
  return InvPointSolver(arrays, params)
      .solve({.input_ampere = input_ampere, .offset_volt = offsets_volt, .inverter_volt = {}});
}

InvPoint inv_operating_point(const device::DifferentialPair& pair, const LineParams& lines,
                             const InvPointParams& params, const Eigen::Ref<const VectorXd>& input_ampere,
                             const VectorXd& offsets_volt) {
  return inv_operating_point(InvArrays(pair.positive, &pair.negative, lines), params, input_ampere,
                             offsets_volt);
}

}  // namespace mho::circuit
