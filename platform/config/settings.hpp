// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The effective configuration as keys and values: the schema's defaults, a YAML file on top, single
// assignments on top of that. Every value in it has passed the schema. What depends on several keys is
// checked where the parameter structs are filled (chip_config.hpp).
//
// Errors name the place ("chip.yaml:12: …", "--set inv.cuont=3: …"), the bound or the nearest key. All errors
// of a file are reported at once, one per line.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/schema.hpp"

namespace mho::platform {

class Settings {
 public:
  /// All defaults.
  Settings();

  /// Reads a YAML file: sections as maps, keys as in the schema. Missing keys keep their value.
  /// @throws InputError for a file that cannot be read, YAML that cannot be parsed, unknown or repeated keys,
  ///                    values of a wrong type or out of range
  void load(const std::filesystem::path& file);
  /// The same from text. @param name  stands for the file in messages
  void load_text(const std::string& text, const std::string& name);

  /// "key=value", as given to --set. @throws InputError as above
  void assign(std::string_view assignment);
  /// One value; `place` is where it comes from, for messages. @param folder  what the name of a file is
  /// relative to
  void set(std::string_view key, std::string_view value, std::string_view place,
           const std::filesystem::path& folder = {});

  /// @throws InternalError when the key does not exist or has another type
  bool boolean(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double number(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  const std::vector<double>& numbers(std::string_view key) const;
  const ConfigValue& value(std::string_view key) const;
  /// The file that a key names, found from where it was set; empty: none.
  std::filesystem::path file(std::string_view key) const;

  /// Where the value comes from: "default", "chip.yaml:12", "--set inv.size=4".
  const std::string& place(std::string_view key) const;
  /// Where to look when the values of these keys do not fit each other: the place of the first one that is
  /// not a default. @param keys  one or more
  const std::string& place_to_mend(std::initializer_list<std::string_view> keys) const;

  /// One line "key=value" per parameter, sorted by key: equal texts are equal chips.
  std::string canonical() const;
  /// 32 hexadecimal digits: FNV-1a, 128 bits, of canonical() and what the files named in it hold.
  /// @throws InputError  a file cannot be read
  std::string hash() const;
  /// The whole effective configuration as a YAML file that load() accepts, with unit and meaning as comments.
  std::string to_yaml() const;

 private:
  struct Entry {
    ConfigValue value;
    std::string place;
    std::filesystem::path folder;
  };

  const Entry& entry(std::string_view key) const;

  std::vector<Entry> entries_;  ///< in the order of parameters()
};

}  // namespace mho::platform
