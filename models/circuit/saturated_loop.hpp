// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where an INV loop rests when its currents ask for more than the supply: a saturated amplifier no longer
// holds its summing node, so that the outputs of the others are not those of the equation either.
//     v = V_sat·tanh(x/V_sat),   x = A0·(V_os − s)
// for all amplifiers, analogue inverters included, in the circuit of topology.hpp. Not modelled: several
// equilibria; the one reported is that which the amplifiers reach from 0 V.
#pragma once

#include <Eigen/Core>

#include <optional>

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

/// Outputs at the limit, at least one: to be asked of outputs that the limit has moved.
int count_saturated(const Eigen::VectorXd& output_volt, double v_sat_volt);

}  // namespace mho::circuit
