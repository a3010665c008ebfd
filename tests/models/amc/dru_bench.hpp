// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Command lists for the refinement unit, as firmware would write them: vectors and tiles in memory, a ring of
// descriptors, one list per submission.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/models/amc/amc_bench.hpp"

namespace mho::amc::test {

using dru_reg::DruOpcode;
using dru_reg::DruStatus;
using dru_reg::TileFormat;
using dru_reg::TileKind;

inline constexpr std::uint32_t kRing = map::kRamBase;
inline constexpr std::uint32_t kRingEntries = 4;
inline constexpr std::uint32_t kLists = map::kRamBase + 0x1000;
inline constexpr std::uint32_t kData = map::kRamBase + 0x100000;

struct Operands {
  std::uint32_t dst = 0, a = 0, b = 0, flags = 0;
};

inline dru_reg::DruCommand command(DruOpcode opcode, Operands operands = {},
                                   std::vector<std::uint32_t> args = {}) {
  dru_reg::DruCommand out;
  out.opcode = static_cast<std::uint8_t>(opcode);
  out.flags = static_cast<std::uint8_t>(operands.flags);
  out.dst = static_cast<std::uint16_t>(operands.dst);
  out.a = static_cast<std::uint16_t>(operands.a);
  out.b = static_cast<std::uint16_t>(operands.b);
  std::copy(args.begin(), args.end(), out.arg.begin());
  return out;
}
inline std::uint32_t u32(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}
inline dru_reg::DruCommand end_of_list(std::uint32_t code = 0) {
  return command(DruOpcode::kEnd, {}, {code});
}

using Commands = std::vector<dru_reg::DruCommand>;

inline std::uint32_t status_of(const dru_reg::DruDescriptor& descriptor) {
  return descriptor.status;
}
inline std::uint32_t value_of(DruStatus status) {
  return static_cast<std::uint32_t>(status);
}

class DruBench : public AmcBench {
 public:
  explicit DruBench(const AmcParams& params = small_params(), trace::TraceSink* trace = nullptr)
      : AmcBench(params, trace) {}

  std::uint32_t reg(std::uint32_t offset) { return host.read32(map::kDruBase + offset); }
  void set(std::uint32_t offset, std::uint32_t value) { host.write32(map::kDruBase + offset, value); }

  /// In a process.
  void set_up_ring(std::uint32_t base = kRing) {
    set(dru_reg::kCtrlOffset, 0);
    set(dru_reg::kRingBaseOffset, base);
    set(dru_reg::kRingEntriesOffset, kRingEntries);
    set(dru_reg::kIrqEnableOffset, dru_reg::kIrqEnableWriteMask);
    set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask);
    submitted_ = 0;
  }

  /// Puts `list` into memory at `address` and a descriptor for it into the ring, without ringing the
  /// doorbell.
  void prepare(const std::vector<dru_reg::DruCommand>& list, dru_reg::DruDescriptor descriptor = {},
               std::uint32_t address = kLists) {
    store_all(address, list);
    if (descriptor.list_address == 0) descriptor.list_address = address;
    if (descriptor.list_commands == 0) descriptor.list_commands = static_cast<std::uint32_t>(list.size());
    if (descriptor.job_id == 0) descriptor.job_id = 7;
    descriptor.flags |= dru_reg::kDescriptorFlagIrq;
    put(descriptor);
  }
  void put(const dru_reg::DruDescriptor& descriptor) {
    store(kRing + submitted_ % kRingEntries * dru_reg::kDescriptorBytes, descriptor);
    ++submitted_;
  }
  void ring() { set(dru_reg::kDoorbellOffset, submitted_); }
  void wait_for_completion() {
    while (reg(dru_reg::kHeadOffset) != submitted_) sc_core::wait(1, sc_core::SC_US);
  }
  dru_reg::DruDescriptor last_descriptor() {
    return load<dru_reg::DruDescriptor>(kRing + (submitted_ - 1) % kRingEntries * dru_reg::kDescriptorBytes);
  }

  /// Runs one list to its end; returns its completed descriptor.
  dru_reg::DruDescriptor execute(const std::vector<dru_reg::DruCommand>& list,
                                 dru_reg::DruDescriptor descriptor = {}) {
    run([&] {
      set_up_ring();
      prepare(list, descriptor);
      ring();
      wait_for_completion();
    });
    return last_descriptor();
  }
  /// The same, expecting status OK.
  dru_reg::DruDescriptor execute_ok(std::vector<dru_reg::DruCommand> list) {
    list.push_back(end_of_list());
    const auto done = execute(list);
    EXPECT_EQ(static_cast<DruStatus>(done.status), DruStatus::kOk)
        << "status " << done.status << " at command " << done.fault_command << ", detail "
        << done.fault_detail;
    return done;
  }
  /// Expects `list` (END is appended) to stop with `status` at its last command.
  dru_reg::DruDescriptor expect_fault(std::vector<dru_reg::DruCommand> list, DruStatus status,
                                      std::uint32_t detail) {
    const auto at = static_cast<std::uint32_t>(list.size() - 1);
    list.push_back(end_of_list());
    const auto done = execute(list);
    EXPECT_EQ(static_cast<DruStatus>(done.status), status) << "status " << done.status;
    EXPECT_EQ(done.fault_command, at);
    EXPECT_EQ(done.fault_detail, detail);
    return done;
  }

  void put_vector(std::uint32_t address, std::int32_t exponent, const std::vector<std::int32_t>& words) {
    store(address, dru_reg::DruVector{exponent, static_cast<std::uint32_t>(words.size())});
    store_all(address + 8, words);
  }
  numeric::FixedVector vector_at(std::uint32_t address) {
    const auto header = load<dru_reg::DruVector>(address);
    numeric::FixedVector out{header.exponent, std::vector<std::int32_t>(header.length)};
    for (std::uint32_t i = 0; i < header.length; ++i) out.words[i] = load<std::int32_t>(address + 8 + 4 * i);
    return out;
  }
  numeric::FixedScalar scalar_at(std::uint32_t address) {
    const auto scalar = load<dru_reg::DruScalar>(address);
    return {scalar.mantissa, scalar.exponent};
  }

  static dru_reg::DruCommand load_command(std::uint32_t slot, std::uint32_t address, std::size_t length) {
    return command(DruOpcode::kLoad, {.dst = slot}, {address, static_cast<std::uint32_t>(length)});
  }
  static dru_reg::DruCommand store_command(std::uint32_t slot, std::uint32_t address) {
    return command(DruOpcode::kStore, {.a = slot}, {address});
  }
  static dru_reg::DruCommand program_command(std::uint32_t tile, std::uint32_t address) {
    return command(DruOpcode::kProgram, {.b = tile}, {address});
  }

  std::uint32_t submitted_ = 0;
};

}  // namespace mho::amc::test
