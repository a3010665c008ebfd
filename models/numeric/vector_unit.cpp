// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/vector_unit.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "models/base/error.hpp"

namespace mho::numeric {
namespace {

constexpr int kWordBits = 31;      // magnitude bits of a normalised word
constexpr int kWideWordBits = 62;  // of a wide one
constexpr int kMantissaBits = 63;  // magnitude bits of a scalar
constexpr std::int64_t kAddGap = 64;
constexpr std::int64_t kWideAddGap = 128;
constexpr std::int64_t kJoinGap = 94;      // 32 bits shifted by it still fit 128
constexpr std::int64_t kCombineGap = 160;  // 80 bits shifted by it still fit 256
constexpr std::int64_t kNarrowGap = 46;    // 80 bits shifted by it still fit 128

uint128_t magnitude_of(int128_t value) {
  return value < 0 ? uint128_t{0} - static_cast<uint128_t>(value) : static_cast<uint128_t>(value);
}
int256_t magnitude_of(const int256_t& value) {
  return boost::multiprecision::abs(value);
}

int bit_length(uint128_t value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  if (high != 0) return 128 - std::countl_zero(high);
  return 64 - std::countl_zero(static_cast<std::uint64_t>(value));
}
int bit_length(const int256_t& value) {
  return value == 0 ? 0 : static_cast<int>(boost::multiprecision::msb(value)) + 1;
}

/// magnitude · 2^−shift, half up; a negative shift multiplies exactly.
template <typename Unsigned>
Unsigned shifted(const Unsigned& magnitude, int shift) {
  if (shift <= 0) return magnitude << -shift;
  return ((magnitude >> (shift - 1)) + 1) >> 1;
}

bool fits_exponent(std::int64_t exponent) {
  return exponent >= std::numeric_limits<std::int32_t>::min() &&
         exponent <= std::numeric_limits<std::int32_t>::max();
}

/// The shift that brings a largest magnitude to `bits` bits after rounding.
template <typename Unsigned>
int normalising_shift(const Unsigned& largest, int bits) {
  const int shift = bit_length(largest) - bits;
  return shift > 0 && bit_length(shifted(largest, shift)) > bits ? shift + 1 : shift;
}

/// Two passes over `element(i)`, the exact integer i of `size`: the largest magnitude, then the words.
template <typename Word, typename Element>
bool normalise_each(std::size_t size, std::int64_t exponent, BlockVector<Word>& out, Element&& element) {
  constexpr int kBits = sizeof(Word) == sizeof(std::int64_t) ? kWideWordBits : kWordBits;
  auto largest = magnitude_of(element(std::size_t{0}));
  for (std::size_t i = 1; i < size; ++i) largest = std::max(largest, magnitude_of(element(i)));
  out.words.resize(size);
  if (largest == 0) {
    std::ranges::fill(out.words, Word{0});
    out.exponent = 0;
    return true;
  }
  const int shift = normalising_shift(largest, kBits);
  if (!fits_exponent(exponent + shift)) return false;
  for (std::size_t i = 0; i < size; ++i) {
    const auto value = element(i);
    const auto word = static_cast<std::int64_t>(shifted(magnitude_of(value), shift));
    out.words[i] = static_cast<Word>(value < 0 ? -word : word);
  }
  out.exponent = static_cast<std::int32_t>(exponent + shift);
  return true;
}

bool to_scalar(int128_t value, std::int64_t exponent, FixedScalar& out) {
  out = {};
  if (value == 0) return true;
  const uint128_t magnitude = magnitude_of(value);
  const int shift = normalising_shift(magnitude, kMantissaBits);
  if (!fits_exponent(exponent + shift)) return false;
  const auto mantissa = static_cast<std::int64_t>(shifted(magnitude, shift));
  out = {.mantissa = value < 0 ? -mantissa : mantissa,
         .exponent = static_cast<std::int32_t>(exponent + shift)};
  return true;
}

template <typename Integer>
Integer shift_left(std::int64_t word, std::int64_t shift) {
  return Integer(word) * (Integer(1) << static_cast<int>(shift));
}

/// Two operands brought to one exponent: the shifts to the left, negative for one that counts as 0.
struct Alignment {
  std::int64_t exponent, shift_a, shift_b;
};

Alignment align(std::int64_t exponent_a, bool a_is_zero, std::int64_t exponent_b, bool b_is_zero,
                std::int64_t largest_gap) {
  if (a_is_zero) return {.exponent = exponent_b, .shift_a = -1, .shift_b = 0};
  if (b_is_zero) return {.exponent = exponent_a, .shift_a = 0, .shift_b = -1};
  const std::int64_t gap = exponent_a - exponent_b;
  if (gap > largest_gap) return {.exponent = exponent_a, .shift_a = 0, .shift_b = -1};
  if (gap < -largest_gap) return {.exponent = exponent_b, .shift_a = -1, .shift_b = 0};
  return {.exponent = std::min(exponent_a, exponent_b),
          .shift_a = std::max<std::int64_t>(gap, 0),
          .shift_b = std::max<std::int64_t>(-gap, 0)};
}

template <typename Word>
Alignment align(const BlockVector<Word>& a, const BlockVector<Word>& b, std::int64_t largest_gap) {
  return align(a.exponent, a.is_zero(), b.exponent, b.is_zero(), largest_gap);
}

template <typename Integer>
Integer aligned(std::int64_t word, std::int64_t shift) {
  return shift < 0 ? Integer(0) : shift_left<Integer>(word, shift);
}

void require_operands(std::size_t a, std::size_t b) {
  ensure(a == b && a > 0, "vector unit: operands of {} and {} elements", a, b);
}

/// target ± product(i) at the exponents of `at`, in integers of type T.
template <typename T, typename Product>
bool combine_as(Product&& product, const Alignment& at, bool subtract, FixedVector& target) {
  return normalise_each(target.words.size(), at.exponent, target, [&](std::size_t i) {
    T sum = 0;
    if (at.shift_b >= 0)
      sum = T(subtract ? -product(i) : product(i)) * (T(1) << static_cast<int>(at.shift_b));
    if (at.shift_a >= 0) sum += T(target.words[i]) * (T(1) << static_cast<int>(at.shift_a));
    return sum;
  });
}

/// target ± product(i) · 2^exponent with |product(i)| < 2^80.
template <typename Product>
bool combine_each(Product&& product, std::int64_t exponent, bool subtract, FixedVector& target) {
  bool products_are_zero = true;
  for (std::size_t i = 0; products_are_zero && i < target.words.size(); ++i)
    products_are_zero = product(i) == 0;
  const Alignment at = align(target.exponent, target.is_zero(), exponent, products_are_zero, kCombineGap);
  return std::max(at.shift_a, at.shift_b) <= kNarrowGap ? combine_as<int128_t>(product, at, subtract, target)
                                                        : combine_as<int256_t>(product, at, subtract, target);
}

template <typename Integer, typename Word, typename Out>
bool add_as(const BlockVector<Word>& a, const BlockVector<Word>& b, std::int64_t largest_gap, bool subtract,
            BlockVector<Out>& out) {
  require_operands(a.words.size(), b.words.size());
  const Alignment at = align(a, b, largest_gap);
  return normalise_each(a.words.size(), at.exponent, out, [&](std::size_t i) {
    const auto left = aligned<Integer>(a.words[i], at.shift_a),
               right = aligned<Integer>(b.words[i], at.shift_b);
    return Integer(subtract ? left - right : left + right);
  });
}

/// Σ (a_i · 2^w_i)².
template <typename Word>
bool weighted_norm2(const BlockVector<Word>& a, std::span<const std::int32_t> weights, FixedScalar& out) {
  require_operands(a.words.size(), weights.empty() ? a.words.size() : weights.size());
  const auto weight = [&](std::size_t i) { return weights.empty() ? 0 : std::int64_t{weights[i]}; };
  const auto size_of = [&](std::size_t i) { return bit_length(magnitude_of(a.words[i])) + weight(i); };
  std::optional<std::int64_t> largest;
  for (std::size_t i = 0; i < a.words.size(); ++i) {
    if (a.words[i] != 0) largest = std::max(largest.value_or(size_of(i)), size_of(i));
  }
  out = {};
  if (!largest) return true;
  const std::int64_t unit = *largest - kWordBits;  // elements are rounded to multiples of 2^unit
  int128_t sum = 0;
  for (std::size_t i = 0; i < a.words.size(); ++i) {
    const std::int64_t shift = unit - weight(i);
    // Beyond 64 the element is below a half; a zero word may have any weight.
    if (a.words[i] == 0 || shift > 64) continue;
    const auto rounded =
        static_cast<std::int64_t>(shifted(magnitude_of(a.words[i]), static_cast<int>(shift)));
    sum += int128_t{rounded} * rounded;
  }
  return to_scalar(sum, 2 * (a.exponent + unit), out);
}

/// largest / max_code, rounded up to 16 bits.
CodeStep step_of(uint128_t largest, uint128_t max_code) {
  constexpr int kStepBits = 16;
  int exponent = bit_length(largest) - bit_length(max_code) - kStepBits;
  for (;; ++exponent) {
    const uint128_t numerator = largest << std::max(-exponent, 0);
    const uint128_t denominator = max_code << std::max(exponent, 0);
    const uint128_t mantissa = (numerator + denominator - 1) / denominator;
    if (mantissa >> kStepBits == 0) return {static_cast<std::uint32_t>(mantissa), exponent};
  }
}

}  // namespace

WideVector widened(const FixedVector& a) {
  return {.exponent = a.exponent, .words = {a.words.begin(), a.words.end()}};
}

int128_t round_shift(int128_t value, unsigned shift) {
  if (shift > 127) return 0;
  const auto magnitude = static_cast<int128_t>(shifted(magnitude_of(value), static_cast<int>(shift)));
  return value < 0 ? -magnitude : magnitude;
}

bool normalise(std::span<const int128_t> values, std::int64_t exponent, FixedVector& out) {
  ensure(!values.empty(), "vector unit: an empty vector has no exponent");
  return normalise_each(values.size(), exponent, out, [&](std::size_t i) { return values[i]; });
}

bool normalise_wide(std::span<const int256_t> values, std::int64_t exponent, FixedVector& out) {
  ensure(!values.empty(), "vector unit: an empty vector has no exponent");
  return normalise_each(values.size(), exponent, out, [&](std::size_t i) { return values[i]; });
}

bool add(const FixedVector& a, const FixedVector& b, bool subtract, FixedVector& out) {
  return add_as<int128_t>(a, b, kAddGap, subtract, out);
}

bool add_wide(const WideVector& a, const WideVector& b, bool subtract, WideVector& out) {
  return add_as<int256_t>(a, b, kWideAddGap, subtract, out);
}

bool add_wide(const WideVector& a, const WideVector& b, bool subtract, FixedVector& out) {
  return add_as<int256_t>(a, b, kWideAddGap, subtract, out);
}

bool narrow(const WideVector& a, FixedVector& out) {
  return normalise_each(a.words.size(), a.exponent, out, [&](std::size_t i) { return int128_t{a.words[i]}; });
}

bool join(const FixedVector& a, const FixedVector& b, FixedVector& out) {
  ensure(!a.words.empty() && !b.words.empty(), "vector unit: join of an empty vector");
  const Alignment at = align(a, b, kJoinGap);
  const std::size_t n = a.words.size();
  return normalise_each(n + b.words.size(), at.exponent, out, [&](std::size_t i) {
    return i < n ? aligned<int128_t>(a.words[i], at.shift_a) : aligned<int128_t>(b.words[i - n], at.shift_b);
  });
}

bool scale(const FixedVector& a, std::int32_t factor, std::int32_t exponent, FixedVector& out) {
  require_operands(a.words.size(), a.words.size());
  return normalise_each(a.words.size(), std::int64_t{a.exponent} + exponent, out,
                        [&](std::size_t i) { return int128_t{a.words[i]} * factor; });
}

bool multiply(const FixedVector& a, const FixedVector& b, FixedVector& out) {
  require_operands(a.words.size(), b.words.size());
  return normalise_each(a.words.size(), std::int64_t{a.exponent} + b.exponent, out,
                        [&](std::size_t i) { return int128_t{a.words[i]} * b.words[i]; });
}

bool dot(const FixedVector& a, const FixedVector& b, FixedScalar& out) {
  require_operands(a.words.size(), b.words.size());
  int128_t sum = 0;
  for (std::size_t i = 0; i < a.words.size(); ++i) sum += std::int64_t{a.words[i]} * b.words[i];
  return to_scalar(sum, std::int64_t{a.exponent} + b.exponent, out);
}

bool norm2(const FixedVector& a, std::span<const std::int32_t> weights, FixedScalar& out) {
  return weighted_norm2(a, weights, out);
}

bool norm2_wide(const WideVector& a, std::span<const std::int32_t> weights, FixedScalar& out) {
  return weighted_norm2(a, weights, out);
}

bool divide(const FixedScalar& a, const FixedScalar& b, FixedScalar& out) {
  out = {};
  if (a.mantissa == 0 || b.mantissa == 0) return true;
  // Mantissas lie within a factor of two, so the quotient has 64 or 65 bits, one more than are kept: cutting
  // it off does not change how it rounds.
  const uint128_t quotient = (magnitude_of(a.mantissa) << 64) / magnitude_of(b.mantissa);
  const auto value = static_cast<int128_t>(quotient);
  const bool is_negative = (a.mantissa < 0) != (b.mantissa < 0);
  return to_scalar(is_negative ? -value : value, std::int64_t{a.exponent} - b.exponent - 64, out);
}

bool multiply_add(const FixedVector& a, const FixedScalar& s, const FixedVector& b, bool subtract,
                  FixedVector& out) {
  require_operands(a.words.size(), b.words.size());
  constexpr int kDropped = kMantissaBits - kWordBits;
  const int128_t factor = round_shift(s.mantissa, kDropped);
  out = a;
  return combine_each([&](std::size_t i) { return factor * b.words[i]; },
                      std::int64_t{s.exponent} + kDropped + b.exponent, subtract, out);
}

bool less_equal(const FixedScalar& a, const FixedScalar& b, std::int32_t shift) {
  const auto sign = [](std::int64_t mantissa) { return (mantissa > 0) - (mantissa < 0); };
  if (sign(a.mantissa) != sign(b.mantissa)) return sign(a.mantissa) < sign(b.mantissa);
  if (a.mantissa == 0) return true;
  const std::int64_t exponent_b = std::int64_t{b.exponent} + shift;
  // Mantissas of one sign lie within a factor of two, so that the exponents decide unless they are equal.
  if (a.exponent != exponent_b) return (a.exponent < exponent_b) == (a.mantissa > 0);
  return a.mantissa <= b.mantissa;
}

double square_root_of_ratio(const FixedScalar& a, const FixedScalar& b) {
  if (b.mantissa == 0) return 0.0;
  const double ratio = static_cast<double>(a.mantissa) / static_cast<double>(b.mantissa);
  const std::int64_t exponent = std::int64_t{a.exponent} - b.exponent;
  const std::int64_t half = exponent >> 1;
  const auto limited = static_cast<int>(std::clamp<std::int64_t>(half, -5000, 5000));
  return std::ldexp(std::sqrt(std::abs(ratio) * ((exponent & 1) != 0 ? 2.0 : 1.0)), limited);
}

std::optional<CodeStep> scale_to_codes(std::span<const std::int64_t> words, int max_code,
                                       std::span<std::int16_t> codes) {
  ensure(codes.size() == words.size(), "vector unit: {} words for {} codes", words.size(), codes.size());
  uint128_t largest = 0;
  for (const std::int64_t word : words) largest = std::max(largest, magnitude_of(word));
  if (largest == 0) {
    std::ranges::fill(codes, std::int16_t{0});
    return std::nullopt;
  }
  const CodeStep step = step_of(largest, static_cast<uint128_t>(max_code));
  const uint128_t divisor = uint128_t{step.mantissa} << std::max(step.exponent, 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const uint128_t magnitude = magnitude_of(words[i]) << std::max(-step.exponent, 0);
    const auto code = static_cast<int>((2 * magnitude + divisor) / (2 * divisor));
    codes[i] = static_cast<std::int16_t>(words[i] < 0 ? -code : code);
  }
  return step;
}

bool combine(std::span<const int128_t> products, std::int64_t exponent, Combine how, FixedVector& target) {
  if (how == Combine::kReplace) return normalise(products, exponent, target);
  require_operands(target.words.size(), products.size());
  return combine_each([&](std::size_t i) { return products[i]; }, exponent, how == Combine::kSubtract,
                      target);
}

}  // namespace mho::numeric
