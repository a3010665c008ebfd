// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/mvm_circuit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "models/base/error.hpp"
#include "tests/models/circuit/nodal_oracle.hpp"

namespace mho::circuit {
namespace {

using test::mvm_by_nodal_analysis;
using test::random_matrix;
using test::random_pair;

constexpr double kFeedback = 250e-6;

OpampParams wide_opamp(double gain) {
  OpampParams opamp;
  opamp.gain = gain;
  opamp.v_sat_volt = 100.0;
  return opamp;
}

TEST(MvmCircuit, RejectsWrongSizesAndFeedback) {
  const auto pair = random_pair(4, 3, 1, false);
  EXPECT_THROW(MvmCircuit(pair, {}, Eigen::VectorXd::Zero(4)), InputError);
  const MvmCircuit mvm(pair, {}, {});
  EXPECT_THROW((void)mvm.evaluate(Eigen::MatrixXd::Zero(3, 1), kFeedback), InputError);
  EXPECT_THROW((void)mvm.evaluate(Eigen::MatrixXd::Zero(4, 1), 0.0), InputError);
  EXPECT_THROW((void)mvm.settling_time_s(1e-3, -1.0), InputError);
  EXPECT_THROW((void)mvm.settling_time_s(0.0, kFeedback), InputError);
  EXPECT_THROW((void)integer_read_feedback_siemens(0.0, 0.2, 4e-3), InputError);
}

TEST(MvmCircuit, MultipliesExactlyWithIdealAmplifiers) {
  const auto pair = random_pair(5, 7, 2, false);
  const Eigen::MatrixXd v = random_matrix(5, 3, 3, 0.2);
  const auto result =
      MvmCircuit(pair, wide_opamp(std::numeric_limits<double>::infinity()), {}).evaluate(v, kFeedback);
  const Eigen::MatrixXd expected = -(pair.positive - pair.negative).transpose() * v / kFeedback;
  ASSERT_EQ(result.v_out.rows(), 7);
  ASSERT_EQ(result.v_out.cols(), 3);
  EXPECT_LT((result.v_out - expected).norm(), 1e-13 * expected.norm());
  EXPECT_EQ(result.n_saturated, 0U);
}

TEST(MvmCircuit, AgreesWithNodalAnalysisForFiniteGainAndOffsets) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const int rows = 1 + static_cast<int>(seed % 9);
    const int cols = 1 + static_cast<int>(seed % 7);
    const double gain = seed % 2 == 0 ? 100.0 : 1e5;
    const auto pair = random_pair(rows, cols, seed, false);
    const Eigen::VectorXd offsets = random_matrix(cols, 1, seed + 100, 5e-3);
    const Eigen::MatrixXd v = random_matrix(rows, 2, seed + 200, 0.2);
    const auto result = MvmCircuit(pair, wide_opamp(gain), offsets).evaluate(v, kFeedback);
    for (int read = 0; read < 2; ++read) {
      const auto expected = mvm_by_nodal_analysis(pair, kFeedback, gain, offsets, v.col(read));
      EXPECT_LT((result.v_out.col(read) - expected).norm(), 1e-10 * expected.norm());
    }
  }
}

TEST(MvmCircuit, ReadsDoNotDependOnTheirBatch) {
  const auto pair = random_pair(8, 8, 4, false);
  const MvmCircuit mvm(pair, {}, Eigen::VectorXd::Constant(8, 1e-4));
  const Eigen::MatrixXd v = random_matrix(8, 16, 5, 0.2);
  const auto all = mvm.evaluate(v, kFeedback);
  for (int read = 0; read < 16; ++read) {
    // Sums may be grouped differently for other sizes: a few ulp of 0.5 V.
    EXPECT_LT((mvm.evaluate(v.col(read), kFeedback).v_out - all.v_out.col(read)).cwiseAbs().maxCoeff(),
              1e-14);
  }
}

TEST(MvmCircuit, GroundedRowsLoadTheAmplifierAndCarryNoSignal) {
  device::DifferentialPair one{.positive = Eigen::MatrixXd::Constant(1, 1, 20e-6),
                               .negative = Eigen::MatrixXd::Zero(1, 1)};
  device::DifferentialPair two{.positive = Eigen::MatrixXd::Constant(2, 1, 20e-6),
                               .negative = Eigen::MatrixXd::Zero(2, 1)};
  const auto opamp = wide_opamp(100.0);
  const double alone =
      MvmCircuit(one, opamp, {}).evaluate(Eigen::MatrixXd::Constant(1, 1, 0.2), 20e-6).v_out(0, 0);
  Eigen::MatrixXd v(2, 1);
  v << 0.2, 0.0;
  const double loaded = MvmCircuit(two, opamp, {}).evaluate(v, 20e-6).v_out(0, 0);
  // Noise gain 2 and 3: −0.2/(1 + 2/100) and −0.2/(1 + 3/100).
  EXPECT_NEAR(alone, -0.2 / 1.02, 1e-15);
  EXPECT_NEAR(loaded, -0.2 / 1.03, 1e-15);
}

TEST(MvmCircuit, OffsetIsAmplifiedByTheNoiseGain) {
  const device::DifferentialPair pair{.positive = Eigen::MatrixXd::Constant(10, 1, 20e-6),
                                      .negative = Eigen::MatrixXd::Constant(10, 1, 20e-6)};
  const MvmCircuit mvm(pair, wide_opamp(std::numeric_limits<double>::infinity()),
                       Eigen::VectorXd::Constant(1, 1e-3));
  EXPECT_NEAR(mvm.evaluate(Eigen::MatrixXd::Zero(10, 1), 100e-6).v_out(0, 0), 5e-3, 1e-12);
}

TEST(MvmCircuit, SaturatedOutputsAreClippedAndCounted) {
  const device::DifferentialPair pair{.positive = Eigen::MatrixXd::Constant(1, 2, 20e-6),
                                      .negative = Eigen::MatrixXd::Zero(1, 2)};
  const OpampParams opamp;
  Eigen::MatrixXd v(1, 3);
  v << 0.2, -0.2, 0.01;
  const auto result = MvmCircuit(pair, opamp, {}).evaluate(v, 4e-6);  // ∓ 1 V, −0.05 V
  EXPECT_EQ(result.n_saturated, 4U);
  EXPECT_EQ(result.v_out(0, 0), -opamp.v_sat_volt);
  EXPECT_EQ(result.v_out(1, 1), opamp.v_sat_volt);
  EXPECT_NEAR(result.v_out(0, 2), -0.05, 1e-5);
}

TEST(MvmCircuit, SettlesLikeASinglePoleOfTheSlowestColumn) {
  const auto pair = random_pair(6, 3, 6, false);
  const OpampParams opamp;
  const MvmCircuit mvm(pair, opamp, {});
  const double g_f = 50e-6;
  double slowest = 0.0;
  for (int c = 0; c < 3; ++c) {
    double sum = 0.0;
    for (int r = 0; r < 6; ++r) sum += pair.positive(r, c) + pair.negative(r, c);
    // dv/dt = −2π f_T · s with s = (i + G_f v)/(S + G_f), from v = 0 towards −i/G_f, in explicit steps.
    const double dt = 1e-13, i = 1e-6;
    double v = 0.0, t = 0.0;
    while (std::abs(v + i / g_f) > 1e-3 * i / g_f) {
      v -= dt * 2.0 * std::numbers::pi * opamp.gbw_hz * (i + g_f * v) / (sum + g_f);
      t += dt;
    }
    slowest = std::max(slowest, t);
  }
  EXPECT_NEAR(mvm.settling_time_s(1e-3, g_f), slowest, 1e-3 * slowest);
  EXPECT_GT(mvm.settling_time_s(1e-3, 0.5 * g_f), mvm.settling_time_s(1e-3, g_f));
  OpampParams slow = opamp;
  slow.slew_rate_volt_per_s = 1e6;
  EXPECT_GT(MvmCircuit(pair, slow, {}).settling_time_s(1e-3, g_f, 0.4), 0.999 * 0.4 / 1e6);
}

TEST(MvmCircuit, PowerSumsOverReads) {
  const device::DifferentialPair pair{.positive = Eigen::MatrixXd::Constant(1, 2, 20e-6),
                                      .negative = Eigen::MatrixXd::Constant(1, 2, 5e-6)};
  const auto opamp = wide_opamp(std::numeric_limits<double>::infinity());
  Eigen::MatrixXd v(1, 2);
  v << 0.2, -0.1;
  const auto power = MvmCircuit(pair, opamp, {}).evaluate(v, 100e-6).power_sum;
  EXPECT_NEAR(power.bias_watt, 4 * bias_power_watt(opamp), 1e-15);
  // Cells: 2 columns · 25 µS · (0.04 + 0.01) V². Load: 1.1 V · 2 columns · 15 µS · 0.3 V.
  EXPECT_NEAR(power.cells_watt, 2 * 25e-6 * 0.05, 1e-15);
  EXPECT_NEAR(power.load_watt, 1.1 * 2 * 15e-6 * 0.3, 1e-15);
}

TEST(MvmCircuit, NoiseCurrentsAddToThoseOfTheCells) {
  const device::DifferentialPair pair{.positive = Eigen::MatrixXd::Constant(2, 2, 20e-6),
                                      .negative = Eigen::MatrixXd::Constant(2, 2, 5e-6)};
  const MvmCircuit mvm(pair, wide_opamp(1e9), {});
  const Eigen::MatrixXd v = Eigen::MatrixXd::Constant(2, 3, 0.1);
  const Eigen::MatrixXd noise = (Eigen::MatrixXd(2, 3) << 1, 2, 3, -4, -5, -6).finished() * 1e-7;
  const Eigen::MatrixXd difference = mvm.evaluate(v, 1e-4, noise).v_out - mvm.evaluate(v, 1e-4).v_out;
  EXPECT_LT((difference + noise / 1e-4).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_THROW((void)mvm.evaluate(v, 1e-4, noise.leftCols(2)), InputError);
}

TEST(MvmCircuit, IntegerFeedbackMakesOneLevelOneStep) {
  const device::CellParams cell;
  const double lsb = 0.5 / 127;
  const double g_f = integer_read_feedback_siemens(device::step_siemens(cell), 0.2, lsb);
  device::LevelMatrix levels(1, 1);
  levels << 5;
  const MvmCircuit mvm(device::pair_from_levels(levels, cell), wide_opamp(1e9), {});
  EXPECT_NEAR(mvm.evaluate(Eigen::MatrixXd::Constant(1, 1, 0.2), g_f).v_out(0, 0) / lsb, -5.0, 1e-6);
}

}  // namespace
}  // namespace mho::circuit
