// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One line on a terminal that says what a long simulation is busy with. Watches the ledger's bookings,
// several times a second at most, and changes nothing. Silent while the CPU computes without touching any
// device.
#pragma once

#include <chrono>
#include <cstdint>

#include "platform/chip.hpp"

namespace mho::platform::cli {

class Progress {
 public:
  /// Takes the ledger's booking listener. The chip outlives the object's start() … finish().
  void start(Chip& chip);
  /// Clears the line.
  void finish();

  /// True when stderr is a terminal.
  static bool is_wanted();

 private:
  void show();

  Chip* chip_ = nullptr;
  std::uint64_t bookings_ = 0;
  bool has_shown_ = false;
  std::chrono::steady_clock::time_point begin_, last_;
};

}  // namespace mho::platform::cli
