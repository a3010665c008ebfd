// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Counter-based randomness: a draw is a pure function of its coordinates, never of the order of the calls.
// Generator: Philox4x32-10 (Salmon et al., SC'11) from Random123.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace mho {

/// What a draw is for. Part of the key: two purposes never share a stream. Values are stable; append only.
enum class RandomPurpose : std::uint32_t {
  kWorkload = 0,
  kCellInitial = 1,
  kCellPulse = 2,
  kCellVerify = 3,
  kCellFinal = 4,
  kOpampOffset = 5,
  kDacGain = 6,
  kDacOffset = 7,
  kDacNoise = 8,
  kAdcGain = 9,
  kAdcOffset = 10,
  kAdcNoise = 11,
  kReadNoise = 12,
  kCellResponse = 13,
  kCellStatistic = 14,
  kTelegraphTrap = 15,
  kTelegraphState = 16,
  kCellRetention = 17,
  kCellEndurance = 18,
  kCellFault = 19,
  kAdcStep = 20,
  kDacStep = 21,
  kOpampNoise = 22,
  kCellSliceRead = 23,
  kTest = 100,
};

/// The place of a draw: which unit (macro, channel, …), row and column in it.
struct RandomCoordinates {
  std::uint32_t unit = 0;
  std::uint16_t row = 0;
  std::uint16_t column = 0;
};

/// Draws that are pure functions of (seed, purpose, coordinates, counter). Cheap to copy, no state,
/// thread-safe.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : seed_(seed) {}

  /// Four independent 32-bit words. Counters 0 … 2^32−1.
  std::array<std::uint32_t, 4> words(RandomPurpose purpose, RandomCoordinates at,
                                     std::uint32_t counter) const;

  /// Uniform in the open interval (0, 1), 32-bit resolution.
  double uniform(RandomPurpose purpose, RandomCoordinates at, std::uint32_t counter) const;

  /// Standard normal (Box–Muller on two words).
  double normal(RandomPurpose purpose, RandomCoordinates at, std::uint32_t counter) const;

  /// Four independent standard normals for the price of one generator call: for the inner loops.
  std::array<double, 4> normals(RandomPurpose purpose, RandomCoordinates at, std::uint32_t counter) const;

  std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
};

}  // namespace mho
