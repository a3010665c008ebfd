// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/moved_reads.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "models/amc/compensated_targets.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::amc {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Of one array [siemens].
struct Shift {
  MatrixXd own;   ///< of the transfer matrix by each cell's own change
  MatrixXd load;  ///< by what the lines do with the changed currents
};

Shift shift_of(const MatrixXd& cells, const CellLaw& moved, const circuit::LineParams& lines) {
  const MatrixXd now = moved(cells);
  Shift shift{.own = circuit::first_order_gain(cells, lines).cwiseProduct(now - cells), .load = {}};
  shift.load = circuit::is_ideal(lines) ? MatrixXd::Zero(cells.rows(), cells.cols()).eval()
                                        : (circuit::reduce_ports(now, lines).transfer_siemens -
                                           circuit::reduce_ports(cells, lines).transfer_siemens - shift.own)
                                              .eval();
  return shift;
}

/// The largest sum of 1, 2, … entries of a column.
VectorXd worst_sums(MatrixXd errors) {
  VectorXd worst = VectorXd::Zero(errors.rows());
  for (auto column : errors.colwise()) {
    std::sort(column.begin(), column.end(), std::greater<>());
    std::partial_sum(column.begin(), column.end(), column.begin());
    worst = worst.cwiseMax(column);
  }
  return worst;
}

}  // namespace

device::DifferentialPair dense_targets(const MacroParams& macro, int digit) {
  const auto size = static_cast<Index>(macro.size);
  const MatrixXd digits = MatrixXd::Constant(size, size, digit);
  if (macro.is_compensated) {
    return CompensatedTargets(macro.cell, macro.lines, macro.step_siemens).of(digits).cells;
  }
  return {.positive = (macro.cell.g_min_siemens + macro.step_siemens * digits.array()).matrix(),
          .negative = MatrixXd::Constant(size, size, macro.cell.g_min_siemens)};
}

VectorXd worst_moved_read_steps(const MacroParams& macro, const CellLaw& moved) {
  const auto size = static_cast<Index>(macro.size);
  std::vector<MatrixXd> own;
  MatrixXd load = MatrixXd::Zero(size, size);
  for (int digit = 1; digit <= macro.largest_digit; ++digit) {
    const device::DifferentialPair cells = dense_targets(macro, digit);
    const Shift positive = shift_of(cells.positive, moved, macro.lines);
    const Shift negative = shift_of(cells.negative, moved, macro.lines);
    own.emplace_back((positive.own - negative.own).cwiseAbs() / macro.step_siemens);
    load = load.cwiseMax((positive.load - negative.load).cwiseAbs() / (digit * macro.step_siemens));
  }
  MatrixXd errors = MatrixXd::Zero(size, size);
  for (std::size_t k = 0; k < own.size(); ++k) {
    errors = errors.cwiseMax(own[k] + static_cast<double>(k + 1) * load);
  }
  return worst_sums(std::move(errors));
}

NonohmicReads::NonohmicReads(const MacroParams& macro, double read_volt)
    : model_(macro.cell_model),
      lines_(macro.lines),
      largest_digit_(macro.largest_digit),
      step_siemens_(macro.step_siemens),
      read_volt_(read_volt),
      furthest_first_(macro.size) {
  const device::DifferentialPair targets = dense_targets(macro, largest_digit_);
  bare_ = circuit::bare_pair(model_, targets, macro.write.verify_voltage_volt);
  std::iota(furthest_first_.begin(), furthest_first_.end(), Index{0});
  const VectorXd gain = circuit::first_order_gain(targets.positive, lines_).rowwise().sum();
  std::ranges::stable_sort(furthest_first_, {}, [&](Index row) { return gain[row]; });
}

double NonohmicReads::worst_steps(unsigned rows, int largest_input) const {
  double worst = 0;
  for (int input = 1; input <= largest_input; ++input) {
    worst = std::max({worst, error_steps(rows, input), error_steps(rows, -input)});
  }
  return worst;
}

double NonohmicReads::error_steps(unsigned rows, int input) const {
  const double volt = read_volt_ * input;
  VectorXd drive = VectorXd::Zero(bare_.rows());
  for (unsigned k = 0; k < rows; ++k) drive[furthest_first_[k]] = volt;
  const VectorXd columns = VectorXd::Zero(bare_.cols());
  const auto positive = circuit::port_currents(model_, bare_.positive, lines_, drive, columns);
  const auto negative = circuit::port_currents(model_, bare_.negative, lines_, -drive, columns);
  if (!positive.has_converged || !negative.has_converged) return std::numeric_limits<double>::infinity();
  // Currents count into the array.
  const VectorXd read = -(positive.column + negative.column) / (step_siemens_ * read_volt_);
  return (read.array() - static_cast<double>(largest_digit_ * input) * rows).abs().maxCoeff();
}

}  // namespace mho::amc
