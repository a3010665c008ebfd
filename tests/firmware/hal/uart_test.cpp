// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Offsets and bits are those of the 16550 data sheet, written out.
#include "firmware/hal/uart.h"

#include "tests/firmware/hal/mock_mmio.hpp"

namespace mho::test {
namespace {

class UartTest : public MockMmio {
 protected:
  mho_uart_t uart{kBase};
};

TEST_F(UartTest, NullIsABadArgument) {
  std::uint8_t byte = 0;
  EXPECT_EQ(mho_uart_enable_fifos(nullptr, 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_uart_send(nullptr, 'x'), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_uart_receive(nullptr, &byte), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_uart_receive(&uart, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_uart_set_interrupts(nullptr, true, true), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(UartTest, SendsWhenTheTransmitterIsEmpty) {
  expect_read(5, 0x20, 1);
  expect_write(0, 'x', 1);
  EXPECT_EQ(mho_uart_send(&uart, 'x'), MHO_HAL_OK);
}

TEST_F(UartTest, BusyTransmitterGetsNothing) {
  expect_read(5, 0x40 | 0x01, 1);
  EXPECT_EQ(mho_uart_send(&uart, 'x'), MHO_HAL_BUSY);
}

TEST_F(UartTest, ReceivesWhatWaits) {
  std::uint8_t byte = 0;
  expect_read(5, 0x01, 1);
  expect_read(0, 'y', 1);
  EXPECT_EQ(mho_uart_receive(&uart, &byte), MHO_HAL_OK);
  EXPECT_EQ(byte, 'y');
}

TEST_F(UartTest, EmptyReceiverLeavesTheByteAlone) {
  std::uint8_t byte = 7;
  expect_read(5, 0x60, 1);
  EXPECT_EQ(mho_uart_receive(&uart, &byte), MHO_HAL_EMPTY);
  EXPECT_EQ(byte, 7);
}

TEST_F(UartTest, FifoTriggers) {
  for (const auto& [trigger, code] : {std::pair{1u, 0x00u}, {4u, 0x40u}, {8u, 0x80u}, {14u, 0xc0u}}) {
    expect_write(2, 0x07u | code, 1);
    EXPECT_EQ(mho_uart_enable_fifos(&uart, trigger), MHO_HAL_OK);
  }
  for (const std::uint32_t trigger : {0u, 2u, 15u, 256u}) {
    EXPECT_EQ(mho_uart_enable_fifos(&uart, trigger), MHO_HAL_BAD_ARGUMENT);
  }
}

TEST_F(UartTest, InterruptCauses) {
  expect_write(1, 0, 1);
  expect_write(1, 1, 1);
  expect_write(1, 2, 1);
  EXPECT_EQ(mho_uart_set_interrupts(&uart, false, false), MHO_HAL_OK);
  EXPECT_EQ(mho_uart_set_interrupts(&uart, true, false), MHO_HAL_OK);
  EXPECT_EQ(mho_uart_set_interrupts(&uart, false, true), MHO_HAL_OK);
}

}  // namespace
}  // namespace mho::test
