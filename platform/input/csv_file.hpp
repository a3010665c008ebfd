// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Small tables that a user writes by hand: one row per line, fields between commas, blanks around them
// ignored, empty lines and what follows a # left out. No quotes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace mho::platform {

struct CsvRow {
  std::size_t line = 0;  ///< in the file, from 1
  std::vector<std::string> fields;
};

/// @throws InputError  the file cannot be read
std::vector<CsvRow> read_csv(const std::filesystem::path& file);

/// The bytes of a file, for a fingerprint. @throws InputError  the file cannot be read
std::string read_bytes(const std::filesystem::path& file);

}  // namespace mho::platform
