// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Finisher, CLINT and PLIC: offsets are those of QEMU's virt machine, written out.
#include "firmware/hal/clint.h"
#include "firmware/hal/finisher.h"
#include "firmware/hal/plic.h"
#include "tests/firmware/hal/mock_mmio.hpp"

namespace mho::test {
namespace {

class FinisherTest : public MockMmio {
 protected:
  mho_finisher_t finisher{kBase};
};

TEST_F(FinisherTest, SuccessAndFailure) {
  expect_write(0, 0x5555);
  mho_finisher_exit(&finisher, 0);
  expect_write(0, 0x00013333);
  mho_finisher_exit(&finisher, 1);
  expect_write(0, 0xffff3333);
  mho_finisher_exit(&finisher, 0xffff);
}

class ClintTest : public MockMmio {
 protected:
  mho_clint_t clint{kBase};
};

TEST_F(ClintTest, TimeInOnePiece) {
  expect_read(0xbffc, 5);
  expect_read(0xbff8, 0x80000001);
  expect_read(0xbffc, 5);
  EXPECT_EQ(mho_clint_time(&clint), 0x580000001u);
}

TEST_F(ClintTest, TimeWhoseLowHalfWrapsIsReadAgain) {
  expect_read(0xbffc, 5);
  expect_read(0xbff8, 0xffffffff);
  expect_read(0xbffc, 6);
  expect_read(0xbff8, 2);
  expect_read(0xbffc, 6);
  EXPECT_EQ(mho_clint_time(&clint), 0x600000002u);
}

TEST_F(ClintTest, CompareIsNeverDueTooEarly) {
  expect_write(0x4004, 0xffffffff);
  expect_write(0x4000, 0x89abcdef);
  expect_write(0x4004, 0x01234567);
  mho_clint_set_compare(&clint, 0x0123456789abcdef);
}

TEST_F(ClintTest, SoftwareInterrupt) {
  expect_write(0, 1);
  mho_clint_set_software_interrupt(&clint, true);
  expect_write(0, 0);
  mho_clint_set_software_interrupt(&clint, false);
}

class PlicTest : public MockMmio {
 protected:
  mho_plic_t plic{kBase};
};

TEST_F(PlicTest, BadArgumentsTouchNothing) {
  bool pending = false;
  EXPECT_EQ(mho_plic_set_priority(nullptr, 1, 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_priority(&plic, 0, 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_priority(&plic, 96, 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_priority(&plic, 1, 8), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_enabled(nullptr, 1, true), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_enabled(&plic, 0, true), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_enabled(&plic, 96, true), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_threshold(nullptr, 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_set_threshold(&plic, 8), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_is_pending(nullptr, 1, &pending), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_is_pending(&plic, 0, &pending), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_plic_is_pending(&plic, 1, nullptr), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(PlicTest, PriorityAndThreshold) {
  expect_write(4 * 11, 7);
  EXPECT_EQ(mho_plic_set_priority(&plic, 11, 7), MHO_HAL_OK);
  expect_write(0x200000, 3);
  EXPECT_EQ(mho_plic_set_threshold(&plic, 3), MHO_HAL_OK);
}

TEST_F(PlicTest, EnableKeepsTheOtherSources) {
  expect_read(0x2004, 0x80000001);
  expect_write(0x2004, 0x80000005);
  EXPECT_EQ(mho_plic_set_enabled(&plic, 34, true), MHO_HAL_OK);
  expect_read(0x2000, 0x00000c00);
  expect_write(0x2000, 0x00000400);
  EXPECT_EQ(mho_plic_set_enabled(&plic, 11, false), MHO_HAL_OK);
}

TEST_F(PlicTest, Pending) {
  bool pending = false;
  expect_read(0x1008, 1u << 31);
  EXPECT_EQ(mho_plic_is_pending(&plic, 95, &pending), MHO_HAL_OK);
  EXPECT_TRUE(pending);
  expect_read(0x1000, ~(1u << 10));
  EXPECT_EQ(mho_plic_is_pending(&plic, 10, &pending), MHO_HAL_OK);
  EXPECT_FALSE(pending);
}

TEST_F(PlicTest, ClaimAndComplete) {
  expect_read(0x200004, 11);
  EXPECT_EQ(mho_plic_claim(&plic), 11u);
  expect_write(0x200004, 11);
  mho_plic_complete(&plic, 11);
}

}  // namespace
}  // namespace mho::test
