// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Settings as the fields of parameters.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "models/base/error.hpp"
#include "platform/config/schema.hpp"
#include "platform/config/settings.hpp"

namespace mho::platform {

/// Reads settings and remembers which, so that no key of the schema can be without effect.
class SettingReader {
 public:
  explicit SettingReader(const Settings& settings) : settings_(settings) {}

  template <typename T>
  void read(std::string_view key, T& target) {
    used_.emplace(key);
    if constexpr (std::is_same_v<T, bool>) {
      target = settings_.boolean(key);
    } else if constexpr (std::is_integral_v<T>) {
      target = static_cast<T>(settings_.integer(key));
    } else {
      target = settings_.number(key);
    }
  }

  /// Whole picoseconds of a clock given in hertz.
  std::uint64_t period_ps(std::string_view key) {
    std::int64_t hertz = 0;
    read(key, hertz);
    return static_cast<std::uint64_t>(std::llround(1e12 / static_cast<double>(hertz)));
  }

  const std::vector<double>& numbers(std::string_view key) {
    used_.emplace(key);
    return settings_.numbers(key);
  }

  /// Empty: none.
  std::filesystem::path file(std::string_view key) {
    used_.emplace(key);
    return settings_.file(key);
  }

  bool is(std::string_view key, std::string_view choice) {
    used_.emplace(key);
    return settings_.text(key) == choice;
  }

  void expect_all_used() const {
    for (const Parameter& p : parameters()) {
      ensure(used_.contains(p.key), "configuration key '{}' has no effect", p.key);
    }
  }

 private:
  const Settings& settings_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace mho::platform
