// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How the outputs of an INV loop of ohmic cells move after its inputs have stepped. With e the input of an
// amplifier and x its state, which linear amplifiers give out as it is (amplifier.hpp),
//     to a rest within the rails      dx/dt = SR·tanh(2π f_T·(e − x/A0)/SR)
//     beyond them, or to none at all  v = V_sat·tanh too, and the integrator stops with its output (winds_up)
// so that a waveform ends where InvCircuit, InvLoop or saturated_outputs() say that the loop rests. That the
// leak counts before the slew limit instead of behind it, and that the first kind passes beyond the rails
// unhindered if it overshoots, is our assumption.
#pragma once

#include <Eigen/Core>

#include "models/circuit/opamp.hpp"
#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {

/// A step of the inputs of a loop of N outputs.
struct LoopStep {
  Eigen::VectorXd before_ampere;  ///< [N] inputs before
  Eigen::VectorXd start_volt;     ///< [N] outputs then, at rest
  Eigen::VectorXd after_ampere;   ///< [N] inputs after
};

enum class LoopEnd {
  kWithinRails,
  kBeyondRails,  ///< also of loops that do not come to rest
};

/// @param loop     of linear amplifiers; its inputs beyond the first N are held at `constant`
/// @param times_s  ascending, >= 0
/// @returns [N x samples, volt] within the rails; empty if the motion could not be followed to the last
/// sample
/// @throws InputError  a size differs, times that do not ascend
/// Cost: matrix exponentials if nothing comes near the slew limit, else some hundred steps, at most 20,000.
Eigen::MatrixXd loop_waveform(const Topology& loop, const OpampParams& opamp, const LoopStep& step,
                              const Eigen::VectorXd& times_s, LoopEnd end,
                              const Eigen::VectorXd& constant = {});

/// Outputs of all amplifiers of a loop, analogue inverters included, whose outputs are at `volt` [N].
/// @param amplifiers  how many there are
/// @param main        which of them belong to the outputs, in their order
Eigen::VectorXd amplifier_outputs(Eigen::Index amplifiers, const std::vector<Eigen::Index>& main,
                                  const Eigen::VectorXd& volt);

}  // namespace mho::circuit
