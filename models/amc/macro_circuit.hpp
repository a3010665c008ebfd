// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The circuit around the arrays of a macro: what operating it gives. There is one for macros with a loop
// (INV, GINV), one for those without (MVM). The formulas are those of models/circuit; here they are only
// chosen and fed.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <vector>

#include "models/amc/macro_array.hpp"
#include "models/amc/macro_params.hpp"
#include "models/base/random.hpp"
#include "models/circuit/ginv_network.hpp"
#include "models/circuit/nonlinear/nonlinear_inv.hpp"

namespace mho::amc {

struct OperateSettings {
  unsigned rows = 0, columns = 0;
  int output_gain = 0;
  bool is_integer_read = false;  ///< settles until a read rounds correctly
  double time_s = 0;             ///< of the first read
  int waveform_samples = 0;  ///< INV, GINV: points of each output's transient to compute per read; 0: none
  circuit::GinvFeedback feedback = {};  ///< GINV
};

struct OperateOutcome {
  bool is_unstable = false;  ///< does not settle, or cells that are not ohmic have no operating point
  bool is_saturated = false;
  double settling_s = 0;  ///< of one read, the slowest
  /// Sum over the reads of the power drawn during each: times the duration of one read is the energy of all.
  double power_sum_watt = 0;
  /// [columns x reads, volt] after the output gain; GINV: [rows + columns x reads]
  Eigen::MatrixXd volts;
  /// [outputs x (reads · samples), volt] after the output gain: how each read settles, at waveform_times_s
  /// after the moment when its input has changed. Empty unless asked for.
  Eigen::MatrixXd waveform;
  Eigen::VectorXd waveform_times_s;
};

/// What a circuit is built around. All of it outlives the circuit.
struct MacroParts {
  const MacroParams& params;
  const Random& random;
  std::uint32_t number;  ///< of the macro on the chip, for its random draws
  MacroArray& array;
  MacroArray* mirrored = nullptr;  ///< GINV: −Aᵀ
};

/// Which of it is in use.
struct MacroLines {
  unsigned rows = 0, columns = 0;
  circuit::GinvFeedback feedback = {};  ///< GINV

  bool operator==(const MacroLines&) const = default;
};

class MacroCircuit {
 public:
  virtual ~MacroCircuit() = default;

  /// Before the first operation, and whenever cells, lines or offsets have changed.
  /// @param offset_volt  of the amplifiers in use, at their inputs
  virtual void build(const MacroLines& lines, const Eigen::VectorXd& offset_volt, double time_s) = 0;
  /// As MacroCore::operate(), with the lines it was built for.
  virtual OperateOutcome operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                 const OperateSettings& settings) = 0;
};

/// The noise of a macro's amplifiers, another draw for each read.
class AmplifierDraws {
 public:
  explicit AmplifierDraws(const MacroParts& parts)
      : params_(parts.params), random_(parts.random), number_(parts.number) {}

  /// Adds a draw to settled outputs, within the rails. True if these limited one.
  /// @param factor  times independent normal values gives the noise [volt]; empty: there is none
  bool disturb(Eigen::Ref<Eigen::VectorXd> volts, const Eigen::MatrixXd& factor);

 private:
  const MacroParams& params_;
  const Random& random_;
  std::uint32_t number_;
  std::uint32_t reads_ = 0;
};

/// The rows and columns in use; the lines of the others are at 0 V.
circuit::CrossbarArray corner(const circuit::CrossbarArray& array, Eigen::Index rows, Eigen::Index columns);

/// The slices of an array whose cells are not ohmic, as a read at `time_s` finds them.
std::vector<circuit::InvSlice> bare_slices(const MacroParams& params, MacroArray& array, double time_s);

}  // namespace mho::amc
