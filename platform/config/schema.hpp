// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The parameters of a chip as chip.schema.json describes them: the one place that knows every key with its
// type, range, default, unit, meaning, source and trust letter. The file is part of the program. Not here:
// what the keys do (chip_config.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mho::platform {

enum class ParameterType : std::uint8_t { kBoolean, kInteger, kNumber, kText, kNumbers };
/// "boolean", "integer", "number", "text", "list of numbers".
std::string_view to_string(ParameterType type);

/// The alternative always fits the parameter's type.
using ConfigValue = std::variant<bool, std::int64_t, double, std::string, std::vector<double>>;

/// Shortest text that reads back as the same value.
std::string to_string(const ConfigValue& value);

struct Parameter {
  std::string key;  ///< dotted: "inv.size"
  ParameterType type = ParameterType::kText;
  ConfigValue default_value;
  std::optional<double> minimum, maximum;  ///< of each number of a list
  bool excludes_minimum = false;           ///< the minimum itself is not allowed
  std::int64_t multiple_of = 1;            ///< of integers
  std::vector<std::string> choices;        ///< of texts
  std::size_t most_items = 0;              ///< of lists
  std::string unit;                        ///< empty: none
  std::string meaning, source;
  char trust = 'A';  ///< P, S, D, C or A

  /// A text that names a file: any, or none if empty.
  bool is_path() const { return type == ParameterType::kText && choices.empty(); }
  /// "8 to 128", "above 0, at most 1", "theory or measured", …
  std::string range() const;
};

struct Section {
  std::string name;  ///< "inv"
  std::string meaning;
};

/// The schema as JSON Schema, draft 7, with unit, source and trust as annotations.
std::string_view schema_text();

/// In the order of the schema. Read once; thread-safe.
const std::vector<Parameter>& parameters();
const std::vector<Section>& sections();

/// Null when there is no such key.
const Parameter* find_parameter(std::string_view key);

/// What to say of a key that does not exist, with the one that was probably meant.
std::string unknown_key(std::string_view key);

/// A value of the parameter's type within its range, from text as a user writes it. Integers may be written
/// as 1e9, numbers as 1e-9; booleans are true and false; lists are [1e-9, 2e-9], or [] for none.
/// @throws InputError "KEY = TEXT is …" without a place
ConfigValue parse_value(const Parameter& parameter, std::string_view text);

}  // namespace mho::platform
