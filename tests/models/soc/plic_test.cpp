// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/plic.hpp"

#include <gmock/gmock.h>

#include "models/base/error.hpp"
#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;
using testing::ElementsAre;
using testing::Pair;

constexpr std::uint32_t kPending = 0x1000, kEnable = 0x2000, kThreshold = 0x20'0000, kClaim = 0x20'0004;

class PlicTest : public testing::Test {
 protected:
  PlicTest() : plic_("plic", {}, bench_.context), driver_(bench_.context), irq_(plic_.irq) {
    driver_.initiator.socket.bind(plic_.socket);
    elaborate();
  }
  void enable(unsigned source, std::uint32_t priority) {
    driver_.write(4 * source, priority);
    const std::uint32_t word = kEnable + source / 32 * 4;
    driver_.write(word, driver_.read(word) | (1u << source % 32));
  }
  void raise(unsigned source, std::uint64_t time_ps = 0) { plic_.set_level(source, true, time_ps); }
  void lower(unsigned source, std::uint64_t time_ps = 0) { plic_.set_level(source, false, time_ps); }

  Bench bench_;
  Plic plic_;
  Driver driver_;
  IrqRecorder irq_;
};

TEST_F(PlicTest, StateAfterResetIsTheDescribedOne) {
  for (const auto& info : registers::plic::kRegisters) {
    for (std::uint32_t i = 0; i < info.count; ++i) {
      EXPECT_EQ(driver_.read(info.offset + i * info.stride), info.reset) << info.name;
    }
  }
}

TEST_F(PlicTest, SourcesOutsideTheRangeAreOurMistake) {
  tlm_base::IrqLine line;
  EXPECT_THROW(plic_.connect(line, 0), InternalError);
  EXPECT_THROW(plic_.connect(line, 96), InternalError);
}

TEST_F(PlicTest, InterruptsOnlyWhenEnabledWithAPriority) {
  raise(10, 100);
  EXPECT_EQ(driver_.read(kPending), 1u << 10);
  EXPECT_FALSE(plic_.irq.level());
  driver_.write(4 * 10, 1);
  EXPECT_FALSE(plic_.irq.level());
  driver_.write(kEnable, 1u << 10, 700);
  EXPECT_THAT(irq_.changes, ElementsAre(Pair(true, 700u)));
  driver_.write(4 * 10, 0, 900);
  EXPECT_EQ(irq_.changes.back(), std::pair(false, std::uint64_t{900}));
  EXPECT_EQ(driver_.read(kClaim), 0u);
}

TEST_F(PlicTest, ClaimTakesHighestPriorityThenLowestSource) {
  enable(5, 3);
  enable(64, 7);
  enable(12, 7);
  enable(95, 1);
  for (const unsigned source : {5u, 64u, 12u, 95u}) raise(source);
  for (const unsigned expected : {12u, 64u, 5u, 95u, 0u}) EXPECT_EQ(driver_.read(kClaim), expected);
}

TEST_F(PlicTest, ThresholdHoldsBackItsPriorityAndBelow) {
  enable(3, 4);
  raise(3);
  driver_.write(kThreshold, 4, 10);
  EXPECT_FALSE(plic_.irq.level());
  driver_.write(kThreshold, 3, 20);
  EXPECT_TRUE(plic_.irq.level());
  EXPECT_EQ(driver_.read(kThreshold), 3u);
}

TEST_F(PlicTest, ClaimLowersTheLineUntilTheSourceIsCompletedAndStillHigh) {
  enable(10, 1);
  raise(10, 100);
  EXPECT_EQ(driver_.read(kClaim, 200), 10u);
  EXPECT_EQ(driver_.read(kPending), 0u);
  EXPECT_EQ(driver_.read(kClaim, 250), 0u);
  driver_.write(kClaim, 10, 300);
  lower(10, 400);
  EXPECT_THAT(irq_.changes,
              ElementsAre(Pair(true, 100u), Pair(false, 200u), Pair(true, 300u), Pair(false, 400u)));
}

TEST_F(PlicTest, SourceThatFellWhileInServiceIsOverAfterCompletion) {
  enable(10, 1);
  raise(10);
  EXPECT_EQ(driver_.read(kClaim), 10u);
  lower(10);
  driver_.write(kClaim, 10);
  EXPECT_FALSE(plic_.irq.level());
  raise(10);
  EXPECT_TRUE(plic_.irq.level());
}

TEST_F(PlicTest, CompletionOfAnotherOrDisabledSourceDoesNothing) {
  enable(10, 1);
  raise(10);
  EXPECT_EQ(driver_.read(kClaim), 10u);
  for (const std::uint32_t wrong : {0u, 9u, 95u, 96u, 0xffffffffu}) driver_.write(kClaim, wrong);
  EXPECT_FALSE(plic_.irq.level());
  driver_.write(kEnable, 0);
  driver_.write(kClaim, 10);
  driver_.write(kEnable, 1u << 10);
  EXPECT_FALSE(plic_.irq.level());
}

TEST_F(PlicTest, SourceZeroDoesNotExist) {
  driver_.write(0, 7);
  EXPECT_EQ(driver_.read(0), 0u);
  driver_.write(kEnable, 1);
  EXPECT_EQ(driver_.read(kEnable), 0u);
}

TEST_F(PlicTest, RegistersKeepTheirBits) {
  driver_.write(4 * 95, 0xff);
  EXPECT_EQ(driver_.read(4 * 95), 7u);
  driver_.write(kEnable + 8, 0xa5a5a5a5);
  EXPECT_EQ(driver_.read(kEnable + 8), 0xa5a5a5a5u);
  driver_.write(kPending, 0xffffffff);
  EXPECT_EQ(driver_.read(kPending), 0u);
  EXPECT_EQ(driver_.status_of_read(4 * 96), kAddressError);
  EXPECT_EQ(driver_.status_of_read(kEnable + 12), kAddressError);
  EXPECT_EQ(driver_.status_of_read(0x20'1000), kAddressError);
}

TEST_F(PlicTest, DebuggerDoesNotClaim) {
  enable(10, 1);
  raise(10);
  std::uint32_t value = 0;
  UntaggedPayload access(tlm::TLM_READ_COMMAND, kClaim, reinterpret_cast<std::uint8_t*>(&value), 4);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 4u);
  EXPECT_EQ(value, 10u);
  EXPECT_TRUE(plic_.irq.level());
}

TEST_F(PlicTest, DebuggerDoesNotWrite) {
  enable(10, 1);
  raise(10);
  std::uint32_t value = 7;
  UntaggedPayload access(tlm::TLM_WRITE_COMMAND, kThreshold, reinterpret_cast<std::uint8_t*>(&value), 4);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 0u);
  EXPECT_EQ(driver_.read(kThreshold), 0u);
  EXPECT_TRUE(plic_.irq.level());
}

TEST_F(PlicTest, LinesOfDevicesArrive) {
  enable(12, 1);
  tlm_base::IrqLine line;
  plic_.connect(line, 12);
  line.set(true, 4'000);
  EXPECT_THAT(irq_.changes, ElementsAre(Pair(true, 4'000u)));
}

}  // namespace
}  // namespace mho::soc
