// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The one ledger of energy. Whoever spends energy books it here, with the component, the kind, the
// transaction and the job that it was for. No time passes here and no SystemC is needed: a moment is a
// number of picoseconds since reset.
//
// Invariant (held by audit()): Σ transactions + Σ execution + Σ background = Σ components = total.
//   transactions   everything booked for a bus transaction (id > 0), at whatever component
//   execution      instructions retired by the CPU, which are not bus transactions (id 0)
//   background     static power integrated over time
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/base/energy.hpp"

namespace mho::cost {

enum class EnergyKind : std::uint8_t { kDynamic, kStatic, kWrite };
inline constexpr std::size_t kEnergyKinds = 3;

/// What the machine is busy with, as the driver declares it (register PHASE of the telemetry block).
enum class Phase : std::uint8_t { kBoot, kPlan, kProgram, kReprogram, kSolve, kVerify };
inline constexpr std::size_t kPhases = 6;
std::string_view to_string(Phase phase);

/// Why energy is spent: the bus transaction (0: none) and the job (0: none) behind it.
struct Purpose {
  std::uint64_t transaction = 0;
  std::uint32_t job = 0;
};

using ComponentId = std::uint16_t;

class Ledger {
 public:
  /// Registers a component under a unique dotted name such as "amc.mvm_macros". Throws InternalError when
  /// taken.
  ComponentId add_component(std::string name);

  /// A number for a new bus transaction, counted up from 1; of several new ones, that of the last.
  std::uint64_t next_transaction(std::uint64_t count = 1) { return last_transaction_ += count; }

  /// Books one amount. Throws InternalError for kStatic (see set_static_power()) and an unknown component.
  void book(ComponentId component, EnergyKind kind, Energy amount, Purpose purpose);

  /// From `now_ps` on, `component` draws `power` whatever it does. Integrated when it changes and when asked.
  void set_static_power(ComponentId component, Power power, std::uint64_t now_ps);

  /// A function that books what its owner has spent up to now and not yet booked (the CPU counts instructions
  /// and books them in bulk). Called before every reading and every change of phase.
  void add_settler(std::function<void()> settle);

  /// Ends the current phase at `now_ps` and starts another. Time and energy of a phase add up over its
  /// visits.
  void enter_phase(Phase phase, std::uint64_t now_ps);
  Phase phase() const { return phase_; }
  /// Called whenever a phase has been entered, be it the same as before. One at most.
  void on_phase(std::function<void(Phase, std::uint64_t now_ps)> listener) {
    phase_listener_ = std::move(listener);
  }

  /// Brings static power and bulk bookings up to `now_ps`. Readings below are exact as of the last settle().
  /// A moment before the last one (a target reached through a slower path) integrates nothing.
  void settle(std::uint64_t now_ps);

  Energy total() const { return total_; }
  Energy of_component(ComponentId component) const;
  Energy of_component(ComponentId component, EnergyKind kind) const;
  Energy of_kind(EnergyKind kind) const;
  Energy of_phase(Phase phase) const { return phase_energy_[static_cast<std::size_t>(phase)]; }
  std::uint64_t time_of_phase_ps(Phase phase) const {
    return phase_time_ps_[static_cast<std::size_t>(phase)];
  }
  Energy of_transactions() const { return transactions_; }
  Energy of_execution() const { return execution_; }
  Energy of_background() const { return background_; }
  /// Energy booked for a job over all components, background excluded. 0 for an unknown job.
  Energy of_job(std::uint32_t job) const;

  std::size_t component_count() const { return components_.size(); }
  const std::string& component_name(ComponentId component) const { return components_.at(component).name; }

  /// Called for every dynamic or write booking that has a transaction, for the transaction log. One at most.
  void on_booking(std::function<void(ComponentId, EnergyKind, Energy, Purpose)> listener);

  /// True if the invariant above holds to the last attojoule.
  bool audit() const;

 private:
  struct Component {
    std::string name;
    std::array<Energy, kEnergyKinds> spent{};
    Power static_power{};
  };

  void add(Component& component, EnergyKind kind, Energy amount);

  std::vector<Component> components_;
  std::vector<std::function<void()>> settlers_;
  std::function<void(ComponentId, EnergyKind, Energy, Purpose)> listener_;
  std::function<void(Phase, std::uint64_t)> phase_listener_;
  std::unordered_map<std::uint32_t, Energy> jobs_;
  std::array<Energy, kPhases> phase_energy_{};
  std::array<std::uint64_t, kPhases> phase_time_ps_{};
  Phase phase_ = Phase::kBoot;
  std::uint64_t settled_ps_ = 0;
  std::uint64_t last_transaction_ = 0;
  Energy total_, transactions_, execution_, background_;
};

}  // namespace mho::cost
