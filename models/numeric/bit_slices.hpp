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
#include <type_traits>

namespace mho::numeric {

inline constexpr unsigned kDigitBits = 3;
/// Digits of a 32-bit word: ⌈32/3⌉.
inline constexpr unsigned kDigits = 11;
/// Magnitude bits of a word; the last is set by the least of all words only.
template <typename Word>
inline constexpr unsigned kPlanes = 8 * sizeof(Word);

template <typename Word>
inline constexpr std::make_unsigned_t<Word> magnitude(Word value) {
  using Unsigned = std::make_unsigned_t<Word>;
  return value < 0 ? Unsigned{0} - static_cast<Unsigned>(value) : static_cast<Unsigned>(value);
}

/// Signed digit of weight 8^slice, −7 … 7; slice below kDigits.
inline constexpr int digit(std::int32_t value, unsigned slice) {
  const auto bits = static_cast<int>((magnitude(value) >> (kDigitBits * slice)) & 7U);
  return value < 0 ? -bits : bits;
}

/// Signed bit of weight 2^plane, −1, 0 or 1; plane below kPlanes<Word>.
template <typename Word>
inline constexpr int plane_bit(Word value, unsigned plane) {
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
template <typename Word, typename Use>
void for_each_plane_read(std::span<const Word> x, std::size_t group, Use&& use) {
  for (std::size_t first = 0; first < x.size(); first += group) {
    const std::size_t count = std::min(group, x.size() - first);
    std::make_unsigned_t<Word> present = 0;
    for (const Word value : x.subspan(first, count)) present |= magnitude(value);
    for (unsigned plane = 0; plane < kPlanes<Word>; ++plane) {
      if ((present >> plane & 1U) != 0) use(PlaneRead{.plane = plane, .first = first, .count = count});
    }
  }
}

}  // namespace mho::numeric
