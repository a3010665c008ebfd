// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_config.hpp"

#include <gtest/gtest.h>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

// The schema's defaults and those of the models' structs are two texts; they must not drift apart.
TEST(ChipDefaults, DefaultsOfTheSchemaAreThoseOfTheModels) {
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

TEST(ChipDefaults, DefaultsOfTheSchemaAreThoseOfTheAmc) {
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

TEST(ChipDefaults, DefaultsOfTheSchemaAreThoseOfTheCircuits) {
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

TEST(ChipDefaults, DefaultsOfTheSchemaAreThoseOfWriteVerify) {
  const amc::AmcParams amc;
  const amc::AmcParams chip = chip_config(Settings()).amc;
  expect_equal_loops(chip.inv_write, amc.inv_write);
  expect_equal_loops(chip.mvm_write, amc.mvm_write);
}

}  // namespace
}  // namespace mho::platform
