// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_operations.hpp"

#include <algorithm>

#include "models/amc/dru_limits.hpp"

namespace mho::amc {

namespace reg = registers::dru;

namespace {

DruOpcode opcode_of(const DruCommand& command) {
  return static_cast<DruOpcode>(command.opcode);
}

bool writes_slot(const DruCommand& operation) {
  return opcode_of(operation) != DruOpcode::kHpMvm;
}

bool adds_to_slot(const DruCommand& operation) {
  constexpr std::uint32_t kAdds = reg::kFlagAccumulate | reg::kFlagSubtract;
  return opcode_of(operation) == DruOpcode::kMvm && (operation.flags & kAdds) != 0;
}

bool writes_same_slot(const DruCommand& a, const DruCommand& b) {
  return writes_slot(a) && writes_slot(b) && a.dst == b.dst;
}

bool operation_depends_on(const DruCommand& later, const DruCommand& earlier) {
  if (later.b == earlier.b) return true;
  if (writes_slot(earlier) && later.a == earlier.dst) return true;
  if (writes_slot(later) && later.dst == earlier.a) return true;
  return writes_same_slot(later, earlier) && !(adds_to_slot(later) && adds_to_slot(earlier));
}

bool vector_depends_on(const DruCommand& later, const DruCommand& earlier) {
  const bool touches_result = later.dst == earlier.dst || later.a == earlier.dst || later.b == earlier.dst;
  return (writes_slot(earlier) && touches_result) || later.dst == earlier.a;
}

}  // namespace

bool depends_on(const DruCommand& later, const DruCommand& earlier) {
  if (DruMacroUnit::takes(later)) return operation_depends_on(later, earlier);
  switch (opcode_of(later)) {
    case DruOpcode::kNop:
    case DruOpcode::kJump:
    case DruOpcode::kCall:
    case DruOpcode::kReturn:
    case DruOpcode::kLoop:
    case DruOpcode::kBranchLe:
      return false;
    case DruOpcode::kSlice:
    case DruOpcode::kJoin:
    case DruOpcode::kAdd:
    case DruOpcode::kScale:
    case DruOpcode::kMultiply:
    case DruOpcode::kDot:
    case DruOpcode::kNorm2:
    case DruOpcode::kAxpy:
      return vector_depends_on(later, earlier);
    default:
      return true;
  }
}

DruOperations::Unit::Unit(DruOperations& owner, const AmcParams& params, DruShared& shared, unsigned actor)
    : port(shared, actor, params),
      macro_unit(shared.capabilities, owner.storage_, port, owner.monitor_,
                 [&owner, this] { return owner.wait_to_add(*this); }) {}

DruOperations::DruOperations(const AmcParams& params, DruShared& shared, unsigned context,
                             DruStorage& storage, DruPort& port, DruMonitor& monitor)
    : storage_(storage), port_(port), monitor_(monitor) {
  if (params.dru.operations == 1) return;
  sc_core::sc_spawn_options options;
  options.set_stack_size(kThreadStackBytes);
  for (unsigned u = 0; u < params.dru.operations; ++u) {
    units_.push_back(std::make_unique<Unit>(*this, params, shared, sequencer_of(context) + 1 + u));
    sc_core::sc_spawn([this, unit = units_.back().get()] { run(*unit); }, nullptr, &options);
  }
}

void DruOperations::run(Unit& unit) {
  for (;;) {
    while (!unit.is_busy) unit.port.sleep();
    end(unit, unit.macro_unit.execute(unit.command));
  }
}

void DruOperations::end(Unit& unit, Outcome outcome) {
  if (!outcome.ok() && (!failure_ || unit.number < failed_)) {
    failure_ = {.outcome = outcome, .index = unit.index};
    failed_ = unit.number;
  }
  unit.is_busy = false;
  show();
  port_.wake(sc_core::SC_ZERO_TIME);
  for (const auto& other : units_) {
    if (other->waits_to_add) other->port.wake(sc_core::SC_ZERO_TIME);
  }
}

/// Is one under way that adds to the same slot and comes before it?
bool DruOperations::has_to_wait(const Unit& unit) const {
  return std::ranges::any_of(units_, [&](const auto& other) {
    return other->is_busy && other->number < unit.number && writes_same_slot(other->command, unit.command);
  });
}

Outcome DruOperations::wait_to_add(Unit& unit) {
  unit.waits_to_add = true;
  while (!unit.port.is_dropped() && has_to_wait(unit)) unit.port.sleep();
  unit.waits_to_add = false;
  return {unit.port.is_dropped() ? DruStatus::kNotRun : DruStatus::kOk, 0};
}

Outcome DruOperations::wait_for(const DruCommand& command) {
  const auto is_open = [&](const auto& unit) { return unit->is_busy && depends_on(command, unit->command); };
  const auto lacks_room = [&] {
    return can_overlap() && DruMacroUnit::takes(command) && idle_unit() == nullptr;
  };
  while (!port_.is_dropped() && (std::ranges::any_of(units_, is_open) || lacks_room())) port_.sleep();
  return {port_.is_dropped() ? DruStatus::kNotRun : DruStatus::kOk, 0};
}

DruOperations::Unit* DruOperations::idle_unit() {
  const auto found = std::ranges::find_if(units_, [](const auto& unit) { return !unit->is_busy; });
  return found == units_.end() ? nullptr : found->get();
}

void DruOperations::start(const DruCommand& command, std::uint32_t index) {
  Unit& unit = *idle_unit();
  unit.command = command;
  unit.index = index;
  unit.number = started_++;
  unit.is_busy = true;
  unit.port.begin(port_.job());
  unit.port.limit(port_.deadline_ps());
  unit.port.wake(sc_core::SC_ZERO_TIME);
  show();
}

void DruOperations::finish() {
  const auto is_busy = [](const auto& unit) { return unit->is_busy; };
  while (std::ranges::any_of(units_, is_busy)) port_.sleep();
}

void DruOperations::drop(sc_core::sc_time delay) {
  for (const auto& unit : units_) unit->port.drop(delay);
}

void DruOperations::show() const {
  const auto busy = std::ranges::count_if(units_, [](const auto& unit) { return unit->is_busy; });
  monitor_.show_operations(static_cast<unsigned>(busy));
}

}  // namespace mho::amc
