// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_turns.hpp"

#include <algorithm>
#include <bit>

#include "models/tlm/time.hpp"

namespace mho::amc {
namespace {

std::uint64_t now_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

constexpr std::uint64_t bit(unsigned actor) {
  return std::uint64_t{1} << actor;
}
unsigned lowest(std::uint64_t actors) {
  return static_cast<unsigned>(std::countr_zero(actors));
}

static_assert(kMostActors <= 64, "a bit each");

}  // namespace

DruTurns::DruTurns(sc_core::sc_module_name name) : sc_module(name) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&next_);
  sc_core::sc_spawn([this] { next_turn(); }, "next_turn", &options);
}

void DruTurns::sleep_until(unsigned actor, std::uint64_t at_ps) {
  due_ps_[actor] = at_ps;
  asleep_ |= bit(actor);
  arm();
  sc_core::wait(turn_[actor]);
}

void DruTurns::wake(unsigned actor, std::uint64_t at_ps) {
  if ((asleep_ & bit(actor)) == 0) return;
  due_ps_[actor] = std::min(due_ps_[actor], at_ps);
  arm();
}

/// The kernel keeps the earliest notification, so that one too many does no harm.
void DruTurns::arm() {
  std::uint64_t first_ps = kNever;
  for (std::uint64_t left = asleep_; left != 0; left &= left - 1)
    first_ps = std::min(first_ps, due_ps_[lowest(left)]);
  if (first_ps == kNever) return;
  const std::uint64_t now = now_ps();
  next_.notify(first_ps > now ? tlm_base::from_ps(first_ps - now) : sc_core::SC_ZERO_TIME);
}

void DruTurns::next_turn() {
  const std::uint64_t now = now_ps();
  for (std::uint64_t left = asleep_; left != 0; left &= left - 1) {
    const unsigned actor = lowest(left);
    if (due_ps_[actor] > now) continue;
    asleep_ &= ~bit(actor);
    turn_[actor].notify();
    break;
  }
  arm();
}

}  // namespace mho::amc
