// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/cell_array.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

constexpr std::uint64_t kSeed = 81;
constexpr int kSize = 16;

Eigen::MatrixXd targets(const CellParams& cell) {
  return Eigen::MatrixXd::NullaryExpr(kSize, kSize, [&](Eigen::Index r, Eigen::Index c) {
    return level_conductance(cell, static_cast<unsigned>(r * 3 + c) % cell.levels);
  });
}

CellEffects everything() {
  return {.faults = {.on_rate = 0.01, .off_rate = 0.01, .level_rate = 0.01},
          .endurance = {.half_window_writes = 1e6},
          .retention = kCmoHfoxRetention,
          .temperature = kTypicalTemperature,
          .telegraph = {.trap_probability = 0.3},
          .thermal = {.bandwidth_hz = 5e6},
          .iv = {.v0_volt = 1.0}};
}

CellArray programmed(const CellEffects& effects, std::uint32_t unit = 3) {
  CellArray array({}, effects, kSize, kSize, Random(kSeed), unit);
  (void)array.program(targets({}), {.stall_limit = 10}, 1.0);
  return array;
}

TEST(CellArray, RejectsBadInput) {
  CellEffects wrong = everything();
  wrong.retention.t0_s = 0.0;
  EXPECT_THROW(CellArray({}, wrong, 2, 2, Random(1), 0), InputError);
  EXPECT_THROW(CellArray({}, {}, 2, 2, Random(1), 0, {{5, 5, FaultKind::kStuckOn}}), InputError);
  CellArray array({}, everything(), kSize, kSize, Random(kSeed), 3);
  EXPECT_THROW((void)array.conductance({}), InputError);  // nothing programmed yet
  EXPECT_THROW((void)array.program(Eigen::MatrixXd::Zero(2, 2), {}), InputError);
  (void)array.program(targets({}), {.stall_limit = 10}, 5.0);
  EXPECT_THROW((void)array.conductance({.time_s = 4.0}), InputError);
  EXPECT_THROW((void)array.conductance({.time_s = 6.0, .kelvin = 50.0}), InputError);
  EXPECT_THROW((void)array.conductance({.time_s = std::nan("")}), InputError);
  EXPECT_THROW(array.set_age_s(-1.0), InputError);
  EXPECT_THROW(PairArray({}, {}, 2, 2, Random(1), 1U << 31), InputError);
}

TEST(CellArray, ADisturbedCellStaysMovedUntilItIsWrittenAgain) {
  CellArray array = programmed({});
  const Eigen::MatrixXd before = array.programmed_siemens();
  Eigen::MatrixXd moved = before;
  moved(3, 5) += 2e-5;
  moved(4, 1) = 0.0;
  array.disturb(3, 5, 2e-5);
  array.disturb(4, 1, -1.0);  // no cell conducts less than nothing
  EXPECT_EQ(array.conductance({.time_s = 2.0}), moved);
  (void)array.program(targets({}), {.stall_limit = 10}, 3.0);
  EXPECT_LT((array.programmed_siemens() - before).cwiseAbs().maxCoeff(), 1e-5);
  EXPECT_THROW(array.disturb(kSize, 0, 0.0), InputError);
  EXPECT_THROW(array.disturb(0, -1, 0.0), InputError);
  EXPECT_THROW(CellArray({}, {}, 2, 2, Random(1), 0).disturb(0, 0, 0.0), InputError);
}

TEST(CellArray, CellsThatStickComeWithTheNextWriteAndGoWithTheOneBehindTheirRelease) {
  for (const auto mode : {WriteMode::kLoop, WriteMode::kStatistical}) {
    const WriteVerifyParams write{.stall_limit = 10, .mode = mode};
    CellArray array({}, {}, kSize, kSize, Random(kSeed), 3);
    (void)array.program(targets({}), write, 1.0);
    const Eigen::MatrixXd before = array.programmed_siemens();
    // (0, 1) is to be at level 1, (2, 0) at level 6.
    array.stick({{0, 1, FaultKind::kStuckAtLevel, 7}, {2, 0, FaultKind::kStuckOff}});
    EXPECT_EQ(array.programmed_siemens(), before);
    const ProgramResult result = array.program(targets({}), write, 2.0);
    EXPECT_EQ(result.failed_cells, 2u);
    EXPECT_EQ(array.programmed_siemens()(0, 1), level_conductance({}, 7));
    EXPECT_EQ(array.programmed_siemens()(2, 0), level_conductance({}, 0));
    array.stick({});
    EXPECT_EQ(array.program(targets({}), write, 3.0).failed_cells, 0u);
  }
}

TEST(CellArray, CellsThatStickDoNotDriftAndComeBeforeThoseOfTheMap) {
  CellArray array({}, {.retention = kCmoHfoxRetention}, kSize, kSize, Random(kSeed), 3,
                  {{1, 1, FaultKind::kStuckOff}});
  array.stick({{1, 1, FaultKind::kStuckOn}});
  (void)array.program(targets({}), {.stall_limit = 10}, 1.0);
  EXPECT_EQ(array.conductance({.time_s = 1e6})(1, 1), CellParams{}.g_max_siemens);
  EXPECT_THROW(array.stick({{kSize, 0, FaultKind::kStuckOn}}), InputError);
}

TEST(CellArray, RejectsArraysThatCoordinatesCannotName) {
  const Eigen::MatrixXd tall = Eigen::MatrixXd::Constant(65536, 1, 1e-6);
  const auto rejects = [](const auto& call) { EXPECT_THROW(call(), InputError); };
  rejects([&] { (void)program_array(tall, {}, {}, Random(1), 0, 0); });
  rejects([&] { (void)thermal_noise({.bandwidth_hz = 1.0}, tall, 0.2, 300.0, Random(1), 0, 0); });
  rejects([&] { (void)drifted(kCmoHfoxRetention, {}, tall, 1.0, Random(1), 0, 0); });
  rejects([&] { (void)worn_limits({}, {}, 65536, 1, Random(1), 0, 0); });
  rejects([&] { (void)draw_faults({}, {}, 1, 65536, Random(1), 0); });
  rejects([&] { (void)TelegraphNoise({}, 65536, 1, Random(1), 0); });
  rejects([&] { (void)CellArray({}, {}, -1, 4, Random(1), 0); });
}

TEST(CellArray, EveryCellGridCanBeWrittenReadAndAged) {
  CellParams geometric = cell_of_bits(3);
  geometric.spacing = LevelSpacing::kGeometric;
  CellParams finest;
  finest.levels = 128;
  for (const CellParams& cell :
       {cell_of_bits(1), cell_of_bits(6), geometric, finest, cell_of_levels({0.0, 1e-6, 90e-6})}) {
    for (const auto mode : {WriteMode::kLoop, WriteMode::kStatistical}) {
      CellArray array(cell, everything(), 8, 8, Random(kSeed), 1);
      const Eigen::MatrixXd target = Eigen::MatrixXd::NullaryExpr(8, 8, [&](Eigen::Index r, Eigen::Index c) {
        return level_conductance(cell, static_cast<unsigned>(r * 8 + c) % cell.levels);
      });
      const auto result = array.program(target, {.stall_limit = 10, .mode = mode});
      EXPECT_LE(result.failed_cells, array.faults().size());
      const Eigen::MatrixXd g = array.noisy({.time_s = 1e9, .kelvin = 380.0}, 1);
      EXPECT_TRUE(g.allFinite());
      EXPECT_GE(array.conductance({.time_s = 1e9, .kelvin = 380.0}).minCoeff(), 0.0);
    }
  }
}

TEST(CellArray, WithoutEffectsItIsTheWriteVerifyLoop) {
  CellArray array({}, {}, kSize, kSize, Random(kSeed), 3);
  for (std::uint32_t write = 0; write < 3; ++write) {
    const auto result = array.program(targets({}), {}, 7.0);
    const auto expected = program_array(targets({}), {}, {}, Random(kSeed), 3, write);
    EXPECT_EQ(result.g_siemens, expected.g_siemens);
    EXPECT_EQ(result.energy_J, expected.energy_J);
    EXPECT_EQ(array.conductance({.time_s = 1e9, .kelvin = 400.0}), expected.g_siemens);
    EXPECT_EQ(array.noisy({.time_s = 1e9, .kelvin = 400.0}, 17), expected.g_siemens);
  }
  EXPECT_EQ(array.writes(), 3U);
}

TEST(CellArray, PairWithoutEffectsIsProgramPair) {
  LevelMatrix levels(4, 5);
  for (int i = 0; i < 20; ++i) levels(i % 4, i / 4) = static_cast<std::int8_t>(i % 15 - 7);
  const auto target = pair_from_levels(levels, {});
  PairArray pair({}, {}, 4, 5, Random(kSeed), 21);
  const auto result = pair.program(target, {});
  const auto expected = program_pair(target, {}, {}, Random(kSeed), 21, 0);
  EXPECT_EQ(result.pair.positive, expected.pair.positive);
  EXPECT_EQ(result.pair.negative, expected.pair.negative);
  EXPECT_EQ(result.time_s, expected.time_s);
  EXPECT_EQ(result.energy_J, expected.energy_J);
  EXPECT_EQ(pair.conductance({.time_s = 3.0}).positive, expected.pair.positive);
  EXPECT_EQ(pair.noisy({.time_s = 3.0}, 0).negative, expected.pair.negative);
}

TEST(CellArray, ConductanceIsDriftThenFaultsThenTemperature) {
  const CellArray array = programmed(everything());
  ASSERT_FALSE(array.faults().empty());
  const ReadConditions at{.time_s = 1001.0, .kelvin = 340.0};
  const double age_s = equivalent_age_s(kCmoHfoxRetention, 1000.0, 340.0);
  Eigen::MatrixXd expected =
      drifted(kCmoHfoxRetention, {}, array.programmed_siemens(), age_s, Random(kSeed), 3, 0);
  pin(expected, array.faults(), {});
  for (double& g : expected.reshaped()) g *= temperature_factor(kTypicalTemperature, {}, g, 340.0);
  EXPECT_EQ(array.conductance(at), expected);
}

TEST(CellArray, StuckCellsDoNotDrift) {
  CellEffects effects{.retention = kCmoHfoxRetention};
  CellArray array({}, effects, kSize, kSize, Random(kSeed), 3, {{2, 5, FaultKind::kStuckOn}});
  const auto result = array.program(targets({}), {.stall_limit = 10});
  EXPECT_EQ(result.failed_cells, 1U);
  EXPECT_EQ(array.conductance({.time_s = 1e8})(2, 5), 35e-6);
  EXPECT_NE(array.conductance({.time_s = 1e8})(2, 6), result.g_siemens(2, 6));
}

TEST(CellArray, TheMapHoldsWhereAFaultWasDrawnToo) {
  const CellEffects all_off{.faults = {.off_rate = 1.0}};
  const CellArray array({}, all_off, 3, 3, Random(kSeed), 0, {{1, 1, FaultKind::kStuckAtLevel, 2}});
  EXPECT_EQ(array.faults().size(), 9U);
  for (const Fault& fault : array.faults()) {
    const bool is_listed = fault.row == 1 && fault.column == 1;
    EXPECT_EQ(fault.kind, is_listed ? FaultKind::kStuckAtLevel : FaultKind::kStuckOff);
  }
}

TEST(CellArray, NoiseIsAddedToTheConductance) {
  CellEffects effects;
  effects.thermal.bandwidth_hz = 5e6;
  CellArray thermal = programmed(effects);
  const ReadConditions at{.time_s = 2.0, .kelvin = 320.0};
  const Eigen::MatrixXd g = thermal.conductance(at);
  EXPECT_EQ(thermal.noisy(at, 5), g + thermal_noise(effects.thermal, g, 0.2, 320.0, Random(kSeed), 3, 5));
  EXPECT_NE(thermal.noisy(at, 5), thermal.noisy(at, 6));

  effects.thermal.bandwidth_hz = 0.0;
  effects.telegraph.trap_probability = 1.0;
  CellArray trapped = programmed(effects);
  EXPECT_EQ(trapped.noisy(at, 5), trapped.noisy(at, 6));  // of the moment, not of the read
  EXPECT_NE(trapped.noisy(at, 5), trapped.noisy({.time_s = 3.0, .kelvin = 320.0}, 5));
}

TEST(CellArray, AnswersDoNotDependOnTheOrderOfQuestions) {
  CellArray one = programmed(everything()), other = programmed(everything());
  std::vector<Eigen::MatrixXd> forwards, backwards;
  for (int i = 0; i < 10; ++i) {
    forwards.push_back(
        one.noisy({.time_s = 1.0 + i * 1e-3, .kelvin = 300.0 + i}, static_cast<std::uint32_t>(i)));
  }
  for (int i = 9; i >= 0; --i) {
    backwards.push_back(
        other.noisy({.time_s = 1.0 + i * 1e-3, .kelvin = 300.0 + i}, static_cast<std::uint32_t>(i)));
  }
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(forwards[i], backwards[9 - i]);
  EXPECT_NE(programmed(everything(), 4).noisy({.time_s = 2.0}, 0), one.noisy({.time_s = 2.0}, 0));
}

TEST(CellArray, RewritingStartsAFreshDrift) {
  CellArray array = programmed({.retention = kCmoHfoxRetention});
  EXPECT_NE(array.conductance({.time_s = 1e6}), array.programmed_siemens());
  (void)array.program(targets({}), {}, 1e6);
  EXPECT_EQ(array.conductance({.time_s = 1e6}), array.programmed_siemens());
}

TEST(CellArray, AgeCanBeGivenForAHistoryOfTemperatures) {
  CellArray array = programmed({.retention = kCmoHfoxRetention});
  const double age_s =
      equivalent_age_s(kCmoHfoxRetention, 50.0, 300.0) + equivalent_age_s(kCmoHfoxRetention, 50.0, 360.0);
  array.set_age_s(age_s);
  const Eigen::MatrixXd expected =
      drifted(kCmoHfoxRetention, {}, array.programmed_siemens(), age_s, Random(kSeed), 3, 0);
  EXPECT_EQ(array.conductance({.time_s = 101.0}), expected);
  (void)array.program(targets({}), {}, 200.0);
  EXPECT_EQ(array.conductance({.time_s = 200.0}), array.programmed_siemens());
}

TEST(CellArray, LargestChangeIsThatOfTheConductances) {
  const CellArray array = programmed(everything());
  const ReadConditions before{.time_s = 1.0}, now{.time_s = 1000.0, .kelvin = 310.0};
  EXPECT_EQ(array.largest_change_siemens(before, now),
            (array.conductance(now) - array.conductance(before)).cwiseAbs().maxCoeff());
  EXPECT_EQ(array.largest_change_siemens(before, before), 0.0);
  EXPECT_EQ(programmed({}).largest_change_siemens(before, now), 0.0);
}

TEST(CellArray, WearEndsInFailedWrites) {
  CellEffects effects;
  effects.endurance = {.half_window_writes = 20.0, .device_sigma = 0.0};
  CellArray array({}, effects, kSize, kSize, Random(kSeed), 3);
  EXPECT_EQ(array.program(targets({}), {}).failed_cells, 0U);
  ProgramResult last;
  for (int write = 1; write < 40; ++write) last = array.program(targets({}), {.stall_limit = 10});
  EXPECT_GT(last.failed_cells, 20U);
}

TEST(CellArray, RewritingFromTheHeldStateNeedsFewerPulses) {
  CellArray array = programmed({.retention = kCmoHfoxRetention});
  EXPECT_THROW((void)CellArray({}, {}, 2, 2, Random(1), 0)
                   .program(Eigen::MatrixXd::Constant(2, 2, 1e-6), {}, 0.0, ProgramStart::kHeld),
               InputError);
  const Eigen::MatrixXd drifted_to = array.conductance({.time_s = 1000.0});
  const auto refreshed = array.program(targets({}), {}, 1000.0, ProgramStart::kHeld);
  const auto expected = program_array_from(drifted_to, targets({}), {}, {}, Random(kSeed), 3, 1);
  EXPECT_EQ(refreshed.g_siemens, expected.g_siemens);
  EXPECT_LT(refreshed.pulses, array.program(targets({}), {}, 1001.0).pulses);
}

TEST(CellArray, StatisticalWritesLeaveTheSameShareOfFailedCells) {
  // Faults and worn windows: what cannot be reached does not depend on how the write is simulated.
  CellEffects effects;
  effects.faults = {.on_rate = 0.02, .off_rate = 0.02};
  effects.endurance = {.half_window_writes = 1e6, .variability_growth = 0.0};
  WriteVerifyParams write;
  write.pulse_limit = 60;
  std::uint64_t failed[2] = {0, 0};
  for (const auto& [i, mode] : {std::pair{0, WriteMode::kLoop}, std::pair{1, WriteMode::kStatistical}}) {
    write.mode = mode;
    for (std::uint32_t unit = 0; unit < 8; ++unit) {
      CellArray array({}, effects, 32, 32, Random(kSeed), unit);
      const Eigen::MatrixXd target = Eigen::MatrixXd::NullaryExpr(32, 32, [](Eigen::Index r, Eigen::Index c) {
        return level_conductance({}, static_cast<unsigned>(r * 3 + c) % 8);
      });
      failed[i] += array.program(target, write).failed_cells;
    }
  }
  EXPECT_EQ(failed[0], failed[1]);
  EXPECT_GT(failed[0], 200U);
}

}  // namespace
}  // namespace mho::device
