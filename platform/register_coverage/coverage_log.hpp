// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Watches the bus and the interrupt lines of a machine and counts what software does with the registers. It
// asks the models nothing. Accesses that were answered with an error and those of a debugger do not count.
//
// Statuses of command lists are those that the DRU writes into the rings which RING_BASE and RING_ENTRIES
// describe. What stays in the CPU, such as the results of functions, is on no bus.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "models/trace/access_log.hpp"
#include "platform/register_coverage/register_use.hpp"

namespace mho::platform::register_coverage {

class CoverageLog final : public trace::AccessLog {
 public:
  CoverageLog();

  void accessed(const trace::Access& access) override;
  void raised(std::string_view line) override;
  void taken(std::uint32_t cause) override;
  /// The host has read how a right-hand side ended (enum job_status).
  void job_ended(std::uint32_t status);

  const RegisterCoverage& coverage() const { return coverage_; }

 private:
  enum class Initiator { kCpu, kUnit };
  /// Where a register or an element of one is in its block.
  using Offsets = std::unordered_map<std::uint32_t, std::vector<std::size_t>>;
  struct Ring {
    std::uint32_t base = 0, entries = 0;
  };

  /// @param offset  of the access in the instance of the block  @returns whether a window is there
  bool count_in_window(std::size_t place, std::uint32_t offset, const trace::Access& access);
  void count_in_registers(std::size_t place, std::uint32_t offset, const trace::Access& access);
  /// The index of the register that an access reaches; the number of registers: none.
  std::size_t reached(std::size_t place, std::uint32_t offset, bool is_write) const;
  void count(std::size_t place, std::size_t index, std::uint64_t value, Initiator initiator, bool is_write);
  /// What is written decides which register an address is, or where rings are.
  void follow(std::size_t place, std::uint32_t base, const registers::RegisterInfo& info,
              std::uint64_t value);
  void find_status(const trace::Access& access);

  RegisterCoverage coverage_;
  std::vector<Offsets> offsets_;  ///< as places()
  /// Value last written to a byte-wide register that others are selected by, by address.
  std::unordered_map<std::uint32_t, std::uint64_t> selectors_;
  std::unordered_map<std::uint32_t, Ring> rings_;  ///< by the address of the context's registers
};

}  // namespace mho::platform::register_coverage
