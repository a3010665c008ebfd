// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A strict, ordered mock of the registers behind firmware/hal/mmio.h: every access must be the next expected
// one, in width, direction, address and value, and none may be left over.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>

namespace mho::test {

struct MmioAccess {
  bool is_write;
  unsigned bytes;
  std::uintptr_t address;
  std::uint32_t value;  ///< written, or given to the reader

  bool operator==(const MmioAccess&) const = default;
};

/// Fixture of a driver's test. One at a time.
class MockMmio : public testing::Test {
 protected:
  MockMmio();
  ~MockMmio() override;

  /// The base address that handles in tests have.
  static constexpr std::uintptr_t kBase = 0x40000000;

  void expect_read(std::uint32_t offset, std::uint32_t value, unsigned bytes = 4);
  void expect_write(std::uint32_t offset, std::uint32_t value, unsigned bytes = 4);

  /// All accesses expected so far have happened.
  void expect_done();

 private:
  friend std::uint32_t mock_access(bool is_write, unsigned bytes, std::uintptr_t address,
                                   std::uint32_t value);
  std::deque<MmioAccess> expected_;
};

}  // namespace mho::test
