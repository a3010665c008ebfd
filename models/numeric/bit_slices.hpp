// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How integers are cut into what the arrays and their drivers can hold: digits of some magnitude bits with
// the sign of the number. A matrix element becomes digits of as many bits as a cell holds, one for each slice
// of it; an element of a vector becomes digits of as many bits as a read drives.
//
//     value = sign · Σ_s 2^(bits·s) · |digit(value, s)|
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace mho::numeric {

/// Most bits of a digit, of matrices and of vectors.
inline constexpr unsigned kMostDigitBits = 4;
/// Magnitude bits of a word; the last is set by the least of all words only.
template <typename Word>
inline constexpr unsigned kMagnitudeBits = 8 * sizeof(Word);

/// Digits of `bits` bits that hold any word.
template <typename Word>
inline constexpr unsigned digit_count(unsigned bits) {
  return (kMagnitudeBits<Word> + bits - 1) / bits;
}

/// 2^bits − 1.
inline constexpr int largest_digit(unsigned bits) {
  return (1 << bits) - 1;
}

template <typename Word>
inline constexpr std::make_unsigned_t<Word> magnitude(Word value) {
  using Unsigned = std::make_unsigned_t<Word>;
  return value < 0 ? Unsigned{0} - static_cast<Unsigned>(value) : static_cast<Unsigned>(value);
}

/// Signed digit number `index` of `bits` bits, of weight 2^(bits·index); index below digit_count<Word>(bits),
/// bits 1 … kMostDigitBits.
template <typename Word>
inline constexpr int digit(Word value, unsigned index, unsigned bits) {
  const auto magnitude_digit = static_cast<int>((magnitude(value) >> (bits * index)) & ((1U << bits) - 1U));
  return value < 0 ? -magnitude_digit : magnitude_digit;
}

/// One read of a digit-serial product: digit number `digit` of the elements [first, first + count).
struct DigitRead {
  unsigned digit = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Calls use(DigitRead) for each group of `group` neighbouring elements (the last may be shorter) and each
/// digit of `bits` bits that is not 0 in all of them: groups ascending, digits ascending within. `group`
/// >= 1.
template <typename Word, typename Use>
void for_each_digit_read(std::span<const Word> x, std::size_t group, unsigned bits, Use&& use) {
  for (std::size_t first = 0; first < x.size(); first += group) {
    const std::size_t count = std::min(group, x.size() - first);
    std::make_unsigned_t<Word> present = 0;
    for (const Word value : x.subspan(first, count)) present |= magnitude(value);
    for (unsigned d = 0; d < digit_count<Word>(bits); ++d) {
      if ((present >> (bits * d) & ((1U << bits) - 1U)) != 0)
        use(DigitRead{.digit = d, .first = first, .count = count});
    }
  }
}

}  // namespace mho::numeric
