// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The circuits that a pair of arrays can be wired into, for any lines: arrays come as their ports.
// (facts.md §3: D, from Kirchhoff.) G = G⁺ − G⁻; "row i" is row port i, "column j" column port j.
//
//   MVM   source V_i drives row i; column j ends in the inverting input of amplifier j, feedback g_f to its
//         output: o = −Gᵀ V / g_f.
//   INV   amplifier j drives column j; row i ends in the inverting input s_i of amplifier i, with the input
//         current I_i: G o = −I.
//   GINV  first array as in INV, but rows end in transimpedance amplifiers: t = −(A o + I)/g_f. They drive
//         the rows of a second copy of A, whose column j ends in the *non-inverting* input of amplifier j;
//         its inverting input takes g_λ from the output. With both inputs loaded alike (padding to ground):
//         (AᵀA + λ) o = −Aᵀ I, λ = g_λ g_f [siemens²].
//   NNLS  the same with outputs clamped at 0 from below: o = argmin ‖A o + I‖, o >= 0, for λ = 0.
//   EGV   row i ends in a transimpedance amplifier with feedback g_λ and output t_i; an inverter makes
//         o_i = −t_i, which drives column i: do/dt ∝ G o − g_λ o. Outputs grow while an eigenvalue of G
//         exceeds g_λ and stop where the amplifiers saturate.
//
// Signs of a matrix, Signs::kInverters: analogue inverters (input and feedback conductance g_inv, no offset,
// no input capacitance) drive the columns of G⁻ with −o, both rows end in one node. (EGV needs none: it has
// −o already.) Signs::kCompensation: G⁻ is driven by o too, and its rows end in the other input of the
// amplifier; the lighter of the two inputs is padded to ground, so that only the difference counts:
// e = (G⁻o − G⁺o − I)/S. Fewer amplifiers, one pole less in the loop; exact with ideal lines and matched
// loads, while line resistance makes the two loads differ a little.
#pragma once

#include <optional>
#include <vector>

#include "models/circuit/nodal/amplifier_circuit.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {

enum class Signs { kInverters, kCompensation };

/// An array as its ports see it, and the sums of its cells, which matched loads are made from.
struct CrossbarArray {
  ArrayPorts ports;
  Eigen::VectorXd row_sums_siemens;     ///< [rows]
  Eigen::VectorXd column_sums_siemens;  ///< [cols]
};

/// @param g_siemens  [rows x cols] cells, finite, >= 0
/// @throws InputError  as reduce_ports()
CrossbarArray make_array(const Eigen::MatrixXd& g_siemens, const LineParams& lines);

/// Where an array went.
struct Placement {
  std::vector<Eigen::Index> rows, columns;  ///< nodes
  bool is_negative = false;                 ///< G⁻
};

struct TopologyParams {
  /// [one for each main amplifier, first stage first] or one for all.
  std::vector<AmplifierModel> amplifiers;
  double input_farad = 0.0;         ///< at each input of the main amplifiers that is not grounded, >= 0
  Signs signs = Signs::kInverters;  ///< used where there is a second array
  double inverter_siemens = 0.0;    ///< input and feedback of each inverter, > 0 where there are any
  /// MVM, GINV: feedback of the transimpedance amplifiers, > 0. EGV: g_λ. INV: conductance of the input
  /// sources from each summing node to ground, >= 0.
  double feedback_siemens = 0.0;
  double ridge_siemens = 0.0;   ///< GINV: g_λ >= 0
  bool clamps_outputs = false;  ///< GINV: NNLS
  /// For cells that are not ohmic: the arrays near some voltages, in the order of Topology::placements [ports
  /// x ports]. Then the circuit has inputs for their constant currents (CircuitBuilder::add_array). Empty:
  /// ohmic.
  std::vector<Eigen::MatrixXd> linearized_siemens;
};

/// A circuit and where to look in it. Inputs q are numbered as the ports they belong to.
struct Topology {
  AmplifierCircuit circuit;
  std::vector<Eigen::Index> outputs;  ///< nodes: o
  std::vector<Eigen::Index> summing;  ///< nodes: s, the inverting inputs of the main amplifiers
  std::vector<Eigen::Index> main;     ///< amplifiers behind the outputs
  std::vector<Placement> placements;
  /// Ideal virtual grounds: sources, numbered after the others, whose inputs have to be 0. The answer is the
  /// sum of the currents that the columns of the arrays lead there. Empty if there are none.
  std::vector<Eigen::Index> grounds;  ///< nodes
  /// These currents if the cells are ohmic = sense · node voltages [columns x nodes].
  Eigen::MatrixXd sense_siemens;
  int n_main_amplifiers = 0;
  int n_inverters = 0;
};

/// @param positive, negative  G⁺ and, if entries have signs, G⁻: same sizes; INV, EGV: square
/// @throws InputError  sizes differ, a parameter out of range, a node that nothing determines
Topology mvm_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                      const TopologyParams& params);
/// MVM into ideal virtual grounds: no main amplifiers, the answer is the currents I = Gᵀ V out of the
/// columns.
Topology mvm_sense_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                            const TopologyParams& params);
Topology inv_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                      const TopologyParams& params);
Topology ginv_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                       const TopologyParams& params);
Topology egv_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                      const TopologyParams& params);

/// Models of `count` main amplifiers: params.amplifiers, or its only element repeated.
/// @throws InputError  another number of them
std::vector<AmplifierModel> amplifiers_for(const TopologyParams& params, Eigen::Index count);

}  // namespace mho::circuit
