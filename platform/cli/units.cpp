// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "models/base/error.hpp"

namespace mho::platform::cli {
namespace {

struct Unit {
  std::string_view name;
  double picoseconds;
};
constexpr std::array<Unit, 7> kUnits{
    {{"", 1e12}, {"s", 1e12}, {"ms", 1e9}, {"us", 1e6}, {"µs", 1e6}, {"ns", 1e3}, {"ps", 1.0}}};
constexpr double kLongestSeconds = 1e6;

}  // namespace

std::uint64_t parse_time_ps(const std::string& text, const std::string& option) {
  double number = 0.0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  std::string_view rest(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto* unit = std::ranges::find(kUnits, rest, &Unit::name);
  require(parsed.ec == std::errc() && unit != kUnits.end() && std::isfinite(number) && number >= 0,
          "{} {}: not a time; write a number and one of s, ms, us, ns, ps, such as 10us", option, text);
  const double picoseconds = number * unit->picoseconds;
  require(picoseconds <= kLongestSeconds * 1e12, "{} {}: longer than {:g} s", option, text, kLongestSeconds);
  return static_cast<std::uint64_t>(std::llround(picoseconds));
}

trace::TimeWindow parse_window(const std::string& text, const std::string& option) {
  const std::size_t colon = text.find(':');
  require(colon != std::string::npos, "{} {}: write FROM:TO, such as 10us:20us; either may be left out",
          option, text);
  const std::string from = text.substr(0, colon), to = text.substr(colon + 1);
  trace::TimeWindow window;
  if (!from.empty()) window.from_ps = parse_time_ps(from, option);
  if (!to.empty()) window.to_ps = parse_time_ps(to, option);
  require(window.from_ps <= window.to_ps, "{} {}: the window ends before it begins", option, text);
  return window;
}

}  // namespace mho::platform::cli
