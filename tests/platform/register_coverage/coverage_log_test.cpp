// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/register_coverage/coverage_log.hpp"

#include "tests/platform/register_coverage/coverage_fixture.hpp"

namespace mho::test {
namespace {

namespace dru = registers::dru;
using Counts = platform::register_coverage::ValueCounts;

using CoverageLogTest = CoverageFixture;

TEST_F(CoverageLogTest, CountsReadsAndWritesByInitiator) {
  write(map::kDmaBase + registers::dma::kSourceOffset, 0x8000'0000);
  read(map::kDmaBase + registers::dma::kSourceOffset, 0x8000'0000);
  read(map::kDmaBase + registers::dma::kSourceOffset, 0x8000'0000);
  access("dru", false, map::kDmaBase + registers::dma::kSourceOffset, 1);
  EXPECT_EQ(use("dma", "SOURCE").cpu.writes, 1u);
  EXPECT_EQ(use("dma", "SOURCE").cpu.reads, 2u);
  EXPECT_EQ(use("dma", "SOURCE").units.reads, 1u);
  EXPECT_EQ(use("dma", "SOURCE").units.writes, 0u);
  EXPECT_EQ(use("dma", "SOURCE").read_ones, 0x8000'0000u);
}

TEST_F(CoverageLogTest, LeavesOutErrorsAndTheDebugger) {
  access("cpu", true, map::kDmaBase + registers::dma::kSourceOffset, 1, 4, /*is_ok=*/false);
  access("debugger", true, map::kDmaBase + registers::dma::kSourceOffset, 1);
  EXPECT_FALSE(use("dma", "SOURCE").cpu.any());
  EXPECT_FALSE(use("dma", "SOURCE").units.any());
}

TEST_F(CoverageLogTest, LeavesOutDirectionsThatARegisterDoesNotHave) {
  write(map::kDmaBase + registers::dma::kIdOffset, 1);
  read(map::kDmaBase + registers::dma::kCtrlOffset, 0);
  EXPECT_FALSE(use("dma", "ID").cpu.any());
  EXPECT_FALSE(use("dma", "CTRL").cpu.any());
}

TEST_F(CoverageLogTest, GathersBitsSeenAsOneAndAsZero) {
  write(map::kDruBase + dru::kIrqEnableOffset, 0b101);
  write(map::kDruBase + dru::kIrqEnableOffset, 0b001);
  EXPECT_EQ(use("dru", "IRQ_ENABLE").written_ones, 0b101u);
  EXPECT_EQ(use("dru", "IRQ_ENABLE").written_zeros, ~0b001u);
}

TEST_F(CoverageLogTest, FoldsElementsAndInstancesIntoOne) {
  for (std::uint32_t lane = 0; lane < registers::adc::kLanes; ++lane) {
    write(map::kAdcBase + registers::adc::kLaneSourceOffset + 4 * lane, lane);
  }
  EXPECT_EQ(use("adc", "LANE_SOURCE").cpu.writes, registers::adc::kLanes);
  write(map::kMvmBase + 5 * map::kMvmStride + 0x014, 64);
  write(map::kMvmBase + 8191 * map::kMvmStride + 0x014, 64);
  EXPECT_EQ(use("mvm", "ROWS").cpu.writes, 2u);
  EXPECT_FALSE(use("inv", "ROWS").cpu.any());
  write(map::kDruContextBase + 6 * map::kDruContextStride + dru::kDoorbellOffset, 1);
  EXPECT_EQ(use("dru_context", "DOORBELL").cpu.writes, 1u);
  EXPECT_FALSE(use("dru", "DOORBELL").cpu.any());
}

TEST_F(CoverageLogTest, CountsWindowsByTransaction) {
  write(map::kDacBase + 0x2000, 0, 2);
  access("dru", true, map::kDacBase + map::kDacStride + 0x5ffe, 0, 2);
  const auto& windows = log.coverage().places[place("dac")].windows;
  ASSERT_EQ(windows.size(), 1u);
  EXPECT_EQ(windows[0].cpu.writes, 1u);
  EXPECT_EQ(windows[0].units.writes, 1u);
}

TEST_F(CoverageLogTest, TellsRegistersAtOneOffsetApart) {
  const std::uint64_t uart = map::kUartBase;
  write(uart + 0, 'a', 1);
  write(uart + registers::uart::kLcrOffset, 0x83, 1);
  write(uart + 0, 1, 1);
  write(uart + 1, 0, 1);
  write(uart + registers::uart::kLcrOffset, 0x03, 1);
  write(uart + 1, 1, 1);
  read(uart + 0, 'b', 1);
  EXPECT_EQ(use("uart", "THR").cpu.writes, 1u);
  EXPECT_EQ(use("uart", "DLL").cpu.writes, 1u);
  EXPECT_EQ(use("uart", "DLM").cpu.writes, 1u);
  EXPECT_EQ(use("uart", "IER").cpu.writes, 1u);
  EXPECT_EQ(use("uart", "RBR").cpu.reads, 1u);
  EXPECT_EQ(use("uart", "DLL").cpu.reads, 0u);
}

TEST_F(CoverageLogTest, NamesValuesOfEnumerations) {
  read(map::kDmaBase + registers::dma::kStatusOffset, 1u << 8);
  read(map::kDmaBase + registers::dma::kStatusOffset, 3u << 8);
  read(map::kDmaBase + registers::dma::kStatusOffset, 9u << 8);
  EXPECT_EQ(use("dma", "STATUS").values[1], (Counts{{"OK", 1}, {"READ_ERROR", 1}, {"9", 1}}));
}

TEST_F(CoverageLogTest, FindsStatusesInTheRingsOfAllContexts) {
  constexpr std::uint32_t kRing = 0x8010'0000, kOther = 0x8020'0000;
  write(map::kDruBase + dru::kRingBaseOffset, kRing);
  write(map::kDruBase + dru::kRingEntriesOffset, 4);
  write(map::kDruContextBase + dru::kRingBaseOffset, kOther);
  write(map::kDruContextBase + dru::kRingEntriesOffset, 1);
  const auto complete = [&](std::uint32_t address, dru::DruStatus status) {
    access("dru", true, address, static_cast<std::uint32_t>(status));
  };
  complete(kRing + 32, dru::DruStatus::kOk);
  complete(kRing + 3 * 64 + 32, dru::DruStatus::kWatchdog);
  complete(kOther + 32, dru::DruStatus::kOk);
  complete(kRing + 4 * 64 + 32, dru::DruStatus::kAborted);  // behind the ring
  complete(kRing + 36, dru::DruStatus::kAborted);           // another word of the descriptor
  access("cpu", true, kRing + 32, static_cast<std::uint32_t>(dru::DruStatus::kAborted));
  EXPECT_EQ(log.coverage().dru_status, (Counts{{"OK", 2}, {"WATCHDOG", 1}}));
}

TEST_F(CoverageLogTest, CountsInterruptsRaisedAndTaken) {
  log.raised("dru");
  log.raised("external");
  log.taken(11);
  read(map::kPlicBase + registers::plic::kClaimOffset, map::kDruIrq);
  read(map::kPlicBase + registers::plic::kClaimOffset, 0);
  log.taken(7);
  const auto& interrupts = log.coverage().interrupts;
  EXPECT_EQ(interrupts.at("dru").raised, 1u);
  EXPECT_EQ(interrupts.at("dru").taken, 1u);
  EXPECT_EQ(interrupts.at("dma").taken, 0u);
  EXPECT_EQ(interrupts.at("external").raised, 1u);
  EXPECT_EQ(interrupts.at("external").taken, 1u);
  EXPECT_EQ(interrupts.at("timer").taken, 1u);
  EXPECT_EQ(interrupts.at("software").taken, 0u);
}

}  // namespace
}  // namespace mho::test
