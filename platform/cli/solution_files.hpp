// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The files that `mho solve` writes x to.
#pragma once

#include <string>

#include "platform/solve/solve_run.hpp"

namespace mho::platform::cli {

/// Names; "-" is stdout, empty: not asked for.
struct SolutionFiles {
  std::string rounded;  ///< Matrix Market, 17 digits
  std::string exact;    ///< to the last bit (exact_text.hpp)
};

/// Writes x of all right-hand sides, or says on stderr which file is not written and why: there is no x, or
/// it does not fit a double.
/// @param matrix  what was solved, for the comment in the file
/// @returns  whether all files were written that were asked for
/// @throws InputError  a file cannot be written
bool write_solution(const SolutionFiles& files, const SolveReport& report, const std::string& matrix);

}  // namespace mho::platform::cli
