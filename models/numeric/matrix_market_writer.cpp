// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <fmt/format.h>

#include <cmath>

#include "models/base/error.hpp"
#include "models/numeric/matrix_market.hpp"

namespace mho::numeric {
namespace {

std::string head_of_vectors(std::string_view field, std::size_t rows, std::uint32_t columns,
                            std::string_view comment) {
  require(comment.find_first_of("\r\n") == std::string_view::npos,
          "a comment of a vector file must be one line");
  std::string text = fmt::format("%%MatrixMarket matrix array {} general\n", field);
  if (!comment.empty()) text += fmt::format("% {}\n", comment);
  return text + fmt::format("{} {}\n", rows, columns);
}

std::string element_text(double value) {
  require(std::isfinite(value), "a vector with an element that is not finite cannot be written");
  return fmt::format("{:.16e}", value);
}

}  // namespace

std::string format_vectors(std::span<const double> x, std::uint32_t columns, std::string_view comment) {
  std::string text = head_of_vectors("real", x.size() / columns, columns, comment);
  for (const double value : x) text += element_text(value) + "\n";
  return text;
}

std::string format_complex_vectors(std::span<const double> x, std::span<const double> imaginary,
                                   std::uint32_t columns, std::string_view comment) {
  require(x.size() == imaginary.size(), "{} real parts do not fit {} imaginary ones", x.size(),
          imaginary.size());
  std::string text = head_of_vectors("complex", x.size() / columns, columns, comment);
  for (std::size_t i = 0; i < x.size(); ++i)
    text += element_text(x[i]) + " " + element_text(imaginary[i]) + "\n";
  return text;
}

}  // namespace mho::numeric
