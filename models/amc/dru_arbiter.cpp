// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_arbiter.hpp"

#include <algorithm>
#include <bit>

#include "models/tlm/time.hpp"

namespace mho::amc {

void DruArbiter::request(unsigned actor, const AnalogueRequest& request) {
  Claim& claim = claims_[actor];
  claim = {};
  claim.state = State::kWaiting;
  claim.lanes = request.lanes;
  claim.drives = request.drives;
  claim.macros = request.macros.size();
  std::ranges::copy(request.macros, claim.macro.begin());
  queue_.push_back(actor);
  serve();
}

/// Is everything free that `wanted` takes, and nothing of it kept for an earlier request?
bool DruArbiter::can_grant(std::size_t place) const {
  const Claim& wanted = claims_[queue_[place]];
  unsigned lanes = wanted.lanes + static_cast<unsigned>(std::popcount(busy_lanes_));
  unsigned banks = (wanted.drives ? 1 : 0) + static_cast<unsigned>(std::popcount(busy_banks_));
  const auto shares_a_macro = [&](const Claim& other) {
    const auto wants = [&](std::uint32_t macro) {
      return std::ranges::count(std::span(wanted.macro).first(wanted.macros), macro) > 0;
    };
    return std::ranges::any_of(std::span(other.macro).first(other.macros), wants);
  };
  for (const Claim& other : claims_) {
    if (other.state == State::kGranted && shares_a_macro(other)) return false;
  }
  for (const unsigned actor : std::span(queue_).first(place)) {
    const Claim& earlier = claims_[actor];
    if (earlier.overtakings < kMostOvertakings) continue;
    if (shares_a_macro(earlier)) return false;
    lanes += earlier.lanes;
    banks += earlier.drives ? 1 : 0;
  }
  return (wanted.lanes == 0 || lanes <= registers::adc::kLanes) && (!wanted.drives || banks <= dac_banks_);
}

void DruArbiter::serve() {
  for (std::size_t place = 0; place < queue_.size();) {
    if (!can_grant(place)) {
      ++place;
      continue;
    }
    grant(queue_[place]);
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(place));
    for (const unsigned earlier : std::span(queue_).first(place)) ++claims_[earlier].overtakings;
  }
}

void DruArbiter::grant(unsigned actor) {
  Claim& claim = claims_[actor];
  claim.state = State::kGranted;
  if (claim.drives) {
    claim.bank = static_cast<unsigned>(std::countr_one(busy_banks_));
    busy_banks_ |= 1U << claim.bank;
  }
  unsigned lane = 0;
  for (unsigned i = 0; i < claim.lanes; ++lane) {
    if ((busy_lanes_ >> lane & 1U) != 0) continue;
    busy_lanes_ |= 1U << lane;
    claim.held_lanes |= 1U << lane;
    claim.lane[i++] = lane;
  }
  turns_.wake(actor, tlm_base::to_ps(sc_core::sc_time_stamp()));
}

void DruArbiter::give_back_dac(Claim& claim) {
  if (claim.state == State::kGranted && claim.drives) busy_banks_ &= ~(1U << claim.bank);
  claim.drives = false;
}

void DruArbiter::release_dac(unsigned actor) {
  give_back_dac(claims_[actor]);
  serve();
}

void DruArbiter::release_lane(unsigned actor, unsigned index) {
  Claim& claim = claims_[actor];
  const std::uint32_t bit = 1U << claim.lane[index];
  busy_lanes_ &= ~bit;
  claim.held_lanes &= ~bit;
  serve();
}

void DruArbiter::release(unsigned actor) {
  Claim& claim = claims_[actor];
  if (claim.state == State::kNone) return;
  give_back_dac(claim);
  busy_lanes_ &= ~claim.held_lanes;
  if (claim.state == State::kWaiting) std::erase(queue_, actor);
  claim = {};
  serve();
}

}  // namespace mho::amc
