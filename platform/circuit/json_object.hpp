// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Reads the keys of a JSON object with messages that name file, key and element, and notices keys that nobody
// asked for.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mho::platform {

/// Bounds of a number, both included unless `is_open`: then the lower one is excluded.
struct NumberRange {
  double low = -1e300;
  double high = 1e300;
  bool low_is_open = false;
};

inline constexpr NumberRange kAnyNumber{};
inline constexpr NumberRange kNotNegative{.low = 0.0};
inline constexpr NumberRange kPositive{.low = 0.0, .low_is_open = true};

class JsonObject {
 public:
  /// @param where  what messages begin with: "problem.json", "problem.json: opamp"
  /// @throws InputError unless `json` is an object whose keys are all in `known`; names the nearest one
  JsonObject(const nlohmann::json& json, std::string where, std::span<const std::string_view> known);

  bool has(std::string_view key) const;
  /// The value of a key as it is; throws InputError if it is missing.
  const nlohmann::json& at(std::string_view key) const;
  const std::string& where() const { return where_; }

  /// A number; `otherwise` if the key is absent. Without it, absence is an error.
  double number(std::string_view key, NumberRange range, std::optional<double> otherwise = {}) const;
  /// true or false; `otherwise` if the key is absent.
  bool flag(std::string_view key, bool otherwise) const;
  /// [length] numbers. A length of −1 accepts any but 0.
  Eigen::VectorXd vector(std::string_view key, NumberRange range, Eigen::Index length) const;
  /// A number for all, or [length] numbers.
  Eigen::VectorXd number_or_vector(std::string_view key, NumberRange range, Eigen::Index length) const;
  /// Rows of one length each, neither 0 nor more than `largest` rows or columns.
  Eigen::MatrixXd matrix(std::string_view key, NumberRange range, Eigen::Index largest) const;
  /// One of `words`: its index; 0 if the key is absent.
  std::size_t word(std::string_view key, std::span<const std::string_view> words) const;

  /// A JSON value as a number in range, called `name` in messages.
  double checked(const nlohmann::json& value, const std::string& name, NumberRange range) const;

 private:
  const nlohmann::json& json_;
  std::string where_;
};

}  // namespace mho::platform
