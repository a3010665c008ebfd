// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the refinement unit shows of itself: register STATUS and its waveforms.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "models/amc/dru_state.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

class DruMonitor {
 public:
  /// @param index  of the context; those behind the first are scopes of their own in the waveform
  DruMonitor(const tlm_base::Context& context, unsigned index) : context_(context) {
    if (!context.trace.enabled()) return;
    auto& trace = context_.trace;
    const std::string scope = index == 0 ? "amc.dru" : "amc.dru.context" + std::to_string(index);
    state_signal_ = trace.declare_bits(scope + ".state", 4);
    opcode_signal_ = trace.declare_bits(scope + ".opcode", 8);
    iteration_signal_ = trace.declare_bits(scope + ".iteration", 32);
    tile_signal_ = trace.declare_bits(scope + ".tile", 16);
    irq_signal_ = trace.declare_bits(scope + ".irq", 1);
    operations_signal_ = trace.declare_bits(scope + ".operations", 4);
    waves_[0] = trace.declare_real(scope + ".residual");
    waves_[1] = trace.declare_real(scope + ".correction");
    if (index == 0) energy_signal_ = trace.declare_real("amc.energy_total_joule");
  }

  DruState state() const { return state_; }
  std::uint8_t opcode() const { return opcode_; }
  std::uint32_t iteration() const { return iteration_; }

  void set_state(DruState state) {
    state_ = state;
    context_.trace.change(state_signal_, now_ps(), static_cast<std::uint64_t>(state));
  }
  void set_opcode(std::uint8_t opcode) {
    opcode_ = opcode;
    context_.trace.change(opcode_signal_, now_ps(), opcode);
  }
  void set_iteration(std::uint32_t iteration) {
    iteration_ = iteration;
    context_.trace.change(iteration_signal_, now_ps(), iteration);
    show_energy(now_ps());
  }
  void show_tile(std::uint32_t tile) { context_.trace.change(tile_signal_, now_ps(), tile); }
  /// @param wave  0 residual, 1 correction; others are not shown
  void show_wave(std::uint32_t wave, double value) {
    if (wave < 2) context_.trace.change_real(waves_[wave], now_ps(), value);
  }
  /// Operations on macros under way beside the list.
  void show_operations(unsigned count) { context_.trace.change(operations_signal_, now_ps(), count); }
  void show_irq(bool level, std::uint64_t time_ps) {
    context_.trace.change(irq_signal_, time_ps, level ? 1 : 0);
  }
  /// Energy of the whole chip. Bringing the ledger up to date changes no sum, so that looking changes
  /// nothing.
  void show_energy(std::uint64_t time_ps) {
    if (energy_signal_ == trace::kUntraced) return;
    context_.ledger.settle(time_ps);
    context_.trace.change_real(energy_signal_, time_ps, context_.ledger.total().in_joules());
  }

 private:
  static std::uint64_t now_ps() { return tlm_base::to_ps(sc_core::sc_time_stamp()); }

  tlm_base::Context context_;
  DruState state_ = DruState::kIdle;
  std::uint8_t opcode_ = 0;
  std::uint32_t iteration_ = 0;
  trace::SignalId state_signal_ = trace::kUntraced, opcode_signal_ = trace::kUntraced,
                  iteration_signal_ = trace::kUntraced, tile_signal_ = trace::kUntraced,
                  irq_signal_ = trace::kUntraced, operations_signal_ = trace::kUntraced,
                  energy_signal_ = trace::kUntraced;
  std::array<trace::SignalId, 2> waves_{trace::kUntraced, trace::kUntraced};
};

}  // namespace mho::amc
