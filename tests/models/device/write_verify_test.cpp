// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/write_verify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/write_verify_fixture.hpp"

namespace mho::device {
namespace {

TEST_F(WriteVerify, RejectsParametersOutOfRange) {
  const std::vector<std::function<void(WriteVerifyParams&)>> mistakes{
      [](auto& w) { w.tolerance = 1e-4; },
      [](auto& w) { w.tolerance = 1.5; },
      [](auto& w) { w.tolerance = std::nan(""); },
      [](auto& w) { w.write_sigma = -0.1; },
      [](auto& w) { w.aim = 0.0; },
      [](auto& w) { w.aim = 1.1; },
      [](auto& w) { w.pulse_sigma = -1.0; },
      [](auto& w) { w.coarse_threshold = -1.0; },
      [](auto& w) { w.coarse.width_s = 0.0; },
      [](auto& w) { w.fine.voltage_volt = 0.0; },
      [](auto& w) { w.fine.max_step = 0.0; },
      [](auto& w) { w.pulse_limit = 0; },
      [](auto& w) { w.pulse_limit = 1001; },
      [](auto& w) { w.verify_sigma = -1.0; },
      [](auto& w) { w.verify_voltage_volt = 0.0; },
      [](auto& w) { w.verify_time_s = 0.0; },
      [](auto& w) { w.round_overhead_s = -1.0; },
      [](auto& w) { w.verify_conversion_energy_J = -1.0; },
      [](auto& w) { w.set_response = 0.0; },
      [](auto& w) { w.reset_response = 21.0; },
      [](auto& w) { w.saturation = 1.0; },
      [](auto& w) { w.saturation = -0.1; },
      [](auto& w) { w.device_sigma = 1.1; },
      [](auto& w) { w.device_sigma = std::nan(""); },
      [](auto& w) { w.adapt = 0.95; },
      [](auto& w) { w.reset_voltage_factor = 0.0; },
      [](auto& w) { w.stall_limit = 1001; },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    WriteVerifyParams wrong;
    mistakes[i](wrong);
    EXPECT_THROW(validate(wrong), InputError) << "mistake " << i;
  }
  EXPECT_NO_THROW(validate(WriteVerifyParams{}));
}

TEST_F(WriteVerify, RejectsBadTargets) {
  Eigen::MatrixXd bad = Eigen::MatrixXd::Constant(2, 2, 1e-6);
  bad(1, 0) = -1e-6;
  EXPECT_THROW((void)program_array(bad, cell_, write_, random_, 0, 0), InputError);
  bad(1, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)program_array(bad, cell_, write_, random_, 0, 0), InputError);
  EXPECT_THROW((void)program_array_from(Eigen::MatrixXd::Zero(2, 3), Eigen::MatrixXd::Zero(2, 2), cell_,
                                        write_, random_, 0, 0),
               InputError);
  EXPECT_THROW((void)program(0, 1U << 24), InputError);
}

TEST_F(WriteVerify, EmptyArrayCostsNothing) {
  const auto result = program_array(Eigen::MatrixXd(0, 0), cell_, write_, random_, 0, 0);
  EXPECT_EQ(result.pulses, 0U);
  EXPECT_EQ(result.verify_reads, 0U);
  EXPECT_EQ(result.energy_J, 0.0);
}

TEST_F(WriteVerify, CellAlreadyAtItsTargetNeedsOneRead) {
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(1, 1, 20e-6);
  const auto result = program_array_from(target, target, cell_, write_, random_, 0, 0);
  EXPECT_EQ(result.g_siemens, target);
  EXPECT_EQ(result.pulses, 0U);
  EXPECT_EQ(result.verify_reads, 1U);
  EXPECT_DOUBLE_EQ(result.time_s, 100e-9);
  // 0.2² V² · 20 µS · 100 ns = 80 fJ, and one conversion.
  EXPECT_NEAR(result.energy_J, 80e-15 + 10.9e-12, 1e-20);
}

TEST_F(WriteVerify, OneExactPulseCostsWhatTheFormulaSays) {
  write_.aim = 1.0;
  write_.pulse_sigma = 0.0;
  write_.verify_sigma = 0.0;
  const Eigen::MatrixXd start = Eigen::MatrixXd::Constant(1, 1, 20e-6);
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(1, 1, 21e-6);
  const auto result = program_array_from(start, target, cell_, write_, random_, 0, 0);
  EXPECT_NEAR(result.g_siemens(0, 0), 21e-6, 1e-18);
  EXPECT_EQ(result.pulses, 1U);
  EXPECT_EQ(result.verify_reads, 2U);
  // First read, fine pulse, read, overhead: 100 + 50 + 100 + 10 ns.
  EXPECT_NEAR(result.time_s, 260e-9, 1e-18);
  // Pulse 1.5² V² · 20.5 µS · 50 ns, reads 0.2² V² · (20 + 21) µS · 100 ns, two conversions.
  EXPECT_NEAR(result.energy_J, 2.30625e-12 + 0.164e-12 + 21.8e-12, 1e-20);
}

TEST_F(WriteVerify, LargeErrorsGetCoarsePulsesOfLimitedStep) {
  write_.aim = 1.0;
  write_.pulse_sigma = 0.0;
  write_.verify_sigma = 0.0;
  write_.pulse_limit = 1;
  const Eigen::MatrixXd start = Eigen::MatrixXd::Constant(1, 1, 0.5e-6);
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(1, 1, 35e-6);
  const auto result = program_array_from(start, target, cell_, write_, random_, 0, 0);
  EXPECT_NEAR(result.g_siemens(0, 0), 0.5e-6 + 0.25 * 34.5e-6, 1e-15);
  EXPECT_EQ(result.failed_cells, 1U);
}

TEST_F(WriteVerify, EveryCellEndsInsideTheTolerance) {
  for (const double tolerance : {0.003, kInvTolerance, 0.05}) {
    write_.tolerance = tolerance;
    for (std::uint32_t unit = 0; unit < 20; ++unit) {
      const auto result = program(unit);
      EXPECT_EQ(result.failed_cells, 0U);
      EXPECT_LE(relative_errors(result, target_, cell_).abs().maxCoeff(), tolerance) << "unit " << unit;
      EXPECT_GE(result.g_siemens.minCoeff(), 0.0);
    }
  }
}

TEST_F(WriteVerify, VerifyNoiseMovesCellsBeyondTheGuardButNotBeyondTheTolerance) {
  write_.tolerance = 0.02;
  write_.verify_sigma = 0.004;
  const double accepted_read = write_.tolerance - write_.verify_sigma * kDrawBound;
  const Eigen::ArrayXd error = relative_errors(program(), target_, cell_).abs();
  EXPECT_LE(error.maxCoeff(), write_.tolerance);
  EXPECT_GT((error > accepted_read).count(), target_.size() / 20);
}

TEST_F(WriteVerify, ErrorIsRoughlyUniformInsideTheTolerance) {
  write_.tolerance = kInvTolerance;
  Eigen::ArrayXd bins = Eigen::ArrayXd::Zero(8);
  double sum = 0.0;
  int count = 0;
  for (std::uint32_t unit = 0; unit < 10; ++unit) {
    for (const double e : relative_errors(program(unit), target_, cell_)) {
      const int bin = static_cast<int>((e / write_.tolerance + 1.0) * 4.0);
      bins[std::clamp(bin, 0, 7)] += 1.0;
      sum += e;
      ++count;
    }
  }
  bins /= count;
  // Uniform is 0.125 in each of the eight; "roughly" is a factor of 1.6 in the outermost, 1.3 elsewhere.
  EXPECT_GT(bins.minCoeff(), 0.125 / 1.6) << bins.transpose();
  EXPECT_LT(bins.maxCoeff(), 0.125 * 1.3) << bins.transpose();
  EXPECT_LT(std::abs(sum / count), 0.05 * write_.tolerance);
}

TEST_F(WriteVerify, LooseToleranceLeavesALargeError) {
  write_.tolerance = 0.4;
  const auto result = program();
  EXPECT_GT(rms(relative_errors(result, target_, cell_)), 0.18);
  EXPECT_LT(result.pulses, target_.size());
}

TEST_F(WriteVerify, TighterToleranceCostsMorePulsesTimeAndEnergy) {
  ProgramResult previous = program();
  EXPECT_GT(static_cast<double>(previous.pulses) / static_cast<double>(target_.size()), 3.0);
  EXPECT_LT(static_cast<double>(previous.pulses) / static_cast<double>(target_.size()), 10.0);
  for (const double tolerance : {0.01, 0.02, 0.1, 0.4}) {
    write_.tolerance = tolerance;
    ProgramResult looser = program();
    EXPECT_LT(looser.pulses, previous.pulses);
    EXPECT_LT(looser.time_s, previous.time_s);
    EXPECT_LT(looser.energy_J, previous.energy_J);
    previous = std::move(looser);
  }
}

TEST_F(WriteVerify, CountsAreConsistent) {
  const auto result = program();
  const auto cells = static_cast<std::uint64_t>(target_.size());
  EXPECT_EQ(result.verify_reads, result.pulses + cells);
  EXPECT_GE(result.pulses, result.max_pulses_per_cell);
  EXPECT_LE(result.max_pulses_per_cell, write_.pulse_limit);
  // Rows in sequence, a row at most as long as its slowest cell: 160 ns a round, 100 ns for the first read.
  EXPECT_LE(result.time_s, kSize * (100e-9 + result.max_pulses_per_cell * 160e-9));
  EXPECT_GE(result.time_s, kSize * 100e-9 + static_cast<double>(result.pulses) / kSize * 160e-9);
}

TEST_F(WriteVerify, PulseLimitLeavesFailedCells) {
  write_.pulse_limit = 1;
  const auto result = program();
  const auto outside = (relative_errors(result, target_, cell_).abs() > write_.tolerance).count();
  EXPECT_GT(outside, 0);
  // The loop also gives up cells that are inside, but not by the guard of the verify noise.
  EXPECT_GE(result.failed_cells, static_cast<std::uint64_t>(outside));
  EXPECT_EQ(result.max_pulses_per_cell, 1U);
  EXPECT_LE(result.pulses, static_cast<std::uint64_t>(target_.size()));
}

TEST_F(WriteVerify, UnboundedErrorIsAGaussianOfTheGivenSigma) {
  const auto loop = program();
  write_.bounded = false;
  write_.write_sigma = 0.02;
  // Far from 0 S, where nothing is cut off.
  target_.setConstant(20e-6);
  const auto result = program();
  const Eigen::ArrayXd error = relative_errors(result, target_, cell_);
  EXPECT_NEAR(rms(error), 0.02, 0.02 * 0.05);
  EXPECT_LT(std::abs(error.mean()), 4 * 0.02 / kSize);
  EXPECT_NEAR(error.pow(4).mean() / std::pow(error.square().mean(), 2), 3.0, 0.4);
  EXPECT_GT(loop.pulses, 0U);
  EXPECT_GT(result.pulses, 0U);
}

TEST_F(WriteVerify, UnboundedModeChargesTheLoop) {
  const auto loop = program();
  write_.bounded = false;
  const auto exact = program();
  EXPECT_EQ(exact.g_siemens, target_);
  EXPECT_EQ(exact.pulses, loop.pulses);
  EXPECT_EQ(exact.time_s, loop.time_s);
  EXPECT_EQ(exact.energy_J, loop.energy_J);
}

TEST_F(WriteVerify, GaussianOnTopOfTheLoopAddsItsVariance) {
  target_.setConstant(20e-6);
  write_.tolerance = 0.05;
  const double loop = rms(relative_errors(program(), target_, cell_));
  write_.write_sigma = 0.03;
  const double both = rms(relative_errors(program(), target_, cell_));
  EXPECT_NEAR(both, std::hypot(loop, 0.03), 0.03 * 0.05);
}

TEST_F(WriteVerify, ConductanceNeverGoesBelowZero) {
  write_.bounded = false;
  write_.write_sigma = 0.3;
  target_.setConstant(cell_.g_min_siemens);
  const auto result = program();
  EXPECT_EQ(result.g_siemens.minCoeff(), 0.0);
}

TEST_F(WriteVerify, IsAPureFunctionOfItsArguments) {
  const auto first = program(5, 1);
  (void)program(6, 1);
  const auto again = program(5, 1);
  EXPECT_EQ(first.g_siemens, again.g_siemens);
  EXPECT_EQ(first.pulses, again.pulses);
  EXPECT_EQ(first.energy_J, again.energy_J);
  EXPECT_EQ(first.time_s, again.time_s);
}

TEST_F(WriteVerify, CellsDoNotDependOnTheirNeighbours) {
  const auto whole = program(5);
  const auto corner = program_array(target_.topLeftCorner(7, 9), cell_, write_, random_, 5, 0);
  EXPECT_EQ(corner.g_siemens, whole.g_siemens.topLeftCorner(7, 9));
}

TEST_F(WriteVerify, ArraysAndWritesAreIndependent) {
  const Eigen::ArrayXd a = relative_errors(program(5, 0), target_, cell_);
  for (const Eigen::ArrayXd& b :
       {relative_errors(program(6, 0), target_, cell_), relative_errors(program(5, 1), target_, cell_),
        relative_errors(program(5, 256), target_, cell_)}) {
    // Correlation of 4096 independent pairs: standard deviation 1/64; four of them.
    EXPECT_LT(std::abs((a * b).mean() / (rms(a) * rms(b))), 4.0 / 64.0);
  }
}

TEST_F(WriteVerify, RewritingFromAKnownStateNeedsFewerPulses) {
  const auto first = program();
  Eigen::MatrixXd shifted = target_.array() + 0.02 * full_scale_siemens(cell_);
  const auto again = program_array_from(first.g_siemens, shifted, cell_, write_, random_, 0, 1);
  EXPECT_LT(again.pulses, first.pulses);
  EXPECT_LE(relative_errors(again, shifted, cell_).abs().maxCoeff(), write_.tolerance);
}

}  // namespace
}  // namespace mho::device
