// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Energy and power as integers, so that sums do not depend on the order of the bookings: the same run gives
// the same joules to the last digit for every quantum, with traces on or off.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

#include "models/base/int128.hpp"

namespace mho {

/// An amount of energy in whole attojoules (1e-18 J). Range about ±1.7e20 J.
class Energy {
 public:
  constexpr Energy() = default;
  static constexpr Energy attojoules(int128_t value) { return Energy(value); }
  static constexpr Energy femtojoules(int128_t value) { return Energy(value * 1000); }
  /// Rounds to the nearest attojoule. |joules| must be below 9 J: a single booking, not a sum.
  static Energy joules(double joules) { return Energy(std::llround(joules * 1e18)); }

  constexpr int128_t in_attojoules() const { return attojoules_; }
  /// Correctly rounded: 1e18 is exact as a double, 1e-18 is not.
  constexpr double in_joules() const { return static_cast<double>(attojoules_) / 1e18; }

  constexpr Energy& operator+=(Energy other) {
    attojoules_ += other.attojoules_;
    return *this;
  }
  constexpr Energy& operator-=(Energy other) {
    attojoules_ -= other.attojoules_;
    return *this;
  }
  friend constexpr Energy operator+(Energy a, Energy b) { return a += b; }
  friend constexpr Energy operator-(Energy a, Energy b) { return a -= b; }
  friend constexpr Energy operator*(Energy a, std::uint64_t count) {
    return Energy(a.attojoules_ * static_cast<int128_t>(count));
  }
  constexpr bool operator==(const Energy&) const = default;
  constexpr auto operator<=>(const Energy&) const = default;

 private:
  explicit constexpr Energy(int128_t value) : attojoules_(value) {}
  int128_t attojoules_ = 0;
};

/// A constant power in whole microwatts: 1 µW over 1 ps is exactly 1 aJ, so integration over time is exact.
class Power {
 public:
  constexpr Power() = default;
  static constexpr Power microwatts(std::int64_t value) { return Power(value); }
  /// Rounds to the nearest microwatt.
  static Power watts(double watts) { return Power(std::llround(watts * 1e6)); }

  constexpr double in_watts() const { return static_cast<double>(microwatts_) * 1e-6; }
  /// Energy over `duration_ps` picoseconds.
  constexpr Energy over(std::uint64_t duration_ps) const {
    return Energy::attojoules(static_cast<int128_t>(microwatts_) * static_cast<int128_t>(duration_ps));
  }

  friend constexpr Power operator+(Power a, Power b) { return Power(a.microwatts_ + b.microwatts_); }
  constexpr bool operator==(const Power&) const = default;

 private:
  explicit constexpr Power(std::int64_t value) : microwatts_(value) {}
  std::int64_t microwatts_ = 0;
};

}  // namespace mho
