// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/semihosting.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace mho::soc {
namespace {

constexpr std::uint32_t kOpen = 0x01, kClose = 0x02, kWriteC = 0x03, kWrite0 = 0x04, kWrite = 0x05,
                        kIsTty = 0x09, kClock = 0x10, kErrno = 0x13, kExit = 0x18, kExitExtended = 0x20;
constexpr std::uint32_t kFailed = 0xffff'ffff;
/// The reason of an exit that is the application's own.
constexpr std::uint32_t kApplicationExit = 0x20026;
constexpr std::uint32_t kStdin = 0, kStdout = 1, kStderr = 2;
/// Nothing longer is written in one call or read as a string.
constexpr std::uint32_t kMaxBytes = 1u << 20;
constexpr std::uint64_t kPicosecondsPerCentisecond = 10'000'000'000;

/// Words of the parameter block at `address`.
template <std::size_t N>
std::optional<std::array<std::uint32_t, N>> read_words(SemihostTarget& target, std::uint32_t address) {
  std::array<std::uint8_t, 4 * N> bytes{};
  if (!target.read_guest(address, bytes)) return std::nullopt;
  std::array<std::uint32_t, N> words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) words[i / 4] |= std::uint32_t{bytes[i]} << 8 * (i % 4);
  return words;
}

}  // namespace

std::uint32_t ConsoleSemihost::open(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<3>(target, parameter);
  std::array<std::uint8_t, 4> name{};
  if (!block || !target.read_guest((*block)[0], name)) return kFailed;
  if (std::string(name.begin(), name.end() - 1) != ":tt" || name[3] != 0) return kFailed;
  constexpr std::uint32_t kWriteModes = 4, kAppendModes = 8;
  const std::uint32_t mode = (*block)[1];
  return mode >= kAppendModes ? kStderr : mode >= kWriteModes ? kStdout : kStdin;
}

std::uint32_t ConsoleSemihost::write(SemihostTarget& target, std::uint32_t parameter) {
  const auto block = read_words<3>(target, parameter);
  if (!block) return kFailed;
  const auto [handle, address, length] = *block;
  if ((handle != kStdout && handle != kStderr) || length > kMaxBytes) return length;
  std::string text(length, '\0');
  if (!target.read_guest(address, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()})) return length;
  (handle == kStdout ? out_ : err_) << text << std::flush;
  return 0;
}

std::uint32_t ConsoleSemihost::write_string(SemihostTarget& target, std::uint32_t address) {
  std::string text;
  for (std::array<std::uint8_t, 1> letter{}; text.size() < kMaxBytes;
       text.push_back(static_cast<char>(letter[0]))) {
    if (!target.read_guest(address + static_cast<std::uint32_t>(text.size()), letter) || letter[0] == 0)
      break;
  }
  out_ << text << std::flush;
  return 0;
}

SemihostResult ConsoleSemihost::call(SemihostTarget& target, std::uint32_t operation,
                                     std::uint32_t parameter) {
  switch (operation) {
    case kOpen:
      return {.value = open(target, parameter)};
    case kClose:
    case kErrno:
      return {.value = 0};
    case kWriteC: {
      std::array<std::uint8_t, 1> letter{};
      if (!target.read_guest(parameter, letter)) return {.value = kFailed};
      out_ << static_cast<char>(letter[0]) << std::flush;
      return {.value = 0};
    }
    case kWrite0:
      return {.value = write_string(target, parameter)};
    case kWrite:
      return {.value = write(target, parameter)};
    case kIsTty:
      return {.value = 1};
    case kClock:
      return {.value = static_cast<std::uint32_t>(target.local_time_ps() / kPicosecondsPerCentisecond)};
    case kExit:
      return {.value = 0, .exit_code = parameter == kApplicationExit ? 0 : 1};
    case kExitExtended: {
      const auto block = read_words<2>(target, parameter);
      if (!block) return {.value = 0, .exit_code = 1};
      const bool is_regular = (*block)[0] == kApplicationExit;
      return {.value = 0, .exit_code = is_regular ? static_cast<int>((*block)[1]) : 1};
    }
    default:
      return {.value = kFailed};
  }
}

}  // namespace mho::soc
