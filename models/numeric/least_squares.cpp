// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.hpp"

namespace mho::numeric {
namespace {

SparseMatrix transposed(const SparseMatrix& a) {
  SparseMatrix t{.rows = a.columns, .columns = a.rows, .row_start = {}, .column = {}, .value = {}};
  t.row_start.assign(a.columns + 1, 0);
  for (const std::uint32_t j : a.column) ++t.row_start[j + 1];
  for (std::uint32_t j = 0; j < a.columns; ++j) t.row_start[j + 1] += t.row_start[j];
  t.column.resize(a.nonzeros());
  t.value.resize(a.nonzeros());
  std::vector<std::uint32_t> next(t.row_start.begin(), t.row_start.end() - 1);
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) {
      const std::uint32_t at = next[a.column[k]]++;
      t.column[at] = i;
      t.value[at] = a.value[k];
    }
  }
  return t;
}

double alpha_of(const SparseMatrix& a) {
  double largest = std::numeric_limits<double>::min();
  for (const double v : a.value) largest = std::max(largest, std::abs(v));
  return std::ldexp(1.0, std::ilogb(largest));
}

void append_row(SparseMatrix& out, const SparseMatrix& a, std::uint32_t i, std::uint32_t first_column) {
  for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) {
    out.column.push_back(first_column + a.column[k]);
    out.value.push_back(a.value[k]);
  }
}

void end_row(SparseMatrix& out) {
  out.row_start.push_back(static_cast<std::uint32_t>(out.value.size()));
}

}  // namespace

AugmentedPlace augmented_place(std::uint32_t rows, std::uint32_t columns) {
  if (rows == columns) return {.size = rows, .first_of_x = 0, .first_of_rhs = 0};
  const bool is_tall = rows > columns;
  return {.size = rows + columns, .first_of_x = is_tall ? 0 : rows, .first_of_rhs = is_tall ? 0 : columns};
}

SparseMatrix augment(const SparseMatrix& a) {
  if (a.rows == a.columns) return a;
  const SparseMatrix t = transposed(a);
  const bool is_tall = a.rows > a.columns;
  const SparseMatrix& tall = is_tall ? a : t;
  const SparseMatrix& wide = is_tall ? t : a;
  const double alpha = alpha_of(a);
  const std::uint32_t size = a.rows + a.columns;
  SparseMatrix out{.rows = size, .columns = size, .row_start = {0}, .column = {}, .value = {}};
  for (std::uint32_t i = 0; i < tall.rows; ++i) {
    append_row(out, tall, i, 0);
    out.column.push_back(tall.columns + i);
    out.value.push_back(alpha);
    end_row(out);
  }
  for (std::uint32_t j = 0; j < wide.rows; ++j) {
    append_row(out, wide, j, tall.columns);
    end_row(out);
  }
  return out;
}

std::vector<double> augment_vector(const SparseMatrix& a, std::span<const double> b) {
  require(b.size() == a.rows, "a right-hand side of length {} does not fit a matrix of {} rows", b.size(),
          a.rows);
  const AugmentedPlace place = augmented_place(a.rows, a.columns);
  std::vector<double> out(place.size, 0.0);
  std::ranges::copy(b, out.begin() + place.first_of_rhs);
  return out;
}

}  // namespace mho::numeric
