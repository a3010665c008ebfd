// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/cost/ledger.hpp"

#include <algorithm>
#include <utility>

#include "models/base/error.hpp"

namespace mho::cost {

std::string_view to_string(Phase phase) {
  constexpr std::array<std::string_view, kPhases> kNames{"boot",      "plan",  "program",
                                                         "reprogram", "solve", "verify"};
  return kNames.at(static_cast<std::size_t>(phase));
}

namespace {

[[noreturn, gnu::cold]] void refuse(ComponentId component, EnergyKind kind) {
  ensure(kind != EnergyKind::kStatic, "ledger: static energy is integrated from set_static_power()");
  throw InternalError(fmt::format("ledger: there is no component {}", component));
}

}  // namespace

ComponentId Ledger::add_component(std::string name) {
  ensure(std::ranges::none_of(components_, [&](const Component& c) { return c.name == name; }),
         "ledger: component '{}' registered twice", name);
  components_.push_back({.name = std::move(name)});
  return static_cast<ComponentId>(components_.size() - 1);
}

void Ledger::add(Component& component, EnergyKind kind, Energy amount) {
  component.spent[static_cast<std::size_t>(kind)] += amount;
  phase_energy_[static_cast<std::size_t>(phase_)] += amount;
  total_ += amount;
}

void Ledger::book(ComponentId component, EnergyKind kind, Energy amount, Purpose purpose) {
  if (kind == EnergyKind::kStatic || component >= components_.size()) [[unlikely]]
    refuse(component, kind);
  add(components_[component], kind, amount);
  (purpose.transaction == 0 ? execution_ : transactions_) += amount;
  if (purpose.job != 0) jobs_[purpose.job] += amount;
  if (listener_ && purpose.transaction != 0) listener_(component, kind, amount, purpose);
}

void Ledger::set_static_power(ComponentId component, Power power, std::uint64_t now_ps) {
  settle(now_ps);
  components_.at(component).static_power = power;
}

void Ledger::add_settler(std::function<void()> settle) {
  settlers_.push_back(std::move(settle));
}

void Ledger::settle(std::uint64_t now_ps) {
  const std::uint64_t duration_ps = now_ps > settled_ps_ ? now_ps - settled_ps_ : 0;
  settled_ps_ += duration_ps;
  phase_time_ps_[static_cast<std::size_t>(phase_)] += duration_ps;
  for (auto& component : components_) {
    const Energy leaked = component.static_power.over(duration_ps);
    add(component, EnergyKind::kStatic, leaked);
    background_ += leaked;
  }
  for (const auto& settle_owner : settlers_) settle_owner();
}

void Ledger::enter_phase(Phase phase, std::uint64_t now_ps) {
  settle(now_ps);
  phase_ = phase;
  if (phase_listener_) phase_listener_(phase, now_ps);
}

Energy Ledger::of_component(ComponentId component) const {
  Energy sum;
  for (const Energy e : components_.at(component).spent) sum += e;
  return sum;
}

Energy Ledger::of_component(ComponentId component, EnergyKind kind) const {
  return components_.at(component).spent[static_cast<std::size_t>(kind)];
}

Energy Ledger::of_kind(EnergyKind kind) const {
  Energy sum;
  for (const auto& component : components_) sum += component.spent[static_cast<std::size_t>(kind)];
  return sum;
}

Energy Ledger::of_job(std::uint32_t job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? Energy{} : found->second;
}

void Ledger::on_booking(std::function<void(ComponentId, EnergyKind, Energy, Purpose)> listener) {
  listener_ = std::move(listener);
}

bool Ledger::audit() const {
  Energy components, phases;
  for (std::size_t i = 0; i < components_.size(); ++i)
    components += of_component(static_cast<ComponentId>(i));
  for (const Energy e : phase_energy_) phases += e;
  return components == total_ && phases == total_ && transactions_ + execution_ + background_ == total_;
}

}  // namespace mho::cost
