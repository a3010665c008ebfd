// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What carries out operations on macros, one at a time: a context's sequencer has one, and each operation
// that may be under way beside it another.
#pragma once

#include <functional>

#include "models/amc/dru_high_precision.hpp"
#include "models/amc/dru_low_precision.hpp"
#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"

namespace mho::amc {

class DruMacroUnit {
 public:
  /// @param wait_to_add  see DruLowPrecision
  DruMacroUnit(const DruCapabilities& capabilities, DruStorage& storage, DruPort& port, DruMonitor& monitor,
               std::function<Outcome()> wait_to_add = nullptr);

  /// Is it a command that execute() takes: INV, GINV, MVM, HP_MVM?
  static bool takes(const DruCommand& command);
  /// Needs takes().
  Outcome execute(const DruCommand& command);

  /// Commands HP_BEGIN and HP_END.
  Outcome begin_product(const DruCommand& command) { return high_precision_.begin(command); }
  Outcome end_product(const DruCommand& command) { return high_precision_.end(command); }

 private:
  DruLowPrecision low_precision_;
  DruHighPrecision high_precision_;
};

}  // namespace mho::amc
