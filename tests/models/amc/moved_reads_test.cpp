// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What moved and bent cells take from integer reads. Oracle: macros of given digits, their targets moved cell
// by cell, the network of both arrays solved again, and of each column the rows that err most.
#include "models/amc/moved_reads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "models/amc/amc_params.hpp"
#include "models/amc/compensated_targets.hpp"
#include "models/circuit/network.hpp"
#include "models/circuit/nonlinear/nonlinear_mvm.hpp"

namespace mho::amc::test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

AmcParams params_of(unsigned size) {
  AmcParams params;
  params.mvm_size = size;
  params.rows_per_read = std::min(size, 16u);
  return params;
}

/// A middle level moves most, and the highest one the other way.
CellLaw warm(const AmcParams& params, double kelvin) {
  return [cell = params.cell, kelvin](const MatrixXd& cells) {
    return cells
        .unaryExpr([&](double g) {
          return g * device::temperature_factor(device::kTypicalTemperature, cell, g, kelvin);
        })
        .eval();
  };
}

device::DifferentialPair targets_of(const MacroParams& macro, const MatrixXd& digits) {
  return CompensatedTargets(macro.cell, macro.lines, macro.step_siemens).of(digits).cells;
}

/// Of the worst read of 1, 2, … rows, by the transfer matrices before and after.
VectorXd brute_force(const MacroParams& macro, const MatrixXd& digits, const CellLaw& moved) {
  const device::DifferentialPair cells = targets_of(macro, digits);
  const device::DifferentialPair now{.positive = moved(cells.positive), .negative = moved(cells.negative)};
  MatrixXd change = (circuit::mvm_network(now, macro.lines).transfer_siemens -
                     circuit::mvm_network(cells, macro.lines).transfer_siemens)
                        .transpose()
                        .cwiseAbs() /
                    macro.step_siemens;
  VectorXd worst = VectorXd::Zero(change.rows());
  for (auto column : change.colwise()) {
    std::sort(column.begin(), column.end(), std::greater<>());
    std::partial_sum(column.begin(), column.end(), column.begin());
    worst = worst.cwiseMax(column);
  }
  return worst;
}

MatrixXd random_digits(std::mt19937_64& draw, Index size, int least, int span) {
  return MatrixXd::NullaryExpr(size, size, [&] {
    const auto digit = static_cast<double>(least + static_cast<int>(draw() % static_cast<unsigned>(span)));
    return (draw() & 1) != 0 ? digit : -digit;
  });
}

/// Levels that move most in some places and those that draw most current in the others.
MatrixXd mixed_digits(std::mt19937_64& draw, Index size) {
  return MatrixXd::NullaryExpr(size, size, [&] { return (draw() & 1) != 0 ? 7.0 : 3.0; });
}

class MovedReads : public testing::TestWithParam<unsigned> {};

TEST_P(MovedReads, AreBoundedForEveryMixOfDigits) {
  const AmcParams params = params_of(GetParam());
  const MacroParams macro = macro_params(params, MacroKind::kMvm);
  const auto size = static_cast<Index>(GetParam());
  for (const double kelvin : {280.0, 350.0}) {
    SCOPED_TRACE(kelvin);
    const CellLaw moved = warm(params, kelvin);
    const VectorXd bound = worst_moved_read_steps(macro, moved);
    std::mt19937_64 draw(5);
    VectorXd largest = VectorXd::Zero(size);
    for (const MatrixXd& digits :
         {random_digits(draw, size, 0, 8), random_digits(draw, size, 2, 3), mixed_digits(draw, size),
          MatrixXd::Constant(size, size, 3.0).eval(), MatrixXd::Constant(size, size, 7.0).eval()}) {
      largest = largest.cwiseMax(brute_force(macro, digits, moved));
    }
    EXPECT_TRUE((largest.array() <= bound.array() * (1 + 1e-9)).all())
        << largest.transpose() << "\nbound " << bound.transpose();
    EXPECT_GT(largest[0], 0.6 * bound[0]) << "a bound that is far off plans needlessly small groups";
    EXPECT_GT(largest[size - 1], 0.6 * bound[size - 1]);
  }
}
INSTANTIATE_TEST_SUITE_P(Sizes, MovedReads, testing::Values(8, 32));

TEST(MovedReads, CountTheMiddleLevels) {
  AmcParams params = params_of(8);
  params.lines = {};
  const MacroParams macro = macro_params(params, MacroKind::kMvm);
  const auto change = [&](double g) {
    return g * (device::temperature_factor(device::kTypicalTemperature, params.cell, g, 350.0) - 1.0);
  };
  double worst = 0;
  for (unsigned level = 1; level < params.cell.levels; ++level) {
    worst = std::max(worst, std::abs(change(device::level_conductance(params.cell, level)) -
                                     change(params.cell.g_min_siemens)));
  }
  const VectorXd steps = worst_moved_read_steps(macro, warm(params, 350.0));
  EXPECT_NEAR(steps[0], worst / device::step_siemens(params.cell), 1e-12);
  EXPECT_NEAR(steps[7], 8 * steps[0], 1e-12);
  EXPECT_GT(steps[0], 2 * std::abs(change(params.cell.g_max_siemens) - change(params.cell.g_min_siemens)) /
                          device::step_siemens(params.cell) / 7)
      << "the highest level is not the one that moves most";
}

/// Error of a read of the circuit itself, whose amplifiers are as good as ideal.
double circuit_error(const MacroParams& macro, const MatrixXd& digits, const VectorXd& drive,
                     double read_volt) {
  circuit::OpampParams opamp;
  opamp.gain = 1e9;
  opamp.v_sat_volt = 100;
  const Index size = digits.rows();
  const circuit::NonlinearMvm mvm(
      macro.cell_model,
      circuit::bare_pair(macro.cell_model, targets_of(macro, digits), macro.write.verify_voltage_volt),
      macro.lines, opamp, VectorXd::Zero(size), 0.0);
  bool has_converged = false;
  const double feedback = 1e-4;
  const auto read = mvm.evaluate(read_volt * drive, feedback, has_converged);
  EXPECT_TRUE(has_converged);
  const VectorXd steps = -read.v_out.col(0) * feedback / (macro.step_siemens * read_volt);
  return (steps - digits.transpose() * drive).cwiseAbs().maxCoeff();
}

TEST(NonohmicReads, AreBoundedForEveryMixOfDigits) {
  constexpr unsigned kSize = 8;
  for (const bool has_transistors : {false, true}) {
    SCOPED_TRACE(has_transistors);
    AmcParams params = params_of(kSize);
    if (has_transistors) {
      params.cell_model.access = circuit::Nmos1Params{};
    } else {
      params.cell_model.iv.v0_volt = 0.3;
    }
    const MacroParams macro = macro_params(params, MacroKind::kMvm);
    const double read_volt = params.dac.v_full_scale_volt;
    const NonohmicReads reads(macro, read_volt);
    std::mt19937_64 draw(6);
    double largest = 0;
    for (const MatrixXd& digits :
         {random_digits(draw, kSize, 0, 8), random_digits(draw, kSize, 7, 1),
          MatrixXd::Constant(kSize, kSize, 7.0).eval(), MatrixXd::Constant(kSize, kSize, 3.0).eval()}) {
      for (const double sign : {1.0, -1.0}) {
        const double error = circuit_error(macro, digits, VectorXd::Constant(kSize, sign), read_volt);
        EXPECT_LE(error, reads.worst_steps(kSize) * (1 + 1e-4));
        largest = std::max(largest, error);
      }
    }
    EXPECT_GT(largest, 0.6 * reads.worst_steps(kSize));
    EXPECT_LT(reads.worst_steps(1), reads.worst_steps(kSize));
  }
}

TEST(NonohmicReads, CountTheDigitThatErrsMost) {
  AmcParams params = params_of(8);
  params.lines = {};
  params.cell_model.iv.v0_volt = 0.5;
  const MacroParams macro = macro_params(params, MacroKind::kMvm);
  // Written for the digit 3: smaller ones get too little, by a share that is largest at the digit 2.
  const double unit_volt = macro.write.verify_voltage_volt / 3;
  const double gain = device::conduction_gain(params.cell_model.iv, 3 * unit_volt);
  double worst = 0;
  for (const int digit : {1, 2}) {
    const double share = device::conduction_gain(params.cell_model.iv, digit * unit_volt) / gain;
    worst = std::max(worst, 8 * 7 * digit * (1.0 - share));
  }
  EXPECT_NEAR(NonohmicReads(macro, unit_volt).worst_steps(8, 3), worst, 1e-9);
}

TEST(NonohmicReads, FollowTheReadVoltage) {
  AmcParams params = params_of(8);
  params.lines = {};
  params.cell_model.iv.v0_volt = 0.5;
  const MacroParams macro = macro_params(params, MacroKind::kMvm);
  const double written_volt = macro.write.verify_voltage_volt;
  EXPECT_NEAR(NonohmicReads(macro, written_volt).worst_steps(8), 0.0, 1e-9) << "written for this voltage";
  const double ratio = device::conduction_gain(params.cell_model.iv, 2 * written_volt) /
                       device::conduction_gain(params.cell_model.iv, written_volt);
  EXPECT_NEAR(NonohmicReads(macro, 2 * written_volt).worst_steps(8), 8 * 7 * (ratio - 1.0), 1e-9);
}

}  // namespace
}  // namespace mho::amc::test
