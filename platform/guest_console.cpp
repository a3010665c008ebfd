// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/guest_console.hpp"

#include <array>
#include <cstring>
#include <span>

namespace mho::platform {
namespace {

// "Semihosting for AArch32 and AArch64" (Arm), which RISC-V semihosting adopts: the parameter block is the
// address of the buffer and its size; the call replaces the size by the length without the final zero.
constexpr std::uint32_t kGetCommandLine = 0x15;
constexpr std::uint32_t kFailed = 0xffffffff;

}  // namespace

void GuestConsole::put(std::uint8_t byte) {
  out_.put(static_cast<char>(byte));
  if (byte == '\n') out_.flush();
}

soc::SemihostResult GuestConsole::call(soc::SemihostTarget& target, std::uint32_t operation,
                                       std::uint32_t parameter) {
  if (operation == kGetCommandLine) return {.value = get_command_line(target, parameter), .exit_code = {}};
  return console_.call(target, operation, parameter);
}

std::uint32_t GuestConsole::get_command_line(soc::SemihostTarget& target, std::uint32_t parameter) const {
  std::array<std::uint32_t, 2> block{};
  const std::span<std::uint8_t> raw(reinterpret_cast<std::uint8_t*>(block.data()), sizeof block);
  if (!target.read_guest(parameter, raw) || block[1] <= command_line_.size()) return kFailed;
  const auto* text = reinterpret_cast<const std::uint8_t*>(command_line_.c_str());
  block[1] = static_cast<std::uint32_t>(command_line_.size());
  const bool is_written =
      target.write_guest(block[0], {text, command_line_.size() + 1}) && target.write_guest(parameter, raw);
  return is_written ? 0 : kFailed;
}

}  // namespace mho::platform
