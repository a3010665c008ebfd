// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Operations on macros (INV, GINV, MVM, HP_MVM) that a context has under way. The sequencer starts one and goes on
// with its list; a command waits for those that it depends on, and is otherwise carried out beside them. So a
// list means what it says, in less time, and firmware that knows nothing of it gains as well, as long as it
// neither counts on memory that a command still under way will give back nor on accumulators that overflow
// for a while:
//
//  - An operation waits for one that writes a slot it reads, uses a slot it writes, or has its tile.
//  - MVMs that add to the same slot drive, settle and convert at the same time and add in the order of the
//    list: block vectors round, so that the order of sums matters.
//  - Products of one HP_BEGIN only subtract integers from accumulators, in any order.
//  - Commands of the vector unit wait for those whose slots they touch; branches for none. Everything else,
//    END and HP_END among it, waits for all.
//
// An operation that fails ends the list when all that was under way has ended, with the failure that comes
// first in the list; commands behind it may have been carried out by then.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/amc/dru_macro_unit.hpp"
#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"

namespace mho::amc {

/// Has `later` to wait until `earlier`, an operation on macros, has ended? Whatever the list says that is not
/// an operation on macros or a command of the vector unit waits.
bool depends_on(const DruCommand& later, const DruCommand& earlier);

class DruOperations {
 public:
  /// @param port     of the context's sequencer
  /// @param context  whose operations they are
  DruOperations(const AmcParams& params, DruShared& shared, unsigned context, DruStorage& storage,
                DruPort& port, DruMonitor& monitor);
  DruOperations(const DruOperations&) = delete;
  DruOperations& operator=(const DruOperations&) = delete;

  /// False: the sequencer carries out one command after the other itself.
  bool can_overlap() const { return !units_.empty(); }
  /// In the sequencer's thread: returns when `command` depends on nothing that is under way and, if it is an
  /// operation itself, there is room for one more.
  Outcome wait_for(const DruCommand& command);
  /// After wait_for(): starts an operation.
  /// @param index  of the command, for failure()
  void start(const DruCommand& command, std::uint32_t index);
  /// In the sequencer's thread: returns when nothing is under way, also after drop().
  void finish();

  struct Failure {
    Outcome outcome;
    std::uint32_t index = 0;
  };
  /// Of those operations that have ended since forget(), the one that comes first in the list.
  const std::optional<Failure>& failure() const { return failure_; }
  /// When nothing is under way.
  void forget() { failure_.reset(); }

  /// Ends whatever is under way, now or `delay` from now.
  void drop(sc_core::sc_time delay);

 private:
  /// Runs one operation at a time in a thread of its own.
  struct Unit {
    Unit(DruOperations& owner, const AmcParams& params, DruShared& shared, unsigned actor);

    DruPort port;
    DruMacroUnit macro_unit;
    bool is_busy = false, waits_to_add = false;
    DruCommand command{};
    std::uint32_t index = 0;
    std::uint64_t number = 0;  ///< of the operation, in the order of the list
  };

  void run(Unit& unit);
  void end(Unit& unit, Outcome outcome);
  Outcome wait_to_add(Unit& unit);
  bool has_to_wait(const Unit& unit) const;
  Unit* idle_unit();
  void show() const;

  DruStorage& storage_;
  DruPort& port_;
  DruMonitor& monitor_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::uint64_t started_ = 0;
  std::optional<Failure> failure_;
  std::uint64_t failed_ = 0;  ///< number of the operation that failed
};

}  // namespace mho::amc
