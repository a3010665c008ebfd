// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A file that appears complete or not at all: it is written as "<name>.part" beside its place and renamed at
// the end. What stands there before keeps its content until then, and for good when the writer fails. Devices
// and pipes are written directly, and a symbolic link keeps pointing where it does.
//
//     OutputFile file("x.mtx");
//     file.write(text);
//     file.commit();
//
// Not here: removal after a signal that ends the program; it leaves the .part file, never the final name.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace mho {

class OutputFile {
 public:
  /// @throws InputError when it cannot be created
  explicit OutputFile(const std::filesystem::path& path);
  /// Without commit(): removes what was written.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// A failure is reported by commit().
  void write(std::string_view text);

  /// Closes the file and gives it its name. Once. @throws InputError when it could not be written completely
  void commit();

  /// Where the text for `path` stands until commit().
  static std::filesystem::path part_of(const std::filesystem::path& path);

 private:
  std::string name_;              ///< as given, for messages
  std::filesystem::path target_;  ///< what `name_` leads to
  std::filesystem::path part_;    ///< equal to target_ for devices and pipes
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  int error_ = 0;  ///< errno of the first failure
};

/// An OutputFile of this text. @throws InputError when it cannot be written; then no regular file has changed
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace mho
