// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/token_lines.hpp"

#include <algorithm>

namespace mho::numeric {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

}  // namespace

bool TokenLines::next() {
  if (position_ >= text_.size()) return false;
  const std::size_t end = std::min(text_.find('\n', position_), text_.size());
  split(text_.substr(position_, end - position_));
  position_ = end + 1;
  ++line_;
  return true;
}

bool TokenLines::next_tokens() {
  while (next()) {
    if (used_ > 0) return true;
  }
  return false;
}

void TokenLines::split(std::string_view line) {
  used_ = 0;
  std::size_t at = 0;
  while (used_ < tokens_.size()) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size()) return;
    const std::size_t start = at;
    while (at < line.size() && !is_space(line[at])) ++at;
    tokens_[used_++] = line.substr(start, at - start);
  }
}

std::string shown(std::string_view token) {
  constexpr std::size_t kLongest = 40;
  std::string out;
  for (const char c : token.substr(0, kLongest)) out += (c >= ' ' && c <= '~') ? c : '?';
  return token.size() > kLongest ? out + "..." : out;
}

}  // namespace mho::numeric
