// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "models/base/error.hpp"

namespace mho::platform::cli {
namespace {

namespace fs = std::filesystem;

bool is_special(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error) && !fs::is_regular_file(file, error);
}

bool are_same_file(const NamedFile& a, const NamedFile& b) {
  if (a.file.empty() || b.file.empty() || a.file == "-" || b.file == "-" || is_special(a.file)) return false;
  std::error_code error;
  if (fs::equivalent(a.file, b.file, error)) return true;
  return fs::weakly_canonical(a.file, error) == fs::weakly_canonical(b.file, error);
}

void expect_other_file(const NamedFile& output, const NamedFile& other) {
  require(!are_same_file(output, other), "{} {}: is the file given as {}; choose another name", output.role,
          output.file, other.role);
}

}  // namespace

void expect_distinct(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const NamedFile& input : inputs) expect_other_file(outputs[i], input);
    for (const NamedFile& earlier : outputs.first(i)) expect_other_file(outputs[i], earlier);
  }
}

void write_file(const std::string& file, std::string_view text) {
  const std::string target = is_special(file) ? file : file + ".part";
  std::ofstream stream(target, std::ios::binary);
  stream << text;
  stream.close();
  require(stream.good(), "{}: cannot be written: {}", file, std::strerror(errno));
  if (target == file) return;
  std::error_code error;
  fs::rename(target, file, error);
  require(!error, "{}: cannot be written: {}", file, error.message());
}

void expect_writable(const std::string& file, std::string_view option) {
  if (file.empty() || file == "-") return;
  std::error_code error;
  require(!fs::is_directory(file, error), "{} {}: is a directory; give a file name", option, file);
  const fs::path parent = fs::path(file).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  require(fs::is_directory(folder, error), "{} {}: the folder {} does not exist", option, file, folder);
  const std::string written = is_special(file) ? file : folder;
  require(::access(written.c_str(), W_OK) == 0, "{} {}: {} is not writable", option, file, written);
}

}  // namespace mho::platform::cli
