// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/uart16550.hpp"

#include <gmock/gmock.h>

#include "registers/uart.hpp"  // generated
#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;
using testing::ElementsAre;
using testing::Pair;

// Offsets and bits of the 16550A data sheet, written out.
enum : std::uint32_t { kData, kIer, kIir, kLcr, kMcr, kLsr, kMsr, kScr };
constexpr std::uint32_t kFcr = kIir;
constexpr std::uint64_t kCharacterPs = 1'000'000;

class UartTest : public testing::Test {
 protected:
  explicit UartTest(std::uint64_t character_time_ps = 0)
      : uart_("uart", {.cost = {}, .character_time_ps = character_time_ps}, bench_.context,
              [this](std::uint8_t byte, std::uint64_t time_ps) {
                sent_ += static_cast<char>(byte);
                sent_at_ps_.push_back(time_ps);
              }),
        driver_(bench_.context),
        irq_(uart_.irq) {
    driver_.initiator.socket.bind(uart_.socket);
    elaborate();
  }

  Bench bench_;
  std::string sent_;
  std::vector<std::uint64_t> sent_at_ps_;
  Uart16550 uart_;
  Driver driver_;
  IrqRecorder irq_;
};

class SlowUartTest : public UartTest {
 protected:
  SlowUartTest() : UartTest(kCharacterPs) {}
};

TEST_F(UartTest, StateAfterReset) {
  EXPECT_EQ(driver_.read8(kIer), 0x00);
  EXPECT_EQ(driver_.read8(kIir), 0x01);
  EXPECT_EQ(driver_.read8(kLcr), 0x00);
  EXPECT_EQ(driver_.read8(kMcr), 0x00);
  EXPECT_EQ(driver_.read8(kLsr), 0x60);
  EXPECT_EQ(driver_.read8(kMsr), 0xb0);
  EXPECT_FALSE(uart_.irq.level());
}

TEST_F(UartTest, StateAfterResetIsTheDescribedOne) {
  for (const auto& info : registers::uart::kRegisters) {
    // Descriptions of one offset overlap; the first is what a read sees without the divisor latch.
    const auto& first =
        *std::ranges::find(registers::uart::kRegisters, info.offset, &registers::RegisterInfo::offset);
    if (first.name != info.name) continue;
    EXPECT_EQ(driver_.read8(info.offset), info.reset) << info.name;
  }
}

TEST_F(UartTest, SendsAtOnceInOrder) {
  for (const char c : std::string("hi\n")) driver_.write8(kData, static_cast<std::uint8_t>(c), 250);
  EXPECT_EQ(sent_, "hi\n");
  EXPECT_THAT(sent_at_ps_, testing::Each(250u));
  EXPECT_EQ(driver_.read8(kLsr, 250), 0x60);
}

TEST_F(UartTest, WiderAccessesSeeTheByteAndZeros) {
  EXPECT_EQ(driver_.write(kScr, 0x12345678), kOk);
  EXPECT_EQ(driver_.read(kScr), 0x78u);
  std::array<std::uint8_t, 8> wide{};
  EXPECT_NE(driver_.initiator.read(kScr, wide, 0, driver_.delay), kOk);
  EXPECT_EQ(driver_.status_of_read(8), kAddressError);
}

TEST_F(UartTest, DivisorHidesDataAndInterruptEnable) {
  driver_.write8(kLcr, 0x83);
  driver_.write8(kData, 0x34);
  driver_.write8(kIer, 0x12);
  EXPECT_EQ(driver_.read8(kData), 0x34);
  EXPECT_EQ(driver_.read8(kIer), 0x12);
  driver_.write8(kLcr, 0x03);
  EXPECT_EQ(driver_.read8(kIer), 0x00);
  EXPECT_EQ(sent_, "");
}

TEST_F(UartTest, ReceivesOneByteWithoutFifoAndTheRestWhenReadLoosingNothing) {
  uart_.inject("abc");
  for (const char expected : std::string("abc")) {
    EXPECT_EQ(driver_.read8(kLsr) & 0x01, 0x01);
    EXPECT_EQ(driver_.read8(kData), expected);
  }
  EXPECT_EQ(driver_.read8(kLsr) & 0x01, 0x00);
  EXPECT_EQ(driver_.read8(kData), 0);
}

TEST_F(UartTest, ReceiveInterruptLastsUntilTheFifoIsEmpty) {
  driver_.write8(kIer, 0x01);
  uart_.inject("xy");
  EXPECT_TRUE(uart_.irq.level());
  EXPECT_EQ(driver_.read8(kIir), 0x04);
  driver_.read8(kData, 100);
  EXPECT_TRUE(uart_.irq.level());
  driver_.read8(kData, 200);
  EXPECT_THAT(irq_.changes, ElementsAre(Pair(true, 0u), Pair(false, 200u)));
  EXPECT_EQ(driver_.read8(kIir), 0x01);
}

TEST_F(UartTest, BytesBelowTheTriggerLevelTimeOut) {
  driver_.write8(kIer, 0x01);
  driver_.write8(kFcr, 0x41);  // FIFO on, trigger at 4
  uart_.inject("abc");
  EXPECT_EQ(driver_.read8(kIir), 0xcc);
  uart_.inject("d");
  EXPECT_EQ(driver_.read8(kIir), 0xc4);
}

TEST_F(UartTest, FifoHoldsSixteenBytesAndClearEmptiesIt) {
  driver_.write8(kFcr, 0x01);
  uart_.inject(std::string(20, 'z'));
  driver_.write8(kFcr, 0x03);
  // 16 were cleared, 4 were still outside.
  for (int i = 0; i < 4; ++i) EXPECT_EQ(driver_.read8(kData), 'z') << i;
  EXPECT_EQ(driver_.read8(kLsr) & 0x01, 0x00);
}

TEST_F(UartTest, TransmitInterruptIsClearedByReadingItsCauseAndSetBySending) {
  driver_.write8(kIer, 0x02);
  EXPECT_TRUE(uart_.irq.level());
  EXPECT_EQ(driver_.read8(kIir), 0x02);
  EXPECT_FALSE(uart_.irq.level());
  EXPECT_EQ(driver_.read8(kIir), 0x01);
  driver_.write8(kData, 'a');
  EXPECT_TRUE(uart_.irq.level());
}

TEST_F(UartTest, LoopbackReturnsDataAndOverrunIsReportedOnce) {
  driver_.write8(kMcr, 0x10);
  driver_.write8(kData, 'q');
  driver_.write8(kData, 'r');
  EXPECT_EQ(sent_, "");
  driver_.write8(kIer, 0x04);
  EXPECT_EQ(driver_.read8(kIir), 0x06);
  EXPECT_EQ(driver_.read8(kLsr), 0x63);
  EXPECT_EQ(driver_.read8(kLsr), 0x61);
  EXPECT_EQ(driver_.read8(kIir), 0x01);
  EXPECT_EQ(driver_.read8(kData), 'q');
  // DTR, RTS, OUT1, OUT2 return as DSR, CTS, RI, DCD.
  driver_.write8(kMcr, 0x1f);
  EXPECT_EQ(driver_.read8(kMsr), 0xf0);
  driver_.write8(kMcr, 0x11);
  EXPECT_EQ(driver_.read8(kMsr), 0x20);
  driver_.write8(kMcr, 0x12);
  EXPECT_EQ(driver_.read8(kMsr), 0x10);
  driver_.write8(kMcr, 0x14);
  EXPECT_EQ(driver_.read8(kMsr), 0x40);
}

TEST_F(UartTest, DebuggerReadsWithoutSideEffects) {
  uart_.inject("k");
  std::uint8_t byte = 0;
  UntaggedPayload access(tlm::TLM_READ_COMMAND, kData, &byte, 1);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 1u);
  EXPECT_EQ(byte, 'k');
  EXPECT_EQ(driver_.read8(kData), 'k');
}

TEST_F(SlowUartTest, CharactersLeaveOneAfterTheOther) {
  driver_.write8(kFcr, 0x01);
  for (const char c : std::string("abc")) driver_.write8(kData, static_cast<std::uint8_t>(c), 500);
  EXPECT_THAT(sent_at_ps_, ElementsAre(500 + kCharacterPs, 500 + 2 * kCharacterPs, 500 + 3 * kCharacterPs));
  // The third byte leaves the FIFO for the shift register when the second is out.
  EXPECT_EQ(driver_.read8(kLsr, 500 + 2 * kCharacterPs - 1), 0x00);
  EXPECT_EQ(driver_.read8(kLsr, 500 + 2 * kCharacterPs), 0x20);
  EXPECT_EQ(driver_.read8(kLsr, 500 + 3 * kCharacterPs), 0x60);
}

TEST_F(SlowUartTest, BytesBeyondTheFifoAreLost) {
  driver_.write8(kFcr, 0x01);
  for (int i = 0; i < 20; ++i) driver_.write8(kData, 'a');
  // One in the shift register, 16 in the FIFO.
  EXPECT_EQ(sent_.size(), 17u);
}

TEST_F(SlowUartTest, TransmitInterruptComesWhenTheFifoRunsEmpty) {
  driver_.write8(kIer, 0x02);
  driver_.read8(kIir);
  driver_.write8(kFcr, 0x01);
  driver_.read8(kIir);
  irq_.changes.clear();
  driver_.write8(kData, 'a', 100);
  driver_.read8(kIir, 100);
  irq_.changes.clear();
  driver_.write8(kData, 'b', 200);
  EXPECT_THAT(irq_.changes, testing::IsEmpty());
  run_until_ps(10 * kCharacterPs);
  EXPECT_THAT(irq_.changes, ElementsAre(Pair(true, 100 + kCharacterPs)));
}

}  // namespace
}  // namespace mho::soc
