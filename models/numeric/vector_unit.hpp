// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The arithmetic of the refinement unit's vector unit: vectors of 32-bit or 64-bit words with one exponent,
// scalars with a 63-bit mantissa. Every operation is exact up to one rounding at its end, half away from
// zero.
//
//     value of element i   words[i] · 2^exponent
//     normalised           max |word| in [2^30, 2^31), wide vectors [2^61, 2^62); rounding that would give
//                          the upper end takes the next exponent and rounds the exact value again; a vector
//                          of zeros has exponent 0
//
// Multipliers take 32-bit words; wide vectors are only added to, measured and narrowed.
//
// A vector of zeros has no magnitude, so its exponent never decides anything. No time, no energy and no
// memory limit here: that is models/amc.
#pragma once

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/base/int128.hpp"

namespace mho::numeric {

using int256_t = boost::multiprecision::int256_t;

/// Fixed-point vector with a common power of two.
template <typename Word>
struct BlockVector {
  std::int32_t exponent = 0;
  std::vector<Word> words;

  bool is_zero() const {
    return std::ranges::all_of(words, [](Word word) { return word == 0; });
  }
};

using FixedVector = BlockVector<std::int32_t>;
using WideVector = BlockVector<std::int64_t>;

/// The same vector in wide words, not normalised.
WideVector widened(const FixedVector& a);

/// mantissa · 2^exponent; the mantissa is 0 or its magnitude lies in [2^62, 2^63).
struct FixedScalar {
  std::int64_t mantissa = 0;
  std::int32_t exponent = 0;
  bool operator==(const FixedScalar&) const = default;
};

// All operations below: `out` must not be one of the operands; its storage is reused. The return value is
// false if the exponent of the result leaves 32 bits, and `out` is then unspecified. Sizes must agree where
// it says so: the caller checks, a violation is an InternalError.

/// out = the integers `values` · 2^exponent, normalised. |values| < 2^127.
[[nodiscard]] bool normalise(std::span<const int128_t> values, std::int64_t exponent, FixedVector& out);
[[nodiscard]] bool normalise_wide(std::span<const int256_t> values, std::int64_t exponent, FixedVector& out);

/// out = a + b or a − b, normalised; equal sizes. When the exponents differ by more than 64, the operand with
/// the smaller exponent counts as 0.
[[nodiscard]] bool add(const FixedVector& a, const FixedVector& b, bool subtract, FixedVector& out);

/// The same of wide vectors; when the exponents differ by more than 128, the smaller operand counts as 0.
[[nodiscard]] bool add_wide(const WideVector& a, const WideVector& b, bool subtract, WideVector& out);
[[nodiscard]] bool add_wide(const WideVector& a, const WideVector& b, bool subtract, FixedVector& out);

/// out = a, normalised to words of 32 bits.
[[nodiscard]] bool narrow(const WideVector& a, FixedVector& out);

/// out = the elements of a, then those of b, normalised together.
[[nodiscard]] bool join(const FixedVector& a, const FixedVector& b, FixedVector& out);

/// out = a · factor · 2^exponent, normalised.
[[nodiscard]] bool scale(const FixedVector& a, std::int32_t factor, std::int32_t exponent, FixedVector& out);

/// out_i = a_i · b_i, normalised; equal sizes.
[[nodiscard]] bool multiply(const FixedVector& a, const FixedVector& b, FixedVector& out);

/// Σ a_i · b_i; equal sizes, at most 2^32 elements.
[[nodiscard]] bool dot(const FixedVector& a, const FixedVector& b, FixedScalar& out);

/// Σ (a_i · 2^w_i)². Elements are first rounded to 31 bits relative to the largest weighted one.
/// @param weights  as many as elements, or empty for zeros
[[nodiscard]] bool norm2(const FixedVector& a, std::span<const std::int32_t> weights, FixedScalar& out);
[[nodiscard]] bool norm2_wide(const WideVector& a, std::span<const std::int32_t> weights, FixedScalar& out);

/// a / b; 0 if b is 0.
[[nodiscard]] bool divide(const FixedScalar& a, const FixedScalar& b, FixedScalar& out);

/// out = a + s·b or a − s·b, normalised; equal sizes. The scalar counts with 31 bits: one 32 × 32 multiplier
/// an element. When the exponents differ by more than 160, the operand with the smaller one counts as 0.
[[nodiscard]] bool multiply_add(const FixedVector& a, const FixedScalar& s, const FixedVector& b,
                                bool subtract, FixedVector& out);

/// a <= b · 2^shift, exactly.
bool less_equal(const FixedScalar& a, const FixedScalar& b, std::int32_t shift);

/// √(a/b) as a double, for display only; 0 if b is 0.
double square_root_of_ratio(const FixedScalar& a, const FixedScalar& b);

/// What one code of a converter is worth: mantissa · 2^exponent, the mantissa in [2^15, 2^16).
struct CodeStep {
  std::uint32_t mantissa = 0;
  int exponent = 0;
};

/// Scales words to the full range of a converter: code = round(word / step), half away from zero, with the
/// smallest step of 16 bits that is no less than largest |word| / max_code. No |code| exceeds max_code, and
/// the largest is max_code, or one less where that is above 2^14. |words| <= 2^62, max_code in 1 … 2^15 − 1.
/// @returns the step; nothing if all words are 0 (all codes are then 0)
std::optional<CodeStep> scale_to_codes(std::span<const std::int64_t> words, int max_code,
                                       std::span<std::int16_t> codes);

enum class Combine { kReplace, kAdd, kSubtract };

/// target = products, target + products or target − products, normalised, with the products · 2^exponent and
/// |products| < 2^80. Equal sizes unless kReplace. When the exponents differ by more than 160, the operand
/// with the smaller one counts as 0.
/// @param target  read and written
[[nodiscard]] bool combine(std::span<const int128_t> products, std::int64_t exponent, Combine how,
                           FixedVector& target);

/// Rounds value · 2^−shift to an integer, half away from zero; shift >= 0.
int128_t round_shift(int128_t value, unsigned shift);

}  // namespace mho::numeric
