// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/clint.hpp"

#include <gmock/gmock.h>

#include "registers/clint.hpp"  // generated
#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// QEMU's `virt`, written out: the generated constants are what is tested.
constexpr std::uint32_t kMsip = 0x0, kCompareLow = 0x4000, kCompareHigh = 0x4004, kTimeLow = 0xbff8,
                        kTimeHigh = 0xbffc;
constexpr std::uint64_t kTickPs = 100'000;

class ClintTest : public testing::Test {
 protected:
  ClintTest()
      : clint_("clint", {}, bench_.context),
        driver_(bench_.context),
        timer_(clint_.timer_irq),
        software_(clint_.software_irq) {
    driver_.initiator.socket.bind(clint_.socket);
    elaborate();
  }
  void set_compare(std::uint64_t value, std::uint64_t offset_ps = 0) {
    driver_.write(kCompareHigh, 0xffffffff, offset_ps);
    driver_.write(kCompareLow, static_cast<std::uint32_t>(value), offset_ps);
    driver_.write(kCompareHigh, static_cast<std::uint32_t>(value >> 32), offset_ps);
  }

  Bench bench_;
  Clint clint_;
  Driver driver_;
  IrqRecorder timer_, software_;
};

TEST_F(ClintTest, StateAfterResetIsTheDescribedOne) {
  for (const auto& info : registers::clint::kRegisters)
    EXPECT_EQ(driver_.read(info.offset), info.reset) << info.name;
}

TEST_F(ClintTest, TimeIsReadAtTheLocalTimeOfTheAccess) {
  EXPECT_EQ(driver_.read(kTimeLow, 0), 0u);
  EXPECT_EQ(driver_.read(kTimeLow, 99'999), 0u);
  EXPECT_EQ(driver_.read(kTimeLow, 100'000), 1u);
  EXPECT_EQ(driver_.read(kTimeLow, 12'345'678), 123u);
}

TEST_F(ClintTest, TimeHasTwoHalves) {
  driver_.write(kTimeLow, 0xfffffffe);
  EXPECT_EQ(driver_.read(kTimeHigh, kTickPs), 0u);
  EXPECT_EQ(driver_.read(kTimeLow, 3 * kTickPs), 1u);
  EXPECT_EQ(driver_.read(kTimeHigh, 3 * kTickPs), 1u);
  driver_.write(kTimeHigh, 7);
  EXPECT_EQ(driver_.read(kTimeHigh), 7u);
  EXPECT_EQ(driver_.read(kTimeLow), 0xfffffffeu);
}

TEST_F(ClintTest, SoftwareInterruptFollowsBitZeroAtOnce) {
  driver_.write(kMsip, 0xffffffff, 500);
  EXPECT_EQ(driver_.read(kMsip), 1u);
  driver_.write(kMsip, 0xfffffffe, 900);
  EXPECT_EQ(driver_.read(kMsip), 0u);
  EXPECT_THAT(software_.changes, ElementsAre(Pair(true, 500u), Pair(false, 900u)));
}

TEST_F(ClintTest, TimerFiresAtTheExactMomentOfTheComparison) {
  set_compare(5, 30'000);
  EXPECT_THAT(timer_.changes, IsEmpty());
  run_until_ps(499'999);
  EXPECT_THAT(timer_.changes, IsEmpty());
  run_until_ps(600'000);
  EXPECT_THAT(timer_.changes, ElementsAre(Pair(true, 500'000u)));
}

TEST_F(ClintTest, ComparisonThatHasPassedIsPendingAtOnceAndEndsWithALaterOne) {
  run_until_ps(1'000'000);
  set_compare(10, 50'000);
  EXPECT_THAT(timer_.changes, ElementsAre(Pair(true, 1'050'000u)));
  set_compare(12, 60'000);
  EXPECT_EQ(timer_.changes.back(), std::pair(false, std::uint64_t{1'060'000}));
  run_until_ps(2'000'000);
  EXPECT_EQ(timer_.changes.back(), std::pair(true, std::uint64_t{1'200'000}));
}

TEST_F(ClintTest, RewrittenComparisonForgetsTheEarlierOne) {
  set_compare(5);
  set_compare(20);
  run_until_ps(1'999'999);
  EXPECT_THAT(timer_.changes, IsEmpty());
  run_until_ps(2'000'001);
  EXPECT_THAT(timer_.changes, ElementsAre(Pair(true, 2'000'000u)));
}

TEST_F(ClintTest, SettingTheTimeMovesTheComparison) {
  set_compare(100);
  driver_.write(kTimeLow, 95);
  run_until_ps(2'000'000);
  EXPECT_THAT(timer_.changes, ElementsAre(Pair(true, 500'000u)));
}

TEST_F(ClintTest, TimeSetBackBeforeAComparisonThatNeverHappensWaitsForNothing) {
  run_until_ps(5'000'000);
  set_compare(~0ull);
  driver_.write(kTimeLow, 0, 70'000);
  EXPECT_EQ(driver_.read(kTimeLow, 70'000), 0u);
  EXPECT_THAT(timer_.changes, IsEmpty());
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

TEST_F(ClintTest, TimeSetBackKeepsANearComparisonExact) {
  run_until_ps(5'000'000);
  set_compare(60);
  driver_.write(kTimeLow, 0);
  run_until_ps(11'000'001);
  EXPECT_THAT(timer_.changes, ElementsAre(Pair(true, 11'000'000u)));
}

TEST_F(ClintTest, ResetAndFarComparisonsWaitForNothing) {
  EXPECT_EQ(driver_.read(kCompareLow), 0xffffffffu);
  EXPECT_EQ(driver_.read(kCompareHigh), 0xffffffffu);
  EXPECT_FALSE(sc_core::sc_pending_activity());
  set_compare(0x7fff'ffff'0000'0000);
  EXPECT_FALSE(sc_core::sc_pending_activity());
}

TEST_F(ClintTest, OtherOffsetsAndWidthsAreErrors) {
  EXPECT_EQ(driver_.status_of_read(0x4), kAddressError);
  EXPECT_EQ(driver_.status_of_read(0xbff4), kAddressError);
  EXPECT_EQ(driver_.write(0x4008, 1), kAddressError);
  EXPECT_EQ(driver_.write8(kMsip, 1), kAddressError);
}

TEST_F(ClintTest, AccessesAreChargedToTheirTransaction) {
  driver_.job = 3;
  driver_.read(kTimeLow);
  driver_.write(kMsip, 0);
  EXPECT_EQ(bench_.ledger.of_job(3), Energy::femtojoules(800));
  bench_.ledger.settle(1'000'000);
  // 20 µW over 1 µs
  EXPECT_EQ(bench_.ledger.of_background(), Energy::femtojoules(20'000));
}

}  // namespace
}  // namespace mho::soc
