// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The accumulators of the high-precision product: 96-bit two's complement integers with one exponent, in
// which b − A·x is formed exactly. 24 bits of a matrix, 31 of a vector, log2(4096) of the sum and a sign need
// 68; the rest is headroom for vectors whose exponents differ.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/base/int128.hpp"
#include "models/numeric/vector_unit.hpp"

namespace mho::numeric {

class AccumulatorBank {
 public:
  static constexpr unsigned kBits = 96;

  /// Accumulators = a, at an exponent from which products with exponent `product_exponent` can be subtracted
  /// exactly: the smaller of both. `products_are_zero`: none but zero products will follow, so that
  /// `product_exponent` means nothing.
  /// @returns the first element that does not fit, if any
  std::optional<std::size_t> begin(const FixedVector& a, std::int64_t product_exponent,
                                   bool products_are_zero) {
    exponent_ = a.exponent;
    if (!products_are_zero)
      exponent_ = a.is_zero() ? product_exponent : std::min(exponent_, product_exponent);
    product_shift_ = products_are_zero ? 0 : product_exponent - exponent_;
    const std::int64_t shift = a.is_zero() ? 0 : a.exponent - exponent_;
    values_.assign(a.words.size(), 0);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!add_shifted(values_[i], a.words[i], shift)) return i;
    }
    return std::nullopt;
  }

  /// accumulators[first + i] −= products[i], each below 2^95 in magnitude; the range must exist.
  /// @returns the first element that leaves 96 bits, if any
  std::optional<std::size_t> subtract(std::size_t first, std::span<const int128_t> products) {
    for (std::size_t i = 0; i < products.size(); ++i) {
      if (!add_shifted(values_[first + i], -products[i], product_shift_)) return first + i;
    }
    return std::nullopt;
  }

  std::size_t size() const { return values_.size(); }
  std::span<const int128_t> values() const { return values_; }
  std::int64_t exponent() const { return exponent_; }

  /// The accumulators as a normalised vector; false if its exponent leaves 32 bits.
  [[nodiscard]] bool read(FixedVector& out) const { return normalise(values_, exponent_, out); }

  void clear() { values_.clear(); }

 private:
  static constexpr int128_t kLimit = int128_t{1} << (kBits - 1);

  static bool add_shifted(int128_t& accumulator, int128_t value, std::int64_t shift) {
    if (value == 0) return true;
    if (shift >= static_cast<std::int64_t>(kBits)) return false;
    const int128_t bound = kLimit >> shift;
    if (value >= bound || value < -bound) return false;
    accumulator += value * (int128_t{1} << shift);
    return accumulator >= -kLimit && accumulator < kLimit;
  }

  std::vector<int128_t> values_;
  std::int64_t exponent_ = 0;
  std::int64_t product_shift_ = 0;
};

}  // namespace mho::numeric
