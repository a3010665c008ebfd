// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A text by lines and the words of a line, with errors that name the line.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "models/base/error.hpp"

namespace mho::numeric {

class TokenLines {
 public:
  /// No line has more tokens than this; further ones are left out.
  static constexpr std::size_t kMostTokens = 6;

  /// @param text  outlives this; lines end with LF or CRLF
  /// @param name  of the file, for messages
  TokenLines(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  /// Goes to the next line, blank or not; false at the end of the text.
  bool next();
  /// Goes to the next line with a token; false at the end of the text.
  bool next_tokens();

  /// Of the line, parted by blanks.
  std::span<const std::string_view> tokens() const { return std::span(tokens_).first(used_); }
  /// Number of the line, from 1; 0: before the first.
  std::size_t line() const { return line_; }
  const std::string& name() const { return name_; }

  /// @throws InputError  "name:line: text"
  template <typename... Args>
  [[noreturn]] void fail_at(std::size_t line, fmt::format_string<Args...> text, Args&&... args) const {
    throw InputError(fmt::format("{}:{}: {}", name_, line, fmt::format(text, std::forward<Args>(args)...)));
  }
  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
    fail_at(line_, text, std::forward<Args>(args)...);
  }

 private:
  void split(std::string_view line);

  std::string_view text_;
  std::string name_;
  std::size_t position_ = 0;
  std::size_t line_ = 0;
  std::array<std::string_view, kMostTokens> tokens_{};
  std::size_t used_ = 0;
};

/// A token as it may be shown in a one-line message.
std::string shown(std::string_view token);

}  // namespace mho::numeric
