// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/json_object.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/error.hpp"
#include "platform/input/spelling.hpp"

namespace mho::platform {

using Eigen::Index;

namespace {

/// A value as a message may quote it.
std::string quoted(const nlohmann::json& value) {
  constexpr std::size_t kLongest = 40;
  const std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

std::string range_text(NumberRange range) {
  const bool has_low = range.low > -1e300, has_high = range.high < 1e300;
  const std::string low =
      has_low ? fmt::format("{} {}", range.low_is_open ? "above" : "at least", range.low) : std::string();
  const std::string high = has_high ? fmt::format("at most {}", range.high) : std::string();
  return (has_low ? ", " + low : "") + (has_high ? ", " + high : "");
}

}  // namespace

JsonObject::JsonObject(const nlohmann::json& json, std::string where, std::span<const std::string_view> known)
    : json_(json), where_(std::move(where)) {
  require(json.is_object(), "{}: {} is not a JSON object {{\"key\": value, …}}", where_, quoted(json));
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const auto nearest = nearest_word(key, known);
    throw InputError(fmt::format("{}: unknown key \"{}\"; {}", where_, key,
                                 nearest ? fmt::format("the nearest is \"{}\"", *nearest)
                                         : fmt::format("known are {}", fmt::join(known, ", "))));
  }
}

bool JsonObject::has(std::string_view key) const {
  return json_.contains(std::string(key));
}

const nlohmann::json& JsonObject::at(std::string_view key) const {
  require(has(key), "{}: the key \"{}\" is missing", where_, key);
  return json_[std::string(key)];
}

double JsonObject::checked(const nlohmann::json& value, const std::string& name, NumberRange range) const {
  require(value.is_number(), "{}: {} is {}; give a number", where_, name, quoted(value));
  const double number = value.get<double>();
  const bool fits = std::isfinite(number) && number >= range.low && number <= range.high &&
                    !(range.low_is_open && number == range.low);
  require(fits, "{}: {} is {}; it must be finite{}", where_, name, number, range_text(range));
  return number;
}

double JsonObject::number(std::string_view key, NumberRange range, std::optional<double> otherwise) const {
  if (!has(key) && otherwise) return *otherwise;
  return checked(at(key), std::string(key), range);
}

bool JsonObject::flag(std::string_view key, bool otherwise) const {
  if (!has(key)) return otherwise;
  require(at(key).is_boolean(), "{}: {} is {}; give true or false", where_, key, quoted(at(key)));
  return at(key).get<bool>();
}

Eigen::VectorXd JsonObject::vector(std::string_view key, NumberRange range, Index length) const {
  const nlohmann::json& value = at(key);
  require(value.is_array(), "{}: {} is {}; give a list of numbers", where_, key, quoted(value));
  const auto given = static_cast<Index>(value.size());
  require(length < 0 ? given > 0 : given == length, "{}: {} has {} numbers; it needs {}", where_, key, given,
          length < 0 ? 1 : length);
  Eigen::VectorXd result(given);
  for (Index i = 0; i < given; ++i)
    result[i] = checked(value[static_cast<std::size_t>(i)], fmt::format("{}[{}]", key, i), range);
  return result;
}

Eigen::VectorXd JsonObject::number_or_vector(std::string_view key, NumberRange range, Index length) const {
  if (at(key).is_number()) return Eigen::VectorXd::Constant(length, number(key, range));
  return vector(key, range, length);
}

Eigen::MatrixXd JsonObject::matrix(std::string_view key, NumberRange range, Index largest) const {
  const nlohmann::json& value = at(key);
  require(value.is_array() && !value.empty() && value[0].is_array() && !value[0].empty(),
          "{}: {} is {}; give a list of rows [[…], …], neither of them empty", where_, key, quoted(value));
  const auto rows = static_cast<Index>(value.size()), cols = static_cast<Index>(value[0].size());
  require(rows <= largest && cols <= largest, "{}: {} is {}x{}; at most {} rows and columns fit", where_, key,
          rows, cols, largest);
  Eigen::MatrixXd result(rows, cols);
  for (Index i = 0; i < rows; ++i) {
    const nlohmann::json& row = value[static_cast<std::size_t>(i)];
    require(row.is_array(), "{}: {}[{}] is {}; give a row of numbers", where_, key, i, quoted(row));
    require(static_cast<Index>(row.size()) == cols,
            "{}: {}[{}] has {} numbers and {}[0] has {}; all rows need one length", where_, key, i,
            row.size(), key, cols);
    for (Index j = 0; j < cols; ++j)
      result(i, j) = checked(row[static_cast<std::size_t>(j)], fmt::format("{}[{}][{}]", key, i, j), range);
  }
  return result;
}

std::size_t JsonObject::word(std::string_view key, std::span<const std::string_view> words) const {
  if (!has(key)) return 0;
  const nlohmann::json& value = at(key);
  const std::string given = value.is_string() ? value.get<std::string>() : std::string();
  const auto found = std::ranges::find(words, given);
  require(found != words.end(), "{}: {} is {}; it must be one of {}", where_, key, quoted(value),
          fmt::join(words, ", "));
  return static_cast<std::size_t>(found - words.begin());
}

}  // namespace mho::platform
