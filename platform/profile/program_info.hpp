// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What an ELF file says about its code beyond its bytes: functions and lines. The file has been loaded
// before, so that what a program needs to run has been checked (models/soc/elf_loader.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/profile/line_table.hpp"

namespace mho::platform::profile {

/// The instructions at [address, end).
struct Function {
  std::uint32_t address = 0, end = 0;
  std::string name;
};

struct ProgramInfo {
  std::string file;
  std::uint32_t code_begin = 0, code_end = 0;  ///< of all executable sections
  std::vector<Function> functions;             ///< by address, not overlapping
  LineTable lines;

  /// The function that holds an address; empty: none.
  std::optional<std::uint32_t> function_at(std::uint32_t address) const;
  /// Where an address is, for people: "main+0x14, main.c:12", without what is not known; empty: nothing is.
  std::string place_of(std::uint32_t address) const;
};

/// Functions are symbols of type FUNC in executable sections; of several at one address the first global one
/// counts, or the first. One without a size reaches up to the next.
/// @throws InputError  damaged
ProgramInfo parse_program_info(std::span<const std::uint8_t> bytes, const std::string& file);
/// @throws InputError  also when the file cannot be read
ProgramInfo load_program_info(const std::filesystem::path& path);

}  // namespace mho::platform::profile
