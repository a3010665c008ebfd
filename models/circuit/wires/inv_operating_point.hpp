// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Operating point of the closed loop with resistive lines, for an array pair that is used once: neither array
// is reduced. The outputs v are the unknowns; one application of the loop is one wire solution an array, and
// GMRES is preconditioned by the LU factors of a loop that is right to first order in the wires:
//     K v = −I',   K v = T v + Y v/A0,   T = T⁺ − κT⁻,   preconditioner  T₁⁺ − κT₁⁻ + diag(S)/A0
// (symbols of network.hpp; κ is the gain of the inverters).
// For several right-hand sides reduce instead: inv_network() and InvCircuit.
// Not modelled: saturation, dynamics. An operating point exists for unstable loops as well, and nothing here
// says that a loop is stable; inv_stability.hpp, InvCircuit and stability() do.
#pragma once

#include <Eigen/Core>

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
  /// Residual current, relative to that of v = 0 [2-norms], 1e-14 … 1e-2.
  double tolerance = 1e-10;
};

struct [[nodiscard]] InvPoint {
  InvPointStatus status = InvPointStatus::kOk;
  Eigen::VectorXd output_volt;   ///< [N]
  Eigen::VectorXd summing_volt;  ///< [N] V_os − v/A0
  int iterations = 0;            ///< of GMRES
  bool was_reduced = false;      ///< GMRES did not converge: solved by reduction and a dense LU
  /// Of the matrix that was factored, which is K itself if was_reduced [1-norm, estimated]. The outputs are
  /// as accurate, relative to their norm, as the tolerance divided by it.
  double reciprocal_condition = 0.0;
};

/// @param pair          [N x N] conductances: row = summing node, column = output
/// @param input_ampere  [N] positive into the summing nodes, finite
/// @param offsets_volt  [N] at the non-inverting inputs, or empty for none
/// @throws InputError   sizes differ, a conductance negative or not finite, a parameter out of range
/// Cost: O(N²) a GMRES iteration (4 to 7 at a few ohms a segment) and one LU.
InvPoint inv_operating_point(const device::DifferentialPair& pair, const LineParams& lines,
                             const InvPointParams& params,
                             const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                             const Eigen::VectorXd& offsets_volt = {});

}  // namespace mho::circuit
