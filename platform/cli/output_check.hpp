// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What every command asks of its outputs before it begins.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mho::platform::cli {

/// A file of the command line and what it was given as: "-o", "the matrix".
struct NamedFile {
  std::string_view role;
  std::string file;  ///< "": none, "-": stdin or stdout
};

/// @throws InputError if the output is to go to stdout, for what is written to files only
void expect_no_stdout(const NamedFile& output);

/// Notices before a long run what would fail or destroy something after it: an output whose folder does not
/// exist or is not writable or which is a folder itself, one that would overwrite an input or another output
/// (devices and pipes may be shared), and two that want stdout.
/// @throws InputError naming roles and file
void check_outputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs);

}  // namespace mho::platform::cli
