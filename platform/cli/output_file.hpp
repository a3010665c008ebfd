// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Files that appear complete or not at all.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mho::platform::cli {

/// Writes a file under another name and renames it; devices and pipes are written directly.
/// @throws InputError when it cannot be written; then no regular file has changed
void write_file(const std::string& file, std::string_view text);

/// Notices before a long run that `file` could not be written after it: its folder does not exist or is not
/// writable, or it is a folder itself. "-" and "" pass. @throws InputError naming `option` and the file
void expect_writable(const std::string& file, std::string_view option);

/// A file of the command line and what it was given as: "-o", "the matrix".
struct NamedFile {
  std::string_view role;
  std::string file;  ///< "" and "-": none
};

/// Notices before a run that an output would overwrite an input or another output. Devices and pipes may be
/// shared. @throws InputError naming both roles and the file
void expect_distinct(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs);

}  // namespace mho::platform::cli
