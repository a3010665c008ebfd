// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/numeric/exact_reference.hpp"

namespace mho::platform {

/// Answers to the last bit, as CSV: a line `row,column,mantissa,exponent` for each unknown, rows and columns
/// from 1, then x = mantissa · 2^exponent; the mantissa is an odd integer of any length, or 0 with exponent
/// 0. Lines are ordered by column, then row.
///
/// Of complex answers a line is `row,column,mantissa,exponent,imaginary mantissa,imaginary exponent`.
/// @param columns  one vector for each right-hand side, finite; complex ones: all real parts, then as many
///                 imaginary ones
std::string exact_text(std::span<const std::vector<numeric::Real>> columns, bool is_complex = false);

}  // namespace mho::platform
