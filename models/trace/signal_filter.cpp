// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/trace/signal_filter.hpp"

namespace mho::trace {

bool matches_glob(std::string_view pattern, std::string_view path) {
  std::size_t p = 0, s = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (s < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = s;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == path[s])) {
      ++p;
      ++s;
    } else if (star != std::string_view::npos) {
      // The last star takes one character more.
      p = star + 1;
      s = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

SignalFilter::SignalFilter(const std::vector<std::string>& patterns) {
  for (const auto& text : patterns) {
    const bool removes = text.starts_with('!');
    patterns_.push_back({.glob = text.substr(removes ? 1 : 0), .removes = removes});
  }
}

bool SignalFilter::selects(std::string_view path, Detail detail) {
  bool is_selected = detail == Detail::kDefault;
  bool is_removed = false;
  for (auto& pattern : patterns_) {
    if (!matches_glob(pattern.glob, path)) continue;
    pattern.used = true;
    (pattern.removes ? is_removed : is_selected) = true;
  }
  return is_selected && !is_removed;
}

std::vector<std::string> SignalFilter::unused_patterns() const {
  std::vector<std::string> unused;
  for (const auto& pattern : patterns_) {
    if (!pattern.used) unused.push_back((pattern.removes ? "!" : "") + pattern.glob);
  }
  return unused;
}

}  // namespace mho::trace
