// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/base/output_file.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include "models/base/error.hpp"

namespace mho {
namespace {

namespace fs = std::filesystem;

fs::path target_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error)) return path;
  const fs::path target = fs::weakly_canonical(path, error);
  return error ? path : target;
}

}  // namespace

fs::path OutputFile::part_of(const fs::path& path) {
  std::error_code error;
  fs::path part = target_of(path);
  if (!fs::exists(part, error) || fs::is_regular_file(part, error)) part += ".part";
  return part;
}

OutputFile::OutputFile(const fs::path& path)
    : name_(path.string()),
      target_(target_of(path)),
      part_(part_of(path)),
      file_(std::fopen(part_.c_str(), "wb"), &std::fclose) {
  require(file_ != nullptr, "{}: cannot be written: {}", name_, std::strerror(errno));
}

OutputFile::~OutputFile() {
  if (part_.empty() || part_ == target_) return;
  std::error_code ignored;
  fs::remove(part_, ignored);
}

void OutputFile::write(std::string_view text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
  if (!is_written && error_ == 0) error_ = errno;
}

void OutputFile::commit() {
  if (std::fclose(file_.release()) != 0 && error_ == 0) error_ = errno;
  require(error_ == 0, "{}: could not be written completely: {}", name_, std::strerror(error_));
  if (part_ == target_) return;
  std::error_code error;
  fs::rename(part_, target_, error);
  require(!error, "{}: cannot be written: {}", name_, error.message());
  part_.clear();
}

void write_file(const fs::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace mho
