// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which signals a trace holds, and for which stretch of simulated time. The names of the signals are not
// here: models declare them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/trace/trace_sink.hpp"

namespace mho::trace {

/// True if `path` matches `pattern` as a whole; `*` stands for any characters, dots included, `?` for one.
/// Cost: O(|path| · |pattern|) at worst.
bool matches_glob(std::string_view pattern, std::string_view path);

/// From `from_ps` up to and including `to_ps`.
struct TimeWindow {
  std::uint64_t from_ps = 0;
  std::uint64_t to_ps = ~0ull;
};

/// kDefault signals are selected, kDetail signals when a pattern matches them. A pattern that begins with `!`
/// removes what it matches, of either kind, whatever the order of the patterns.
class SignalFilter {
 public:
  SignalFilter() = default;
  explicit SignalFilter(const std::vector<std::string>& patterns);

  bool selects(std::string_view path, Detail detail);
  /// Patterns that no path given to selects() has matched: most likely a typing error of the user.
  std::vector<std::string> unused_patterns() const;

 private:
  struct Pattern {
    std::string glob;
    bool removes = false;
    bool used = false;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace mho::trace
