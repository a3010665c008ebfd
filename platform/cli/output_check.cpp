// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/output_check.hpp"

#include <unistd.h>

#include <filesystem>
#include <vector>

#include "models/base/error.hpp"
#include "models/base/output_file.hpp"

namespace mho::platform::cli {
namespace {

namespace fs = std::filesystem;

bool is_special(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error) && !fs::is_regular_file(file, error);
}

bool is_named(const NamedFile& file) {
  return !file.file.empty() && file.file != "-";
}

bool are_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  const fs::path left = fs::weakly_canonical(a, error);
  return !error && left == fs::weakly_canonical(b, error);
}

void expect_writable(const NamedFile& output) {
  const auto& [option, file] = output;
  std::error_code error;
  require(!fs::is_directory(file, error), "{} {}: is a directory; give a file name", option, file);
  const fs::path parent = fs::path(file).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  require(fs::is_directory(folder, error), "{} {}: the folder {} does not exist", option, file, folder);
  const std::string written = is_special(file) ? file : folder;
  require(::access(written.c_str(), W_OK) == 0, "{} {}: {} is not writable", option, file, written);
}

void expect_other_file(const NamedFile& output, const NamedFile& other) {
  if (is_special(output.file)) return;
  require(!are_same(output.file, other.file), "{} {}: is the file given as {}; choose another name",
          output.role, output.file, other.role);
}

/// A file is written under another name first.
void expect_free_part(const NamedFile& output, const NamedFile& other) {
  if (is_special(output.file)) return;
  const fs::path part = OutputFile::part_of(output.file);
  require(!are_same(part, other.file), "{} {}: needs the name {}, which is given as {}; choose another name",
          output.role, output.file, part.string(), other.role);
}

}  // namespace

void expect_no_stdout(const NamedFile& output) {
  require(output.file != "-", "{} -: is not written to stdout; give a file name", output.role);
}

void check_outputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs) {
  std::vector<NamedFile> checked;
  std::string_view stdout_role;
  for (const NamedFile& output : outputs) {
    require(output.file != "-" || stdout_role.empty(),
            "{} - and {} - both want stdout; give one of them a file", stdout_role, output.role);
    if (output.file == "-") stdout_role = output.role;
    if (!is_named(output)) continue;
    expect_writable(output);
    for (const NamedFile& input : inputs) {
      if (!is_named(input)) continue;
      expect_other_file(output, input);
      expect_free_part(output, input);
    }
    for (const NamedFile& earlier : checked) {
      expect_other_file(output, earlier);
      expect_free_part(output, earlier);
      expect_free_part(earlier, output);
    }
    checked.push_back(output);
  }
}

}  // namespace mho::platform::cli
