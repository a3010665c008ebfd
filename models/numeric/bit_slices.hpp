// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How integers are cut into what the arrays and their drivers can hold: a matrix element into digits of three
// magnitude bits with its sign, a vector into planes of one magnitude bit with its sign.
//
//     value = sign · Σ_s 8^s · |digit(value, s)|,      x = sign · Σ_p 2^p · bit p of |x|
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mho::numeric {

inline constexpr unsigned kDigitBits = 3;
/// Digits of a 32-bit word: ⌈32/3⌉.
inline constexpr unsigned kDigits = 11;
/// Magnitude bits of a 32-bit word; the last is set by −2^31 only.
inline constexpr unsigned kPlanes = 32;

inline constexpr std::uint32_t magnitude(std::int32_t value) {
  return value < 0 ? 0U - static_cast<std::uint32_t>(value) : static_cast<std::uint32_t>(value);
}

/// Signed digit of weight 8^slice, −7 … 7; slice below kDigits.
inline constexpr int digit(std::int32_t value, unsigned slice) {
  const auto bits = static_cast<int>((magnitude(value) >> (kDigitBits * slice)) & 7U);
  return value < 0 ? -bits : bits;
}

/// Signed bit of weight 2^plane, −1, 0 or 1; plane below kPlanes.
inline constexpr int plane_bit(std::int32_t value, unsigned plane) {
  const auto bit = static_cast<int>((magnitude(value) >> plane) & 1U);
  return value < 0 ? -bit : bit;
}

/// One read of a bit-serial product: plane `plane` of the elements [first, first + count).
struct PlaneRead {
  unsigned plane = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Calls use(PlaneRead) for each group of `group` neighbouring elements (the last may be shorter) and each
/// plane of it that is not all zero: groups ascending, planes ascending within. `group` >= 1.
template <typename Use>
void for_each_plane_read(std::span<const std::int32_t> x, std::size_t group, Use&& use) {
  for (std::size_t first = 0; first < x.size(); first += group) {
    const std::size_t count = std::min(group, x.size() - first);
    std::uint32_t present = 0;
    for (const std::int32_t value : x.subspan(first, count)) present |= magnitude(value);
    for (unsigned plane = 0; plane < kPlanes; ++plane) {
      if ((present >> plane & 1U) != 0) use(PlaneRead{.plane = plane, .first = first, .count = count});
    }
  }
}

}  // namespace mho::numeric
