// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/dma.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "models/soc/bus.hpp"
#include "models/soc/ram.hpp"
#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;
namespace reg = registers::dma;
using testing::ElementsAre;
using testing::Pair;

constexpr std::uint32_t kDma = 0x1000'0000, kRam = 0x8000'0000, kRamBytes = 4 * kPageBytes;
constexpr std::uint32_t kDone = 1, kError = 2;

// One burst of 64 B: the bus takes 4 cycles of latency, the memory 10 + 64 / 8 = 18: read 22 ns, write 22 ns.
constexpr std::uint64_t kBurstPs = 44'000;

class DmaTest : public testing::Test {
 protected:
  DmaTest()
      : bus_("bus", {}, bench_.context),
        ram_("ram",
             {.bytes = kRamBytes,
              .clock_period_ps = 1000,
              .latency_cycles = 10,
              .width_bytes = 8,
              .energy_per_byte_joules = 1e-12,
              .static_power_watts = 0.0},
             bench_.context),
        dma_("dma", {}, bench_.context),
        driver_(bench_.context),
        irq_(dma_.irq) {
    bus_.attach(kRam, kRamBytes, ram_.socket, "ram");
    dma_.initiator.socket.bind(bus_.initiators);
    driver_.initiator.socket.bind(dma_.socket);
    elaborate();
    std::iota(ram_.bytes().begin(), ram_.bytes().begin() + 1024, std::uint8_t{1});
  }

  void start(std::uint32_t source, std::uint32_t destination, std::uint32_t bytes,
             std::uint64_t offset_ps = 0) {
    driver_.write(reg::kSourceOffset, source);
    driver_.write(reg::kDestinationOffset, destination);
    driver_.write(reg::kBytesOffset, bytes);
    driver_.write(reg::kCtrlOffset, reg::kCtrlStartMask, offset_ps);
  }
  reg::DmaResult result() {
    return static_cast<reg::DmaResult>(registers::field_of(driver_.read(reg::kStatusOffset),
                                                           reg::kStatusResultMask, reg::kStatusResultShift));
  }
  bool is_busy() { return (driver_.read(reg::kStatusOffset) & reg::kStatusBusyMask) != 0; }
  bool is_copied(std::uint32_t from, std::uint32_t to, std::uint32_t bytes) const {
    const auto memory = const_cast<Ram&>(ram_).bytes();
    return std::equal(memory.begin() + from, memory.begin() + from + bytes, memory.begin() + to);
  }

  Bench bench_;
  Bus bus_;
  Ram ram_;
  Dma dma_;
  Driver driver_;
  IrqRecorder irq_;
};

TEST_F(DmaTest, RegistersHaveTheirResetValuesAndAccess) {
  for (const auto& info : reg::kRegisters) {
    EXPECT_EQ(driver_.read(info.offset), info.access == registers::Access::kWriteOnly ? 0 : info.reset)
        << info.name;
  }
  EXPECT_EQ(driver_.status_of_read(0x34), kAddressError);
  EXPECT_EQ(driver_.write8(reg::kSourceOffset, 1), kAddressError);
}

TEST_F(DmaTest, CopiesBurstByBurstAtTheMomentTheBurstArrives) {
  start(kRam, kRam + 0x1000, 128, 5'000);
  EXPECT_TRUE(is_busy());
  // The first read begins at 5 ns, so the first write reaches memory at 5 + 22 ns and the second at 5 + 66
  // ns.
  run_until_ps(26'999);
  EXPECT_EQ(ram_.bytes()[0x1000], 0);
  run_until_ps(27'001);
  EXPECT_TRUE(is_copied(0, 0x1000, 64));
  EXPECT_EQ(ram_.bytes()[0x1040], 0);
  run_until_ps(5'000 + 2 * kBurstPs - 1);
  EXPECT_TRUE(is_busy());
  run_until_ps(5'000 + 2 * kBurstPs + 1);
  EXPECT_FALSE(is_busy());
  EXPECT_EQ(result(), reg::DmaResult::kOk);
  EXPECT_TRUE(is_copied(0, 0x1000, 128));
  EXPECT_EQ(ram_.bytes()[0x1080], 0);
}

TEST_F(DmaTest, AnyAlignmentAndLength) {
  start(kRam + 3, kRam + 0x1fe5, 333);
  run_until_ps(10'000'000);
  EXPECT_EQ(result(), reg::DmaResult::kOk);
  EXPECT_TRUE(is_copied(3, 0x1fe5, 333));
  EXPECT_EQ(ram_.bytes()[0x1fe4], 0);
  EXPECT_EQ(ram_.bytes()[0x1fe5 + 333], 0);
}

TEST_F(DmaTest, InterruptComesWithTheEndAndGoesWhenAcknowledged) {
  driver_.write(reg::kIrqEnableOffset, kDone | kError);
  start(kRam, kRam + 0x1000, 64);
  run_until_ps(kBurstPs + 1'000);
  EXPECT_EQ(driver_.read(reg::kIrqStateOffset), kDone);
  driver_.write(reg::kIrqStateOffset, kDone, 7);
  EXPECT_THAT(irq_.changes, ElementsAre(Pair(true, kBurstPs), Pair(false, kBurstPs + 1'007)));
  EXPECT_EQ(driver_.read(reg::kIrqStateOffset), 0u);
}

TEST_F(DmaTest, DisabledCausesStayVisibleButSilent) {
  driver_.write(reg::kIrqTestOffset, kError);
  EXPECT_EQ(driver_.read(reg::kIrqStateOffset), kError);
  EXPECT_FALSE(dma_.irq.level());
  driver_.write(reg::kIrqEnableOffset, kError);
  EXPECT_TRUE(dma_.irq.level());
}

TEST_F(DmaTest, WritesWhileBusyAreIgnored) {
  start(kRam, kRam + 0x1000, 64);
  start(kRam + 0x40, kRam + 0x2000, 128);
  EXPECT_EQ(driver_.read(reg::kSourceOffset), kRam);
  EXPECT_EQ(driver_.read(reg::kBytesOffset), 64u);
  run_until_ps(1'000'000);
  EXPECT_TRUE(is_copied(0, 0x1000, 64));
  EXPECT_EQ(ram_.bytes()[0x2000], 0);
  start(kRam + 0x40, kRam + 0x2000, 64);
  run_until_ps(2'000'000);
  EXPECT_TRUE(is_copied(0x40, 0x2000, 64));
}

TEST_F(DmaTest, BadLengthCopiesNothing) {
  start(kRam, kRam + 0x1000, 0);
  run_until_ps(1'000);
  EXPECT_EQ(result(), reg::DmaResult::kBadLength);
  start(kRam, 0xffff'ffff, 2);
  run_until_ps(2'000);
  EXPECT_EQ(result(), reg::DmaResult::kBadLength);
  EXPECT_EQ(driver_.read(reg::kIrqStateOffset), kError);
  EXPECT_EQ(driver_.read(reg::kFaultAddressOffset), 0u);
}

TEST_F(DmaTest, ReadErrorNamesTheAddressAndTheBlockStaysUsable) {
  start(kRam + kRamBytes - 64, kRam + 0x1000, 128);
  run_until_ps(1'000'000);
  EXPECT_EQ(result(), reg::DmaResult::kReadError);
  EXPECT_EQ(driver_.read(reg::kFaultAddressOffset), kRam + kRamBytes);
  start(kRam, kRam + 0x1000, 64);
  run_until_ps(2'000'000);
  EXPECT_EQ(result(), reg::DmaResult::kOk);
  EXPECT_EQ(driver_.read(reg::kFaultAddressOffset), 0u);
}

TEST_F(DmaTest, WriteErrorKeepsWhatCameBefore) {
  start(kRam, kRam + kRamBytes - 64, 128);
  run_until_ps(1'000'000);
  EXPECT_EQ(result(), reg::DmaResult::kWriteError);
  EXPECT_EQ(driver_.read(reg::kFaultAddressOffset), kRam + kRamBytes);
  EXPECT_TRUE(is_copied(0, kRamBytes - 64, 64));
}

TEST_F(DmaTest, EnergyIsChargedToTheJobOfTheStart) {
  driver_.job = 9;
  start(kRam, kRam + 0x1000, 64);
  run_until_ps(1'000'000);
  // Register writes 4 · 0.4 pJ; bus 2 · (2.9 + 64 · 0.57) pJ; memory 2 · 64 · 1 pJ; DMA 64 · 0.144 pJ.
  const Energy expected = Energy::femtojoules(4 * 400 + 2 * (2'900 + 64 * 570) + 2 * 64 * 1'000 + 64 * 144);
  EXPECT_EQ(bench_.ledger.of_job(9), expected);
  EXPECT_EQ(bench_.ledger.of_transactions(), expected);
}

TEST_F(DmaTest, AResetDropsTheTransferAndTheNextOneWorks) {
  driver_.write(reg::kIrqEnableOffset, kDone | kError);
  start(kRam, kRam + kPageBytes, 1024);
  run_until_ps(2 * kBurstPs + kBurstPs / 4);
  dma_.reset(kernel_ps());
  EXPECT_TRUE(is_busy());
  run_until_ps(4 * kBurstPs);
  EXPECT_FALSE(is_busy());
  EXPECT_EQ(result(), reg::DmaResult::kNone);
  EXPECT_EQ(driver_.read(reg::kIrqStateOffset), 0u);
  EXPECT_TRUE(is_copied(0, kPageBytes, 128));
  EXPECT_EQ(ram_.bytes()[kPageBytes + 128], 0);
  start(kRam, kRam + 2 * kPageBytes, 256);
  run_until_ps(20 * kBurstPs);
  EXPECT_EQ(result(), reg::DmaResult::kOk);
  EXPECT_TRUE(is_copied(0, 2 * kPageBytes, 256));
}

}  // namespace
}  // namespace mho::soc
