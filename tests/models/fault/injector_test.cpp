// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/fault/injector.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace mho::fault {
namespace {

class InjectorTest : public testing::Test {
 protected:
  Injector injector(Fault fault, std::uint64_t seed = 1) { return {{std::move(fault)}, seed, trace_}; }

  trace::NullTrace trace_;
};

Fault transfer_error() {
  Fault fault;
  fault.kind = Kind::kTransferError;
  return fault;
}

TEST_F(InjectorTest, HappensFromItsTimeUntilItsEnd) {
  Fault fault = transfer_error();
  fault.from_ps = 100;
  fault.until_ps = 200;
  Injector faults = injector(fault);
  const Transfer transfer{.initiator = "dru", .address = 16, .bytes = 4};
  EXPECT_FALSE(faults.refuses(transfer, 99));
  EXPECT_TRUE(faults.refuses(transfer, 100));
  EXPECT_TRUE(faults.refuses(transfer, 199));
  EXPECT_FALSE(faults.refuses(transfer, 200));
}

TEST_F(InjectorTest, HappensNoMoreThanItsCountAndOccasionsThatDoNotFitCostNone) {
  Fault fault = transfer_error();
  fault.count = 2;
  fault.initiator = "dma";
  Injector faults = injector(fault);
  EXPECT_FALSE(faults.refuses({.initiator = "dru", .address = 0, .bytes = 4}, 0));
  int refused = 0;
  for (int i = 0; i < 5; ++i)
    refused += faults.refuses({.initiator = "dma", .address = 0, .bytes = 4}, 0) ? 1 : 0;
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(faults.records()[0].count, 2u);
}

TEST_F(InjectorTest, RefusesTransfersThatTouchTheRange) {
  Fault fault = transfer_error();
  fault.address = 0x100;
  fault.bytes = 8;
  Injector faults = injector(fault);
  const auto is_refused = [&](std::uint64_t address, std::uint64_t bytes) {
    return faults.refuses({.initiator = "cpu", .address = address, .bytes = bytes}, 0);
  };
  EXPECT_FALSE(is_refused(0xfc, 4));
  EXPECT_TRUE(is_refused(0xfc, 5));
  EXPECT_TRUE(is_refused(0x107, 1));
  EXPECT_FALSE(is_refused(0x108, 64));
  EXPECT_TRUE(is_refused(0x0, 0x1000));
}

TEST_F(InjectorTest, ProbabilityIsThatOfOccasionsAndDependsOnTheSeedAlone) {
  constexpr int kOccasions = 20000;
  constexpr double kProbability = 0.1;
  Fault fault = transfer_error();
  fault.probability = kProbability;
  const auto pattern = [&](std::uint64_t seed) {
    Injector faults = injector(fault, seed);
    std::vector<bool> refused;
    for (int i = 0; i < kOccasions; ++i)
      refused.push_back(faults.refuses({.initiator = "dru", .bytes = 4}, 7));
    return refused;
  };
  const auto first = pattern(1);
  EXPECT_EQ(first, pattern(1));
  EXPECT_NE(first, pattern(2));
  const auto hits = static_cast<double>(std::ranges::count(first, true));
  const double sigma = std::sqrt(kOccasions * kProbability * (1 - kProbability));
  EXPECT_NEAR(hits, kOccasions * kProbability, 5 * sigma);
}

TEST_F(InjectorTest, DeadChannelsConvertToZeroAndOthersAreLeftAlone) {
  Fault fault;
  fault.kind = Kind::kAdcDead;
  fault.index = 3;
  fault.channel = 1;
  Injector faults = injector(fault);
  std::array<std::int16_t, 6> codes{10, 20, 30, 40, 50, 60};  // three channels, two reads
  faults.change_adc_codes(2, codes, 3, 127, 0);
  EXPECT_EQ(codes, (std::array<std::int16_t, 6>{10, 20, 30, 40, 50, 60}));
  faults.change_adc_codes(3, codes, 3, 127, 0);
  EXPECT_EQ(codes, (std::array<std::int16_t, 6>{10, 0, 30, 40, 0, 60}));
  EXPECT_EQ(faults.records()[0].count, 2u);
}

TEST_F(InjectorTest, CodeErrorsStayWithinTheConverter) {
  Fault fault;
  fault.kind = Kind::kAdcCodeError;
  fault.value = -9;
  Injector faults = injector(fault);
  std::array<std::int16_t, 3> codes{100, 0, -120};
  faults.change_adc_codes(0, codes, 3, 127, 0);
  EXPECT_EQ(codes, (std::array<std::int16_t, 3>{91, -9, -127}));
}

TEST_F(InjectorTest, StuckDacChannelsDriveTheirCode) {
  Fault fault;
  fault.kind = Kind::kDacStuck;
  fault.channel = 0;
  fault.value = 200;
  Injector faults = injector(fault);
  std::array<std::int16_t, 4> codes{1, 2, 3, 4};
  faults.change_dac_codes(0, codes, 2, 127, 0);
  EXPECT_EQ(codes, (std::array<std::int16_t, 4>{127, 2, 127, 4}));
}

TEST_F(InjectorTest, MacrosHangForTheirTimeOrForGood) {
  Fault fault;
  fault.kind = Kind::kMacroHung;
  fault.name = "inv";
  fault.index = 2;
  fault.duration_ps = 5000;
  Injector faults = injector(fault);
  EXPECT_EQ(faults.hangs_ps("mvm", 2, 0), 0u);
  EXPECT_EQ(faults.hangs_ps("inv", 1, 0), 0u);
  EXPECT_EQ(faults.hangs_ps("inv", 2, 0), 5000u);
  fault.duration_ps = 0;
  EXPECT_EQ(injector(fault).hangs_ps("inv", 2, 0), kForGood_ps);
}

TEST_F(InjectorTest, KeepsTheFirstEventsAndCountsAll) {
  Fault fault;
  fault.kind = Kind::kInterruptLost;
  fault.name = "dru";
  Injector faults = injector(fault);
  for (std::uint64_t t = 0; t < 100; ++t) EXPECT_TRUE(faults.loses_interrupt("dru", t));
  EXPECT_FALSE(faults.loses_interrupt("uart", 100));
  EXPECT_EQ(faults.records()[0].count, 100u);
  ASSERT_EQ(faults.records()[0].injections.size(), Injector::kMostInjections);
  EXPECT_EQ(faults.records()[0].injections.back().time_ps, Injector::kMostInjections - 1);
}

TEST_F(InjectorTest, DisturbsTheCellsOfTheMacroThatWasProgrammed) {
  Fault fault;
  fault.kind = Kind::kCellDisturbed;
  fault.name = "mvm";
  fault.index = 2;
  fault.row = 5;
  fault.column = 6;
  fault.is_negative = true;
  fault.value = -3;
  fault.count = 1;
  Injector faults = injector(fault);
  EXPECT_TRUE(faults.disturbed_cells("inv", 2, 0).empty());
  EXPECT_TRUE(faults.disturbed_cells("mvm", 1, 0).empty());
  const std::vector<CellFault> cells = faults.disturbed_cells("mvm", 2, 0);
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].row, 5u);
  EXPECT_EQ(cells[0].column, 6u);
  EXPECT_TRUE(cells[0].is_negative);
  EXPECT_EQ(cells[0].levels, -3);
  EXPECT_TRUE(faults.disturbed_cells("mvm", 2, 1).empty());
  EXPECT_EQ(faults.records()[0].injections.at(0).effect, "macro mvm2, negative array, row 5, column 6");
}

TEST_F(InjectorTest, StuckCellsAreThoseOfTheWriteThatBegins) {
  Fault fault;
  fault.kind = Kind::kCellStuck;
  fault.name = "inv";
  fault.row = 1;
  fault.column = 2;
  fault.value = 7;
  fault.from_ps = 50;
  Injector faults = injector(fault);
  EXPECT_TRUE(faults.stuck_cells("inv", 0, 49).empty());
  EXPECT_TRUE(faults.stuck_cells("mvm", 0, 50).empty());
  EXPECT_TRUE(faults.disturbed_cells("inv", 0, 50).empty());
  const std::vector<CellFault> cells = faults.stuck_cells("inv", 0, 50);
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].row, 1u);
  EXPECT_EQ(cells[0].column, 2u);
  EXPECT_FALSE(cells[0].is_negative);
  EXPECT_EQ(cells[0].levels, 7);
}

TEST_F(InjectorTest, PlacesAreDrawnBelowTheirEndAndDependOnTheSeedAlone) {
  constexpr std::uint32_t kEnd = 5;
  const auto places = [&](std::uint64_t seed) {
    Injector faults = injector(transfer_error(), seed);
    std::vector<std::uint32_t> drawn;
    for (int i = 0; i < 100; ++i) drawn.push_back(faults.draw_below(0, kEnd));
    return drawn;
  };
  const auto first = places(1);
  EXPECT_EQ(first, places(1));
  EXPECT_NE(first, places(2));
  for (std::uint32_t place = 0; place < kEnd; ++place) EXPECT_GT(std::ranges::count(first, place), 0);
  EXPECT_LT(std::ranges::max(first), kEnd);
}

}  // namespace
}  // namespace mho::fault
