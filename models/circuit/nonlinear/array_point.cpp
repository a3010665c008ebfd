// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/array_point.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/wires/nonlinear_array.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {
namespace {

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Far below a code of any converter.
constexpr double kTolerance = 1e-12;

NonlinearSolution solve_sinh(const device::IvParams& iv, const MatrixXd& bare, const LineParams& lines,
                             const VectorXd& row_volt, const VectorXd& column_volt) {
  const CellLaw law = [&](const ArrayXXd& volt, ArrayXXd& ampere, ArrayXXd& slope_siemens) {
    for (Index j = 0; j < volt.cols(); ++j) {
      for (Index i = 0; i < volt.rows(); ++i) {
        const device::IvPoint point = device::iv_point(iv, bare(i, j), volt(i, j));
        ampere(i, j) = point.current_ampere;
        slope_siemens(i, j) = point.slope_siemens;
      }
    }
  };
  return solve_nonlinear_array(bare.rows(), bare.cols(), law, lines, row_volt, column_volt,
                               {.tolerance = kTolerance});
}

VectorXd joined(const VectorXd& row_volt, const VectorXd& column_volt) {
  VectorXd ports(row_volt.size() + column_volt.size());
  ports << row_volt, column_volt;
  return ports;
}

ArrayLinearization linearization_of(const NonohmicArray& array, bool has_converged) {
  const Index rows = array.n_rows(), cols = array.n_ports() - rows;
  const MatrixXd& siemens = array.port_siemens();
  const VectorXd constant = array.constant_ampere();
  return {.row_by_row = siemens.topLeftCorner(rows, rows),
          .row_by_column = siemens.topRightCorner(rows, cols),
          .column_by_row = siemens.bottomLeftCorner(cols, rows),
          .column_by_column = siemens.bottomRightCorner(cols, cols),
          .row_ampere = constant.head(rows),
          .column_ampere = constant.tail(cols),
          .has_converged = has_converged};
}

ArrayLinearization linearize_transistors(const CellModel& model, const MatrixXd& bare,
                                         const LineParams& lines, const VectorXd& row_volt,
                                         const VectorXd& column_volt) {
  NonohmicArray array(bare, lines, model);
  const bool has_converged = array.settle(joined(row_volt, column_volt));
  return linearization_of(array, has_converged);
}

/// Voltage of the node between cell and transistor at which the transistor carries `ampere` into or out of
/// a line at 0 V; infinite if it never does up to `limit_volt`.
double node_voltage(const Nmos1Params& access, double ampere, double limit_volt) {
  const auto current = [&](double v) {
    return access.is_at_row ? channel_current(access, v, 0.0).ampere
                            : channel_current(access, limit_volt, limit_volt - v).ampere;
  };
  if (current(limit_volt) <= ampere) return std::numeric_limits<double>::infinity();
  double low = 0.0, high = limit_volt;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (current(middle) < ampere ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

double bare_siemens(const CellModel& model, double g_read_siemens, double v_read_volt) {
  const double g = std::max(g_read_siemens, 0.0);
  if (!model.access) return device::small_signal_siemens(model.iv, g, v_read_volt);
  const double ampere = g * v_read_volt;
  const double cell_volt = v_read_volt - node_voltage(*model.access, ampere, v_read_volt);
  return cell_volt > 0.0 ? device::small_signal_siemens(model.iv, ampere / cell_volt, cell_volt)
                         : std::numeric_limits<double>::infinity();
}

device::DifferentialPair bare_pair(const CellModel& model, const device::DifferentialPair& read_siemens,
                                   double v_read_volt) {
  constexpr double kShort = 1.0;
  const auto bare = [&](double g) { return std::min(bare_siemens(model, g, v_read_volt), kShort); };
  return {.positive = read_siemens.positive.unaryExpr(bare),
          .negative = read_siemens.negative.unaryExpr(bare)};
}

ArrayLinearization linearize(const CellModel& model, const MatrixXd& bare_siemens, const LineParams& lines,
                             const VectorXd& row_volt, const VectorXd& column_volt) {
  if (model.access) return linearize_transistors(model, bare_siemens, lines, row_volt, column_volt);
  const auto solution = solve_sinh(model.iv, bare_siemens, lines, row_volt, column_volt);
  const ArrayPorts tangent = reduce_ports(solution.slope_siemens.matrix(), lines);
  ArrayLinearization array{.row_by_row = tangent.row_self_siemens,
                           .row_by_column = -tangent.transfer_siemens,
                           .column_by_row = -tangent.transfer_siemens.transpose(),
                           .column_by_column = tangent.column_self_siemens,
                           .row_ampere = {},
                           .column_ampere = {},
                           .has_converged = solution.status == NonlinearStatus::kOk};
  array.row_ampere = solution.row_ampere - array.row_by_row * row_volt - array.row_by_column * column_volt;
  array.column_ampere =
      solution.column_ampere - array.column_by_row * row_volt - array.column_by_column * column_volt;
  return array;
}

SoughtArray::SoughtArray(CellModel model, MatrixXd bare_siemens, const LineParams& lines)
    : model_(std::move(model)),
      bare_siemens_(std::move(bare_siemens)),
      lines_(lines),
      row_volt_(VectorXd::Zero(bare_siemens_.rows())),
      column_volt_(VectorXd::Zero(bare_siemens_.cols())) {
  if (model_.access) transistors_.emplace(bare_siemens_, lines_, model_);
}

double SoughtArray::move_to(const VectorXd& row_volt, const VectorXd& column_volt) {
  double change = std::max((row_volt - row_volt_).cwiseAbs().maxCoeff(),
                           (column_volt - column_volt_).cwiseAbs().maxCoeff());
  row_volt_ = row_volt;
  column_volt_ = column_volt;
  if (transistors_) {
    change = std::max(change, transistors_->move_to(joined(row_volt, column_volt)));
    linearization_ = linearization_of(*transistors_, true);
  } else {
    linearization_ = linearize(model_, bare_siemens_, lines_, row_volt, column_volt);
  }
  has_present_slopes_ = !transistors_;
  return change;
}

void SoughtArray::renew_slopes() {
  if (has_present_slopes_) return;
  transistors_->linearize();
  has_present_slopes_ = true;
  linearization_ = linearization_of(*transistors_, true);
}

PortCurrents port_currents(const CellModel& model, const MatrixXd& bare_siemens, const LineParams& lines,
                           const VectorXd& row_volt, const VectorXd& column_volt) {
  if (model.access) {
    const auto array = linearize_transistors(model, bare_siemens, lines, row_volt, column_volt);
    return {.row = array.row_current(row_volt, column_volt),
            .column = array.column_current(row_volt, column_volt),
            .has_converged = array.has_converged};
  }
  auto solution = solve_sinh(model.iv, bare_siemens, lines, row_volt, column_volt);
  return {.row = std::move(solution.row_ampere),
          .column = std::move(solution.column_ampere),
          .has_converged = solution.status == NonlinearStatus::kOk};
}

}  // namespace mho::circuit
