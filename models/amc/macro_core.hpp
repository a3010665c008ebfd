// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One array macro without its bus: its arrays, and the circuit around them (macro_circuit.hpp).
//
// Lines in use: the first `rows` are driven and the first `columns` read; other driven lines are held at 0 V
// and still load the amplifiers, amplifiers of other outputs are off (our assumption). The circuit of an INV
// macro closes over the first `rows` nodes and outputs, that of a GINV macro over those of the first `rows`
// row amplifiers and the first `columns` column amplifiers.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "models/amc/macro_array.hpp"
#include "models/amc/macro_circuit.hpp"
#include "models/amc/macro_params.hpp"
#include "models/base/random.hpp"

namespace mho::amc {

class MacroCore {
 public:
  /// @param params  outlives the core
  /// @param number  of the macro on the chip, for its random draws
  MacroCore(const MacroParams& params, const Random& random, std::uint32_t number,
            std::shared_ptr<CompensatedTargets> targets = nullptr);
  // Its circuit refers to its arrays.
  MacroCore(const MacroCore&) = delete;
  MacroCore& operator=(const MacroCore&) = delete;

  bool is_programmed() const { return array_.is_programmed(); }
  std::uint32_t writes() const { return array_.writes(); }

  /// As MacroArray::program(); GINV: both pairs, at the same time.
  ProgramOutcome program(std::span<const std::int8_t> levels, double time_s, unsigned slices = 0);
  /// Moves cells that were written at `time_s`; GINV: of A, not of −Aᵀ. As MacroArray::disturb().
  void disturb(std::span<const fault::CellFault> cells, double time_s) { array_.disturb(cells, time_s); }
  /// As MacroArray::stick(); GINV: those of A.
  void stick(std::span<const fault::CellFault> cells) { array_.stick(cells); }
  /// Those of the last program().
  unsigned slices_in_use() const { return array_.slices_in_use(); }

  /// What is added to the input offset of each amplifier from the next operation on [amplifiers, volt].
  void trim_offsets(const Eigen::VectorXd& trim_volt);

  /// @param v_lines  [inputs or more x reads, volt], the first `rows` rows count, GINV: `rows` + `columns`.
  /// Needs is_programmed() and settings in range.
  OperateOutcome operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines, const OperateSettings& settings);

 private:
  Eigen::VectorXd offsets() const;

  const MacroParams& params_;
  Random random_;
  std::uint32_t number_;
  MacroArray array_;
  std::optional<MacroArray> mirrored_;  ///< GINV: −Aᵀ
  std::unique_ptr<MacroCircuit> circuit_;
  Eigen::VectorXd trim_volt_;  ///< empty: none
  MacroLines lines_;           ///< of the circuit built last
};

}  // namespace mho::amc
