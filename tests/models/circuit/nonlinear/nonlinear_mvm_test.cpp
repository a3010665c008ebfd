// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_mvm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/circuit/mvm_loop.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kFeedback = 50e-6, kVerify = 0.2;
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
const OpampParams kOpamp{.gain = 500};
const VectorXd kOffsets = (VectorXd(3) << 1e-4, -2e-4, 1e-4).finished();
const MatrixXd kDrives = (MatrixXd(4, 2) << 0.2, 0.1, -0.2, 0.0, 0.05, 0.2, 0.2, -0.1).finished();

device::DifferentialPair cells() {
  const MatrixXd g = (MatrixXd(4, 3) << 30, 5, -8, 10, -25, 4, 2, -9, 20, -1, 4, 7).finished() * 1e-6;
  return {.positive = g.cwiseMax(0.0).array() + 0.5e-6, .negative = (-g).cwiseMax(0.0).array() + 0.5e-6};
}

MvmResult evaluate(const CellModel& model, const LineParams& lines, double output_ohm = 0.0) {
  bool has_converged = false;
  MvmResult result =
      NonlinearMvm(model, bare_pair(model, cells(), kVerify), lines, kOpamp, kOffsets, output_ohm)
          .evaluate(kDrives, kFeedback, has_converged);
  EXPECT_TRUE(has_converged);
  return result;
}

TEST(NonlinearMvm, NearlyOhmicCellsGiveTheMvmCircuit) {
  const CellModel model{.access = {}, .iv = {.v0_volt = 1e3}};
  for (const LineParams& lines : {LineParams{}, kChip}) {
    for (const double output_ohm : {0.0, 5e3}) {
      const MvmCircuit ohmic(mvm_network(cells(), lines), kOpamp, kOffsets, output_ohm);
      const MatrixXd expected = ohmic.evaluate(kDrives, kFeedback).v_out;
      EXPECT_LT((evaluate(model, lines, output_ohm).v_out - expected).norm(), 1e-7 * expected.norm());
    }
  }
}

TEST(NonlinearMvm, ObeysKirchhoffWithIdealLines) {
  const CellModel sinh{.access = {}, .iv = {.v0_volt = 0.1}};
  const CellModel nmos{.access = Nmos1Params{.gamma_sqrt_volt = 0.4}, .iv = {}};
  const CellModel both{.access = nmos.access, .iv = sinh.iv};
  for (const CellModel& model : {sinh, nmos, both}) {
    const auto bare = bare_pair(model, cells(), kVerify);
    // From the row line into the column line.
    const auto ampere = [&](double g, double u, double s) {
      return model.access ? -cell_current(model, g, s, u).ampere : 0.1 * g * std::sinh((u - s) / 0.1);
    };
    const MatrixXd v = evaluate(model, {}).v_out;
    for (Index read = 0; read < v.cols(); ++read) {
      for (Index c = 0; c < 3; ++c) {
        const double s = kOffsets[c] - v(c, read) / kOpamp.gain;
        double left = kFeedback * (v(c, read) - s);
        for (Index r = 0; r < 4; ++r) {
          left += ampere(bare.positive(r, c), kDrives(r, read), s) +
                  ampere(bare.negative(r, c), -kDrives(r, read), s);
        }
        EXPECT_NEAR(left, 0.0, 1e-15);
      }
    }
  }
}

TEST(NonlinearMvm, ObeysKirchhoffWithResistiveLinesOnSteepCurvesToo) {
  // Lines that take half of the voltage, on a curve that is hundreds of times steeper at 0.2 V than at 0 V.
  const LineParams resistive{.row_segment_ohm = 2e3, .column_segment_ohm = 2e3};
  const CellModel steep{.access = {}, .iv = {.v0_volt = 0.03}}, nmos{.access = Nmos1Params{}, .iv = {}};
  const auto bare = bare_pair(steep, cells(), kVerify);
  const HeldArray held(steep, bare.positive, resistive);
  HeldArray::State state = held.at_rest();
  double error = 0.0;
  for (int k = 0; k < 20; ++k) error = held.move_to(kDrives.col(0), VectorXd::Zero(3), state);
  EXPECT_GT(error, 1e-3) << "is meant to be more than rounds along the slopes at 0 V can follow";
  for (const auto& [model, lines] : {std::pair{steep, resistive}, std::pair{nmos, kChip}}) {
    const MatrixXd v = evaluate(model, lines).v_out;
    const auto pair = bare_pair(model, cells(), kVerify);
    for (Index read = 0; read < v.cols(); ++read) {
      const VectorXd s = kOffsets - v.col(read) / kOpamp.gain;
      const PortCurrents plus = port_currents(model, pair.positive, lines, kDrives.col(read), s),
                         minus = port_currents(model, pair.negative, lines, -kDrives.col(read), s);
      const VectorXd fed_back = kFeedback * (v.col(read) - s);
      EXPECT_LT((fed_back - plus.column - minus.column).norm(), 1e-10 * fed_back.norm());
    }
  }
}

TEST(NonlinearMvm, DynamicsOfNearlyOhmicCellsAreThoseOfTheMvmLoop) {
  const CellModel model{.access = {}, .iv = {.v0_volt = 1e3}};
  const LoopEffects effects{.second_pole_hz = 2e9, .input_farad = 5e-15, .output_ohm = 200.0};
  const NonlinearMvm circuit(model, bare_pair(model, cells(), kVerify), kChip, kOpamp, kOffsets);
  const MvmLoop ohmic(make_array(cells().positive, kChip), make_array(cells().negative, kChip), kOpamp,
                      effects, kFeedback);
  const double expected = ohmic.settling_time_s(1e-3, 0.1);
  EXPECT_NEAR(MvmLoop(circuit.self_siemens(), kOpamp, effects, kFeedback).settling_time_s(1e-3, 0.1),
              expected, 1e-6 * expected);
}

TEST(NonlinearMvm, RefusesSizesThatDoNotFit) {
  const NonlinearMvm circuit({}, cells(), {}, kOpamp, kOffsets);
  bool has_converged = false;
  EXPECT_THROW((void)circuit.evaluate(MatrixXd::Zero(5, 1), kFeedback, has_converged), InputError);
  EXPECT_THROW((void)circuit.evaluate(kDrives, 0.0, has_converged), InputError);
}

}  // namespace
}  // namespace mho::circuit
