// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Operating point of the closed loop with resistive lines, for an array pair that is used once: neither array
// is reduced. The unknowns are the currents q into the nodes of the column lines (first_order_array.hpp). For
// given q the outputs v follow from the currents of the summing nodes,
//     K₁ v = (Y₁ + g_in) V_os − I_in − T₁⁻ V_n − R M⁻¹q,   K₁ = T₁⁺ − κT₁⁻ + diag(Y₁ + g_in)/A0
// (κ is the gain of the inverters, V_n their own error, R the row sums weighed by L) and with them, by one
// sweep, the next q. GMRES solves q = J q + c, where J is small, so that the wires and the loop converge
// together: an iteration is one sweep of each array. For several right-hand sides reduce instead:
// inv_network() and InvCircuit. Not modelled: saturation, dynamics. An operating point exists for unstable
// loops as well, and nothing here says that a loop is stable; inv_stability.hpp, InvCircuit and stability()
// do.
#pragma once

#include <Eigen/Core>
#include <Eigen/LU>

#include "models/circuit/wires/inv_arrays.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

enum class InvPointStatus {
  kOk,
  kSingular,  ///< the loop matrix is singular to working precision: no operating point, outputs are 0
};

struct InvPointParams {
  double gain = 1e5;          ///< DC gain A0 of the amplifiers, > 0; infinity = ideal
  double g_in_siemens = 0.0;  ///< from each summing node to ground, >= 0
  /// κ of the inverters before the negative array, in 0 … 1, 0 not included: 1/(1 + 2/A0) of a real one.
  double inverter_gain = 1.0;
  /// Bound of the currents that the summing nodes would still miss, relative to the inputs and what the
  /// offsets draw [2-norms], 1e-14 … 1e-2.
  double tolerance = 1e-10;
};

struct [[nodiscard]] InvPoint {
  InvPointStatus status = InvPointStatus::kOk;
  Eigen::VectorXd output_volt;   ///< [N]
  Eigen::VectorXd summing_volt;  ///< [N] V_os − v/A0
  int iterations = 0;            ///< of GMRES
  bool was_reduced = false;  ///< GMRES did not converge, or lines beyond LineSolver::kLargestDrop: solved by
                             ///< reduction and a dense LU
  /// Of the matrix that was factored: K₁, or the loop's own if was_reduced [1-norm, estimated]. The outputs
  /// are as accurate, relative to their norm, as the tolerance divided by it.
  double reciprocal_condition = 0.0;
};

/// What holds the loop where it is. Empty vectors are zeros.
struct InvPointInputs {
  Eigen::VectorXd input_ampere;   ///< [N] positive into the summing nodes
  Eigen::VectorXd offset_volt;    ///< [N] at the non-inverting inputs
  Eigen::VectorXd inverter_volt;  ///< [N] by which outputs of inverters are above −κ v
};

/// Several points of the same loop: what is factored is factored once.
class InvPointSolver {
 public:
  /// @param arrays  outlives this
  /// @throws InputError  a parameter out of range
  InvPointSolver(const InvArrays& arrays, const InvPointParams& params);

  /// @param tolerance  in place of that of the parameters
  /// @throws InputError  sizes differ, an entry not finite, a tolerance out of range
  InvPoint solve(const InvPointInputs& inputs, double tolerance) const;
  InvPoint solve(const InvPointInputs& inputs) const { return solve(inputs, params_.tolerance); }

 private:
  const InvArrays& arrays_;
  InvPointParams params_;
  Eigen::VectorXd self_siemens_;             // what summing nodes draw at 1 V while column lines are grounded
  Eigen::PartialPivLU<Eigen::MatrixXd> lu_;  // of K₁
};

/// @param input_ampere  [N] positive into the summing nodes, finite
/// @param offsets_volt  [N] at the non-inverting inputs, or empty for none
/// @throws InputError   sizes differ, a parameter out of range
/// Cost: O(N²) a GMRES iteration (4 to 9 at a few ohms a segment) and one LU.
InvPoint inv_operating_point(const InvArrays& arrays, const InvPointParams& params,
                             const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                             const Eigen::VectorXd& offsets_volt = {});

/// The same for arrays that nothing else is asked about. Throws as InvArrays, too.
/// @param pair  [N x N] conductances: row = summing node, column = output
InvPoint inv_operating_point(const device::DifferentialPair& pair, const LineParams& lines,
                             const InvPointParams& params,
                             const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                             const Eigen::VectorXd& offsets_volt = {});

}  // namespace mho::circuit
