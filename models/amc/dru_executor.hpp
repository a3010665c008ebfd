// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Executes one command list: fetches commands in bursts, decodes, branches, watches the time limit and the
// abort request between commands, and hands the work to the units. A list that changes its own commands sees
// the change at the next fetch: commands are kept for up to prefetch_commands in a row.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/amc/dru_macro_unit.hpp"
#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_operations.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_program.hpp"
#include "models/amc/dru_rank_update.hpp"
#include "models/amc/dru_state.hpp"
#include "models/amc/dru_vector.hpp"

namespace mho::amc {

struct ListRequest {
  std::uint32_t address = 0;
  std::uint32_t commands = 0;
  std::uint64_t deadline_ps = 0;  ///< a command that would begin later is not begun
  bool is_resumed = false;        ///< goes on behind the END that it reached last
  std::uint32_t data_offset = 0;  ///< of commands with flag RELATIVE
  std::uint32_t guard_bits = 0;   ///< of commands with flag TIGHTENED
};

struct ListResult {
  DruStatus status = DruStatus::kNotRun;
  std::uint32_t end_code = 0, fault_command = 0, fault_detail = 0, iterations = 0, flags_out = 0;
};

class DruExecutor {
 public:
  /// `signal(value)` is called by SIGNAL commands.
  DruExecutor(const AmcParams& params, DruShared& shared, unsigned context, DruStorage& storage,
              DruPort& port, DruMonitor& monitor, cost::Ledger& ledger,
              std::function<void(std::uint32_t)> signal);

  /// A descriptor's service begins: an abort from now on is meant for it.
  void begin() { is_aborted_ = false; }

  /// In the sequencer's thread. Status kNotRun: dropped by a reset; kBadDescriptor: nothing to resume.
  ListResult run(const ListRequest& request);

  /// The list of the descriptor being served ends at its next command, the first one included.
  void abort() { is_aborted_ = true; }

  /// Ends the operations under way, now or `delay` from now.
  void drop(sc_core::sc_time delay) { operations_.drop(delay); }

  /// No list was run yet, so that none can be resumed.
  void reset() { has_ended_ = false; }

 private:
  bool start(const ListRequest& request);
  Outcome may_begin() const;
  Outcome step();
  Outcome fetch(DruCommand& command);
  void apply_request(DruCommand& command) const;
  Outcome execute(const DruCommand& command);
  Outcome operate(const DruCommand& command);
  Outcome jump(std::uint32_t target);
  Outcome call(std::uint32_t target);
  Outcome return_from_call();
  Outcome loop(const DruCommand& command);
  Outcome branch(const DruCommand& command);

  DruParams params_;
  DruStorage& storage_;
  DruPort& port_;
  DruMonitor& monitor_;
  const BlockCost& cost_;
  std::function<void(std::uint32_t)> signal_;
  DruVectorUnit vector_;
  DruMacroUnit macro_unit_;
  DruOperations operations_;
  DruProgrammer programmer_;
  DruRankUpdater rank_updater_;

  ListRequest request_;
  std::uint32_t next_ = 0;  ///< index of the command after the current one
  std::uint32_t end_code_ = 0;
  std::array<std::uint32_t, registers::dru::kCallDepth> open_calls_{};  ///< where each continues
  std::size_t n_open_calls_ = 0;
  bool has_ended_ = false;
  bool is_aborted_ = false;
  std::vector<DruCommand> fetched_;
  std::uint32_t first_fetched_ = 0;
};

}  // namespace mho::amc
