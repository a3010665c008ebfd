// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/sparse_matrix.hpp"

#include "models/base/error.hpp"

namespace mho::numeric {

std::vector<double> multiply(const SparseMatrix& matrix, std::span<const double> x) {
  require(x.size() == matrix.columns, "a matrix of {} columns cannot multiply a vector of length {}",
          matrix.columns, x.size());
  std::vector<double> product(matrix.rows, 0.0);
  for (std::uint32_t i = 0; i < matrix.rows; ++i) {
    for (std::uint32_t k = matrix.row_start[i]; k < matrix.row_start[i + 1]; ++k) {
      product[i] += matrix.value[k] * x[matrix.column[k]];
    }
  }
  return product;
}

namespace {

template <typename Integer>
SparseMatrix compressed(std::span<const Integer> dense, std::uint32_t rows, std::uint32_t columns) {
  require(dense.size() == std::size_t{rows} * columns, "{} values do not fill a {} x {} matrix", dense.size(),
          rows, columns);
  SparseMatrix matrix{.rows = rows, .columns = columns, .row_start = {0}, .column = {}, .value = {}};
  for (std::uint32_t i = 0; i < rows; ++i) {
    for (std::uint32_t j = 0; j < columns; ++j) {
      if (const Integer v = dense[std::size_t{i} * columns + j]; v != 0) {
        matrix.column.push_back(j);
        matrix.value.push_back(static_cast<double>(v));
      }
    }
    matrix.row_start.push_back(static_cast<std::uint32_t>(matrix.value.size()));
  }
  return matrix;
}

}  // namespace

SparseMatrix compress(std::span<const std::int32_t> dense, std::uint32_t rows, std::uint32_t columns) {
  return compressed(dense, rows, columns);
}

SparseMatrix compress(std::span<const std::int64_t> dense, std::uint32_t rows, std::uint32_t columns) {
  return compressed(dense, rows, columns);
}

}  // namespace mho::numeric
