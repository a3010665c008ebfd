// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One analogue circuit as a user states it: the keys of a `mho circuit` problem file, checked and completed.
// docs/circuits.md is the reference of the keys.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "models/circuit/access/cell_model.hpp"
#include "models/circuit/topology/topology.hpp"
#include "models/circuit/wires/line_params.hpp"

namespace mho::platform {

enum class CircuitKind { kMvm, kInv, kGinv, kNnls, kEgv };
enum class CircuitAnalysis { kOperatingPoint, kTransient };

struct CircuitProblem {
  CircuitKind kind = CircuitKind::kInv;
  CircuitAnalysis analysis = CircuitAnalysis::kOperatingPoint;
  Eigen::MatrixXd g_siemens;                     ///< [rows x cols]
  std::optional<Eigen::MatrixXd> g_neg_siemens;  ///< of the same size
  circuit::LineParams lines;
  bool compensates_lines =
      false;  ///< cells are written so that the arrays, lines included, conduct as G, G_neg
  double g_max_siemens = std::numeric_limits<double>::infinity();  ///< of a cell that is written so
  circuit::TopologyParams topology;
  bool has_amplifiers = true;       ///< false: MVM into an ideal virtual ground, I_out is the answer
  bool has_gbw = false;             ///< given, not assumed: speeds are meant
  bool wants_modes = false;         ///< the slowest mode, which takes eigenvalues, and not only a verdict
  Eigen::VectorXd input;            ///< I_in [ampere] or V [volt]
  Eigen::VectorXd start_volt;       ///< EGV: outputs at t = 0, or empty
  circuit::CellModel cell;          ///< what is between the lines; ohmic if nothing is said
  double supply_volt = 0.0;         ///< opamp.vdd; 0: no power is asked for
  double quiescent_ampere = 0.0;    ///< opamp.i_q, of one amplifier or inverter
  double temperature_kelvin = 0.0;  ///< of the thermal noise of all conductances; 0: none
  double t_rise_s = 0.0;
  double tstop_s = 0.0;
  double dt_s = 0.0;
  std::vector<std::string> notes;  ///< what the user should know about the reading of the problem

  /// Samples of the transient: t = 0, dt, … up to tstop.
  Eigen::Index n_samples() const;
};

/// Largest number of samples of a transient.
inline constexpr Eigen::Index kMaxSamples = 1'000'000;

/// Default input and feedback conductance of the analogue inverters [siemens] (A).
inline constexpr double kDefaultInverterSiemens = 100e-6;

/// @param text    JSON
/// @param source  name for messages, such as the file's
/// @throws InputError  what is wrong, where, and what to do: syntax, an unknown key (with the nearest one), a
///                     key that is missing or does not fit the kind, a wrong length, a value out of range
CircuitProblem read_circuit_problem(const std::string& text, const std::string& source);

/// "mvm", "inv", …
const char* name_of(CircuitKind kind);

}  // namespace mho::platform
