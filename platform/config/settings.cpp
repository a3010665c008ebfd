// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/settings.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "models/base/error.hpp"
#include "models/base/int128.hpp"
#include "platform/input/csv_file.hpp"

namespace mho::platform {
namespace {

constexpr const char* kDefaultPlace = "default";

std::size_t index_of(std::string_view key) {
  const Parameter* parameter = find_parameter(key);
  ensure(parameter != nullptr, "configuration key '{}' is not in the schema", key);
  return static_cast<std::size_t>(parameter - parameters().data());
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(sections(), [&](const Section& s) { return s.name == name; });
}

/// Walks a YAML document and collects every error with its line.
class Walker {
 public:
  Walker(Settings& settings, const std::string& name) : settings_(settings), name_(name) {}

  void walk(const YAML::Node& root) {
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      report(root, "expected sections such as 'inv:' with keys below them");
      return;
    }
    visit(root, "");
  }

  void finish() const {
    if (!errors_.empty()) throw InputError(fmt::format("{}", fmt::join(errors_, "\n")));
  }

 private:
  static std::size_t line_of(const YAML::Node& node) {
    return static_cast<std::size_t>(node.Mark().line) + 1;
  }

  void report(const YAML::Node& node, std::string_view text) {
    errors_.push_back(fmt::format("{}:{}: {}", name_, line_of(node), text));
  }

  void visit(const YAML::Node& map, const std::string& prefix) {
    std::set<std::string> seen;
    for (const auto& pair : map) {
      if (!pair.first.IsScalar()) {
        report(pair.first, "a key must be a plain word");
        continue;
      }
      const std::string name = pair.first.Scalar();
      if (!seen.insert(name).second) {
        report(pair.first, fmt::format("key '{}{}' is given twice; keep one of them", prefix, name));
        continue;
      }
      if (prefix.empty() && is_section(name)) {
        visit_section(pair.first, pair.second, name);
      } else {
        visit_value(pair.first, pair.second, prefix + name);
      }
    }
  }

  void visit_section(const YAML::Node& name_node, const YAML::Node& node, const std::string& name) {
    if (node.IsNull()) return;
    if (!node.IsMap()) {
      report(name_node, fmt::format("'{}' is a section; put its keys below it, indented", name));
      return;
    }
    visit(node, name + '.');
  }

  /// None if it has been reported.
  std::optional<std::string> text_of(const Parameter& parameter, const YAML::Node& scalar) {
    // A quoted scalar is a text, whatever it looks like.
    if (scalar.Tag() != "!" || parameter.type == ParameterType::kText) return scalar.Scalar();
    const auto type = parameter.type == ParameterType::kNumbers ? ParameterType::kNumber : parameter.type;
    report(scalar, fmt::format("{} = \"{}\" is a text; write the {} without quotes", parameter.key,
                               scalar.Scalar(), to_string(type)));
    return std::nullopt;
  }

  /// A sequence of scalars as it is written on one line.
  std::optional<std::string> list_of(const Parameter& parameter, const YAML::Node& sequence) {
    std::vector<std::string> items;
    for (const YAML::Node& item : sequence) {
      if (!item.IsScalar() || item.Scalar().find_first_of(",[]") != std::string::npos) {
        report(item,
               fmt::format("{} must be a list of single numbers ({})", parameter.key, parameter.range()));
        return std::nullopt;
      }
      const std::optional<std::string> text = text_of(parameter, item);
      if (!text.has_value()) return std::nullopt;
      items.push_back(*text);
    }
    return fmt::format("[{}]", fmt::join(items, ", "));
  }

  void visit_value(const YAML::Node& name_node, const YAML::Node& node, const std::string& key) {
    const Parameter* parameter = find_parameter(key);
    if (parameter == nullptr) {
      report(name_node, unknown_key(key));
      return;
    }
    if (const std::size_t dot = key.find('.'); dot != std::string::npos && name_node.Scalar() == key) {
      report(name_node, fmt::format("write '{}' as a section '{}:' with the key '{}' below it", key,
                                    key.substr(0, dot), key.substr(dot + 1)));
      return;
    }
    if (parameter->type == ParameterType::kNumbers ? !node.IsSequence() : !node.IsScalar()) {
      const char* shape = parameter->type == ParameterType::kNumbers ? "list" : "single value";
      report(name_node, fmt::format("{} must be a {} ({})", key, shape, parameter->range()));
      return;
    }
    const std::optional<std::string> text =
        node.IsScalar() ? text_of(*parameter, node) : list_of(*parameter, node);
    if (!text.has_value()) return;
    try {
      settings_.set(key, *text, fmt::format("{}:{}", name_, line_of(node)),
                    std::filesystem::path(name_).parent_path());
    } catch (const InputError& error) {
      errors_.emplace_back(error.what());
    }
  }

  Settings& settings_;
  const std::string& name_;
  std::vector<std::string> errors_;
};

/// Notices where documents start and nothing else.
class DocumentCounter final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { last_line_ = mark.line + 1; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
  int last_line() const { return last_line_; }

 private:
  int last_line_ = 0;
};

/// yaml-cpp's LoadAll() never ends on some texts (",a: 1") and its Load() ignores what follows the first
/// document, so this looks one document further and no more.
std::optional<int> line_of_second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentCounter counter;
  if (!parser.HandleNextDocument(counter)) return std::nullopt;
  if (!parser.HandleNextDocument(counter)) return std::nullopt;
  return counter.last_line();
}

/// A YAML scalar in which nothing but the quote itself means anything.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

Settings::Settings() {
  for (const Parameter& parameter : parameters())
    entries_.push_back({parameter.default_value, kDefaultPlace, {}});
}

void Settings::load(const std::filesystem::path& file) {
  load_text(read_bytes(file), file.string());
}

void Settings::load_text(const std::string& text, const std::string& name) {
  YAML::Node document;
  try {
    const std::optional<int> second = line_of_second_document(text);
    if (second.has_value()) {
      throw InputError(fmt::format(
          "{}:{}: text outside the YAML document; a chip file is one document of sections and keys", name,
          *second));
    }
    document = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 0 : error.mark.line;
    throw InputError(fmt::format("{}:{}: not valid YAML: {}", name, line + 1, one_line(error.msg)));
  }
  // All or nothing: a file with errors leaves the settings as they were.
  Settings changed = *this;
  Walker walker(changed, name);
  walker.walk(document);
  walker.finish();
  *this = std::move(changed);
}

void Settings::assign(std::string_view assignment) {
  const std::string place = fmt::format("--set {}", assignment);
  const std::size_t equals = assignment.find('=');
  require(equals != std::string_view::npos && equals > 0, "{}: expected key=value, such as inv.size=4",
          place);
  set(assignment.substr(0, equals), assignment.substr(equals + 1), place);
}

void Settings::set(std::string_view key, std::string_view value, std::string_view place,
                   const std::filesystem::path& folder) {
  const Parameter* parameter = find_parameter(key);
  require(parameter != nullptr, "{}: {}", place, unknown_key(key));
  try {
    entries_[index_of(key)] = {parse_value(*parameter, value), std::string(place), folder};
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", place, error.what()));
  }
}

const Settings::Entry& Settings::entry(std::string_view key) const {
  return entries_[index_of(key)];
}

const ConfigValue& Settings::value(std::string_view key) const {
  return entry(key).value;
}
const std::string& Settings::place(std::string_view key) const {
  return entry(key).place;
}

const std::string& Settings::place_to_mend(std::initializer_list<std::string_view> keys) const {
  const auto is_given = [this](std::string_view key) { return place(key) != kDefaultPlace; };
  const auto* const given = std::ranges::find_if(keys, is_given);
  return place(given == keys.end() ? *keys.begin() : *given);
}

namespace {
template <typename T>
const T& typed(const ConfigValue& value, std::string_view key) {
  const T* typed_value = std::get_if<T>(&value);
  ensure(typed_value != nullptr, "configuration key '{}' is read as another type than the schema gives it",
         key);
  return *typed_value;
}
}  // namespace

bool Settings::boolean(std::string_view key) const {
  return typed<bool>(value(key), key);
}
std::int64_t Settings::integer(std::string_view key) const {
  return typed<std::int64_t>(value(key), key);
}
double Settings::number(std::string_view key) const {
  return typed<double>(value(key), key);
}
const std::string& Settings::text(std::string_view key) const {
  return typed<std::string>(value(key), key);
}
const std::vector<double>& Settings::numbers(std::string_view key) const {
  return typed<std::vector<double>>(value(key), key);
}

std::filesystem::path Settings::file(std::string_view key) const {
  const std::string& name = text(key);
  return name.empty() ? std::filesystem::path{} : entry(key).folder / name;
}

std::string Settings::canonical() const {
  std::vector<std::string> lines;
  for (const Parameter& parameter : parameters()) {
    lines.push_back(fmt::format("{}={}\n", parameter.key, to_string(value(parameter.key))));
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, ""));
}

std::string Settings::hash() const {
  constexpr uint128_t kBasis = (uint128_t{0x6c62272e07bb0142} << 64) | 0x62b821756295c58d;
  constexpr uint128_t kPrime = (uint128_t{1} << 88) | 0x13b;
  uint128_t hash = kBasis;
  std::string content = canonical();
  for (const Parameter& parameter : parameters()) {
    if (parameter.is_path() && !text(parameter.key).empty()) content += read_bytes(file(parameter.key));
  }
  for (const char c : content) {
    hash ^= static_cast<unsigned char>(c);
    hash *= kPrime;
  }
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash >> 64),
                     static_cast<std::uint64_t>(hash));
}

std::string Settings::to_yaml() const {
  std::string out =
      "# mho chip configuration. Every key may be left out. Trust of the defaults: P the paper itself,\n"
      "# S a secondary summary of it, D derived, C figure of other hardware, A our assumption.\n";
  const auto line = [&](std::string_view indent, std::string_view name, const Parameter& p) {
    const std::string unit = p.unit.empty() || p.unit == "1" ? "" : fmt::format("[{}] ", p.unit);
    const std::string shown = to_string(value(p.key));
    out += fmt::format("{}{}: {}  # {}{}; {} ({})\n", indent, name, p.is_path() ? quoted(shown) : shown, unit,
                       p.meaning, p.range(), p.trust);
  };
  std::string open_section;
  for (const Parameter& p : parameters()) {
    const std::size_t dot = p.key.find('.');
    if (dot == std::string::npos) {
      out += '\n';
      line("", p.key, p);
      continue;
    }
    const std::string section = p.key.substr(0, dot);
    if (section != open_section) {
      const auto found = std::ranges::find(sections(), section, &Section::name);
      out += fmt::format("\n{}:  # {}\n", section, found->meaning);
      open_section = section;
    }
    line("  ", p.key.substr(dot + 1), p);
  }
  return out;
}

}  // namespace mho::platform
