// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/input/csv_file.hpp"

#include <fstream>
#include <sstream>
#include <string_view>

#include "models/base/error.hpp"

namespace mho::platform {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = text.find(',');
    fields.emplace_back(trimmed(text.substr(0, comma)));
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
  return fields;
}

}  // namespace

std::string read_bytes(const std::filesystem::path& file) {
  std::error_code error;
  require(!std::filesystem::is_directory(file, error), "{}: is a directory; give a file", file.string());
  std::ifstream in(file, std::ios::binary);
  require(in.is_open(), "{}: cannot be opened; check the path and the permissions", file.string());
  std::ostringstream text;
  text << in.rdbuf();
  require(!in.bad(), "{}: reading failed", file.string());
  return std::move(text).str();
}

std::vector<CsvRow> read_csv(const std::filesystem::path& file) {
  std::istringstream text(read_bytes(file));
  std::vector<CsvRow> rows;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    const std::string_view content = trimmed(std::string_view(line).substr(0, line.find('#')));
    if (!content.empty()) rows.push_back({.line = number, .fields = fields_of(content)});
  }
  return rows;
}

}  // namespace mho::platform
