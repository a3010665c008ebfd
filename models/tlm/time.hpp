// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Simulated time as integers: the kernel's resolution is 1 ps throughout.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <systemc>

namespace mho::tlm_base {

inline std::uint64_t to_ps(const sc_core::sc_time& time) {
  return time.value();
}
inline sc_core::sc_time from_ps(std::uint64_t ps) {
  return sc_core::sc_time::from_value(ps);
}
/// Rounds up to the next picosecond, so that no delay is lost.
inline sc_core::sc_time from_seconds(double seconds) {
  return from_ps(static_cast<std::uint64_t>(std::ceil(seconds * 1e12 - 1e-6)));
}
/// The moment at which a target sees a transaction: the kernel's time plus the annotated delay.
inline std::uint64_t now_ps(const sc_core::sc_time& delay) {
  return to_ps(sc_core::sc_time_stamp() + delay);
}

/// A shared resource under loosely timed access: occupied until a known moment.
class Occupancy {
 public:
  /// Takes the resource for `duration_ps` at `now_ps` or as soon as it is free; returns the moment it is
  /// granted.
  std::uint64_t reserve(std::uint64_t now_ps, std::uint64_t duration_ps) {
    const std::uint64_t start_ps = std::max(now_ps, busy_until_ps_);
    busy_until_ps_ = start_ps + duration_ps;
    return start_ps;
  }
  std::uint64_t busy_until_ps() const { return busy_until_ps_; }

 private:
  std::uint64_t busy_until_ps_ = 0;
};

}  // namespace mho::tlm_base
