// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Files of the host that a guest may use by semihosting: regular files below one folder, and nothing else.
// Names are relative to the folder, parts separated by '/'. Refused are absolute names, "..", symbolic links
// (anywhere below the folder, wherever they lead) and files that are not regular. Every part is opened
// relative to the one before it and without following links, so that nobody can exchange a part between check
// and use. Not here: folders are not made; guests have no locks and no times of files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace mho::soc {

/// An open file of the host, closed with the object.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor = -1) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  bool is_open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

class SemihostFiles {
 public:
  /// What an operation came to: `error` is an errno of the host, 0 for success.
  struct Opened {
    FileDescriptor file;
    int error = 0;
  };

  /// @throws InputError unless `folder` is an existing folder
  explicit SemihostFiles(const std::filesystem::path& folder);

  /// @param flags  of open(2): how to read, write, create
  Opened open(const std::string& name, int flags) const;
  /// Both return an errno, 0 for success.
  int remove(const std::string& name) const;
  int rename(const std::string& from, const std::string& to) const;

 private:
  /// The folder that holds the last part of a name.
  struct Place {
    FileDescriptor folder;
    std::string last;
    int error = 0;
  };
  Place find(const std::string& name) const;

  FileDescriptor root_;
};

}  // namespace mho::soc
