// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A complex system as a real one of twice the size, with the real parts of the unknowns before the imaginary
// ones:
//     [Re A  −Im A] [Re x]   [Re b]
//     [Im A   Re A] [Im x] = [Im b]
// Its singular values are those of A, each twice.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numeric/sparse_matrix.hpp"

namespace mho::numeric {

/// @param real       n × m, zeros allowed among its entries
/// @param imaginary  as many as entries of `real`, at the same places
/// @returns 2n × 2m without zeros
/// @throws InputError when the lengths differ
SparseMatrix embed(const SparseMatrix& real, std::span<const double> imaginary);

/// Vectors one behind the other: [n · k] real and imaginary parts to [2n · k].
/// @throws InputError when the lengths differ or n does not divide them
std::vector<double> embed_vectors(std::span<const double> real, std::span<const double> imaginary,
                                  std::uint32_t n);

}  // namespace mho::numeric
