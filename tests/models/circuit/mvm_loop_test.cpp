// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/mvm_loop.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "models/base/error.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/circuit/nodal/operating_point.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kFeedback = 50e-6;
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

device::DifferentialPair pair_of_cells() {
  const MatrixXd g = (MatrixXd(4, 3) << 30, 5, -8, 10, -25, 4, 2, -9, 20, -1, 4, 7).finished() * 1e-6;
  return {.positive = g.cwiseMax(0.0).array() + 0.5e-6, .negative = (-g).cwiseMax(0.0).array() + 0.5e-6};
}

MvmLoop loop_with(const OpampParams& opamp, const LoopEffects& effects, const LineParams& lines = {}) {
  const auto pair = pair_of_cells();
  return {make_array(pair.positive, lines), make_array(pair.negative, lines), opamp, effects, kFeedback};
}

TEST(MvmLoop, WithoutEffectsItSettlesAsTheMvmCircuit) {
  const OpampParams opamp{.gain = 1e6};
  for (const LineParams& lines : {LineParams{}, kChip}) {
    const MvmCircuit circuit(mvm_network(pair_of_cells(), lines), opamp, {});
    const double expected = circuit.settling_time_s(1e-3, kFeedback, 0.1);
    EXPECT_NEAR(loop_with(opamp, {}, lines).settling_time_s(1e-3, 0.1), expected, 1e-5 * expected);
  }
}

TEST(MvmLoop, MorePolesSettleLaterAndAtLastNotAtAll) {
  const OpampParams opamp;
  const double plain = loop_with(opamp, {}).settling_time_s(1e-3);
  EXPECT_GT(loop_with(opamp, {.input_farad = 1e-14}).settling_time_s(1e-3), 0.0);
  EXPECT_GT(loop_with(opamp, {.second_pole_hz = 50e6}).settling_time_s(1e-3), plain);
  EXPECT_FALSE(loop_with(opamp, {.second_pole_hz = 1e6, .input_farad = 1e-10}).is_stable());
}

// Against the whole circuit, solved node by node.
TEST(MvmLoop, OutputResistanceMovesTheValuesAtRest) {
  const OpampParams opamp{.gain = 200};
  const LoopEffects effects{.output_ohm = 5e3};
  const VectorXd v_rows = (VectorXd(4) << 0.2, -0.1, 0.05, 0.2).finished();
  const VectorXd offsets = (VectorXd(3) << 1e-3, -2e-3, 5e-4).finished();
  for (const LineParams& lines : {LineParams{}, kChip}) {
    const auto pair = pair_of_cells();
    TopologyParams params;
    params.amplifiers = amplifiers_with(effects, opamp, 3, offsets);
    params.feedback_siemens = kFeedback;
    const Topology topology = mvm_topology(
        difference(make_array(pair.positive, lines), make_array(pair.negative, lines)), std::nullopt, params);
    const RestPoint rest = rest_point(topology.circuit, v_rows);
    ASSERT_EQ(rest.status, RestStatus::kOk);
    const VectorXd expected = rest.node_volt(topology.outputs);
    const MvmCircuit circuit(mvm_network(pair, lines), opamp, offsets, effects.output_ohm);
    EXPECT_LT((circuit.evaluate(v_rows, kFeedback).v_out - expected).norm(), 1e-12);
    const MvmCircuit stiff(mvm_network(pair, lines), opamp, offsets);
    EXPECT_GT((stiff.evaluate(v_rows, kFeedback).v_out - expected).norm(), 1e-5);
  }
}

TEST(MvmLoop, RefusesWhatIsOutOfRange) {
  EXPECT_THROW((void)loop_with({}, {.output_ohm = -1}), InputError);
  EXPECT_THROW(MvmCircuit(mvm_network(pair_of_cells()), OpampParams{}, {}, -1.0), InputError);
}

}  // namespace
}  // namespace mho::circuit
