// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/exact_text.hpp"

#include <fmt/format.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <iterator>
#include <limits>

namespace mho::platform {
namespace {

using boost::multiprecision::cpp_int;
using numeric::Real;

struct Scaled {
  cpp_int mantissa = 0;
  int exponent = 0;
};

Scaled scaled(const Real& x) {
  if (x == 0) return {};
  int exponent = 0;
  const Real fraction = frexp(x, &exponent);
  constexpr int kBits = std::numeric_limits<Real>::digits;
  Scaled out{cpp_int(ldexp(fraction, kBits)), exponent - kBits};
  const unsigned zeros = lsb(abs(out.mantissa));
  out.mantissa >>= zeros;
  out.exponent += static_cast<int>(zeros);
  return out;
}

}  // namespace

std::string exact_text(std::span<const std::vector<Real>> columns, bool is_complex) {
  std::string text = "row,column,mantissa,exponent";
  if (is_complex) text += ",imaginary mantissa,imaginary exponent";
  text += "\n";
  const std::size_t parts = is_complex ? 2 : 1;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const std::size_t rows = columns[column].size() / parts;
    for (std::size_t row = 0; row < rows; ++row) {
      fmt::format_to(std::back_inserter(text), "{},{}", row + 1, column + 1);
      for (std::size_t part = 0; part < parts; ++part) {
        const Scaled x = scaled(columns[column][part * rows + row]);
        fmt::format_to(std::back_inserter(text), ",{},{}", x.mantissa.str(), x.exponent);
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace mho::platform
