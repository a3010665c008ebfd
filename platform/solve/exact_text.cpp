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
  const auto zeros = static_cast<int>(lsb(abs(out.mantissa)));
  out.mantissa /= cpp_int(1) << zeros;
  out.exponent += zeros;
  return out;
}

}  // namespace

std::string exact_text(std::span<const std::vector<Real>> columns) {
  std::string text = "row,column,mantissa,exponent\n";
  for (std::size_t column = 0; column < columns.size(); ++column) {
    for (std::size_t row = 0; row < columns[column].size(); ++row) {
      const Scaled x = scaled(columns[column][row]);
      fmt::format_to(std::back_inserter(text), "{},{},{},{}\n", row + 1, column + 1, x.mantissa.str(),
                     x.exponent);
    }
  }
  return text;
}

}  // namespace mho::platform
