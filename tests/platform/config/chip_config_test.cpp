// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/base/error.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

std::string message_of(const Settings& settings) {
  try {
    (void)chip_config(settings);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string message_of(std::initializer_list<const char*> assignments) {
  Settings settings;
  for (const char* assignment : assignments) settings.assign(assignment);
  return message_of(settings);
}

ChipConfig with(std::initializer_list<const char*> assignments) {
  Settings settings;
  for (const char* assignment : assignments) settings.assign(assignment);
  return chip_config(settings);
}

// The schema's defaults and those of the models' structs are two texts; they must not drift apart.
TEST(ChipConfig, DefaultsOfTheSchemaAreThoseOfTheModels) {
  const ChipConfig chip = chip_config(Settings());
  const soc::CpuParams cpu;
  EXPECT_EQ(chip.machine.cpu.clock_hz, cpu.clock_hz);
  EXPECT_EQ(chip.machine.cpu.cycles.alu, cpu.cycles.alu);
  EXPECT_EQ(chip.machine.cpu.cycles.mul, cpu.cycles.mul);
  EXPECT_EQ(chip.machine.cpu.cycles.div, cpu.cycles.div);
  EXPECT_EQ(chip.machine.cpu.cycles.load, cpu.cycles.load);
  EXPECT_EQ(chip.machine.cpu.cycles.store, cpu.cycles.store);
  EXPECT_EQ(chip.machine.cpu.cycles.branch, cpu.cycles.branch);
  EXPECT_EQ(chip.machine.cpu.cycles.taken_extra, cpu.cycles.taken_extra);
  EXPECT_EQ(chip.machine.cpu.cycles.jump, cpu.cycles.jump);
  EXPECT_EQ(chip.machine.cpu.cycles.csr, cpu.cycles.csr);
  EXPECT_EQ(chip.machine.cpu.cycles.atomic, cpu.cycles.atomic);
  EXPECT_EQ(chip.machine.cpu.cycles.system, cpu.cycles.system);
  EXPECT_EQ(chip.machine.cpu.cycles.fpu, cpu.cycles.fpu);
  EXPECT_EQ(chip.machine.cpu.cycles.fdiv, cpu.cycles.fdiv);
  EXPECT_EQ(chip.machine.cpu.cycles.trap, cpu.cycles.trap);
  const MachineParams machine;
  EXPECT_EQ(chip.machine.bus.clock_period_ps, machine.bus.clock_period_ps);
  EXPECT_EQ(chip.machine.bus.width_bytes, machine.bus.width_bytes);
  EXPECT_EQ(chip.machine.bus.latency_cycles, machine.bus.latency_cycles);
  EXPECT_EQ(chip.machine.ram.bytes, machine.ram.bytes);
  EXPECT_EQ(chip.machine.ram.clock_period_ps, machine.ram.clock_period_ps);
  EXPECT_EQ(chip.machine.ram.width_bytes, machine.ram.width_bytes);
  EXPECT_EQ(chip.machine.ram.latency_cycles, machine.ram.latency_cycles);
}

TEST(ChipConfig, DefaultsOfTheSchemaAreThoseOfTheAmc) {
  const amc::AmcParams amc;
  const amc::AmcParams chip = chip_config(Settings()).amc;
  EXPECT_EQ(chip.inv_count, amc.inv_count);
  EXPECT_EQ(chip.inv_size, amc.inv_size);
  EXPECT_EQ(chip.mvm_count, amc.mvm_count);
  EXPECT_EQ(chip.mvm_size, amc.mvm_size);
  EXPECT_EQ(chip.rows_per_read, amc.rows_per_read);
  EXPECT_EQ(chip.input_bits, amc.input_bits);
  EXPECT_EQ(chip.mvm_levels, amc.mvm_levels);
  EXPECT_EQ(chip.inv_diagonal_cells, amc.inv_diagonal_cells);
  EXPECT_EQ(chip.cell.levels, amc.cell.levels);
  EXPECT_EQ(chip.cell.g_min_siemens, amc.cell.g_min_siemens);
  EXPECT_EQ(chip.cell.g_max_siemens, amc.cell.g_max_siemens);
  EXPECT_EQ(chip.cell.v_read_volt, amc.cell.v_read_volt);
  EXPECT_NEAR(chip.g_in_siemens, amc.g_in_siemens, 1e-15);
  EXPECT_EQ(chip.converters_per_lane, amc.converters_per_lane);
  EXPECT_EQ(chip.dru.clock_hz, amc.dru.clock_hz);
  EXPECT_EQ(chip.dru.lanes, amc.dru.lanes);
  EXPECT_EQ(chip.dru.sram_words, amc.dru.sram_words);
  EXPECT_EQ(chip.dru.max_retries, amc.dru.max_retries);
  EXPECT_EQ(chip.dru.command_overhead_cycles, amc.dru.command_overhead_cycles);
  EXPECT_EQ(chip.dru.prefetch_commands, amc.dru.prefetch_commands);
}

TEST(ChipConfig, DefaultsOfTheSchemaAreThoseOfTheCircuits) {
  const amc::AmcParams amc;
  const amc::AmcParams chip = chip_config(Settings()).amc;
  EXPECT_EQ(chip.opamp.gain, amc.opamp.gain);
  EXPECT_EQ(chip.opamp.gbw_hz, amc.opamp.gbw_hz);
  EXPECT_EQ(chip.opamp.v_sat_volt, amc.opamp.v_sat_volt);
  EXPECT_EQ(chip.opamp.slew_rate_volt_per_s, amc.opamp.slew_rate_volt_per_s);
  EXPECT_EQ(chip.opamp.offset_sigma_volt, amc.opamp.offset_sigma_volt);
  EXPECT_EQ(chip.opamp.supply_volt, amc.opamp.supply_volt);
  EXPECT_EQ(chip.opamp.load_farad, amc.opamp.load_farad);
  EXPECT_EQ(chip.opamp.gm_over_id_per_volt, amc.opamp.gm_over_id_per_volt);
  EXPECT_EQ(chip.opamp.branches, amc.opamp.branches);
  EXPECT_EQ(chip.dac.bits, amc.dac.bits);
  EXPECT_EQ(chip.dac.v_full_scale_volt, amc.dac.v_full_scale_volt);
  EXPECT_EQ(chip.dac.offset_sigma_lsb, amc.dac.offset_sigma_lsb);
  EXPECT_EQ(chip.dac.gain_sigma, amc.dac.gain_sigma);
  EXPECT_EQ(chip.dac.noise_sigma_lsb, amc.dac.noise_sigma_lsb);
  EXPECT_DOUBLE_EQ(chip.dac.conversion_time_s, amc.dac.conversion_time_s);
  EXPECT_DOUBLE_EQ(chip.dac.energy_per_conversion_J, amc.dac.energy_per_conversion_J);
  EXPECT_EQ(chip.adc.bits, amc.adc.bits);
  EXPECT_EQ(chip.adc.v_full_scale_volt, amc.adc.v_full_scale_volt);
  EXPECT_EQ(chip.adc.offset_sigma_lsb, amc.adc.offset_sigma_lsb);
  EXPECT_EQ(chip.adc.gain_sigma, amc.adc.gain_sigma);
  EXPECT_EQ(chip.adc.noise_sigma_lsb, amc.adc.noise_sigma_lsb);
  EXPECT_DOUBLE_EQ(chip.adc.conversion_time_s, amc.adc.conversion_time_s);
  EXPECT_DOUBLE_EQ(chip.adc.energy_per_conversion_J, amc.adc.energy_per_conversion_J);
  EXPECT_EQ(chip.timing.mode, amc.timing.mode);
  EXPECT_EQ(chip.timing.measured_inv_s, amc.timing.measured_inv_s);
  EXPECT_EQ(chip.timing.measured_mvm_s, amc.timing.measured_mvm_s);
  EXPECT_EQ(chip.timing.settle_epsilon, amc.timing.settle_epsilon);
  EXPECT_EQ(chip.timing.settle_epsilon_read, amc.timing.settle_epsilon_read);
}

void expect_equal_loops(const device::WriteVerifyParams& a, const device::WriteVerifyParams& b) {
  EXPECT_EQ(a.tolerance, b.tolerance);
  EXPECT_EQ(a.bounded, b.bounded);
  EXPECT_EQ(a.write_sigma, b.write_sigma);
  EXPECT_EQ(a.aim, b.aim);
  EXPECT_EQ(a.pulse_sigma, b.pulse_sigma);
  EXPECT_EQ(a.coarse_threshold, b.coarse_threshold);
  EXPECT_EQ(a.coarse.voltage_volt, b.coarse.voltage_volt);
  EXPECT_EQ(a.coarse.width_s, b.coarse.width_s);
  EXPECT_EQ(a.coarse.max_step, b.coarse.max_step);
  EXPECT_EQ(a.fine.voltage_volt, b.fine.voltage_volt);
  EXPECT_EQ(a.fine.width_s, b.fine.width_s);
  EXPECT_EQ(a.fine.max_step, b.fine.max_step);
  EXPECT_EQ(a.pulse_limit, b.pulse_limit);
  EXPECT_EQ(a.verify_sigma, b.verify_sigma);
  EXPECT_EQ(a.verify_voltage_volt, b.verify_voltage_volt);
  EXPECT_EQ(a.verify_time_s, b.verify_time_s);
  EXPECT_DOUBLE_EQ(a.verify_conversion_energy_J, b.verify_conversion_energy_J);
  EXPECT_EQ(a.round_overhead_s, b.round_overhead_s);
}

TEST(ChipConfig, DefaultsOfTheSchemaAreThoseOfWriteVerify) {
  const amc::AmcParams amc;
  const amc::AmcParams chip = chip_config(Settings()).amc;
  expect_equal_loops(chip.inv_write, amc.inv_write);
  expect_equal_loops(chip.mvm_write, amc.mvm_write);
}

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

TEST(ChipConfig, ConverterEnergyFollowsTheResolution) {
  const cost::ComponentTable survey(cost::Profile::kSurvey);
  EXPECT_DOUBLE_EQ(with({"adc.bits=10"}).amc.adc.energy_per_conversion_J,
                   survey.joules("adc.10b.conversion"));
  EXPECT_DOUBLE_EQ(with({"adc.bits=14"}).amc.adc.energy_per_conversion_J,
                   16 * survey.joules("adc.12b.conversion"));
  EXPECT_DOUBLE_EQ(with({"dac.bits=6"}).amc.dac.energy_per_conversion_J,
                   survey.joules("dac.08b.conversion") / 4);
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

TEST(ChipConfig, GinvMacrosNeedOhmicCellsOfEvenLevels) {
  EXPECT_THROW((void)with({"ginv.count=1", "cell.nonlinearity_volt=0.3"}), InputError);
  EXPECT_THROW((void)with({"ginv.count=1", "access.model=nmos1"}), InputError);
  EXPECT_THROW((void)with({"ginv.count=1", "inv.level_spacing=geometric", "inv.slices=1"}), InputError);
  EXPECT_NO_THROW((void)with({"ginv.count=1"}));
}

TEST(ChipConfig, ConvertersTooCoarseToCalibrateAreRefused) {
  EXPECT_FALSE(with({"adc.bits=3"}).solver.calibrates);
  EXPECT_THROW((void)with({"adc.bits=3", "solver.calibrate=on"}), InputError);
}

TEST(ChipConfig, LowPrecisionConversionsAreThoseOfTheSameConverters) {
  EXPECT_EQ(with({"adc.bits=10"}).amc.adc_low_precision.bits, 8u);
  EXPECT_EQ(with({"adc.bits=10", "adc.low_precision_bits=10"}).amc.adc_low_precision.bits, 10u);
  const amc::AmcParams all = with({"adc.bits=6"}).amc;
  EXPECT_EQ(all.adc_low_precision.bits, 6u);
  EXPECT_EQ(all.adc_low_precision.noise_sigma_lsb, 0.02);
  EXPECT_EQ(all.adc_low_precision.energy_per_conversion_J, all.adc.energy_per_conversion_J);
  const amc::AmcParams fewer = with({"dac.bits=6", "adc.low_precision_bits=6"}).amc;
  EXPECT_EQ(fewer.adc.bits, 8u);
  EXPECT_EQ(fewer.adc_low_precision.bits, 6u);
  EXPECT_EQ(fewer.adc_low_precision.noise_sigma_lsb, 0.005);
  EXPECT_EQ(fewer.adc_low_precision.offset_sigma_lsb, 0.005);
  EXPECT_EQ(fewer.adc_low_precision.v_full_scale_volt, fewer.adc.v_full_scale_volt);
  EXPECT_DOUBLE_EQ(fewer.adc_low_precision.energy_per_conversion_J,
                   cost::ComponentTable(cost::Profile::kSurvey).joules("adc.06b.conversion"));
  EXPECT_THAT(message_of({"adc.low_precision_bits=9"}),
              HasSubstr("adc.low_precision_bits = 9 must be at most"));
  EXPECT_THAT(message_of({"adc.low_precision_bits=1"}), HasSubstr("too small"));
}

TEST(ChipConfig, InputConductanceFollowsTheCellUnlessGiven) {
  EXPECT_NEAR(with({"cell.g_max_siemens=70e-6"}).amc.g_in_siemens, 69.5e-6 * 0.5 / 0.2, 1e-12);
  EXPECT_EQ(with({"inv.input_conductance_siemens=5e-5"}).amc.g_in_siemens, 5e-5);
}

TEST(ChipConfig, LinesAndTheirCompensationReachTheMacros) {
  const amc::AmcParams defaults, chip = with({}).amc;
  EXPECT_EQ(chip.lines.row_segment_ohm, defaults.lines.row_segment_ohm);
  EXPECT_EQ(chip.lines.column_segment_ohm, defaults.lines.column_segment_ohm);
  EXPECT_EQ(chip.lines.row_port_ohm, defaults.lines.row_port_ohm);
  EXPECT_EQ(chip.headroom, defaults.headroom);
  EXPECT_EQ(chip.inv_compensated, defaults.inv_compensated);
  EXPECT_EQ(chip.mvm_compensated, defaults.mvm_compensated);
  EXPECT_EQ(chip.refresh_change, defaults.refresh_change);
  EXPECT_EQ(chip.kelvin, defaults.kelvin);
  const amc::AmcParams other =
      with({"lines.row_segment_ohm=1", "lines.column_segment_ohm=2", "lines.row_port_ohm=3",
            "lines.column_port_ohm=4", "lines.headroom=0.5", "inv.line_compensation=true"})
          .amc;
  EXPECT_EQ(other.lines.row_segment_ohm, 1);
  EXPECT_EQ(other.lines.column_segment_ohm, 2);
  EXPECT_EQ(other.lines.row_port_ohm, 3);
  EXPECT_EQ(other.lines.column_port_ohm, 4);
  EXPECT_EQ(other.headroom, 0.5);
  EXPECT_TRUE(other.inv_compensated);
  // The input conductance follows the span of the levels.
  EXPECT_NEAR(other.g_in_siemens, with({}).amc.g_in_siemens * 0.5, 1e-12);
}

TEST(ChipConfig, LinesThatMakeReadsWrongAreRefusedWithAdvice) {
  const std::string message = message_of({"mvm.line_compensation=false"});
  EXPECT_THAT(message, HasSubstr("--set mvm.line_compensation=false"));
  EXPECT_THAT(message, HasSubstr("from a read of 16 rows of a 64x64 array"));
  EXPECT_THAT(message, HasSubstr("mvm.size="));
  EXPECT_EQ(message_of({"mvm.line_compensation=false", "mvm.requires_exact_reads=false"}), "accepted");
  EXPECT_EQ(
      message_of({"mvm.line_compensation=false", "lines.row_segment_ohm=0", "lines.column_segment_ohm=0"}),
      "accepted");
  // What it advises is accepted.
  const std::size_t size = message.find("mvm.size="), rows = message.find("mvm.rows_per_read=");
  ASSERT_NE(rows, std::string::npos);
  const auto word = [&](std::size_t at) { return message.substr(at, message.find(' ', at) - at); };
  EXPECT_EQ(message_of({"mvm.line_compensation=false", word(size).c_str(), word(rows).c_str()}), "accepted");
}

TEST(ChipConfig, ReadsThatCannotBeExactAreNotPlanned) {
  EXPECT_THAT(
      message_of({"mvm.rows_per_read=0", "mvm.input_bits=3"}),
      AllOf(HasSubstr("--set mvm.rows_per_read=0: mvm.rows_per_read = 0: not even one row at a time is read"),
            HasSubstr("opamp.offset_sigma_volt")));
  EXPECT_THAT(
      message_of({"mvm.input_bits=0", "mvm.write_tolerance=0.006"}),
      AllOf(HasSubstr("--set mvm.input_bits=0: mvm.input_bits = 0: 16 rows at a time are not read exactly"),
            HasSubstr("mvm.write_tolerance"), HasSubstr("mvm.rows_per_read = 0 chooses the rows")));
  EXPECT_THAT(message_of({"mvm.input_bits=0", "mvm.rows_per_read=0", "adc.bits=3"}),
              HasSubstr("not even one row at a time is read exactly: codes may exceed"));
  EXPECT_THAT(message_of({"mvm.input_bits=3", "dac.bits=3"}),
              HasSubstr("mvm.input_bits = 3 must be below dac.bits = 3"));
  EXPECT_THAT(message_of({"mvm.levels=6"}), HasSubstr("mvm.levels = 6; choose 2, 4, 8 or 16, or 0"));
  EXPECT_THAT(message_of({"mvm.levels=16", "solver.bits=18"}), HasSubstr("come in slices of 4"));
  EXPECT_EQ(message_of({"mvm.levels=16", "solver.bits=20"}), "accepted");
}

TEST(ChipConfig, RowsAndBitsOfAReadArePlannedTogether) {
  const amc::AmcParams plain = with({"mvm.rows_per_read=0", "mvm.input_bits=0"}).amc;
  EXPECT_EQ(plain.rows_per_read, 16u);
  EXPECT_EQ(plain.input_bits, 1u);
  const amc::AmcParams fine =
      with({"mvm.rows_per_read=0", "mvm.input_bits=0", "mvm.write_tolerance=2e-4", "write.verify_sigma=2e-5",
            "opamp.offset_sigma_volt=2e-7", "adc.bits=13", "adc.low_precision_bits=10", "adc.gain_sigma=5e-6",
            "dac.gain_sigma=5e-5", "timing.settle_epsilon_read=1e-6", "opamp.gain=1e7", "mvm.size=16"})
          .amc;
  EXPECT_GT(fine.input_bits, 1u);
  EXPECT_EQ(fine.rows_per_read, 16u) << "all rows come before a second bit";
}

TEST(ChipConfig, FlashConvertersAreFasterAndTakeAllTheirBitsAtOnce) {
  const amc::AmcParams sar = with({}).amc, flash = with({"adc.kind=flash", "adc.low_precision_bits=6"}).amc;
  EXPECT_LT(flash.adc.conversion_time_s, 0.1 * sar.adc.conversion_time_s);
  EXPECT_EQ(flash.adc_low_precision.energy_per_conversion_J, flash.adc.energy_per_conversion_J);
  EXPECT_THAT(
      message_of({"adc.kind=flash", "adc.bits=10"}),
      HasSubstr("adc.kind = flash needs adc.bits of at most 8, but adc.bits = 10 (--set adc.bits=10)"));
}

TEST(ChipConfig, ValuesBetweenZeroAndWhatIsPossibleAreNamed) {
  EXPECT_THAT(
      message_of({"lines.row_segment_ohm=1e-300"}),
      HasSubstr(
          "--set lines.row_segment_ohm=1e-300: lines.row_segment_ohm = 1e-300; choose 0 or at least 1e-09"));
  EXPECT_THAT(message_of({"endurance.half_window_writes=0.5"}), HasSubstr("choose 0 or at least 1"));
  EXPECT_THAT(message_of({"faults.stuck_on_rate=0.6", "faults.stuck_off_rate=0.6"}),
              HasSubstr("--set faults.stuck_off_rate=0.6: the rates of section faults add up to 1.2"));
  EXPECT_THAT(message_of({"lines.headroom=0.01"}),
              HasSubstr("--set lines.headroom=0.01: lines.headroom = 0.01 is too"));
}

TEST(ChipConfig, EffectsOfTheLoopAreOffUnlessGiven) {
  EXPECT_FALSE(circuit::is_on(with({}).amc.loop));
  EXPECT_EQ(with({"inv.signs=inverters"}).amc.loop.signs, circuit::InvSigns::kInverters);
  EXPECT_EQ(with({"inv.signs=compensation"}).amc.loop.signs, circuit::InvSigns::kCompensation);
  const circuit::LoopEffects on = with({"opamp.second_pole_hz=1e9", "opamp.input_farad=1e-14",
                                        "opamp.output_ohm=50", "inv.inverter_conductance_siemens=2e-4"})
                                      .amc.loop;
  EXPECT_EQ(on.second_pole_hz, 1e9);
  EXPECT_EQ(on.input_farad, 1e-14);
  EXPECT_EQ(on.output_ohm, 50);
  EXPECT_EQ(on.inverter_siemens, 2e-4);
}

TEST(ChipConfig, EffectsOfCellsAreOffUnlessGiven) {
  const device::CellEffects off = with({}).amc.effects;
  EXPECT_FALSE(is_on(off.faults) || is_on(off.endurance) || is_on(off.retention) ||
               is_on(off.temperature, with({}).amc.kelvin) || is_on(off.telegraph) || is_on(off.thermal));
  const device::CellEffects on =
      with({"faults.stuck_on_rate=0.1", "endurance.half_window_writes=1e6",
            "retention.sigma_siemens_per_efold=1e-8", "temperature.low_per_kelvin=1e-3",
            "noise.trap_probability=0.3", "noise.thermal_bandwidth_hz=5e6"})
          .amc.effects;
  EXPECT_EQ(on.faults.on_rate, 0.1);
  EXPECT_EQ(on.endurance.half_window_writes, 1e6);
  EXPECT_EQ(on.retention.sigma_siemens_per_efold, 1e-8);
  EXPECT_EQ(on.temperature.low_per_kelvin, 1e-3);
  EXPECT_EQ(on.telegraph.trap_probability, 0.3);
  EXPECT_EQ(on.thermal.bandwidth_hz, 5e6);
}

TEST(ChipConfig, ValuesThatDoNotFitEachOtherBeginWithTheLineThatTheUserWrote) {
  Settings settings;
  settings.load_text("mvm:\n  size: 8\n", "chip.yaml");
  EXPECT_EQ(message_of(settings),
            "chip.yaml:2: mvm.rows_per_read = 16 (default) must be at most mvm.size = 8");
  settings.assign("mvm.rows_per_read=9");
  EXPECT_EQ(message_of(settings),
            "--set mvm.rows_per_read=9: mvm.rows_per_read = 9 must be at most mvm.size = 8 (chip.yaml:2)");
}

TEST(ChipConfig, LineEndsReachTheMacros) {
  EXPECT_EQ(with({}).amc.lines.row_end, circuit::LineEnd::kFirst);
  EXPECT_EQ(with({}).amc.lines.column_end, circuit::LineEnd::kLast);
  const circuit::LineParams lines = with({"lines.row_end=both", "lines.column_end=first"}).amc.lines;
  EXPECT_EQ(lines.row_end, circuit::LineEnd::kBoth);
  EXPECT_EQ(lines.column_end, circuit::LineEnd::kFirst);
}

TEST(ChipConfig, ConverterEffectsAreOffUnlessGiven) {
  const amc::AmcParams off = with({}).amc;
  EXPECT_EQ(off.adc.aperture_jitter_s, 0);
  EXPECT_EQ(off.adc.input_frequency_hz, 0);
  EXPECT_EQ(off.dac.v_clip_volt, 0);
  EXPECT_TRUE(off.adc.inl_profile_lsb.empty() && off.dac.inl_profile_lsb.empty());
  const amc::AmcParams on =
      with({"adc.aperture_jitter_s=1e-12", "adc.input_frequency_hz=1e6", "dac.clip_volt=0.15"}).amc;
  EXPECT_EQ(on.adc.aperture_jitter_s, 1e-12);
  EXPECT_EQ(on.adc_low_precision.aperture_jitter_s, 1e-12);
  EXPECT_EQ(on.adc.input_frequency_hz, 1e6);
  EXPECT_EQ(on.dac.v_clip_volt, 0.15);
}

TEST(ChipConfig, MovingTheTemperatureAloneMovesConductances) {
  const amc::AmcParams hot = with({"temperature.kelvin=350"}).amc;
  EXPECT_TRUE(is_on(hot.effects.temperature, hot.kelvin));
  EXPECT_EQ(hot.effects.temperature.low_per_kelvin, device::kTypicalTemperature.low_per_kelvin);
  EXPECT_EQ(hot.effects.temperature.high_per_kelvin, device::kTypicalTemperature.high_per_kelvin);
  EXPECT_EQ(hot.adc.kelvin, 350);
}

TEST(ChipConfig, ReferencesAndLimitsOfCellEffectsArrive) {
  const device::CellEffects defaults, chip = with({}).amc.effects;
  EXPECT_EQ(chip.retention.reference_kelvin, defaults.retention.reference_kelvin);
  EXPECT_EQ(chip.temperature.reference_kelvin, defaults.temperature.reference_kelvin);
  EXPECT_EQ(chip.telegraph.amplitude_limit, defaults.telegraph.amplitude_limit);
  EXPECT_EQ(chip.telegraph.slot_s, defaults.telegraph.slot_s);
  const device::CellEffects other =
      with({"retention.reference_kelvin=310", "temperature.reference_kelvin=320",
            "noise.trap_amplitude_limit=0.25", "noise.trap_slot_s=2e-7"})
          .amc.effects;
  EXPECT_EQ(other.retention.reference_kelvin, 310);
  EXPECT_EQ(other.temperature.reference_kelvin, 320);
  EXPECT_EQ(other.telegraph.amplitude_limit, 0.25);
  EXPECT_EQ(other.telegraph.slot_s, 2e-7);
  EXPECT_THAT(message_of({"noise.trap_slot_s=1e-5"}), HasSubstr("must be at most noise.trap_tau_min_s"));
}

TEST(ChipConfig, CellsAreOhmicUnlessGiven) {
  EXPECT_TRUE(with({}).amc.cell_model.is_ohmic());
  EXPECT_EQ(with({}).amc.opamp.noise_volt_per_sqrt_hz, 0);
  EXPECT_EQ(with({"opamp.noise_volt_per_sqrt_hz=5e-9"}).amc.opamp.noise_volt_per_sqrt_hz, 5e-9);
  EXPECT_EQ(with({"cell.nonlinearity_volt=0.5"}).amc.cell_model.iv.v0_volt, 0.5);
  const auto access = with({"access.model=nmos1", "access.width_metre=2e-6", "access.length_metre=2e-7",
                            "access.vto_volt=0.3", "access.kp_ampere_per_volt2=3e-4",
                            "access.lambda_per_volt=0.1", "access.gamma_sqrt_volt=0.4", "access.phi_volt=0.7",
                            "access.gate_volt=1.5", "access.side=column"})
                          .amc.cell_model.access;
  ASSERT_TRUE(access.has_value());
  EXPECT_EQ(access->width_metre, 2e-6);
  EXPECT_EQ(access->length_metre, 2e-7);
  EXPECT_EQ(access->vto_volt, 0.3);
  EXPECT_EQ(access->kp_ampere_per_volt2, 3e-4);
  EXPECT_EQ(access->lambda_per_volt, 0.1);
  EXPECT_EQ(access->gamma_sqrt_volt, 0.4);
  EXPECT_EQ(access->phi_volt, 0.7);
  EXPECT_EQ(access->v_gate_volt, 1.5);
  EXPECT_FALSE(access->is_at_row);
}

TEST(ChipConfig, TransistorsSinhCellsAndPolesOfAmplifiersGoTogether) {
  const amc::AmcParams all =
      with({"cell.nonlinearity_volt=0.5", "access.model=nmos1", "opamp.second_pole_hz=1e9",
            "opamp.input_farad=1e-15", "opamp.output_ohm=50", "inv.signs=inverters"})
          .amc;
  EXPECT_TRUE(all.cell_model.access.has_value());
  EXPECT_EQ(all.cell_model.iv.v0_volt, 0.5);
  EXPECT_TRUE(circuit::is_on(all.loop));
}

TEST(ChipConfig, CellModelsThatNothingSolvesAreRefused) {
  EXPECT_THAT(message_of({"cell.nonlinearity_volt=1e-5"}), HasSubstr("choose 0 or at least 0.001"));
  EXPECT_THAT(message_of({"access.model=nmos1", "access.width_metre=1e-9"}),
              HasSubstr("does not carry what a cell"));
}

TEST(ChipConfig, LevelsOfInvCellsMayDifferFromThoseOfDigits) {
  const amc::AmcParams plain = with({}).amc, fine = with({"inv.levels=64"}).amc;
  EXPECT_EQ(cell_params(plain, amc::MacroKind::kInv).levels, 8U);
  EXPECT_EQ(cell_params(fine, amc::MacroKind::kInv).levels, 64U);
  EXPECT_EQ(cell_params(fine, amc::MacroKind::kMvm).levels, 8U);
  EXPECT_DOUBLE_EQ(step_siemens(fine, amc::MacroKind::kInv) * 63,
                   step_siemens(plain, amc::MacroKind::kInv) * 7);
  EXPECT_EQ(step_siemens(fine, amc::MacroKind::kMvm), step_siemens(plain, amc::MacroKind::kMvm));
  EXPECT_NEAR(fine.g_in_siemens, plain.g_in_siemens, 1e-12);
  EXPECT_THAT(message_of({"inv.levels=1"}), HasSubstr("choose 0 or at least 2"));
}

TEST(ChipConfig, LevelsOfInvCellsMayLieUnevenly) {
  const device::CellParams geometric =
      cell_params(with({"inv.level_spacing=geometric", "inv.levels=16"}).amc, amc::MacroKind::kInv);
  EXPECT_EQ(geometric.spacing, device::LevelSpacing::kGeometric);
  EXPECT_EQ(geometric.levels, 16U);
  const char* list = "inv.level_list_siemens=[5e-7, 2e-6, 35e-6]";
  const amc::AmcParams listed = with({"inv.level_spacing=listed", list}).amc;
  EXPECT_EQ(cell_params(listed, amc::MacroKind::kInv).levels, 3U);
  EXPECT_EQ(cell_params(listed, amc::MacroKind::kInv).listed_siemens,
            (std::vector<double>{5e-7, 2e-6, 35e-6}));
  EXPECT_EQ(cell_params(listed, amc::MacroKind::kMvm), with({}).amc.cell);
  EXPECT_EQ(message_of({"inv.level_spacing=listed", list, "inv.levels=3"}), "accepted");
  EXPECT_EQ(message_of({"inv.level_spacing=geometric", "cell.levels=64", "mvm.write_tolerance=0.003",
                        "mvm.requires_exact_reads=false"}),
            "accepted");
}

TEST(ChipConfig, LevelsThatDoNotGoTogetherAreNamedWithTheirPlaces) {
  const char* listed = "inv.level_spacing=listed";
  EXPECT_EQ(
      message_of({listed}),
      "--set inv.level_spacing=listed: inv.level_list_siemens has 0 numbers; list 2 to 64 conductances");
  EXPECT_EQ(
      message_of({listed, "inv.level_list_siemens=[5e-7, 35e-6]", "inv.levels=3"}),
      "--set inv.level_list_siemens=[5e-7, 35e-6]: inv.level_list_siemens has 2 numbers, but inv.levels = 3 "
      "(--set inv.levels=3); list as many, or leave inv.levels out");
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 3e-6, 2e-6, 35e-6]"}),
              HasSubstr("must ascend, but 2e-06 S comes after 3e-06 S"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 2e-6, 2e-6, 35e-6]"}),
              HasSubstr("must ascend"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[6e-7, 35e-6]"}),
              HasSubstr("begins at 6e-07 S; it must begin at cell.g_min_siemens = 5e-07 (default)"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 30e-6]"}),
              HasSubstr("ends at 3e-05 S; it must end at cell.g_max_siemens = 3.5e-05 (default)"));
  EXPECT_THAT(message_of({"inv.level_list_siemens=[5e-7, 35e-6]"}),
              HasSubstr("needs inv.level_spacing = listed, but inv.level_spacing = even (default)"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "inv.level_list_siemens=[5e-7, 35e-6]"}),
              HasSubstr("needs inv.level_spacing = listed"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "inv.slices=2"}),
              HasSubstr("inv.level_spacing = geometric needs inv.slices = 1, but inv.slices = 2"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 35e-6]", "inv.slices=2"}),
              HasSubstr("needs inv.slices = 1"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "cell.levels=65"}),
              HasSubstr("needs inv.levels of at most 64, but cell.levels = 65"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "cell.g_min_siemens=0"}),
              HasSubstr("needs cell.g_min_siemens above 0"));
}

TEST(ChipConfig, ValuesThatDoNotFitEachOtherAreNamedWithTheirPlaces) {
  EXPECT_EQ(message_of({"mvm.size=8"}),
            "--set mvm.size=8: mvm.rows_per_read = 16 (default) must be at most mvm.size = 8");
  EXPECT_EQ(message_of({"cell.g_min_siemens=35e-6"}),
            "--set cell.g_min_siemens=35e-6: cell.g_min_siemens = 3.5e-05 must be below cell.g_max_siemens = "
            "3.5e-05 "
            "(default)");
  EXPECT_THAT(message_of({"inv.size=4", "solver.leaf_size=8"}),
              HasSubstr("solver.leaf_size = 8 must be at most"));
  EXPECT_THAT(message_of({"mvm.write_tolerance=0.0005"}),
              HasSubstr("mvm.write_tolerance = 0.0005 must be above 3.47 times write.verify_sigma"));
  EXPECT_THAT(message_of({"lines.headroom=0.1"}),
              testing::StartsWith("--set lines.headroom=0.1: lines.headroom = 0.1 is too small: "));
  EXPECT_THAT(message_of({"inv.write_tolerance=0.0005"}),
              HasSubstr("inv.write_tolerance = 0.0005 must be above"));
  EXPECT_THAT(message_of({"inv.input_conductance_siemens=1"}), HasSubstr("closer together"));
}

}  // namespace
}  // namespace mho::platform
