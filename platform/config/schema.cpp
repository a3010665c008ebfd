// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "models/base/error.hpp"
#include "platform/input/spelling.hpp"

extern "C" const char mho_chip_schema_begin[];
extern "C" const char mho_chip_schema_end[];

namespace mho::platform {
namespace {

using Json = nlohmann::ordered_json;

ParameterType type_of(const std::string& name) {
  if (name == "boolean") return ParameterType::kBoolean;
  if (name == "integer") return ParameterType::kInteger;
  if (name == "number") return ParameterType::kNumber;
  if (name == "array") return ParameterType::kNumbers;
  ensure(name == "string", "chip schema: type '{}' is not supported", name);
  return ParameterType::kText;
}

ConfigValue default_of(const Json& json, ParameterType type) {
  switch (type) {
    case ParameterType::kBoolean:
      return json.get<bool>();
    case ParameterType::kInteger:
      return json.get<std::int64_t>();
    case ParameterType::kNumber:
      return json.get<double>();
    case ParameterType::kNumbers:
      return json.get<std::vector<double>>();
    case ParameterType::kText:
      break;
  }
  return json.get<std::string>();
}

void read_bounds(const Json& json, Parameter& p) {
  if (json.contains("minimum")) p.minimum = json.at("minimum").get<double>();
  if (json.contains("exclusiveMinimum")) {
    p.minimum = json.at("exclusiveMinimum").get<double>();
    p.excludes_minimum = true;
  }
  if (json.contains("maximum")) p.maximum = json.at("maximum").get<double>();
}

Parameter parameter_of(std::string key, const Json& json) {
  Parameter p;
  p.key = std::move(key);
  p.type = type_of(json.at("type").get<std::string>());
  p.default_value = default_of(json.at("default"), p.type);
  read_bounds(p.type == ParameterType::kNumbers ? json.at("items") : json, p);
  if (json.contains("maxItems")) p.most_items = json.at("maxItems").get<std::size_t>();
  if (json.contains("multipleOf")) p.multiple_of = json.at("multipleOf").get<std::int64_t>();
  if (json.contains("enum")) p.choices = json.at("enum").get<std::vector<std::string>>();
  p.unit = json.at("unit").get<std::string>();
  p.meaning = json.at("description").get<std::string>();
  p.source = json.at("source").get<std::string>();
  p.trust = json.at("trust").get<std::string>().at(0);
  return p;
}

struct Schema {
  std::vector<Section> sections;
  std::vector<Parameter> parameters;

  Schema() {
    const Json json = Json::parse(schema_text());
    for (const auto& [name, entry] : json.at("properties").items()) {
      if (entry.at("type") != "object") {
        parameters.push_back(parameter_of(name, entry));
        continue;
      }
      sections.push_back({name, entry.at("description").get<std::string>()});
      for (const auto& [key, inner] : entry.at("properties").items()) {
        parameters.push_back(parameter_of(name + '.' + key, inner));
      }
    }
  }
};

const Schema& schema() {
  static const Schema instance;
  return instance;
}

template <typename T>
bool parses(std::string_view text, T& value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

std::int64_t parse_integer(const Parameter& p, std::string_view text) {
  constexpr double kLargestExact = 9007199254740992;  // 2^53
  std::int64_t value = 0;
  if (parses(text, value)) return value;
  double number = 0;
  const bool is_whole =
      parses(text, number) && std::abs(number) <= kLargestExact && std::trunc(number) == number;
  require(is_whole, "{} = {} is not an integer; allowed: {}", p.key, text, p.range());
  return static_cast<std::int64_t>(number);
}

void check_range(const Parameter& p, std::string_view text, double value) {
  if (p.minimum.has_value()) {
    require(p.excludes_minimum ? value > *p.minimum : value >= *p.minimum,
            "{} = {} is too small; allowed: {}", p.key, text, p.range());
  }
  if (p.maximum.has_value())
    require(value <= *p.maximum, "{} = {} is too large; allowed: {}", p.key, text, p.range());
}

/// Texts of users appear in messages of one line.
std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string out(text.substr(0, kLongest));
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return out;
}

double parse_number(const Parameter& p, const std::string& text) {
  double value = 0;
  require(parses(text, value) && std::isfinite(value),
          "{} = {} is not a finite number in plain SI{}; allowed: {}", p.key, text,
          p.unit.empty() ? "" : fmt::format(" ({})", p.unit), p.range());
  check_range(p, text, value);
  return value;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<double> parse_numbers(const Parameter& p, std::string_view raw) {
  std::string_view rest = trimmed(raw);
  require(rest.size() >= 2 && rest.front() == '[' && rest.back() == ']',
          "{} = {} is not a list such as [1, 2]; allowed: {}", p.key, shown(raw), p.range());
  rest = trimmed(rest.substr(1, rest.size() - 2));
  std::vector<double> list;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    list.push_back(parse_number(p, shown(trimmed(rest.substr(0, comma)))));
    if (comma == std::string_view::npos) break;
    rest = trimmed(rest.substr(comma + 1));
    require(!rest.empty(), "{} ends with a comma; allowed: {}", p.key, p.range());
  }
  require(list.size() <= p.most_items, "{} has {} numbers; allowed: {}", p.key, list.size(), p.range());
  return list;
}

}  // namespace

std::string_view to_string(ParameterType type) {
  switch (type) {
    case ParameterType::kBoolean:
      return "boolean";
    case ParameterType::kInteger:
      return "integer";
    case ParameterType::kNumber:
      return "number";
    case ParameterType::kNumbers:
      return "list of numbers";
    case ParameterType::kText:
      break;
  }
  return "text";
}

std::string to_string(const ConfigValue& value) {
  const auto text = [](const auto& v) {
    if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::vector<double>>) {
      return fmt::format("[{}]", fmt::join(v, ", "));
    } else {
      return fmt::format("{}", v);
    }
  };
  return std::visit(text, value);
}

std::string Parameter::range() const {
  if (type == ParameterType::kBoolean) return "true or false";
  if (is_path()) return "a file, or empty";
  if (!choices.empty()) return fmt::format("{}", fmt::join(choices, " or "));
  std::string text;
  const std::string low = minimum.has_value() ? fmt::format("{}", *minimum) : "";
  const std::string high = maximum.has_value() ? fmt::format("{}", *maximum) : "";
  const bool is_integer = type == ParameterType::kInteger;
  const auto bound = [&](double v) { return is_integer ? fmt::format("{:.0f}", v) : fmt::format("{}", v); };
  if (minimum.has_value() && maximum.has_value() && !excludes_minimum) {
    text = fmt::format("{} to {}", bound(*minimum), bound(*maximum));
  } else {
    if (minimum.has_value())
      text = fmt::format("{} {}", excludes_minimum ? "above" : "at least", bound(*minimum));
    if (maximum.has_value()) text += fmt::format("{}at most {}", text.empty() ? "" : ", ", bound(*maximum));
  }
  if (multiple_of != 1) text += fmt::format(", a multiple of {}", multiple_of);
  if (type == ParameterType::kNumbers) return fmt::format("a list of at most {}, each {}", most_items, text);
  return text;
}

std::string_view schema_text() {
  return {mho_chip_schema_begin, static_cast<std::size_t>(mho_chip_schema_end - mho_chip_schema_begin)};
}

const std::vector<Parameter>& parameters() {
  return schema().parameters;
}
const std::vector<Section>& sections() {
  return schema().sections;
}

const Parameter* find_parameter(std::string_view key) {
  const auto& all = parameters();
  const auto found = std::ranges::find(all, key, &Parameter::key);
  return found == all.end() ? nullptr : &*found;
}

std::string unknown_key(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Parameter& p : parameters()) keys.push_back(p.key);
  const auto nearest = nearest_word(key, keys);
  const std::string hint = nearest ? fmt::format("the nearest is '{}' (", *nearest) : std::string();
  return fmt::format("unknown key '{}'; {}mho config --defaults lists all{}", key, hint, nearest ? ")" : "");
}

ConfigValue parse_value(const Parameter& p, std::string_view raw) {
  const std::string text = shown(raw);
  switch (p.type) {
    case ParameterType::kBoolean:
      require(text == "true" || text == "false", "{} = {} is neither true nor false", p.key, text);
      return text == "true";
    case ParameterType::kInteger: {
      const std::int64_t value = parse_integer(p, text);
      check_range(p, text, static_cast<double>(value));
      require(value % p.multiple_of == 0, "{} = {} is not a multiple of {}; allowed: {}", p.key, text,
              p.multiple_of, p.range());
      return value;
    }
    case ParameterType::kNumber:
      return parse_number(p, text);
    case ParameterType::kNumbers:
      return parse_numbers(p, raw);
    case ParameterType::kText:
      break;
  }
  if (p.is_path()) {
    require(std::ranges::none_of(raw, [](char c) { return static_cast<unsigned char>(c) < ' '; }),
            "{} = {} is not the name of a file", p.key, text);
    return std::string(raw);
  }
  require(std::ranges::find(p.choices, text) != p.choices.end(), "{} = {} is not a choice; allowed: {}",
          p.key, text, p.range());
  return text;
}

}  // namespace mho::platform
