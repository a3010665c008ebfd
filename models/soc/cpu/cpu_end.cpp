// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How a run of the CPU ends: by the guest, the host, a signal or because nothing can go on.
#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/cpu.hpp"

namespace mho::soc {

void Cpu::request_stop(StopCause cause, int exit_code, std::string text) {
  if (is_stop_requested_) return;
  is_stop_requested_ = true;
  stop_.cause = cause;
  stop_.exit_code = exit_code;
  stop_.text = std::move(text);
  if (is_sleeping_) wake_.notify(sc_core::SC_ZERO_TIME);
}

void Cpu::request_stop_by_signal() {
  // Shells give 128 and the number of the signal to a program that one has ended.
  constexpr int kSignalExit = 128;
  const int signal = *options_.signal;
  request_stop(StopCause::kSignal, kSignalExit + signal,
               fmt::format("signal {} ({}) was received", signal, strsignal(signal)));
}

std::string Cpu::describe_hang(StopCause cause) const {
  const riscv::LastTrap& trap = core_->last_trap();
  if (cause == StopCause::kSleepsForever) {
    return fmt::format("wfi before pc {:#010x} sleeps for ever: {}", core_->pc(),
                       core_->csrs().enabled_lines() == 0 ? "no interrupt is enabled in mie"
                                                          : "nothing is left that could raise an interrupt");
  }
  if (cause == StopCause::kJumpsToItself) {
    return fmt::format("the jump to itself at pc {:#010x} cannot end: {}", core_->pc(),
                       core_->csrs().interrupts_enabled() && core_->csrs().enabled_lines() != 0
                           ? "nothing is left that could raise an interrupt"
                           : "no interrupt is enabled");
  }
  return fmt::format(
      "the trap handler traps for ever: mcause {}, mtval {:#010x} at pc {:#010x}, handler at {:#010x}",
      trap.cause, trap.value, trap.pc, core_->pc());
}

void Cpu::report_hang(StopCause cause) {
  if (debugger_ == nullptr) {
    request_stop(cause, 0, describe_hang(cause));
  } else if (!is_stepping_ || cause == StopCause::kSleepsForever) {
    debugger_->stalled(describe_hang(cause));
  }
}

void Cpu::finish() {
  synchronise();
  stop_.pc = stop_.cause == StopCause::kTrapLoop ? core_->last_trap().pc : core_->pc();
  stop_.time_ps = local_time_ps();
  if (stop_listener_) stop_listener_(stop_);
}

}  // namespace mho::soc
