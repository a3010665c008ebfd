// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which actor uses DAC banks, lanes of the ADC bank and macros. A request is granted as a whole,
// so that nobody holds one thing while it waits for another. Requests are served in the order in which they
// came; where the first lacks something, later ones overtake it, but only so often: then what it wants is
// kept for it, so that none starves. Short operations with one lane thus pass while a product waits for all
// of them. What has been granted is given back part by part, as soon as others can use it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/amc/dru_limits.hpp"
#include "models/amc/dru_turns.hpp"
#include "registers/adc.hpp"
#include "registers/dru.hpp"

namespace mho::amc {

/// What an operation on macros takes.
struct AnalogueRequest {
  std::span<const std::uint32_t> macros;  ///< as sources of ADC lanes, none twice, 1 … kMaxSlices
  unsigned lanes = 0;
  bool drives = false;  ///< takes a DAC bank
};

class DruArbiter {
 public:
  /// @param dac_banks  1 … 4
  DruArbiter(DruTurns& turns, unsigned dac_banks) : turns_(turns), dac_banks_(dac_banks) {}

  /// Enters a request for `actor`, which holds nothing and waits for nothing.
  void request(unsigned actor, const AnalogueRequest& request);
  /// If it is not granted yet, wakes `actor` when it is.
  bool is_granted(unsigned actor) const { return claims_[actor].state == State::kGranted; }
  /// Number of the lane that was granted as the `index`-th, in ascending order.
  unsigned lane(unsigned actor, unsigned index) const { return claims_[actor].lane[index]; }

  /// Number of the DAC bank that was granted.
  unsigned bank(unsigned actor) const { return claims_[actor].bank; }

  void release_dac(unsigned actor);
  /// The lane that was granted as the `index`-th.
  void release_lane(unsigned actor, unsigned index);
  /// Everything it still holds, or the request itself.
  void release(unsigned actor);

 private:
  enum class State { kNone, kWaiting, kGranted };
  struct Claim {
    State state = State::kNone;
    unsigned overtakings = 0;
    std::array<std::uint32_t, registers::dru::kMaxSlices> macro{};
    std::size_t macros = 0;
    unsigned lanes = 0;
    bool drives = false;
    unsigned bank = 0;  ///< held while drives
    std::array<unsigned, registers::dru::kMaxSlices> lane{};
    std::uint32_t held_lanes = 0;  ///< a bit each
  };
  /// Grants of later requests that one may see while it waits: as many reads as a buffer of a lane holds,
  /// which take about as long as reading the buffer out (A).
  static constexpr unsigned kMostOvertakings = registers::adc::kMaxReads;

  void serve();
  bool can_grant(std::size_t place) const;
  void grant(unsigned actor);
  void give_back_dac(Claim& claim);

  DruTurns& turns_;
  unsigned dac_banks_;
  std::array<Claim, kMostActors> claims_{};
  std::vector<unsigned> queue_;   ///< actors that wait, in the order in which they asked
  std::uint32_t busy_lanes_ = 0;  ///< a bit each
  std::uint32_t busy_banks_ = 0;  ///< a bit each
};

}  // namespace mho::amc
