// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The numbers of the reference DRU: vectors normalised to the bits of their words, and its accumulators.
#include <algorithm>
#include <cmath>

#include "tests/firmware/libmho/reference_dru.hpp"

namespace mho::test {

using registers::dru::DruStatus;

/// v · 2^shift in the bits of an accumulator.
ReferenceDru::Integer ReferenceDru::shifted(const Integer& v, std::int32_t shift) const {
  if (v == 0) return 0;
  const auto top = static_cast<std::int32_t>(accumulator_bits_) - 1;
  const Integer limit = shift > top ? Integer(0) : Integer(1) << (top - shift);
  if (v >= limit || v < -limit) throw Fault{DruStatus::kOverflow, 0};
  return v * (Integer(1) << shift);
}

ReferenceDru::Vector ReferenceDru::normalised(const std::vector<long double>& values, bool is_wide) const {
  const int bits = is_wide ? 62 : 31;
  long double peak = 0;
  for (const long double v : values) peak = std::max(peak, std::fabs(v));
  Vector out{std::vector<std::int64_t>(values.size()), 0, is_wide};
  if (peak == 0) return out;
  int exponent = 0;
  std::frexp(peak, &exponent);
  out.exponent = exponent - bits;
  if (std::round(std::ldexp(peak, -out.exponent)) >= std::ldexp(1.0L, bits)) ++out.exponent;
  for (std::size_t i = 0; i < values.size(); ++i) {
    out.words[i] = static_cast<std::int64_t>(std::round(std::ldexp(values[i], -out.exponent)));
  }
  return out;
}

// The accumulators normalised: up to 160 bits, so not through long double.
ReferenceDru::Vector ReferenceDru::accumulated() const {
  Integer peak = 0;
  for (const Integer& v : accumulators_) peak = std::max(peak, Integer(abs(v)));
  Vector out{std::vector<std::int64_t>(accumulators_.size()), 0, false};
  if (peak == 0) return out;
  int bits = 0;
  while (peak >> bits != 0) ++bits;
  const auto rounded = [](const Integer& v, int shift) {
    const Integer m = abs(v);
    const Integer r = shift > 0 ? Integer((m + (Integer(1) << (shift - 1))) >> shift) : Integer(m << -shift);
    return static_cast<std::int64_t>(v < 0 ? Integer(-r) : r);
  };
  int shift = bits - 31;
  if (rounded(peak, shift) >> 31 != 0) ++shift;
  out.exponent = accumulator_exponent_ + shift;
  for (std::size_t i = 0; i < out.words.size(); ++i) out.words[i] = rounded(accumulators_[i], shift);
  return out;
}

}  // namespace mho::test
