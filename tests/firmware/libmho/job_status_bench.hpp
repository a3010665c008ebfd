// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the tests of a job's end have in common.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {

inline constexpr double kTolerance = 0x1p-24;
inline constexpr std::uint32_t kRam = 2 << 20;

/// A bench with a system that converges if nothing is done to it.
class JobStatus : public testing::Test {
 protected:
  JobStatus() : bench_({.cell_tolerance = 0.02, .ram_bytes = kRam}) {
    bench_.load(random_dominant(20, 0.6, 11), random_vector(20, 12));
  }
  /// Ends the `after`-th command of a kind with a status.
  void inject(registers::dru::DruOpcode opcode, registers::dru::DruStatus status, int after = 0) {
    bench_.dru.inject = [=, count = 0](const registers::dru::DruCommand& c) mutable {
      if (static_cast<registers::dru::DruOpcode>(c.opcode) != opcode)
        return registers::dru::DruStatus::kNotRun;
      return count++ == after ? status : registers::dru::DruStatus::kNotRun;
    };
  }
  /// Ends every command of a kind so.
  void inject_always(registers::dru::DruOpcode opcode, registers::dru::DruStatus status) {
    bench_.dru.inject = [=](const registers::dru::DruCommand& c) {
      return static_cast<registers::dru::DruOpcode>(c.opcode) == opcode ? status
                                                                        : registers::dru::DruStatus::kNotRun;
    };
  }
  DriverBench bench_;
};

}  // namespace mho::test
