// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The checksum of an integer product that is read column by column (Huang & Abraham, "Algorithm-based fault
// tolerance for matrix operations", IEEE Trans. Computers C-33, 1984): beside the rows k_i of a matrix of
// levels stand further rows c_0, c_1, … with the digits of the sum over them in base β, so that for every
// input u
//
//     Σ_i k_i·u = Σ_d β^d · (c_d·u)
//
// as integers. The base is that of the matrix digits: a checksum row then has levels and sums no larger than
// any other row and needs neither finer cells nor more bits of the converter. One wrong sum is always found,
// whichever row it is in; several wrong ones are unless their errors, those of c_d times β^d, cancel.
#pragma once

#include <cstdint>
#include <span>

#include "models/numeric/bit_slices.hpp"

namespace mho::numeric {

/// Checksum rows that an array of `size` outputs needs whose other rows have levels up to ± `top_level`: the
/// fewest whose digits of `digit_bits` bits hold any sum over the others. `size` itself if the array is too
/// small for any.
inline constexpr unsigned checksum_lines(unsigned size, unsigned top_level, unsigned digit_bits) {
  unsigned lines = 1;
  while (lines < size &&
         std::uint64_t{size - lines} * top_level >= (std::uint64_t{1} << (digit_bits * lines))) {
    ++lines;
  }
  return lines;
}

/// Whether codes of one read, those of the rows followed by those of `lines` checksum rows with digits of
/// `digit_bits` bits, agree.
inline bool agrees_with_checksum(std::span<const std::int16_t> codes, unsigned lines, unsigned digit_bits) {
  const std::size_t rows = codes.size() - lines;
  std::int64_t difference = 0;
  for (const std::int16_t code : codes.first(rows)) difference += code;
  for (unsigned d = 0; d < lines; ++d) difference -= std::int64_t{codes[rows + d]} * (1 << (digit_bits * d));
  return difference == 0;
}

}  // namespace mho::numeric
