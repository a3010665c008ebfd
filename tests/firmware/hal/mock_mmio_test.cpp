// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The mock itself must be able to fail.
#include "tests/firmware/hal/mock_mmio.hpp"

#include <gtest/gtest-spi.h>

#include "firmware/hal/mmio.h"

namespace mho::test {
namespace {

using MockMmioTest = MockMmio;

TEST_F(MockMmioTest, GivesTheReaderTheExpectedValue) {
  expect_read(0x10, 0x1234);
  EXPECT_EQ(mho_mmio_read32(kBase + 0x10), 0x1234u);
}

TEST_F(MockMmioTest, RefusesAnotherOrder) {
  expect_read(0x10, 1);
  expect_write(0x14, 2);
  EXPECT_NONFATAL_FAILURE(mho_mmio_write32(kBase + 0x14, 2), "expected read32 0x1 at 0x40000010");
  EXPECT_NONFATAL_FAILURE(mho_mmio_read32(kBase + 0x10), "expected write32 0x2 at 0x40000014");
}

TEST_F(MockMmioTest, RefusesAnotherValueWidthAndAddress) {
  expect_write(0x10, 1);
  EXPECT_NONFATAL_FAILURE(mho_mmio_write32(kBase + 0x10, 3), "got write32 0x3");
  expect_write(0x10, 1);
  EXPECT_NONFATAL_FAILURE(mho_mmio_write16(kBase + 0x10, 1), "got write16 0x1");
  expect_write(0x10, 1);
  EXPECT_NONFATAL_FAILURE(mho_mmio_write32(kBase + 0x18, 1), "at 0x40000018");
}

TEST_F(MockMmioTest, RefusesWhatNobodyExpects) {
  EXPECT_NONFATAL_FAILURE(mho_mmio_read8(kBase), "unexpected: read8");
}

TEST_F(MockMmioTest, ReportsWhatIsMissing) {
  expect_write(0x10, 1);
  EXPECT_NONFATAL_FAILURE(expect_done(), "did not happen: write32 0x1 at 0x40000010");
}

}  // namespace
}  // namespace mho::test
