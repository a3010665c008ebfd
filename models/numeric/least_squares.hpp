// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The solution of a rectangular system, m rows and n columns, as a part of that of a square one (Björck
// 1967):
//     m > n, the x with the least ‖b − A·x‖₂        m < n, the least ‖x‖₂ with A·x = b
//     [A  α·I] [x]   [b]                            [Aᵀ α·I] [y]   [0]
//     [0  Aᵀ ] [s] = [0]                            [0  A  ] [x] = [b]
// for any α ≠ 0. The square matrix is singular exactly if A has not full rank.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numeric/sparse_matrix.hpp"

namespace mho::numeric {

/// Where x is in the solution of the square system, and b in its right-hand side, whose other elements are 0.
struct AugmentedPlace {
  std::uint32_t size = 0;          ///< m + n
  std::uint32_t first_of_x = 0;    ///< of n elements
  std::uint32_t first_of_rhs = 0;  ///< of m elements
};

/// The system that stands for an m × n one; a square one stands for itself.
AugmentedPlace augmented_place(std::uint32_t rows, std::uint32_t columns);

/// The square matrix, α being the largest power of two up to the largest magnitude in A. A square A stays as
/// it is.
SparseMatrix augment(const SparseMatrix& a);

/// Its right-hand side.
/// @param b  [a.rows]
/// @throws InputError when b has another length
std::vector<double> augment_vector(const SparseMatrix& a, std::span<const double> b);

}  // namespace mho::numeric
