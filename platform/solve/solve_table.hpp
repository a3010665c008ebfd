// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <string>
#include <string_view>

#include "platform/solve/solve_run.hpp"

namespace mho::platform {

/// "1.234 ms", "56.78 nJ": four significant digits and the SI prefix that keeps them before 1000. "0 s" for
/// 0.
std::string with_prefix(double value, std::string_view unit);

/// The result of `mho solve` for people, many lines.
/// @param matrix  name of the file, for the head line
std::string to_table(const SolveReport& report, std::string_view matrix);

}  // namespace mho::platform
