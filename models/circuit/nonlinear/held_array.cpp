// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/held_array.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Of the lines' solution, relative to all currents: below what callers ask of the cells.
constexpr double kLineTolerance = 1e-13;
/// A correction that is small need not be accurate itself.
constexpr double kLoosestTolerance = 1e-2;

MatrixXd slopes_at_rest(const CellModel& model, const MatrixXd& bare) {
  return bare.unaryExpr([&](double g) { return cell_current(model, g, 0.0, 0.0).by_first_siemens; });
}

double largest(const auto& values) {
  return values.size() > 0 ? values.cwiseAbs().maxCoeff() : 0.0;
}

}  // namespace

HeldArray::HeldArray(CellModel model, const MatrixXd& bare_siemens, const LineParams& lines)
    : model_(std::move(model)),
      bare_siemens_(bare_siemens),
      slope_siemens_(slopes_at_rest(model_, bare_siemens)),
      lines_(slope_siemens_, lines),
      has_slopes_((bare_siemens.array() == 0.0 || slope_siemens_.array() > 0.0).all()) {
  validate(model_);
}

HeldArray::State HeldArray::at_rest() const {
  const Index rows = bare_siemens_.rows(), cols = bare_siemens_.cols();
  const MatrixXd nothing = MatrixXd::Zero(rows, cols);
  State state;
  state.row_ampere = state.row_port_volt = VectorXd::Zero(rows);
  state.column_ampere = state.column_port_volt = VectorXd::Zero(cols);
  state.row_volt = state.column_volt = state.channel_volt = nothing;
  state.line_ampere = state.excess_ampere = nothing;
  return state;
}

double HeldArray::line_tolerance(const VectorXd& row_step, const VectorXd& column_step,
                                 const State& state) const {
  const double step = std::max(largest(row_step), largest(column_step));
  const double volt = std::max(largest(state.row_port_volt), largest(state.column_port_volt));
  const double excess = largest(state.excess_ampere), ampere = largest(state.line_ampere);
  // Written so that 0/0, nothing anywhere, counts as everything.
  const double share = std::max(step < volt ? step / volt : 1.0, excess < ampere ? excess / ampere : 1.0);
  return std::clamp(kLineTolerance / share, kLineTolerance, kLoosestTolerance);
}

double HeldArray::move_to(const VectorXd& row_volt, const VectorXd& column_volt, State& state) const {
  if (!has_slopes_) return std::numeric_limits<double>::infinity();
  const VectorXd row_step = row_volt - state.row_port_volt,
                 column_step = column_volt - state.column_port_volt;
  const LineSolution change =
      lines_.solve_with_sources(row_step, column_step, state.excess_ampere,
                                {.tolerance = line_tolerance(row_step, column_step, state)});
  if (change.status != LineStatus::kOk) return std::numeric_limits<double>::infinity();
  state.row_port_volt = row_volt;
  state.column_port_volt = column_volt;
  state.row_ampere += change.row_ampere;
  state.column_ampere += change.column_ampere;
  state.line_ampere += change.cell_ampere;
  state.column_volt += change.column_volt;
  // An open cell needs no voltage.
  state.row_volt +=
      change.column_volt +
      (slope_siemens_.array() > 0.0)
          .select((change.cell_ampere - state.excess_ampere).array() / slope_siemens_.array(), 0.0)
          .matrix();
  return evaluate(state);
}

double HeldArray::evaluate(State& state) const {
  double error = 0.0, scale = 0.0;
  for (Index k = 0; k < bare_siemens_.size(); ++k) {
    const double ampere = -cell_current(model_, bare_siemens_(k), state.column_volt(k), state.row_volt(k),
                                        state.channel_volt(k))
                               .ampere;
    state.excess_ampere(k) = ampere - state.line_ampere(k);
    error = std::max(error, std::abs(state.excess_ampere(k)));
    scale = std::max({scale, std::abs(ampere), std::abs(state.line_ampere(k))});
  }
  // Written so that a NaN does not pass.
  if (!state.excess_ampere.allFinite()) return std::numeric_limits<double>::infinity();
  return scale > 0.0 ? error / scale : 0.0;
}

}  // namespace mho::circuit
