// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The two ways in which C++ code of mho fails. Results of a computation (no convergence, instability,
// saturation, clipping) are never exceptions: they are a status in the result.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace mho {

/// Wrong input from a user: a file, an option, a configuration key, an argument of a model.
/// The message is one line that says what is wrong, where, and what to do. Programs end with exit code 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A broken invariant of mho itself. Programs end with exit code 70 and ask for a report.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws InputError with the formatted text unless `condition` holds.
template <typename... Args>
void require(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) [[unlikely]] {
    throw InputError(fmt::format(text, std::forward<Args>(args)...));
  }
}

/// Throws InternalError with the formatted text unless `condition` holds. Stays on in release builds.
template <typename... Args>
void ensure(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) [[unlikely]] {
    throw InternalError(fmt::format(text, std::forward<Args>(args)...));
  }
}

}  // namespace mho
