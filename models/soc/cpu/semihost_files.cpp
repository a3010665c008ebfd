// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/semihost_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "models/base/error.hpp"

namespace mho::soc {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kNewFile = 0666;

/// A link in a name is a name that is not allowed, for whoever asks why.
int without_links(int error) {
  return error == ELOOP ? EACCES : error;
}

bool is_allowed_part(const std::string& part) {
  return !part.empty() && part != "." && part != "..";
}

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

SemihostFiles::SemihostFiles(const std::filesystem::path& folder)
    : root_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  require(root_.is_open(), "{}: {}; name an existing folder for the guest's files", folder.string(),
          std::strerror(errno));
}

SemihostFiles::Place SemihostFiles::find(const std::string& name) const {
  Place place{.folder = FileDescriptor(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0)), .last = {}, .error = 0};
  if (!place.folder.is_open()) place.error = errno;
  std::size_t begin = 0;
  for (std::size_t slash = name.find('/'); slash != std::string::npos && place.error == 0;
       slash = name.find('/', begin)) {
    const std::string part = name.substr(begin, slash - begin);
    begin = slash + 1;
    if (!is_allowed_part(part)) {
      place.error = EACCES;
      continue;
    }
    FileDescriptor next(::openat(place.folder.get(), part.c_str(), kFolder));
    if (!next.is_open()) place.error = without_links(errno);
    place.folder = std::move(next);
  }
  place.last = name.substr(begin);
  if (place.error == 0 && !is_allowed_part(place.last)) place.error = name.empty() ? ENOENT : EACCES;
  return place;
}

SemihostFiles::Opened SemihostFiles::open(const std::string& name, int flags) const {
  const Place place = find(name);
  if (place.error != 0) return {.file = FileDescriptor(), .error = place.error};
  // Without waiting, because a pipe would wait for its other end.
  Opened opened{
      .file = FileDescriptor(::openat(place.folder.get(), place.last.c_str(),
                                      flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, kNewFile)),
      .error = 0};
  if (!opened.file.is_open()) return {.file = FileDescriptor(), .error = without_links(errno)};
  struct stat status {};
  if (::fstat(opened.file.get(), &status) != 0) return {.file = FileDescriptor(), .error = errno};
  if (S_ISDIR(status.st_mode)) return {.file = FileDescriptor(), .error = EISDIR};
  if (!S_ISREG(status.st_mode)) return {.file = FileDescriptor(), .error = EACCES};
  return opened;
}

int SemihostFiles::remove(const std::string& name) const {
  const Place place = find(name);
  if (place.error != 0) return place.error;
  return ::unlinkat(place.folder.get(), place.last.c_str(), 0) == 0 ? 0 : errno;
}

int SemihostFiles::rename(const std::string& from, const std::string& to) const {
  const Place old_place = find(from);
  if (old_place.error != 0) return old_place.error;
  const Place new_place = find(to);
  if (new_place.error != 0) return new_place.error;
  const int result = ::renameat(old_place.folder.get(), old_place.last.c_str(), new_place.folder.get(),
                                new_place.last.c_str());
  return result == 0 ? 0 : errno;
}

}  // namespace mho::soc
