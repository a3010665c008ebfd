// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the guest can say to the host and ask from it: UART output and the semihosting console on one stream,
// and its command line (SYS_GET_CMDLINE). There is no access to the host's files.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "models/soc/cpu/semihosting.hpp"

namespace mho::platform {

class GuestConsole final : public soc::SemihostHandler {
 public:
  /// @param out           must outlive the object
  /// @param command_line  program name and arguments, separated by spaces
  GuestConsole(std::ostream& out, std::string command_line)
      : out_(out), console_(out, out), command_line_(std::move(command_line)) {}

  void put(std::uint8_t byte);

  soc::SemihostResult call(soc::SemihostTarget& target, std::uint32_t operation,
                           std::uint32_t parameter) override;

 private:
  std::uint32_t get_command_line(soc::SemihostTarget& target, std::uint32_t parameter) const;

  std::ostream& out_;
  soc::ConsoleSemihost console_;
  std::string command_line_;
};

}  // namespace mho::platform
