// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A real matrix in compressed rows: what a Matrix Market file holds and what a job block hands to the
// firmware. Not here: arithmetic on it; the exact solution is in exact_reference.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mho::numeric {

/// Entries of row i are [row_start[i], row_start[i + 1]), columns ascending, none of them zero, none twice.
/// An empty matrix (0 × 0) has row_start = {0}.
struct SparseMatrix {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::vector<std::uint32_t> row_start{0};
  std::vector<std::uint32_t> column;
  std::vector<double> value;

  std::size_t nonzeros() const { return value.size(); }
};

/// A · x in double, summed in the order of the columns.
/// @param x  [columns]
/// @throws InputError when the length of x differs
std::vector<double> multiply(const SparseMatrix& matrix, std::span<const double> x);

/// The nonzero entries of a dense matrix.
/// @param dense  [rows · columns, row-major] every value is exact in a double
/// @throws InputError when the length does not fit
SparseMatrix compress(std::span<const std::int32_t> dense, std::uint32_t rows, std::uint32_t columns);
SparseMatrix compress(std::span<const std::int64_t> dense, std::uint32_t rows, std::uint32_t columns);

}  // namespace mho::numeric
