// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A SystemC kernel of its own for each machine, so that one process can simulate several machines one after
// the other. Not more than one at a time: SystemC keeps the current kernel in a process-wide variable.
#pragma once

#include <systemc>

namespace mho::platform {

class Kernel {
 public:
  Kernel();
  /// Everything that belongs to the kernel must have been destroyed before.
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  /// Runs until a process calls sc_pause() or nothing is left to do.
  void run();

  /// Ends all processes and unwinds their stacks, so that what they hold is released. Nothing runs
  /// afterwards.
  void end_processes();

 private:
  sc_core::sc_simcontext* previous_;
  sc_core::sc_simcontext* context_;
  sc_core::sc_event* end_ = nullptr;
};

}  // namespace mho::platform
