// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Guest programs for tests of the machine, assembled in place, and machines that run them.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "models/soc/elf_loader.hpp"
#include "models/soc/memory_map.hpp"
#include "platform/machine.hpp"
#include "tests/models/soc/cpu/assembler.hpp"
#include "tests/models/soc/elf_builder.hpp"

namespace mho::test {

namespace map = soc::memory_map;

/// An assembler that starts at the RAM's base and knows how guests speak and end.
class Guest : public Assembler {
 public:
  Guest() : Assembler(soc::kRamBase) {}

  void store(std::uint32_t address, std::uint32_t value) {
    li(t5, address);
    li(t6, value);
    sw(t6, t5, 0);
  }
  void load(Reg rd, std::uint32_t address) {
    li(rd, address);
    lw(rd, rd, 0);
  }
  /// Prints the low byte of a register.
  void put(Reg character) {
    li(t5, map::kUartBase);
    sb(character, t5, 0);
  }
  void print(std::string_view text) {
    for (const char c : text) {
      li(t6, static_cast<std::uint8_t>(c));
      put(t6);
    }
  }
  /// Ends through the finisher.
  void finish_with(std::uint32_t code) {
    store(map::kFinisherBase, code == 0 ? 0x5555 : code << 16 | 0x3333);
    j(here_label());
  }
  /// Ends with the code in a register, 1 … 65535.
  void finish_with(Reg code) {
    slli(t6, code, 16);
    li(t5, 0x3333);
    or_(t6, t6, t5);
    li(t5, map::kFinisherBase);
    sw(t6, t5, 0);
    j(here_label());
  }
  /// A semihosting call: operation in a0, parameter in a1, result in a0.
  void semihost(std::uint32_t operation) {
    li(a0, operation);
    word(0x01f01013);
    ebreak();
    word(0x40705013);
  }

  /// The ELF file; `symbols` as (name, address).
  std::vector<std::uint8_t> elf(std::vector<std::pair<std::string, std::uint32_t>> symbols = {}) {
    ElfBuilder builder;
    const auto code = finish();
    builder.entry = soc::kRamBase;
    builder.segments = {
        {.address = soc::kRamBase, .data = code, .memory_bytes = static_cast<std::uint32_t>(code.size())}};
    builder.symbols = std::move(symbols);
    return builder.build();
  }
};

struct GuestRun {
  platform::RunResult result;
  std::string console;
};

/// Runs one ELF file on a machine of its own.
inline GuestRun run_guest(const std::vector<std::uint8_t>& elf, const platform::MachineOptions& options = {},
                          const platform::MachineParams& params = {}, trace::TraceSink* trace = nullptr,
                          trace::TransactionLog* transactions = nullptr) {
  std::ostringstream console;
  platform::Machine machine(params, options,
                            {.console = console, .trace = trace, .transactions = transactions});
  machine.load(soc::parse_elf(elf, "guest.elf"));
  GuestRun run{.result = machine.run(), .console = {}};
  EXPECT_TRUE(machine.ledger().audit());
  run.console = console.str();
  return run;
}

}  // namespace mho::test
