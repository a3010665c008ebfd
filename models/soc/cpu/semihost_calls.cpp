// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/semihost_calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace mho::soc {
namespace {

enum Operation : std::uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWriteC = 0x03,
  kWrite0 = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kReadC = 0x07,
  kIsError = 0x08,
  kIsTty = 0x09,
  kSeek = 0x0a,
  kFlen = 0x0c,
  kRemove = 0x0e,
  kRename = 0x0f,
  kClock = 0x10,
  kTime = 0x11,
  kErrno = 0x13,
  kGetCommandLine = 0x15,
  kHeapInfo = 0x16,
  kExit = 0x18,
  kExitExtended = 0x20,
  kElapsed = 0x30,
  kTickFrequency = 0x31,
};

constexpr std::uint32_t kFailed = 0xffff'ffff;
/// The reason of an exit that is the application's own.
constexpr std::uint32_t kApplicationExit = 0x20026;
constexpr std::uint32_t kOutHandle = 1, kErrHandle = 2, kInHandle = 3;
/// Longest name, and longest string of SYS_WRITE0.
constexpr std::uint32_t kMaxName = 4096, kMaxString = 1u << 20;
constexpr std::size_t kMaxStreams = 1024;
/// Data go through the host in pieces of this size.
constexpr std::uint32_t kPieceBytes = 1u << 16;
constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000,
                        kPicosecondsPerCentisecond = 10'000'000'000, kPicosecondsPerTick = 1'000;

/// "SHFB", then a bit each for SYS_EXIT_EXTENDED and for output and errors apart.
constexpr std::array<std::uint8_t, 5> kFeatures{'S', 'H', 'F', 'B', 3};

/// open(2) flags of the modes "r", "r+", "w", "w+", "a", "a+" of fopen; each mode comes with and without "b".
constexpr std::array kOpenFlags{O_RDONLY,
                                O_RDWR,
                                O_WRONLY | O_CREAT | O_TRUNC,
                                O_RDWR | O_CREAT | O_TRUNC,
                                O_WRONLY | O_CREAT | O_APPEND,
                                O_RDWR | O_CREAT | O_APPEND};

/// Words of the parameter block at `address`.
template <std::size_t N>
std::optional<std::array<std::uint32_t, N>> read_words(SemihostTarget& target, std::uint32_t address) {
  std::array<std::uint8_t, 4 * N> bytes{};
  if (!target.read_guest(address, bytes)) return std::nullopt;
  std::array<std::uint32_t, N> words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) words[i / 4] |= std::uint32_t{bytes[i]} << 8 * (i % 4);
  return words;
}

template <std::size_t N>
bool write_words(SemihostTarget& target, std::uint32_t address, const std::array<std::uint32_t, N>& words) {
  std::array<std::uint8_t, 4 * N> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(words[i / 4] >> 8 * (i % 4));
  }
  return target.write_guest(address, bytes);
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

SemihostCalls::SemihostCalls(SemihostServices services) : services_(std::move(services)) {
  for (const Kind kind : {Kind::kOut, Kind::kErr, Kind::kIn}) streams_.push_back({.kind = kind});
}

std::uint32_t SemihostCalls::fail(int error) {
  error_ = error;
  return kFailed;
}

SemihostCalls::Stream* SemihostCalls::stream_of(std::uint32_t handle) {
  const bool is_open = handle >= 1 && handle <= streams_.size() && streams_[handle - 1].kind != Kind::kClosed;
  if (is_open) return &streams_[handle - 1];
  error_ = EBADF;
  return nullptr;
}

std::optional<std::string> SemihostCalls::name_at(SemihostTarget& target, std::uint32_t address,
                                                  std::uint32_t length) {
  if (length > kMaxName) {
    error_ = ENAMETOOLONG;
    return std::nullopt;
  }
  std::string name(length, '\0');
  if (!target.read_guest(address, {reinterpret_cast<std::uint8_t*>(name.data()), name.size()})) {
    error_ = EFAULT;
    return std::nullopt;
  }
  // The length is that of the string without its final zero; what is behind a zero is no part of a name.
  name.resize(std::min(name.size(), name.find('\0')));
  return name;
}

std::uint32_t SemihostCalls::add(Stream stream) {
  auto free = std::ranges::find(streams_, Kind::kClosed, &Stream::kind);
  if (free == streams_.end()) {
    if (streams_.size() >= kMaxStreams) return fail(EMFILE);
    free = streams_.insert(free, Stream{});
  }
  *free = std::move(stream);
  return static_cast<std::uint32_t>(free - streams_.begin()) + 1;
}

std::uint32_t SemihostCalls::open(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<3>(target, parameter);
  if (!block) return fail(EFAULT);
  const auto [address, mode, length] = *block;
  const auto name = name_at(target, address, length);
  if (!name) return kFailed;
  if (mode >= 2 * kOpenFlags.size()) return fail(EINVAL);
  if (*name == ":tt") {
    constexpr std::uint32_t kWriteModes = 4, kAppendModes = 8;
    return mode >= kAppendModes ? kErrHandle : mode >= kWriteModes ? kOutHandle : kInHandle;
  }
  if (*name == ":semihosting-features") return mode < 2 ? add({.kind = Kind::kFeatures}) : fail(EACCES);
  if (!services_.files) return fail(EACCES);
  auto opened = services_.files->open(*name, kOpenFlags[mode / 2]);
  if (opened.error != 0) return fail(opened.error);
  return add({.kind = Kind::kFile, .file = std::move(opened.file)});
}

std::uint32_t SemihostCalls::close(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<1>(target, parameter);
  if (!block) return fail(EFAULT);
  Stream* stream = stream_of((*block)[0]);
  if (stream == nullptr) return kFailed;
  const bool is_console = stream < &streams_[kInHandle];
  if (!is_console) *stream = Stream{};
  return 0;
}

std::uint32_t SemihostCalls::write_character(SemihostTarget& target, std::uint32_t address) {
  std::array<std::uint8_t, 1> letter{};
  if (!target.read_guest(address, letter)) return fail(EFAULT);
  services_.out << static_cast<char>(letter[0]) << std::flush;
  return 0;
}

std::uint32_t SemihostCalls::write_string(SemihostTarget& target, std::uint32_t address) {
  std::string text;
  for (std::array<std::uint8_t, 1> letter{}; text.size() < kMaxString;
       text.push_back(static_cast<char>(letter[0]))) {
    if (!target.read_guest(address + static_cast<std::uint32_t>(text.size()), letter) || letter[0] == 0)
      break;
  }
  services_.out << text << std::flush;
  return 0;
}

bool SemihostCalls::write_some(const Stream& stream, std::span<const std::uint8_t> data) {
  if (stream.kind == Kind::kOut || stream.kind == Kind::kErr) {
    std::ostream& out = stream.kind == Kind::kOut ? services_.out : services_.err;
    out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
    out.flush();
    return true;
  }
  if (stream.kind != Kind::kFile) {
    error_ = EBADF;
    return false;
  }
  while (!data.empty()) {
    const ssize_t written = ::write(stream.file.get(), data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      error_ = errno;
      return false;
    }
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

std::uint32_t SemihostCalls::write(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<3>(target, parameter);
  if (!block) return fail(EFAULT);
  auto [handle, address, left] = *block;
  const Stream* stream = stream_of(handle);
  if (stream == nullptr) return left;
  std::vector<std::uint8_t> piece;
  while (left > 0) {
    piece.resize(std::min(left, kPieceBytes));
    if (!target.read_guest(address, piece)) {
      error_ = EFAULT;
      return left;
    }
    if (!write_some(*stream, piece)) return left;
    address += static_cast<std::uint32_t>(piece.size());
    left -= static_cast<std::uint32_t>(piece.size());
  }
  return 0;
}

std::size_t SemihostCalls::read_some(Stream& stream, std::span<std::uint8_t> data) {
  if (stream.kind == Kind::kFeatures) {
    const auto left = std::span(kFeatures).subspan(std::min(stream.position, kFeatures.size()));
    const std::size_t taken = std::min(left.size(), data.size());
    std::copy_n(left.begin(), taken, data.begin());
    stream.position += taken;
    return taken;
  }
  if (stream.kind == Kind::kFile) {
    for (;;) {
      const ssize_t taken = ::read(stream.file.get(), data.data(), data.size());
      if (taken >= 0) return static_cast<std::size_t>(taken);
      if (errno == EINTR) continue;
      error_ = errno;
      return 0;
    }
  }
  if (stream.kind != Kind::kIn) {
    error_ = EBADF;
    return 0;
  }
  std::size_t taken = 0;
  while (taken < data.size() && services_.in != nullptr) {
    const int letter = services_.in->get();
    if (letter == std::istream::traits_type::eof()) break;
    data[taken++] = static_cast<std::uint8_t>(letter);
    if (letter == '\n') break;
  }
  return taken;
}

std::uint32_t SemihostCalls::read(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<3>(target, parameter);
  if (!block) return fail(EFAULT);
  auto [handle, address, left] = *block;
  Stream* stream = stream_of(handle);
  if (stream == nullptr) return left;
  std::vector<std::uint8_t> piece;
  while (left > 0) {
    piece.resize(std::min(left, kPieceBytes));
    // Nothing is taken from a file for which there is no room.
    if (!target.read_guest(address, piece)) {
      error_ = EFAULT;
      return left;
    }
    const std::size_t taken = read_some(*stream, piece);
    if (!target.write_guest(address, std::span(piece).first(taken))) {
      error_ = EFAULT;
      return left;
    }
    address += static_cast<std::uint32_t>(taken);
    left -= static_cast<std::uint32_t>(taken);
    if (taken < piece.size()) break;
  }
  return left;
}

std::uint32_t SemihostCalls::is_terminal(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<1>(target, parameter);
  if (!block) return fail(EFAULT);
  const Stream* stream = stream_of((*block)[0]);
  if (stream == nullptr) return kFailed;
  return stream->kind == Kind::kFile || stream->kind == Kind::kFeatures ? 0 : 1;
}

std::uint32_t SemihostCalls::seek(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<2>(target, parameter);
  if (!block) return fail(EFAULT);
  Stream* stream = stream_of((*block)[0]);
  if (stream == nullptr) return kFailed;
  if (stream->kind == Kind::kFeatures) {
    stream->position = (*block)[1];
    return 0;
  }
  if (stream->kind != Kind::kFile) return fail(ESPIPE);
  const off_t reached = ::lseek(stream->file.get(), static_cast<off_t>((*block)[1]), SEEK_SET);
  return reached < 0 ? fail(errno) : 0;
}

std::uint32_t SemihostCalls::length_of(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<1>(target, parameter);
  if (!block) return fail(EFAULT);
  const Stream* stream = stream_of((*block)[0]);
  if (stream == nullptr) return kFailed;
  if (stream->kind == Kind::kFeatures) return static_cast<std::uint32_t>(kFeatures.size());
  if (stream->kind != Kind::kFile) return 0;
  struct stat status {};
  if (::fstat(stream->file.get(), &status) != 0) return fail(errno);
  constexpr off_t kLargest = 0x7fff'ffff;
  return status.st_size > kLargest ? fail(EOVERFLOW) : static_cast<std::uint32_t>(status.st_size);
}

std::uint32_t SemihostCalls::remove(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<2>(target, parameter);
  if (!block) return fail(EFAULT);
  const auto name = name_at(target, (*block)[0], (*block)[1]);
  if (!name) return kFailed;
  return services_.files ? answer(services_.files->remove(*name)) : fail(EACCES);
}

std::uint32_t SemihostCalls::rename(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<4>(target, parameter);
  if (!block) return fail(EFAULT);
  const auto from = name_at(target, (*block)[0], (*block)[1]);
  if (!from) return kFailed;
  const auto to = name_at(target, (*block)[2], (*block)[3]);
  if (!to) return kFailed;
  return services_.files ? answer(services_.files->rename(*from, *to)) : fail(EACCES);
}

std::uint32_t SemihostCalls::get_command_line(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<2>(target, parameter);
  if (!block) return fail(EFAULT);
  const auto [address, room] = *block;
  const std::string& line = services_.command_line;
  if (room <= line.size()) return fail(E2BIG);
  const std::string with_zero(line.c_str(), line.size() + 1);
  const std::array<std::uint32_t, 2> result{address, static_cast<std::uint32_t>(line.size())};
  const bool is_written =
      target.write_guest(address, bytes_of(with_zero)) && write_words(target, parameter, result);
  return is_written ? 0 : fail(EFAULT);
}

std::uint32_t SemihostCalls::heap_info(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<1>(target, parameter);
  const std::array<std::uint32_t, 4> unknown{};
  return block && write_words(target, (*block)[0], unknown) ? 0 : fail(EFAULT);
}

std::uint32_t SemihostCalls::elapsed(SemihostTarget& target, std::uint32_t parameter) {
  const std::uint64_t ticks = target.local_time_ps() / kPicosecondsPerTick;
  const std::array<std::uint32_t, 2> words{static_cast<std::uint32_t>(ticks),
                                           static_cast<std::uint32_t>(ticks >> 32)};
  return write_words(target, parameter, words) ? 0 : fail(EFAULT);
}

std::uint32_t SemihostCalls::value_of(SemihostTarget& target, std::uint32_t operation,
                                      std::uint32_t parameter) {
  switch (operation) {
    case kOpen:
      return open(target, parameter);
    case kClose:
      return close(target, parameter);
    case kWriteC:
      return write_character(target, parameter);
    case kWrite0:
      return write_string(target, parameter);
    case kWrite:
      return write(target, parameter);
    case kRead:
      return read(target, parameter);
    case kReadC: {
      std::array<std::uint8_t, 1> letter{};
      return read_some(streams_[kInHandle - 1], letter) == 1 ? letter[0] : kFailed;
    }
    case kIsError: {
      const auto block = read_words<1>(target, parameter);
      if (!block) return fail(EFAULT);
      return (*block)[0] >> 31;
    }
    case kIsTty:
      return is_terminal(target, parameter);
    case kSeek:
      return seek(target, parameter);
    case kFlen:
      return length_of(target, parameter);
    case kRemove:
      return remove(target, parameter);
    case kRename:
      return rename(target, parameter);
    case kClock:
      return static_cast<std::uint32_t>(target.local_time_ps() / kPicosecondsPerCentisecond);
    case kTime:
      return static_cast<std::uint32_t>(target.local_time_ps() / kPicosecondsPerSecond);
    case kErrno:
      return static_cast<std::uint32_t>(error_);
    case kGetCommandLine:
      return get_command_line(target, parameter);
    case kHeapInfo:
      return heap_info(target, parameter);
    case kElapsed:
      return elapsed(target, parameter);
    case kTickFrequency:
      return static_cast<std::uint32_t>(kPicosecondsPerSecond / kPicosecondsPerTick);
    default:
      return fail(ENOSYS);
  }
}

SemihostResult SemihostCalls::call(SemihostTarget& target, std::uint32_t operation, std::uint32_t parameter) {
  if (operation == kExit) return {.value = 0, .exit_code = parameter == kApplicationExit ? 0 : 1};
  if (operation == kExitExtended) {
    const auto block = read_words<2>(target, parameter);
    const bool is_regular = block && (*block)[0] == kApplicationExit;
    return {.value = 0, .exit_code = is_regular ? static_cast<int>((*block)[1]) : 1};
  }
  return {.value = value_of(target, operation, parameter)};
}

}  // namespace mho::soc
