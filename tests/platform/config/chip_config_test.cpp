// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_config.hpp"

#include <gtest/gtest.h>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

TEST(ChipConfig, EnergiesComeFromTheComponentTable) {
  const cost::ComponentTable survey(cost::Profile::kSurvey);
  const cost::ComponentTable aggressive(cost::Profile::kAggressive);
  const ChipConfig a = chip_config(Settings());
  const ChipConfig b = with({"cost.profile=aggressive"});
  // 1 fJ: what rounding to whole femtojoules can leave.
  EXPECT_NEAR(a.machine.cpu.energy.alu_fj, survey.joules("cpu.instruction.alu") * 1e15, 1);
  EXPECT_NEAR(b.machine.cpu.energy.alu_fj, aggressive.joules("cpu.instruction.alu") * 1e15, 1);
  EXPECT_NEAR(a.machine.cpu.energy.load_fj,
              (survey.joules("cpu.instruction.load") + survey.joules("ram.access32")) * 1e15, 1);
  EXPECT_DOUBLE_EQ(a.machine.ram.energy_per_byte_joules * 4, survey.joules("ram.access32"));
  EXPECT_DOUBLE_EQ(b.amc.adc.energy_per_conversion_J, aggressive.joules("adc.08b.conversion"));
  EXPECT_DOUBLE_EQ(b.amc.costs.sample_J, aggressive.joules("sample_hold.sample"));
}

TEST(ChipConfig, WhatIsSetArrives) {
  const ChipConfig chip =
      with({"inv.write_sigma=0.4", "mvm.write_sigma=0.02", "mvm.write_verify=false", "timing.mode=theory",
            "solver.schur_unit=cpu", "solver.wait=poll", "solver.verify=off", "solver.leaf_size=4", "seed=42",
            "solver.calibrate=on", "adc.reference_sigma=0.004", "bus.clock_hz=400000000",
            "write.pulse_limit=9", "dru.clock_hz=600000000"});
  EXPECT_EQ(chip.amc.inv_write.write_sigma, 0.4);
  EXPECT_TRUE(chip.amc.inv_write.bounded);
  EXPECT_EQ(chip.amc.mvm_write.write_sigma, 0.02);
  EXPECT_FALSE(chip.amc.mvm_write.bounded);
  EXPECT_EQ(chip.amc.timing.mode, circuit::TimingParams::Mode::kTheory);
  EXPECT_EQ(chip.solver.schur_unit, registers::job::JobUnit::kCpu);
  EXPECT_EQ(chip.solver.wait, registers::job::JobWait::kPoll);
  EXPECT_FALSE(chip.solver.verifies);
  EXPECT_TRUE(chip.solver.calibrates);
  EXPECT_EQ(chip.amc.reference_sigma, 0.004);
  EXPECT_EQ(chip.solver.leaf_size, 4u);
  EXPECT_EQ(chip.seed, 42u);
  EXPECT_EQ(chip.machine.seed, 42u);
  EXPECT_EQ(chip.machine.bus.clock_period_ps, 2500u);
  EXPECT_EQ(chip.amc.inv_write.pulse_limit, 9u);
  EXPECT_EQ(chip.amc.mvm_write.pulse_limit, 9u);
  EXPECT_EQ(chip.amc.dru.clock_hz, 1e12 / 1667);
}

TEST(ChipConfig, EachUnitMayFormSchurComplements) {
  using registers::job::JobUnit;
  EXPECT_EQ(with({}).solver.schur_unit, JobUnit::kDru);
  EXPECT_EQ(with({"solver.schur_unit=cpu"}).solver.schur_unit, JobUnit::kCpu);
  EXPECT_EQ(with({"solver.schur_unit=dru"}).solver.schur_unit, JobUnit::kDru);
  EXPECT_EQ(with({"solver.schur_unit=analogue"}).solver.schur_unit, JobUnit::kAnalogue);
  EXPECT_THROW((void)with({"solver.schur_unit=analog"}), InputError);
}

TEST(ChipConfig, TheLimitOfIterationsIsThatOfTheMethodUnlessGiven) {
  EXPECT_EQ(with({"solver.method=refine"}).solver.max_iterations, 100U);
  EXPECT_EQ(with({"solver.method=gmres"}).solver.max_iterations, 500U);
  EXPECT_EQ(with({"solver.method=auto"}).solver.max_iterations, 500U);
  EXPECT_EQ(with({"solver.method=refine", "solver.max_iterations=300"}).solver.max_iterations, 300U);
  EXPECT_EQ(with({"solver.max_iterations=1"}).solver.max_iterations, 1U);
}

TEST(ChipConfig, LeastSquaresThroughGinvNeedMacrosForIt) {
  using registers::job::JobLeastSquares;
  EXPECT_EQ(with({}).solver.least_squares, JobLeastSquares::kInv);
  EXPECT_EQ(with({}).amc.ginv_count, 0U);
  const ChipConfig chip = with({"ginv.count=3", "ginv.size=16", "solver.least_squares=ginv"});
  EXPECT_EQ(chip.solver.least_squares, JobLeastSquares::kGinv);
  EXPECT_EQ(chip.amc.ginv_count, 3U);
  EXPECT_EQ(chip.amc.ginv_size, 16U);
  EXPECT_THROW((void)with({"solver.least_squares=ginv"}), InputError);
}

}  // namespace
}  // namespace mho::platform
