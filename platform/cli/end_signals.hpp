// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Ctrl-C and SIGTERM as a wish to end a simulation, with its files written, and not mho at once.
#pragma once

#include <atomic>

namespace mho::platform::cli {

/// While it lives SIGINT and SIGTERM are noted; a second SIGINT does what it did before, which is to kill.
/// Calls that wait for input are interrupted. A signal that mho was told to ignore stays ignored. One object
/// at a time.
class EndSignals {
 public:
  EndSignals();
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  /// The number of the signal that came last; 0: none.
  const std::atomic<int>& received() const;
};

}  // namespace mho::platform::cli
