// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// IEEE 754-2008 binary32 arithmetic as the F extension of RISC-V defines it, on bit patterns and in integers:
// the same result and the same flags on every host, whatever its floating point unit does. Tininess is
// detected after rounding; every NaN that is computed is the canonical one.
#pragma once

#include <cstdint>

namespace mho::soc::riscv::float32 {

inline constexpr std::uint32_t kCanonicalNan = 0x7fc0'0000;

/// The values of the field rm and of frm that name a mode.
enum class Rounding : std::uint8_t {
  kNearestEven = 0,
  kTowardZero = 1,
  kDown = 2,
  kUp = 3,
  kNearestAway = 4,
};
/// The value of the field rm that means frm.
inline constexpr std::uint8_t kDynamicRounding = 7;

/// Bits of fflags.
namespace flag {
inline constexpr std::uint8_t kInexact = 1, kUnderflow = 2, kOverflow = 4, kDivideByZero = 8, kInvalid = 16;
}

struct Result {
  std::uint32_t bits = 0;  ///< a binary32, or an integer where the function says so
  std::uint8_t flags = 0;  ///< raised by the operation
};

Result add(std::uint32_t a, std::uint32_t b, Rounding rounding);
Result multiply(std::uint32_t a, std::uint32_t b, Rounding rounding);
/// a · b + c, rounded once. Infinity times zero is invalid whatever c is.
Result multiply_add(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding);
Result divide(std::uint32_t a, std::uint32_t b, Rounding rounding);
Result square_root(std::uint32_t a, Rounding rounding);

/// minimumNumber and maximumNumber of IEEE 754-2019: a NaN loses against a number, −0 is less than +0.
Result minimum(std::uint32_t a, std::uint32_t b);
Result maximum(std::uint32_t a, std::uint32_t b);

/// 1 or 0. equal() is a quiet comparison, the others signal invalid for any NaN.
Result equal(std::uint32_t a, std::uint32_t b);
Result less(std::uint32_t a, std::uint32_t b);
Result less_or_equal(std::uint32_t a, std::uint32_t b);

/// Integers in two's complement. What does not fit, infinities and NaNs (as if positive) give the nearest
/// integer that exists, and invalid alone.
Result to_int32(std::uint32_t a, Rounding rounding);
Result to_uint32(std::uint32_t a, Rounding rounding);
Result from_int32(std::uint32_t a, Rounding rounding);
Result from_uint32(std::uint32_t a, Rounding rounding);

/// The bit of fclass.s.
std::uint32_t classify(std::uint32_t a);

}  // namespace mho::soc::riscv::float32
