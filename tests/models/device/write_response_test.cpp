// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How cells and controller respond: direction, state, variability, limits, giving up.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.hpp"
#include "models/device/write_verify.hpp"
#include "tests/models/device/distribution.hpp"
#include "tests/models/device/write_verify_fixture.hpp"

namespace mho::device {
namespace {

class WriteResponse : public WriteVerify {};

/// Distribution of the loop's bounded draws: standardised sum of four uniform numbers.
double irwin_hall_cdf(double z) {
  const double s = z / std::sqrt(3.0) + 2.0;
  double sum = 0.0, binomial = 1.0;
  for (int k = 0; k < 4; ++k) {
    if (s > k) sum += (k % 2 == 0 ? 1.0 : -1.0) * binomial * std::pow(s - k, 4);
    binomial *= (4.0 - k) / (k + 1.0);
  }
  return s >= 4.0 ? 1.0 : sum / 24.0;
}

/// One pulse without noise from `start` towards `target` (fractions of full scale): the change, likewise.
double one_pulse(WriteVerifyParams write, double start, double target) {
  const CellParams cell;
  const double fs = full_scale_siemens(cell);
  write.aim = 1.0;
  write.pulse_sigma = write.verify_sigma = 0.0;
  write.pulse_limit = 1;
  const Eigen::MatrixXd from = Eigen::MatrixXd::Constant(1, 1, cell.g_min_siemens + start * fs);
  const Eigen::MatrixXd to = Eigen::MatrixXd::Constant(1, 1, cell.g_min_siemens + target * fs);
  return (program_array_from(from, to, cell, write, Random(1), 0, 0).g_siemens(0, 0) - from(0, 0)) / fs;
}

TEST_F(WriteResponse, SetAndResetPulsesHaveTheirOwnEffect) {
  write_.set_response = 0.5;
  write_.reset_response = 2.0;
  EXPECT_NEAR(one_pulse(write_, 0.5, 0.52), 0.01, 1e-12);
  EXPECT_NEAR(one_pulse(write_, 0.5, 0.48), -0.04, 1e-12);
}

TEST_F(WriteResponse, PulsesFadeTowardsTheEndOfTheWindow) {
  write_.saturation = 0.8;
  // SET at p = 0.5: 1 − 0.8 · 0.5 = 0.6; RESET at p = 0.25: 1 − 0.8 · 0.75 = 0.4.
  EXPECT_NEAR(one_pulse(write_, 0.5, 0.52), 0.02 * 0.6, 1e-12);
  EXPECT_NEAR(one_pulse(write_, 0.25, 0.23), -0.02 * 0.4, 1e-12);
  EXPECT_NEAR(one_pulse(write_, 0.0, 0.02), 0.02, 1e-12);
  EXPECT_NEAR(one_pulse(write_, 1.0, 0.98), -0.02, 1e-12);
}

TEST_F(WriteResponse, ResponsesOfCellsAreSpreadAndFixed) {
  write_.aim = 1.0;
  write_.pulse_sigma = write_.verify_sigma = 0.0;
  write_.pulse_limit = 1;
  write_.device_sigma = 0.3;
  const double fs = full_scale_siemens(cell_);
  const Eigen::MatrixXd start = Eigen::MatrixXd::Constant(kSize, kSize, 15e-6);
  const Eigen::MatrixXd target = start.array() + 0.02 * fs;
  std::vector<double> z;
  const auto first = program_array_from(start, target, cell_, write_, random_, 4, 0);
  for (const double g : first.g_siemens.reshaped()) z.push_back(std::log((g - 15e-6) / (0.02 * fs)) / 0.3);
  EXPECT_LT(test::ks_ratio(z, irwin_hall_cdf), 1.0);
  // The same cells in a later write; other cells in another array.
  EXPECT_EQ(program_array_from(start, target, cell_, write_, random_, 4, 9).g_siemens, first.g_siemens);
  EXPECT_NE(program_array_from(start, target, cell_, write_, random_, 5, 0).g_siemens, first.g_siemens);
}

TEST_F(WriteResponse, PulseEffectsAreIrwinHallDistributed) {
  write_.aim = 1.0;
  write_.verify_sigma = 0.0;
  write_.pulse_limit = 1;
  const double fs = full_scale_siemens(cell_);
  const Eigen::MatrixXd start = Eigen::MatrixXd::Constant(kSize, kSize, 15e-6);
  const Eigen::MatrixXd target = start.array() + 0.02 * fs;
  std::vector<double> x;
  const auto result = program_array_from(start, target, cell_, write_, random_, 4, 0);
  for (const double g : result.g_siemens.reshaped()) {
    x.push_back(((g - 15e-6) / (0.02 * fs) - 1.0) / write_.pulse_sigma);
  }
  EXPECT_LT(test::ks_ratio(x, irwin_hall_cdf), 1.0);
}

TEST_F(WriteResponse, AdaptiveStrengthSavesPulsesOfSlowCells) {
  write_.saturation = 0.9;
  write_.device_sigma = 0.5;
  const auto plain = program();
  write_.adapt = 0.4;
  const auto adaptive = program();
  EXPECT_LT(static_cast<double>(adaptive.pulses), 0.9 * static_cast<double>(plain.pulses));
  EXPECT_LE(adaptive.failed_cells, plain.failed_cells);
  EXPECT_LE(relative_errors(adaptive, target_, cell_).abs().maxCoeff(), write_.tolerance);
}

TEST_F(WriteResponse, EveryCellThatIsAcceptedIsInsideWhateverTheCells) {
  write_.set_response = 0.5;
  write_.reset_response = 1.6;
  write_.saturation = 0.7;
  write_.device_sigma = 0.4;
  write_.pulse_limit = 25;
  CellRecords records;
  const auto result = program_array(target_, cell_, write_, random_, 0, 0, {.records = &records});
  EXPECT_GT(result.failed_cells, 0U);
  EXPECT_EQ(static_cast<std::uint64_t>(records.has_failed.count()), result.failed_cells);
  const Eigen::ArrayXd error = relative_errors(result, target_, cell_).abs();
  for (Eigen::Index i = 0; i < error.size(); ++i) {
    if (records.has_failed.reshaped()[i]) continue;
    ASSERT_LE(error[i], write_.tolerance) << "cell " << i;
  }
}

TEST_F(WriteResponse, RecordsAddUpToTheTotals) {
  CellRecords records;
  const auto result = program_array(target_, cell_, write_, random_, 0, 0, {.records = &records});
  EXPECT_EQ(static_cast<std::uint64_t>(records.pulses.sum()), result.pulses);
  EXPECT_EQ(static_cast<std::uint32_t>(records.pulses.maxCoeff()), result.max_pulses_per_cell);
  EXPECT_NEAR(records.energy_J.sum(), result.energy_J, 1e-12 * result.energy_J);
  EXPECT_TRUE((records.coarse_pulses.array() <= records.pulses.array()).all());
  EXPECT_GT(records.coarse_pulses.sum(), 0);
}

TEST_F(WriteResponse, ResetVoltageIsCharged) {
  write_.aim = 1.0;
  write_.pulse_sigma = write_.verify_sigma = 0.0;
  write_.reset_voltage_factor = 1.2;
  const Eigen::MatrixXd start = Eigen::MatrixXd::Constant(1, 1, 21e-6);
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(1, 1, 20e-6);
  const auto result = program_array_from(start, target, cell_, write_, random_, 0, 0);
  // Pulse (1.2 · 1.5)² V² · 20.5 µS · 50 ns, reads 0.2² V² · (21 + 20) µS · 100 ns, two conversions.
  EXPECT_NEAR(result.energy_J, 3.321e-12 + 0.164e-12 + 21.8e-12, 1e-20);
}

TEST_F(WriteResponse, StuckCellIsGivenUpAfterTheStallLimit) {
  CellLimits limits{.low_siemens = Eigen::MatrixXd::Constant(1, 1, 35e-6),
                    .high_siemens = Eigen::MatrixXd::Constant(1, 1, 35e-6)};
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(1, 1, 10e-6);
  auto result = program_array(target, cell_, write_, random_, 0, 0, {.limits = &limits});
  EXPECT_EQ(result.pulses, write_.pulse_limit);
  EXPECT_EQ(result.failed_cells, 1U);
  EXPECT_EQ(result.g_siemens(0, 0), 35e-6);
  write_.stall_limit = 6;
  result = program_array(target, cell_, write_, random_, 0, 0, {.limits = &limits});
  EXPECT_EQ(result.pulses, 6U);
  EXPECT_EQ(result.failed_cells, 1U);
}

TEST_F(WriteResponse, StallLimitGivesNoGoodCellUp) {
  write_.stall_limit = 12;
  EXPECT_EQ(program().failed_cells, 0U);
}

TEST_F(WriteResponse, RejectsLimitsThatDoNotFit) {
  CellLimits limits{.low_siemens = Eigen::MatrixXd::Constant(2, 2, 2e-6),
                    .high_siemens = Eigen::MatrixXd::Constant(2, 2, 1e-6)};
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(2, 2, 1e-6);
  const auto write = [&] { (void)program_array(target, cell_, write_, random_, 0, 0, {.limits = &limits}); };
  EXPECT_THROW(write(), InputError);
  limits.low_siemens.setConstant(-1e-6);
  EXPECT_THROW(write(), InputError);
  limits.low_siemens.setConstant(std::nan(""));
  EXPECT_THROW(write(), InputError);
  limits.low_siemens = Eigen::MatrixXd::Zero(2, 1);
  EXPECT_THROW(write(), InputError);
  limits.low_siemens = Eigen::MatrixXd::Zero(2, 2);
  EXPECT_NO_THROW(write());
}

}  // namespace
}  // namespace mho::device
