// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which line of which source an instruction comes from, by the section .debug_line of DWARF 2 to 5
// (dwarfstd.org, chapter 6.2). Not here: 64-bit DWARF, and everything else that debug information says.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mho::platform::profile {

/// The instructions at [address, end) come from this line.
struct LineRow {
  std::uint32_t address = 0, end = 0;
  std::uint32_t file = 0;  ///< index into LineTable::files
  std::uint32_t line = 0;  ///< from 1 on; 0: from no line
};

/// A recommended place for a breakpoint: the statement of a line begins at the instruction at `address`,
/// which may come from another line where the compiler has mixed them.
struct Statement {
  std::uint32_t address = 0;
  std::uint32_t file = 0;  ///< index into LineTable::files
  std::uint32_t line = 0;  ///< from 1 on
};

struct LineTable {
  std::vector<std::string> files;
  std::vector<LineRow> rows;  ///< by address, not overlapping; a row holds one instruction or more
  std::vector<Statement> statements;

  /// The row that holds an address, or null.
  const LineRow* find(std::uint32_t address) const;
};

/// Sections of one ELF file; empty where it has none.
struct LineSections {
  std::span<const std::uint8_t> line, line_strings, strings;
};

/// A name is that of the file as the compiler was told it, behind the compilation's folder unless one of them
/// is absolute. A folder that is itself relative was renamed at compile time together with the names
/// (-ffile-prefix-map) and is left out.
/// @param what  of the program, for messages
/// @throws InputError  damaged, or not DWARF 2 to 5 of 32 bits
LineTable read_line_table(const LineSections& sections, const std::string& what);

}  // namespace mho::platform::profile
