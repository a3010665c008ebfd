// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Files that appear complete or not at all.
#pragma once

#include <string>
#include <string_view>

namespace mho::platform::cli {

/// Writes a file under another name and renames it; devices and pipes are written directly.
/// @throws InputError when it cannot be written; then no regular file has changed
void write_file(const std::string& file, std::string_view text);

/// Notices before a long run that `file` could not be written after it: its folder does not exist or is not
/// writable, or it is a folder itself. "-" and "" pass. @throws InputError naming `option` and the file
void expect_writable(const std::string& file, std::string_view option);

}  // namespace mho::platform::cli
