// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/float32.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/base/int128.hpp"

namespace mho::soc::riscv::float32 {
namespace {

constexpr std::uint32_t kSign = 0x8000'0000, kInfinity = 0x7f80'0000, kLargest = 0x7f7f'ffff,
                        kQuiet = 0x0040'0000, kOne = 0x3f80'0000;
constexpr unsigned kFractionBits = 23;
constexpr int kBias = 127, kExponents = 255;
/// Bits below the 24 of a significand whose first bit is bit 63.
constexpr unsigned kDroppedBits = 40;

constexpr std::uint32_t magnitude(std::uint32_t a) {
  return a & ~kSign;
}
constexpr bool is_negative(std::uint32_t a) {
  return (a & kSign) != 0;
}
constexpr bool is_nan(std::uint32_t a) {
  return magnitude(a) > kInfinity;
}
constexpr bool is_signaling(std::uint32_t a) {
  return is_nan(a) && (a & kQuiet) == 0;
}
constexpr bool is_infinite(std::uint32_t a) {
  return magnitude(a) == kInfinity;
}
constexpr bool is_zero(std::uint32_t a) {
  return magnitude(a) == 0;
}
constexpr std::uint32_t with_sign(std::uint32_t value, bool is_negative) {
  return value | (is_negative ? kSign : 0);
}

constexpr Result invalid() {
  return {.bits = kCanonicalNan, .flags = flag::kInvalid};
}

/// For operations of which an operand is a NaN.
Result propagate(std::uint32_t a, std::uint32_t b, std::uint32_t c = 0) {
  const bool is_invalid = is_signaling(a) || is_signaling(b) || is_signaling(c);
  return {.bits = kCanonicalNan, .flags = is_invalid ? flag::kInvalid : std::uint8_t{0}};
}

/// significand · 2^exponent. Of a finite number that is not 0 the significand has 24 bits.
struct Unpacked {
  std::uint64_t significand = 0;
  int exponent = 0;
};

Unpacked unpack(std::uint32_t a) {
  const std::uint32_t fraction = a & ((1u << kFractionBits) - 1);
  const int biased = static_cast<int>(magnitude(a) >> kFractionBits);
  if (biased != 0) {
    return {.significand = fraction | 1u << kFractionBits,
            .exponent = biased - kBias - static_cast<int>(kFractionBits)};
  }
  const int shift = std::countl_zero(fraction) - 8;
  return {.significand = std::uint64_t{fraction} << shift,
          .exponent = 1 - kBias - static_cast<int>(kFractionBits) - shift};
}

/// value · 2^−n. Bits that are lost show in the lowest one that stays.
template <typename Unsigned>
Unsigned shift_right_sticky(Unsigned value, int n) {
  if (n <= 0) return value;
  if (n >= static_cast<int>(8 * sizeof value)) return value != 0 ? 1 : 0;
  return value >> n | static_cast<Unsigned>((value & ((Unsigned{1} << n) - 1)) != 0 ? 1 : 0);
}

struct Rounded {
  std::uint64_t value = 0;
  bool is_inexact = false;
};

/// fixed · 2^−40 to an integer.
Rounded round(std::uint64_t fixed, bool is_negative, Rounding rounding) {
  const std::uint64_t whole = fixed >> kDroppedBits, rest = fixed & ((std::uint64_t{1} << kDroppedBits) - 1);
  const std::uint64_t half = std::uint64_t{1} << (kDroppedBits - 1);
  bool is_up = false;
  switch (rounding) {
    case Rounding::kNearestEven:
      is_up = rest > half || (rest == half && (whole & 1) != 0);
      break;
    case Rounding::kTowardZero:
      break;
    case Rounding::kDown:
      is_up = is_negative && rest != 0;
      break;
    case Rounding::kUp:
      is_up = !is_negative && rest != 0;
      break;
    case Rounding::kNearestAway:
      is_up = rest >= half;
      break;
  }
  return {.value = whole + (is_up ? 1 : 0), .is_inexact = rest != 0};
}

Result overflow(bool is_negative, Rounding rounding) {
  const bool stays_finite =
      rounding == Rounding::kTowardZero || rounding == (is_negative ? Rounding::kUp : Rounding::kDown);
  return {.bits = with_sign(stays_finite ? kLargest : kInfinity, is_negative),
          .flags = flag::kOverflow | flag::kInexact};
}

/// ±significand · 2^exponent, significand not 0. The lowest bit of one that has more than 26 may be sticky.
Result pack(bool is_negative, Unpacked value, Rounding rounding) {
  const int shift = std::countl_zero(value.significand);
  const std::uint64_t normal = value.significand << shift;
  const int biased = value.exponent - shift + 63 + kBias;
  if (biased > 0) {
    const Rounded rounded = round(normal, is_negative, rounding);
    const std::uint64_t bits = (static_cast<std::uint64_t>(biased - 1) << kFractionBits) + rounded.value;
    if (bits >= kInfinity) return overflow(is_negative, rounding);
    return {.bits = with_sign(static_cast<std::uint32_t>(bits), is_negative),
            .flags = rounded.is_inexact ? flag::kInexact : std::uint8_t{0}};
  }
  const Rounded rounded = round(shift_right_sticky(normal, 1 - biased), is_negative, rounding);
  const bool is_tiny = biased < 0 || round(normal, is_negative, rounding).value < std::uint64_t{1}
                                                                                      << (kFractionBits + 1);
  std::uint8_t flags = rounded.is_inexact ? flag::kInexact : 0;
  if (is_tiny && rounded.is_inexact) flags |= flag::kUnderflow;
  return {.bits = with_sign(static_cast<std::uint32_t>(rounded.value), is_negative), .flags = flags};
}

/// Of a sum that cancels, or of zeros with different signs.
std::uint32_t exact_zero(Rounding rounding) {
  return with_sign(0, rounding == Rounding::kDown);
}

/// A term of a sum with its first bit at a fixed place, so that exponents tell the larger one.
struct Term {
  uint128_t significand = 0;
  int exponent = 0;
  bool is_negative = false;
};
constexpr unsigned kTermBits = 126;

Term make_term(bool is_negative, Unpacked value) {
  const int shift = static_cast<int>(kTermBits) - std::bit_width(value.significand);
  return {.significand = uint128_t{value.significand} << shift,
          .exponent = value.exponent - shift,
          .is_negative = is_negative};
}

Result sum(Term large, Term small, Rounding rounding) {
  if (large.exponent < small.exponent) std::swap(large, small);
  small.significand = shift_right_sticky(small.significand, large.exponent - small.exponent);
  uint128_t significand = large.significand + small.significand;
  bool is_negative = large.is_negative;
  if (large.is_negative != small.is_negative) {
    if (large.significand == small.significand) return {.bits = exact_zero(rounding)};
    const bool is_reversed = large.significand < small.significand;
    significand = is_reversed ? small.significand - large.significand : large.significand - small.significand;
    is_negative = is_reversed ? small.is_negative : large.is_negative;
  }
  const auto upper = static_cast<std::uint64_t>(significand >> 64);
  const int width =
      upper != 0 ? 64 + std::bit_width(upper) : std::bit_width(static_cast<std::uint64_t>(significand));
  const int shift = std::max(0, width - 64);
  return pack(is_negative,
              {.significand = static_cast<std::uint64_t>(shift_right_sticky(significand, shift)),
               .exponent = large.exponent + shift},
              rounding);
}

bool is_less(std::uint32_t a, std::uint32_t b) {
  if (is_zero(a) && is_zero(b)) return false;
  if (is_negative(a) != is_negative(b)) return is_negative(a);
  return is_negative(a) ? a > b : a < b;
}
bool is_equal(std::uint32_t a, std::uint32_t b) {
  return a == b || (is_zero(a) && is_zero(b));
}

/// The number of an a and b of which one may be a NaN, or nothing known.
Result choose(std::uint32_t a, std::uint32_t b, bool takes_a) {
  const std::uint8_t flags = is_signaling(a) || is_signaling(b) ? flag::kInvalid : 0;
  if (is_nan(a)) return {.bits = is_nan(b) ? kCanonicalNan : b, .flags = flags};
  return {.bits = is_nan(b) || takes_a ? a : b, .flags = flags};
}

/// Zeros by their signs.
bool precedes(std::uint32_t a, std::uint32_t b) {
  return is_less(a, b) || (is_equal(a, b) && is_negative(a));
}

/// The integer nearest to |a|; 2^32 and more, and infinities, give 2^32.
Rounded to_integer(std::uint32_t a, Rounding rounding) {
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 32;
  if (is_zero(a)) return {};
  if (is_infinite(a)) return {.value = kBeyond};
  const Unpacked value = unpack(a);
  if (value.exponent < 0) {
    return round(shift_right_sticky(value.significand << kDroppedBits, -value.exponent), is_negative(a),
                 rounding);
  }
  return {.value = value.exponent > 8 ? kBeyond : value.significand << value.exponent};
}

}  // namespace

Result add(std::uint32_t a, std::uint32_t b, Rounding rounding) {
  return multiply_add(a, kOne, b, rounding);
}

Result multiply(std::uint32_t a, std::uint32_t b, Rounding rounding) {
  if (is_nan(a) || is_nan(b)) return propagate(a, b);
  const bool sign = is_negative(a) != is_negative(b);
  if (is_infinite(a) || is_infinite(b)) {
    if (is_zero(a) || is_zero(b)) return invalid();
    return {.bits = with_sign(kInfinity, sign)};
  }
  if (is_zero(a) || is_zero(b)) return {.bits = with_sign(0, sign)};
  const Unpacked x = unpack(a), y = unpack(b);
  return pack(sign, {.significand = x.significand * y.significand, .exponent = x.exponent + y.exponent},
              rounding);
}

Result multiply_add(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding) {
  if ((is_infinite(a) && is_zero(b)) || (is_zero(a) && is_infinite(b))) return invalid();
  if (is_nan(a) || is_nan(b) || is_nan(c)) return propagate(a, b, c);
  const bool sign = is_negative(a) != is_negative(b);
  if (is_infinite(a) || is_infinite(b)) {
    if (is_infinite(c) && is_negative(c) != sign) return invalid();
    return {.bits = with_sign(kInfinity, sign)};
  }
  if (is_infinite(c)) return {.bits = c};
  if (is_zero(a) || is_zero(b)) {
    if (!is_zero(c)) return {.bits = c};
    return {.bits = sign == is_negative(c) ? c : exact_zero(rounding)};
  }
  const Unpacked x = unpack(a), y = unpack(b);
  const Unpacked product{.significand = x.significand * y.significand, .exponent = x.exponent + y.exponent};
  if (is_zero(c)) return pack(sign, product, rounding);
  return sum(make_term(sign, product), make_term(is_negative(c), unpack(c)), rounding);
}

Result divide(std::uint32_t a, std::uint32_t b, Rounding rounding) {
  constexpr int kShift = 39;
  if (is_nan(a) || is_nan(b)) return propagate(a, b);
  const bool sign = is_negative(a) != is_negative(b);
  if (is_infinite(a)) return is_infinite(b) ? invalid() : Result{.bits = with_sign(kInfinity, sign)};
  if (is_infinite(b)) return {.bits = with_sign(0, sign)};
  if (is_zero(b)) {
    if (is_zero(a)) return invalid();
    return {.bits = with_sign(kInfinity, sign), .flags = flag::kDivideByZero};
  }
  if (is_zero(a)) return {.bits = with_sign(0, sign)};
  const Unpacked x = unpack(a), y = unpack(b);
  const std::uint64_t dividend = x.significand << kShift;
  const std::uint64_t sticky = dividend % y.significand != 0 ? 1 : 0;
  return pack(
      sign, {.significand = dividend / y.significand | sticky, .exponent = x.exponent - y.exponent - kShift},
      rounding);
}

Result square_root(std::uint32_t a, Rounding rounding) {
  constexpr int kShift = 38;  // even, and 25 + 38 bits fit
  if (is_nan(a)) return propagate(a, a);
  if (is_zero(a)) return {.bits = a};
  if (is_negative(a)) return invalid();
  if (is_infinite(a)) return {.bits = a};
  Unpacked value = unpack(a);
  if (value.exponent % 2 != 0) {
    value.significand <<= 1;
    --value.exponent;
  }
  const std::uint64_t radicand = value.significand << kShift;
  // The conversion and the root are a few units off at most.
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(radicand)));
  while (root * root > radicand) --root;
  while ((root + 1) * (root + 1) <= radicand) ++root;
  const std::uint64_t sticky = root * root != radicand ? 1 : 0;
  return pack(false, {.significand = root << 1 | sticky, .exponent = (value.exponent - kShift) / 2 - 1},
              rounding);
}

Result minimum(std::uint32_t a, std::uint32_t b) {
  return choose(a, b, precedes(a, b));
}
Result maximum(std::uint32_t a, std::uint32_t b) {
  return choose(a, b, precedes(b, a));
}

Result equal(std::uint32_t a, std::uint32_t b) {
  if (is_nan(a) || is_nan(b)) return {.bits = 0, .flags = propagate(a, b).flags};
  return {.bits = is_equal(a, b) ? 1u : 0u};
}
Result less(std::uint32_t a, std::uint32_t b) {
  if (is_nan(a) || is_nan(b)) return {.bits = 0, .flags = flag::kInvalid};
  return {.bits = is_less(a, b) ? 1u : 0u};
}
Result less_or_equal(std::uint32_t a, std::uint32_t b) {
  if (is_nan(a) || is_nan(b)) return {.bits = 0, .flags = flag::kInvalid};
  return {.bits = is_less(a, b) || is_equal(a, b) ? 1u : 0u};
}

Result to_int32(std::uint32_t a, Rounding rounding) {
  constexpr std::uint32_t kMaximum = 0x7fff'ffff, kMinimum = 0x8000'0000;
  if (is_nan(a)) return {.bits = kMaximum, .flags = flag::kInvalid};
  const Rounded rounded = to_integer(a, rounding);
  const std::uint32_t limit = is_negative(a) ? kMinimum : kMaximum;
  if (rounded.value > limit) return {.bits = limit, .flags = flag::kInvalid};
  const auto value = static_cast<std::uint32_t>(rounded.value);
  return {.bits = is_negative(a) ? 0 - value : value,
          .flags = rounded.is_inexact ? flag::kInexact : std::uint8_t{0}};
}

Result to_uint32(std::uint32_t a, Rounding rounding) {
  constexpr std::uint32_t kMaximum = 0xffff'ffff;
  if (is_nan(a)) return {.bits = kMaximum, .flags = flag::kInvalid};
  const Rounded rounded = to_integer(a, rounding);
  const std::uint32_t limit = is_negative(a) ? 0 : kMaximum;
  if (rounded.value > limit) return {.bits = limit, .flags = flag::kInvalid};
  return {.bits = static_cast<std::uint32_t>(rounded.value),
          .flags = rounded.is_inexact ? flag::kInexact : std::uint8_t{0}};
}

Result from_int32(std::uint32_t a, Rounding rounding) {
  if (a == 0) return {};
  return pack(is_negative(a), {.significand = is_negative(a) ? 0 - a : a}, rounding);
}
Result from_uint32(std::uint32_t a, Rounding rounding) {
  if (a == 0) return {};
  return pack(false, {.significand = a}, rounding);
}

std::uint32_t classify(std::uint32_t a) {
  if (is_nan(a)) return is_signaling(a) ? 1u << 8 : 1u << 9;
  // From infinity over normal and subnormal numbers to zero, and in reverse order for the other sign.
  unsigned steps = 3;
  if (is_infinite(a)) {
    steps = 0;
  } else if (magnitude(a) >> kFractionBits != 0) {
    steps = 1;
  } else if (!is_zero(a)) {
    steps = 2;
  }
  return 1u << (is_negative(a) ? steps : 7 - steps);
}

}  // namespace mho::soc::riscv::float32
