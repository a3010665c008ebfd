// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_macro_unit.hpp"

#include <utility>

namespace mho::amc {

DruMacroUnit::DruMacroUnit(const DruCapabilities& capabilities, DruStorage& storage, DruPort& port,
                           DruMonitor& monitor, std::function<Outcome()> wait_to_add)
    : low_precision_(capabilities, storage, port, monitor, std::move(wait_to_add)),
      high_precision_(capabilities, storage, port, monitor) {}

bool DruMacroUnit::takes(const DruCommand& command) {
  const auto opcode = static_cast<DruOpcode>(command.opcode);
  return opcode == DruOpcode::kInv || opcode == DruOpcode::kGinv || opcode == DruOpcode::kMvm ||
         opcode == DruOpcode::kHpMvm;
}

Outcome DruMacroUnit::execute(const DruCommand& command) {
  switch (static_cast<DruOpcode>(command.opcode)) {
    case DruOpcode::kInv:
      return low_precision_.inv(command);
    case DruOpcode::kGinv:
      return low_precision_.ginv(command);
    case DruOpcode::kMvm:
      return low_precision_.mvm(command);
    default:
      return high_precision_.multiply(command);
  }
}

}  // namespace mho::amc
