// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_turns.hpp"

#include <algorithm>

#include "models/tlm/time.hpp"

namespace mho::amc {
namespace {

std::uint64_t now_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

}  // namespace

DruTurns::DruTurns(sc_core::sc_module_name name) : sc_module(name) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&next_);
  sc_core::sc_spawn([this] { next_turn(); }, "next_turn", &options);
}

void DruTurns::sleep_until(unsigned context, std::uint64_t at_ps) {
  due_ps_[context] = at_ps;
  is_asleep_[context] = true;
  arm();
  sc_core::wait(turn_[context]);
}

void DruTurns::wake(unsigned context, std::uint64_t at_ps) {
  if (!is_asleep_[context]) return;
  due_ps_[context] = std::min(due_ps_[context], at_ps);
  arm();
}

/// The kernel keeps the earliest notification, so that one too many does no harm.
void DruTurns::arm() {
  std::uint64_t first_ps = kNever;
  for (unsigned c = 0; c < kMostContexts; ++c) {
    if (is_asleep_[c]) first_ps = std::min(first_ps, due_ps_[c]);
  }
  if (first_ps == kNever) return;
  const std::uint64_t now = now_ps();
  next_.notify(first_ps > now ? tlm_base::from_ps(first_ps - now) : sc_core::SC_ZERO_TIME);
}

void DruTurns::next_turn() {
  const std::uint64_t now = now_ps();
  for (unsigned c = 0; c < kMostContexts; ++c) {
    if (!is_asleep_[c] || due_ps_[c] > now) continue;
    is_asleep_[c] = false;
    turn_[c].notify();
    break;
  }
  arm();
}

}  // namespace mho::amc
