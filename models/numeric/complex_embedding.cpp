// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/complex_embedding.hpp"

#include "models/base/error.hpp"

namespace mho::numeric {
namespace {

/// Row i of the two blocks first and sign·second, side by side.
void append_row(SparseMatrix& out, const SparseMatrix& pattern, std::uint32_t i,
                std::span<const double> first, std::span<const double> second, double sign_of_second) {
  const auto begin = pattern.row_start[i], end = pattern.row_start[i + 1];
  for (auto k = begin; k < end; ++k) {
    if (first[k] == 0) continue;
    out.column.push_back(pattern.column[k]);
    out.value.push_back(first[k]);
  }
  for (auto k = begin; k < end; ++k) {
    if (second[k] == 0) continue;
    out.column.push_back(pattern.columns + pattern.column[k]);
    out.value.push_back(sign_of_second * second[k]);
  }
  out.row_start.push_back(static_cast<std::uint32_t>(out.value.size()));
}

}  // namespace

SparseMatrix embed(const SparseMatrix& real, std::span<const double> imaginary) {
  require(imaginary.size() == real.nonzeros(), "{} imaginary parts do not fit {} real ones", imaginary.size(),
          real.nonzeros());
  SparseMatrix out{
      .rows = 2 * real.rows, .columns = 2 * real.columns, .row_start = {0}, .column = {}, .value = {}};
  for (std::uint32_t i = 0; i < real.rows; ++i) append_row(out, real, i, real.value, imaginary, -1);
  for (std::uint32_t i = 0; i < real.rows; ++i) append_row(out, real, i, imaginary, real.value, 1);
  return out;
}

std::vector<double> embed_vectors(std::span<const double> real, std::span<const double> imaginary,
                                  std::uint32_t n) {
  require(real.size() == imaginary.size() && n > 0 && real.size() % n == 0,
          "{} real and {} imaginary parts are no vectors of length {}", real.size(), imaginary.size(), n);
  std::vector<double> out;
  for (std::size_t first = 0; first < real.size(); first += n) {
    for (const auto& part : {real.subspan(first, n), imaginary.subspan(first, n)})
      out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace mho::numeric
