// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_mvm.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <limits>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr int kMaxSteps = 60;
constexpr double kStep = 1e-10;
/// Cells are at rest when none is off its law by more than this share of the largest current.
constexpr double kLaw = 1e-12;
/// Rounds that gain less, after the first ones, are given up for Newton's method on the full network.
constexpr double kWorstContraction = 0.3;
constexpr int kFirstRounds = 3;
constexpr double kNever = std::numeric_limits<double>::infinity();

VectorXd padded(const VectorXd& used, Index size) {
  VectorXd all = VectorXd::Zero(size);
  all.head(used.size()) = used;
  return all;
}

}  // namespace

NonlinearMvm::NonlinearMvm(CellModel cell, device::DifferentialPair bare, const LineParams& lines,
                           const OpampParams& opamp, VectorXd offsets_volt, double output_ohm)
    : cell_(std::move(cell)),
      bare_(std::move(bare)),
      lines_(lines),
      opamp_(opamp),
      offsets_volt_(std::move(offsets_volt)),
      output_ohm_(output_ohm),
      positive_(cell_, bare_.positive, lines_),
      negative_(cell_, bare_.negative, lines_) {
  validate(cell_);
  validate(opamp_);
  validate(lines_);
  require(output_ohm >= 0.0, "non-linear MVM: output resistance is {} ohm; it must not be negative",
          output_ohm);
  const Index m = offsets_volt_.size();
  require(bare_.rows() > 0 && bare_.negative.rows() == bare_.rows() &&
              bare_.negative.cols() == bare_.cols() && m >= 1 && m <= bare_.cols(),
          "non-linear MVM: arrays of {}x{} and {}x{} with {} amplifiers", bare_.rows(), bare_.cols(),
          bare_.negative.rows(), bare_.negative.cols(), m);
  self_siemens_ = (reduce_ports(positive_.slope_siemens(), lines_).column_self_siemens +
                   reduce_ports(negative_.slope_siemens(), lines_).column_self_siemens)
                      .topLeftCorner(m, m);
}

/// Of both arrays at one set of column voltages.
struct NonlinearMvm::Currents {
  VectorXd column_ampere;  ///< sum, [cols]
  VectorXd row_ampere;     ///< positive less negative, [rows]
  double law_error;        ///< of the cells; infinity: the arrays are not found
};

/// The amplifiers at one feedback conductance, and the matrix of Newton's method.
struct NonlinearMvm::Loop {
  double g_feedback_siemens;
  LoadedAmplifier amplifier;
  Eigen::PartialPivLU<MatrixXd> matrix;
};

struct NonlinearMvm::Read {
  VectorXd v, row_ampere;
  bool is_found = false;
};

NonlinearMvm::Loop NonlinearMvm::loop_of(double g_feedback_siemens) const {
  const LoadedAmplifier amplifier = loaded_amplifier(opamp_, output_ohm_, g_feedback_siemens);
  MatrixXd loop = self_siemens_ / amplifier.gain;
  loop.diagonal().array() += g_feedback_siemens + g_feedback_siemens / amplifier.gain;
  return {.g_feedback_siemens = g_feedback_siemens, .amplifier = amplifier, .matrix = loop.partialPivLu()};
}

NonlinearMvm::Read NonlinearMvm::seek(const auto& currents_at, const Loop& loop) const {
  const Index m = offsets_volt_.size();
  Read read{.v = VectorXd::Zero(m), .row_ampere = {}};
  for (int k = 0; k < kMaxSteps && !read.is_found; ++k) {
    const VectorXd s = loop.amplifier.offset_gain * offsets_volt_ - read.v / loop.amplifier.gain;
    Currents currents = currents_at(padded(s, bare_.cols()));
    const VectorXd step =
        loop.matrix.solve(loop.g_feedback_siemens * (read.v - s) - currents.column_ampere.head(m));
    read.v -= step;
    read.row_ampere = std::move(currents.row_ampere);
    if (currents.law_error == kNever) break;
    read.is_found = currents.law_error <= kLaw &&
                    step.cwiseAbs().maxCoeff() <= kStep * read.v.cwiseAbs().maxCoeff() + 1e-15;
  }
  return read;
}

NonlinearMvm::Read NonlinearMvm::seek_by_rounds(const VectorXd& rows, const Loop& loop) const {
  HeldArray::State positive = positive_.at_rest(), negative = negative_.at_rest();
  double last = kNever;
  int round = 0;
  return seek(
      [&](const VectorXd& columns) -> Currents {
        double error =
            std::max(positive_.move_to(rows, columns, positive), negative_.move_to(-rows, columns, negative));
        if (++round > kFirstRounds && error > kLaw && error > kWorstContraction * last) error = kNever;
        last = error;
        return {.column_ampere = positive.column_ampere + negative.column_ampere,
                .row_ampere = positive.row_ampere - negative.row_ampere,
                .law_error = error};
      },
      loop);
}

NonlinearMvm::Read NonlinearMvm::seek_in_full(const VectorXd& rows, const Loop& loop) const {
  return seek(
      [&](const VectorXd& columns) -> Currents {
        const PortCurrents positive = port_currents(cell_, bare_.positive, lines_, rows, columns),
                           negative = port_currents(cell_, bare_.negative, lines_, -rows, columns);
        return {.column_ampere = positive.column + negative.column,
                .row_ampere = positive.row - negative.row,
                .law_error = positive.has_converged && negative.has_converged ? 0.0 : kNever};
      },
      loop);
}

MvmResult NonlinearMvm::evaluate(const Eigen::Ref<const MatrixXd>& v_rows, double g_feedback_siemens,
                                 bool& has_converged) const {
  require(v_rows.rows() >= 1 && v_rows.rows() <= bare_.rows(), "non-linear MVM: {} row voltages for {} rows",
          v_rows.rows(), bare_.rows());
  require(g_feedback_siemens > 0.0, "non-linear MVM: feedback conductance is {} S; it must be positive",
          g_feedback_siemens);
  const Index m = offsets_volt_.size();
  const double rail = opamp_.v_sat_volt;
  const Loop loop = loop_of(g_feedback_siemens);
  has_converged = true;
  MvmResult result;
  result.v_out.resize(m, v_rows.cols());
  double sum_abs_out = 0.0;
  for (Index i = 0; i < v_rows.cols(); ++i) {
    const VectorXd rows = padded(v_rows.col(i), bare_.rows());
    Read read = seek_by_rounds(rows, loop);
    if (!read.is_found) read = seek_in_full(rows, loop);
    has_converged = has_converged && read.is_found;
    result.n_saturated += static_cast<std::uint64_t>((read.v.array().abs() > rail).count());
    result.v_out.col(i) = read.v.cwiseMax(-rail).cwiseMin(rail);
    sum_abs_out += result.v_out.col(i).cwiseAbs().sum();
    result.power_sum.cells_watt += rows.dot(read.row_ampere);
  }
  result.power_sum.bias_watt = static_cast<double>(v_rows.cols() * m) * bias_power_watt(opamp_);
  result.power_sum.load_watt = opamp_.supply_volt * g_feedback_siemens * sum_abs_out;
  return result;
}

}  // namespace mho::circuit
