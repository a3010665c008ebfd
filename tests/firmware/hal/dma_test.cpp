// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/dma.h"

#include "tests/firmware/hal/mock_mmio.hpp"

namespace mho::test {
namespace {

class DmaTest : public MockMmio {
 protected:
  mho_dma_t dma{kBase};
};

TEST_F(DmaTest, BadArgumentsTouchNothing) {
  std::uint32_t causes = 0;
  EXPECT_EQ(mho_dma_check(nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_start(nullptr, {1, 2, 3}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_start(&dma, {0x1000, 0x2000, 0}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_start(&dma, {0xfffffff0, 0x2000, 17}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_start(&dma, {0x2000, 0xfffffff0, 17}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_get_status(nullptr, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_get_status(&dma, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_irq_pending(&dma, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_irq_pending(nullptr, &causes), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_irq_acknowledge(&dma, 4), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_irq_enable(&dma, 0x80000000), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dma_irq_force(nullptr, 1), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(DmaTest, ChecksTheId) {
  expect_read(0, 0x4d48444d);
  EXPECT_EQ(mho_dma_check(&dma), MHO_HAL_OK);
  expect_read(0, 0);
  EXPECT_EQ(mho_dma_check(&dma), MHO_HAL_WRONG_BLOCK);
}

TEST_F(DmaTest, StartWritesTheStartBitLast) {
  expect_read(0x08, 0x100);
  expect_write(0x10, 0x80000001);
  expect_write(0x14, 0x80002003);
  expect_write(0x18, 17);
  expect_write(0x04, 1);
  EXPECT_EQ(mho_dma_start(&dma, {.source = 0x80000001, .destination = 0x80002003, .bytes = 17}), MHO_HAL_OK);
}

TEST_F(DmaTest, StretchMayEndWithTheAddressSpace) {
  expect_read(0x08, 0);
  expect_write(0x10, 0xfffffff0);
  expect_write(0x14, 0);
  expect_write(0x18, 16);
  expect_write(0x04, 1);
  EXPECT_EQ(mho_dma_start(&dma, {0xfffffff0, 0, 16}), MHO_HAL_OK);
}

TEST_F(DmaTest, BusyControllerIsLeftAlone) {
  expect_read(0x08, 1);
  EXPECT_EQ(mho_dma_start(&dma, {0x1000, 0x2000, 4}), MHO_HAL_BUSY);
}

TEST_F(DmaTest, Status) {
  mho_dma_status_t status{};
  expect_read(0x08, 0x301);
  expect_read(0x30, 0x12345678);
  EXPECT_EQ(mho_dma_get_status(&dma, &status), MHO_HAL_OK);
  EXPECT_TRUE(status.is_busy);
  EXPECT_EQ(status.result, MHO_DMA_RESULT_READ_ERROR);
  EXPECT_EQ(status.fault_address, 0x12345678u);
}

TEST_F(DmaTest, Interrupts) {
  std::uint32_t causes = 0;
  expect_read(0x20, 2);
  EXPECT_EQ(mho_dma_irq_pending(&dma, &causes), MHO_HAL_OK);
  EXPECT_EQ(causes, MHO_DMA_IRQ_STATE_ERROR_MASK);
  expect_write(0x20, 2);
  EXPECT_EQ(mho_dma_irq_acknowledge(&dma, 2), MHO_HAL_OK);
  expect_write(0x24, 3);
  EXPECT_EQ(mho_dma_irq_enable(&dma, 3), MHO_HAL_OK);
  expect_write(0x28, 1);
  EXPECT_EQ(mho_dma_irq_force(&dma, 1), MHO_HAL_OK);
}

}  // namespace
}  // namespace mho::test
