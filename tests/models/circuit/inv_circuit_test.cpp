// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/inv_circuit.hpp"

#include <gtest/gtest.h>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/circuit/nodal_oracle.hpp"

namespace mho::circuit {
namespace {

using test::inv_by_nodal_analysis;
using test::random_matrix;
using test::random_pair;

constexpr double kGin = 20e-6;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

OpampParams ideal_opamp() {
  OpampParams opamp;
  opamp.gain = kInfinity;
  opamp.v_sat_volt = 100.0;
  return opamp;
}

device::DifferentialPair unsigned_pair(const Eigen::MatrixXd& g) {
  return {.positive = g, .negative = Eigen::MatrixXd::Zero(g.rows(), g.cols())};
}

Eigen::MatrixXd matrix2(double a, double b, double c, double d) {
  Eigen::MatrixXd m(2, 2);
  m << a, b, c, d;
  return m;
}

TEST(InvCircuit, RejectsWrongSizesAndEpsilons) {
  const auto pair = random_pair(3, 3, 1, true);
  EXPECT_THROW(InvCircuit(pair, {}, kGin, Eigen::VectorXd::Zero(2)), InputError);
  EXPECT_THROW(InvCircuit(random_pair(3, 2, 1, true), {}, kGin, {}), InputError);
  const InvCircuit inv(pair, {}, kGin, {});
  EXPECT_THROW((void)inv.solve(Eigen::VectorXd::Zero(2)), InputError);
  EXPECT_THROW((void)inv.solve(Eigen::VectorXd::Zero(3), 0.0), InputError);
  EXPECT_THROW((void)inv.settling_time_s(1.0), InputError);
  InvNetwork network = inv_network(pair, kGin);
  network.self_siemens.resize(2, 2);
  EXPECT_THROW(InvCircuit(network, {}, {}), InputError);
}

TEST(InvCircuit, ResultIsNotComputedUntilSolved) {
  EXPECT_EQ(InvResult{}.status, InvStatus::kNotComputed);
}

TEST(InvCircuit, SolvesTwoByTwoInClosedForm) {
  const double a = 30e-6, b = 5e-6, c = 10e-6, d = 20e-6, i0 = 2e-6, i1 = -1e-6;
  const InvCircuit inv(unsigned_pair(matrix2(a, b, c, d)), ideal_opamp(), kGin, {});
  const auto result = inv.solve(Eigen::Vector2d(i0, i1));
  const double det = a * d - b * c;
  ASSERT_EQ(result.status, InvStatus::kOk);
  EXPECT_NEAR(result.v[0], -(d * i0 - b * i1) / det, 1e-15);
  EXPECT_NEAR(result.v[1], -(a * i1 - c * i0) / det, 1e-15);
  EXPECT_EQ(result.n_saturated, 0);
}

TEST(InvCircuit, ZeroInputGivesZeroOutputWithoutOffsets) {
  const InvCircuit inv(random_pair(8, 8, 3, true), {}, kGin, {});
  EXPECT_EQ(inv.solve(Eigen::VectorXd::Zero(8)).v, Eigen::VectorXd::Zero(8));
}

TEST(InvCircuit, AgreesWithNodalAnalysisForFiniteGainAndOffsets) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const int n = 1 + static_cast<int>(seed % 12);
    OpampParams opamp = ideal_opamp();
    opamp.gain = seed % 2 == 0 ? 200.0 : 1e5;
    const auto pair = random_pair(n, n, seed, true);
    const Eigen::VectorXd offsets = random_matrix(n, 1, seed + 100, 5e-3);
    const Eigen::VectorXd current = random_matrix(n, 1, seed + 200, 4e-6);
    const auto result = InvCircuit(pair, opamp, kGin, offsets).solve(current);
    ASSERT_EQ(result.status, InvStatus::kOk);
    const auto expected = inv_by_nodal_analysis(pair, kGin, opamp.gain, offsets, current);
    EXPECT_LT((result.v - expected).norm(), 1e-10 * expected.norm());
  }
}

TEST(InvCircuit, TakesReducedNetworksWithCoupledNodes) {
  // A conductance between the two summing nodes, as resistive lines make it: worked out by hand for infinite
  // gain (no effect, both nodes at 0 V) and against s = −v/A0 for finite gain.
  InvNetwork network = inv_network(unsigned_pair(matrix2(30e-6, 5e-6, 10e-6, 20e-6)), kGin);
  const auto without = InvCircuit(network, ideal_opamp(), {}).solve(Eigen::Vector2d(2e-6, -1e-6));
  network.self_siemens += matrix2(8e-6, -8e-6, -8e-6, 8e-6);
  const auto with = InvCircuit(network, ideal_opamp(), {}).solve(Eigen::Vector2d(2e-6, -1e-6));
  EXPECT_LT((with.v - without.v).norm(), 1e-15);

  OpampParams opamp = ideal_opamp();
  opamp.gain = 50.0;
  const auto finite = InvCircuit(network, opamp, {}).solve(Eigen::Vector2d(2e-6, -1e-6));
  const Eigen::Vector2d s = -finite.v / 50.0;
  const Eigen::Vector2d kirchhoff =
      network.transfer_siemens * finite.v - network.self_siemens * s + Eigen::Vector2d(2e-6, -1e-6);
  EXPECT_LT(kirchhoff.norm(), 1e-18);
}

TEST(InvCircuit, EigenvaluesFollowTheClosedFormOfTwoByTwo) {
  // Symmetric with equal row sums S: λ of G/S are (a ± b)/S.
  const double a = 20e-6, b = 5e-6, sum = a + b + kGin;
  const InvCircuit inv(unsigned_pair(matrix2(a, b, b, a)), {}, kGin, {});
  EXPECT_NEAR(inv.min_re_lambda(), (a - b) / sum, 1e-12);
  EXPECT_TRUE(inv.is_stable());
  const InvCircuit swapped(unsigned_pair(matrix2(b, a, a, b)), {}, kGin, {});
  EXPECT_NEAR(swapped.min_re_lambda(), (b - a) / sum, 1e-12);
  EXPECT_FALSE(swapped.is_stable());
  EXPECT_EQ(swapped.settling_time_s(1e-3), kInfinity);
}

TEST(InvCircuit, ComplexEigenvaluesCountWithTheirRealPart) {
  // G = [a −b; b a] has λ = (a ± ib)/S.
  const double a = 10e-6, b = 15e-6;
  const device::DifferentialPair pair{.positive = matrix2(a, 0, b, a), .negative = matrix2(0, b, 0, 0)};
  const InvCircuit inv(pair, {}, kGin, {});
  EXPECT_NEAR(inv.min_re_lambda(), a / (a + b + kGin), 1e-12);
}

TEST(InvCircuit, UnstableLoopEndsAtTheRails) {
  OpampParams opamp;
  const InvCircuit inv(unsigned_pair(matrix2(5e-6, 20e-6, 20e-6, 5e-6)), opamp, kGin, {});
  const auto result = inv.solve(Eigen::Vector2d(1e-7, -1e-7));
  EXPECT_EQ(result.status, InvStatus::kUnstable);
  EXPECT_EQ(result.v, Eigen::VectorXd(Eigen::Vector2d(-opamp.v_sat_volt, opamp.v_sat_volt)));
  EXPECT_EQ(result.n_saturated, 2);
}

TEST(InvCircuit, SingularMatrixIsAStatus) {
  OpampParams ideal = ideal_opamp();
  const InvCircuit zero(unsigned_pair(Eigen::MatrixXd::Zero(2, 2)), ideal, kGin, {});
  EXPECT_EQ(zero.solve(Eigen::Vector2d(1e-6, 1e-6)).status, InvStatus::kSingular);
  const InvCircuit dependent(unsigned_pair(matrix2(10e-6, 20e-6, 5e-6, 10e-6)), ideal, kGin, {});
  EXPECT_TRUE(dependent.is_singular());
  EXPECT_FALSE(dependent.is_stable());
  // Nothing connected at all: the summing nodes float.
  const InvCircuit floating(unsigned_pair(Eigen::MatrixXd::Zero(2, 2)), {}, 0.0, {});
  EXPECT_EQ(floating.solve(Eigen::Vector2d(1e-6, 1e-6)).status, InvStatus::kSingular);
}

TEST(InvCircuit, SaturatedOutputsAreLimitedAndCounted) {
  OpampParams opamp;
  const Eigen::MatrixXd g = 20e-6 * Eigen::MatrixXd::Identity(3, 3);
  const InvCircuit inv(unsigned_pair(g), opamp, kGin, {});
  const auto result = inv.solve(Eigen::Vector3d(20e-6, -1e-6, -12e-6));  // −1 V, 0.05 V, 0.6 V
  EXPECT_EQ(result.status, InvStatus::kSaturated);
  EXPECT_EQ(result.n_saturated, 2);
  EXPECT_NEAR(result.v[0], -opamp.v_sat_volt, 1e-9);
  EXPECT_NEAR(result.v[1], 0.05, 1e-5);
  EXPECT_NEAR(result.v[2], opamp.v_sat_volt, 1e-9);
}

TEST(InvCircuit, SaturatedLoopsObeyKirchhoffAtEveryNode) {
  OpampParams opamp;
  opamp.gain = 40.0;                 // low, so that tanh still tells how far an amplifier is driven
  constexpr double kAtLimit = 1e-7;  // atanh magnifies the rounding of an output at its limit
  const auto pair = random_pair(6, 6, 3, true);
  const Eigen::VectorXd offsets = Eigen::VectorXd::LinSpaced(6, -2e-3, 2e-3);
  Eigen::VectorXd current = Eigen::VectorXd::LinSpaced(6, -1.0, 1.0);
  const InvCircuit inv(pair, opamp, kGin, offsets);
  ASSERT_TRUE(inv.is_stable());
  const double volt = InvCircuit(pair, opamp, kGin, {}).solve(1e-9 * current).v.cwiseAbs().maxCoeff();
  current *= 1e-9 * 1.5 * opamp.v_sat_volt / volt;
  const auto result = inv.solve(current);
  ASSERT_EQ(result.status, InvStatus::kSaturated);
  const double limit = opamp.v_sat_volt;
  const Eigen::VectorXd x = (result.v / limit).array().atanh() * limit;
  const Eigen::VectorXd s = offsets - x / opamp.gain;
  for (Eigen::Index i = 0; i < 6; ++i) {
    double into = current[i] - kGin * s[i];
    for (Eigen::Index j = 0; j < 6; ++j)
      into += pair.positive(i, j) * (result.v[j] - s[i]) + pair.negative(i, j) * (-result.v[j] - s[i]);
    EXPECT_NEAR(into, 0.0, kAtLimit * current.cwiseAbs().maxCoeff()) << "node " << i;
  }
}

TEST(InvCircuit, IdealAmplifiersAreClipped) {
  const OpampParams opamp = ideal_opamp();
  const InvCircuit inv(unsigned_pair(20e-6 * Eigen::MatrixXd::Identity(2, 2)), opamp, kGin, {});
  const auto result = inv.solve(Eigen::Vector2d(2.4 * opamp.v_sat_volt, 0.4 * opamp.v_sat_volt) * 20e-6);
  EXPECT_EQ(result.status, InvStatus::kSaturated);
  EXPECT_EQ(result.n_saturated, 1);
  EXPECT_EQ(result.v[0], -opamp.v_sat_volt);
}

TEST(InvCircuit, OffsetMovesTheOutputByTheRowSum) {
  OpampParams opamp = ideal_opamp();
  const double a = 20e-6, b = 5e-6, sum = a + b + kGin;
  const InvCircuit inv(unsigned_pair(matrix2(a, b, b, a)), opamp, kGin, Eigen::Vector2d(1e-3, 1e-3));
  // Equal offsets excite the even mode: v = S·V_os/(a + b).
  EXPECT_NEAR(inv.solve(Eigen::Vector2d::Zero()).v[0], sum * 1e-3 / (a + b), 1e-12);
}

// Kirchhoff at every instant, summed cell by cell; classic Runge–Kutta.
class TimeStepper {
 public:
  TimeStepper(const device::DifferentialPair& pair, const OpampParams& opamp, Eigen::VectorXd current)
      : pair_(pair), opamp_(opamp), current_(std::move(current)) {}

  Eigen::VectorXd slope(const Eigen::VectorXd& v) const {
    Eigen::VectorXd dv(v.size());
    for (Eigen::Index i = 0; i < v.size(); ++i) {
      double into = current_[i], load = kGin;
      for (Eigen::Index j = 0; j < v.size(); ++j) {
        into += pair_.positive(i, j) * v[j] - pair_.negative(i, j) * v[j];
        load += pair_.positive(i, j) + pair_.negative(i, j);
      }
      const double s = into / load;
      dv[i] = 2.0 * std::numbers::pi * opamp_.gbw_hz * (-s - v[i] / opamp_.gain);
    }
    return dv;
  }

  void step(Eigen::VectorXd& v, double dt) const {
    const Eigen::VectorXd k1 = slope(v), k2 = slope(v + 0.5 * dt * k1), k3 = slope(v + 0.5 * dt * k2),
                          k4 = slope(v + dt * k3);
    v += dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
  }

 private:
  const device::DifferentialPair& pair_;
  const OpampParams& opamp_;
  Eigen::VectorXd current_;
};

TEST(InvCircuit, SlowestModeSettlesInTheStatedTime) {
  // The odd input excites only the slow mode (a − b)/S of the symmetric pair.
  OpampParams opamp = ideal_opamp();
  opamp.slew_rate_volt_per_s = 1e15;
  const auto pair = unsigned_pair(matrix2(20e-6, 12e-6, 12e-6, 20e-6));
  const Eigen::Vector2d current(1e-6, -1e-6);
  const InvCircuit inv(pair, opamp, kGin, {});
  const auto result = inv.solve(current, 1e-3);
  const TimeStepper stepper(pair, opamp, current);
  Eigen::VectorXd v = Eigen::VectorXd::Zero(2);
  const double dt = 1e-12;
  double t = 0.0;
  while ((v - result.v).norm() > 1e-3 * result.v.norm()) {
    stepper.step(v, dt);
    t += dt;
  }
  EXPECT_NEAR(result.settling_time_s, t, 2 * dt);
  EXPECT_NEAR(inv.settling_time_s(1e-3), t, 2 * dt);
}

TEST(InvCircuit, StableLoopsConvergeAndUnstableLoopsDivergeInTime) {
  int stable = 0, unstable = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    OpampParams opamp = ideal_opamp();
    opamp.gain = 1e5;
    const auto pair = random_pair(3, 3, seed, seed % 3 == 0);
    const Eigen::VectorXd current = random_matrix(3, 1, seed, 1e-6);
    const InvCircuit inv(pair, opamp, kGin, {});
    if (std::abs(inv.min_re_lambda()) < 0.02) continue;  // too slow to watch
    const double mode_s = 1.0 / (2.0 * std::numbers::pi * opamp.gbw_hz * std::abs(inv.min_re_lambda()));
    const TimeStepper stepper(pair, opamp, current);
    Eigen::VectorXd v = Eigen::VectorXd::Zero(3);
    const int steps = 4000;
    for (int i = 0; i < steps; ++i) stepper.step(v, 30.0 * mode_s / steps);
    if (inv.is_stable()) {
      ++stable;
      const auto result = inv.solve(current);
      EXPECT_LT((v - result.v).norm(), 1e-6 * result.v.norm());
    } else {
      ++unstable;
      EXPECT_GT(v.norm(), 1e3);
    }
  }
  EXPECT_GT(stable, 10);
  EXPECT_GT(unstable, 10);
}

// x ← x + Δx, r = b − A·x with the circuit as the only inverse: the error must shrink by ρ(I − A·A₀⁻¹) a
// round.
double bits_per_iteration_over_theory(std::uint64_t seed) {
  constexpr int kSize = 6;
  const device::CellParams cell;
  Eigen::MatrixXd a = random_matrix(kSize, kSize, seed, 2.0);
  a.diagonal().setConstant(7.0);
  const device::LevelMatrix levels = a.array().round().cast<std::int8_t>();
  device::WriteVerifyParams write;
  write.tolerance = device::kInvTolerance;
  const auto programmed =
      device::program_pair(device::pair_from_levels(levels, cell), cell, write, Random(seed), 0, 0).pair;
  const double step = device::step_siemens(cell);
  const Eigen::MatrixXd a0 = (programmed.positive - programmed.negative) / step;
  const double rho =
      (Eigen::MatrixXd::Identity(kSize, kSize) - a * a0.inverse()).eigenvalues().cwiseAbs().maxCoeff();

  OpampParams opamp;
  opamp.gain = kInfinity;
  const InvCircuit inv(programmed, opamp, kGin, {});
  const Eigen::VectorXd b = random_matrix(kSize, 1, seed + 1, 1.0);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(kSize);
  std::vector<double> residuals;
  for (int i = 0; i < 9; ++i) {
    const Eigen::VectorXd r = b - a * x;
    residuals.push_back(r.norm());
    const double scale = 0.1 / r.norm();  // volts per unit: normalised, so that nothing saturates
    const auto result = inv.solve(-step * scale * r);
    EXPECT_EQ(result.status, InvStatus::kOk);
    x += result.v / scale;
  }
  return std::log2(residuals[3] / residuals[8]) / 5.0 / -std::log2(rho);
}

TEST(InvCircuit, RefinementContractsAtTheSpectralRadius) {
  std::vector<double> ratios;
  for (std::uint64_t seed = 1; seed <= 21; ++seed) ratios.push_back(bits_per_iteration_over_theory(seed));
  std::ranges::sort(ratios);
  EXPECT_NEAR(ratios[10], 1.0, 0.1);
}

TEST(InvCircuit, SlewLimitLengthensLargeSteps) {
  OpampParams opamp = ideal_opamp();
  opamp.slew_rate_volt_per_s = 1e7;
  const InvCircuit inv(random_pair(4, 4, 8, true), opamp, kGin, {});
  const auto small = inv.solve(Eigen::Vector4d(1e-9, 0, 0, 0));
  const auto large = inv.solve(Eigen::Vector4d(10e-6, 0, 0, 0));
  // The limit bends a little long before it binds.
  EXPECT_NEAR(small.settling_time_s, inv.settling_time_s(0x1p-9), 1e-6 * small.settling_time_s);
  EXPECT_GT(large.settling_time_s, 0.99 * large.v.cwiseAbs().maxCoeff() / opamp.slew_rate_volt_per_s);
}

TEST(InvCircuit, SettlingGrowsWithTheRowSum) {
  const Eigen::MatrixXd g = 10e-6 * Eigen::MatrixXd::Identity(2, 2);
  const InvCircuit light(unsigned_pair(g), {}, 10e-6, {});
  const InvCircuit heavy(unsigned_pair(g), {}, 30e-6, {});
  // λ = g/(g + g_in): 1/2 and 1/4.
  EXPECT_NEAR(heavy.settling_time_s(1e-3) / light.settling_time_s(1e-3), 2.0, 1e-9);
}

TEST(InvCircuit, PowerIsBiasPlusSupplyTimesLoadCurrents) {
  OpampParams opamp = ideal_opamp();
  const InvCircuit inv(unsigned_pair(matrix2(20e-6, 0, 0, 10e-6)), opamp, kGin, {});
  const auto result = inv.solve(Eigen::Vector2d(-2e-6, 2e-6));  // 0.1 V and −0.2 V
  EXPECT_NEAR(result.power.bias_watt, 4 * bias_power_watt(opamp), 1e-15);
  EXPECT_NEAR(result.power.load_watt, 1.1 * (20e-6 * 0.1 + 10e-6 * 0.2), 1e-15);
  EXPECT_NEAR(result.power.cells_watt, 20e-6 * 0.01 + 10e-6 * 0.04, 1e-15);
}

}  // namespace
}  // namespace mho::circuit
