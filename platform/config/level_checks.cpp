// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/level_checks.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.hpp"
#include "platform/config/pair_checks.hpp"
#include "registers/dru.hpp"

namespace mho::platform {
namespace {

constexpr const char* kSpacing = "inv.level_spacing";
constexpr const char* kList = "inv.level_list_siemens";
constexpr const char* kLevels = "inv.levels";

/// The key that gives the number of levels.
std::string_view key_of_levels(const Settings& settings) {
  return settings.integer(kLevels) != 0 ? kLevels : "cell.levels";
}

void check_number(const Settings& settings, std::string_view key) {
  constexpr auto kMost = static_cast<std::int64_t>(registers::dru::kCapInvLevelValueCount);
  const std::string& head = settings.place_to_mend({kSpacing, key});
  require(settings.integer(key) <= kMost, "{}: {} needs {} of at most {}, but {}; choose inv.levels", head,
          described(settings, kSpacing, head), kLevels, kMost, described(settings, key, head));
}

void check_end(const Settings& settings, double given_siemens, std::string_view verb, std::string_view key) {
  const std::string& head = settings.place_to_mend({kList, key});
  require(given_siemens == settings.number(key), "{}: {} {} {} S; it must {} at {}", head, kList,
          verb == "begin" ? "begins at" : "ends at", given_siemens, verb, described(settings, key, head));
}

void check_list(const Settings& settings) {
  const std::vector<double>& list = settings.numbers(kList);
  const std::string& place = settings.place(kList);
  require(list.size() >= 2, "{}: {} has {} numbers; list 2 to {} conductances", settings.place(kSpacing),
          kList, list.size(), registers::dru::kCapInvLevelValueCount);
  const std::int64_t levels = settings.integer(kLevels);
  const std::string& head = settings.place_to_mend({kList, kLevels});
  require(levels == 0 || list.size() == static_cast<std::size_t>(levels),
          "{}: {} has {} numbers, but {}; list as many, or leave {} out", head, kList, list.size(),
          described(settings, kLevels, head), kLevels);
  const auto fault = std::ranges::adjacent_find(list, std::greater_equal<>());
  require(fault == list.end(), "{}: {} must ascend, but {} S comes after {} S", place, kList,
          fault == list.end() ? 0.0 : *std::next(fault), fault == list.end() ? 0.0 : *fault);
  check_end(settings, list.front(), "begin", "cell.g_min_siemens");
  check_end(settings, list.back(), "end", "cell.g_max_siemens");
}

}  // namespace

void check_levels(const Settings& settings) {
  const std::string& spacing = settings.text(kSpacing);
  if (spacing != "listed") {
    const std::string& head = settings.place_to_mend({kList, kSpacing});
    require(settings.numbers(kList).empty(), "{}: {} needs inv.level_spacing = listed, but {}", head, kList,
            described(settings, kSpacing, head));
  }
  if (spacing == "even") return;
  const std::string& head = settings.place_to_mend({kSpacing, "inv.slices"});
  require(settings.integer("inv.slices") != 2,
          "{}: {} needs inv.slices = 1, but {}: two slices are digits of evenly spaced levels", head,
          described(settings, kSpacing, head), described(settings, "inv.slices", head));
  if (spacing == "listed") {
    check_list(settings);
    return;
  }
  check_number(settings, key_of_levels(settings));
  const std::string& window = settings.place_to_mend({kSpacing, "cell.g_min_siemens"});
  require(settings.number("cell.g_min_siemens") > 0,
          "{}: {} needs cell.g_min_siemens above 0: levels of constant ratio never reach it", window,
          described(settings, kSpacing, window));
}

}  // namespace mho::platform
