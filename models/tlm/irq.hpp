// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Interrupt lines as direct calls. An sc_signal would take effect a delta cycle later, which a temporally
// decoupled CPU would notice or not depending on its quantum; a call takes effect at once, always.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

namespace mho::tlm_base {

/// The source's end of a level-sensitive interrupt line. Unconnected lines are legal and do nothing.
class IrqLine {
 public:
  /// `set_level(level, time_ps)` is called on every change of the level, with the simulated time of the
  /// change.
  void connect(std::function<void(bool, std::uint64_t)> set_level) { set_level_ = std::move(set_level); }

  void set(bool level, std::uint64_t time_ps) {
    if (level == level_) return;
    level_ = level;
    if (set_level_) set_level_(level, time_ps);
  }
  bool level() const { return level_; }

 private:
  std::function<void(bool, std::uint64_t)> set_level_;
  bool level_ = false;
};

}  // namespace mho::tlm_base
