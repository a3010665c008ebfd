// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The accumulators of the high-precision product: two's complement integers with one exponent, in which
// b − A·x is formed exactly.
//
//     96 bits    24 bits of a matrix, 31 of a vector, log2(4096) of the sum and a sign need 68
//     160 bits   53 bits of a matrix, 62 of a vector, log2(4096) of the sum and a sign need 128
//
// The rest is headroom for vectors whose exponents differ.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "models/base/int128.hpp"
#include "models/numeric/vector_unit.hpp"

namespace mho::numeric {

/// Accumulators of `Bits` bits for vectors of `Word`, held in integers of type `Integer`.
template <typename Integer, unsigned Bits, typename Word>
class BasicAccumulatorBank {
 public:
  static constexpr unsigned kBits = Bits;

  /// Accumulators = a, at an exponent from which products with exponent `product_exponent` can be subtracted
  /// exactly: the smaller of both. `products_are_zero`: none but zero products will follow, so that
  /// `product_exponent` means nothing.
  /// @returns the first element that does not fit, if any
  std::optional<std::size_t> begin(const BlockVector<Word>& a, std::int64_t product_exponent,
                                   bool products_are_zero) {
    exponent_ = a.exponent;
    if (!products_are_zero)
      exponent_ = a.is_zero() ? product_exponent : std::min(exponent_, product_exponent);
    product_shift_ = products_are_zero ? 0 : product_exponent - exponent_;
    const std::int64_t shift = a.is_zero() ? 0 : a.exponent - exponent_;
    values_.assign(a.words.size(), Integer(0));
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!add_shifted(values_[i], Integer(a.words[i]), shift)) return i;
    }
    return std::nullopt;
  }

  /// accumulators[first + i] −= products[i] · 2^weight, each product below 2^127 in magnitude; the range must
  /// exist.
  /// @returns the first element that leaves the bits of an accumulator, if any
  std::optional<std::size_t> subtract(std::size_t first, std::span<const int128_t> products,
                                      std::uint32_t weight = 0) {
    for (std::size_t i = 0; i < products.size(); ++i) {
      if (!add_shifted(values_[first + i], Integer(-products[i]), product_shift_ + weight)) return first + i;
    }
    return std::nullopt;
  }

  std::size_t size() const { return values_.size(); }
  std::span<const Integer> values() const { return values_; }
  std::int64_t exponent() const { return exponent_; }

  /// The accumulators as a normalised vector; false if its exponent leaves 32 bits.
  [[nodiscard]] bool read(FixedVector& out) const {
    if constexpr (std::is_same_v<Integer, int128_t>) {
      return normalise(values_, exponent_, out);
    } else {
      return normalise_wide(values_, exponent_, out);
    }
  }

  void clear() { values_.clear(); }

 private:
  static Integer limit() { return Integer(1) << (Bits - 1); }

  static bool add_shifted(Integer& accumulator, const Integer& value, std::int64_t shift) {
    if (value == 0) return true;
    if (shift >= static_cast<std::int64_t>(Bits)) return false;
    const Integer bound = limit() >> static_cast<int>(shift);
    if (value >= bound || value < -bound) return false;
    accumulator += value * (Integer(1) << static_cast<int>(shift));
    return accumulator >= -limit() && accumulator < limit();
  }

  std::vector<Integer> values_;
  std::int64_t exponent_ = 0;
  std::int64_t product_shift_ = 0;
};

using AccumulatorBank = BasicAccumulatorBank<int128_t, 96, std::int32_t>;
using WideAccumulatorBank = BasicAccumulatorBank<int256_t, 160, std::int64_t>;

}  // namespace mho::numeric
