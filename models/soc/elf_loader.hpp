// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Reads statically linked RV32 little-endian executables: loadable segments at their physical addresses,
// entry point, symbols. Not supported, with a message that says so: other machines, 64-bit and big-endian
// files, relocatable and position-independent files. Debug information is ignored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mho::soc {

struct ElfSegment {
  std::uint32_t address = 0;       ///< physical address
  std::vector<std::uint8_t> data;  ///< from the file
  std::uint32_t memory_bytes = 0;  ///< ≥ data.size(); the rest is zero
};

struct ElfImage {
  std::string file;
  std::uint32_t entry = 0;
  std::vector<ElfSegment> segments;
  std::map<std::string, std::uint32_t, std::less<>> symbols;  ///< name → value; local symbols included

  std::optional<std::uint32_t> symbol(std::string_view name) const;
  /// One past the highest address that a segment takes; 0 without segments.
  std::uint64_t end_address() const;
};

/// @param bytes  the whole file
/// @param file   its name, for messages
/// @throws InputError naming the file: not ELF, another machine, class or byte order, not an executable,
///         truncated, nothing to load, entry point in no segment
ElfImage parse_elf(std::span<const std::uint8_t> bytes, const std::string& file);

/// Reads and parses. @throws InputError also when the file cannot be read
ElfImage load_elf(const std::filesystem::path& path);

/// Copies the segments into a memory that starts at `base`, zero-filling as the file says.
/// @throws InputError naming the file and the segment that lies outside; then nothing has been copied
void place_elf(const ElfImage& image, std::uint32_t base, std::span<std::uint8_t> memory);

}  // namespace mho::soc
