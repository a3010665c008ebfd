// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where an INV loop rests when its currents ask for more than the supply: a saturated amplifier no longer
// holds its summing node, so that the outputs of the others are not those of the equation either.
//     v = V_sat·tanh(x/V_sat),   x = A0·(V_os − s)
// for all amplifiers, analogue inverters included, in the circuit of topology.hpp. On the way there the
// integrator of a saturated amplifier stops with its output (AmplifierModel::winds_up; our assumption). Not
// modelled: several equilibria; the one reported is that which the amplifiers reach from 0 V.
#pragma once

#include <Eigen/Core>

#include <optional>
#include <vector>

#include "models/circuit/opamp.hpp"
#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {

/// An output counts as saturated from this share of V_sat on.
inline constexpr double kSaturatedShare = 0.99;

/// @param loop           inv_topology() of linear amplifiers
/// @param v_sat_volt     > 0
/// @param input_ampere   [N] positive into the summing nodes, finite
/// @returns outputs [N, volt]; nothing if the circuit does not come to rest, as with infinite gain, where a
///          saturated amplifier integrates without end
/// Cost: some ten to a hundred LU factorisations of N rows.
std::optional<Eigen::VectorXd> saturated_outputs(const Topology& loop, double v_sat_volt,
                                                 const Eigen::Ref<const Eigen::VectorXd>& input_ampere);

/// The same, with outputs `linear_volt` of the linear loop clipped at ±V_sat where there is no rest.
Eigen::VectorXd saturated_or_clipped(const Topology& loop, double v_sat_volt,
                                     const Eigen::VectorXd& linear_volt,
                                     const Eigen::Ref<const Eigen::VectorXd>& input_ampere);

/// Outputs at `times_s` after the inputs have stepped to q, with saturation and the slew limit: they end
/// where saturated_outputs() is.
/// @param linear   the circuit of a loop, of linear amplifiers
/// @param outputs  nodes to be returned
/// @param start    state before the step (state_with_outputs())
/// @param times_s  ascending, >= 0
/// @returns [outputs x samples, volt]; empty if the motion could not be followed to the last sample
Eigen::MatrixXd saturated_waveform(const AmplifierCircuit& linear, const std::vector<Eigen::Index>& outputs,
                                   const OpampParams& opamp, const Eigen::VectorXd& start,
                                   const Eigen::VectorXd& q, const Eigen::VectorXd& times_s);

/// Outputs of all amplifiers of a loop, analogue inverters included, whose outputs are at `volt` [N].
/// @param main  which of the `amplifiers` belong to the outputs, in their order
Eigen::VectorXd amplifier_outputs(Eigen::Index amplifiers, const std::vector<Eigen::Index>& main,
                                  const Eigen::VectorXd& volt);

/// The state of a loop at rest whose outputs are at `volt` [N] while its inputs are q, and those of its
/// analogue inverters at -volt.
Eigen::VectorXd state_with_outputs(const AmplifierCircuit& circuit, const std::vector<Eigen::Index>& main,
                                   const Eigen::VectorXd& volt, const Eigen::VectorXd& q);

/// Outputs at the limit, at least one: to be asked of outputs that the limit has moved.
int count_saturated(const Eigen::VectorXd& output_volt, double v_sat_volt);

}  // namespace mho::circuit
