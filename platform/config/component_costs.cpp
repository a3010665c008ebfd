// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/component_costs.hpp"

#include <algorithm>
#include <cmath>

namespace mho::platform {
namespace {

constexpr unsigned kSurveyedBits = 12;  // of ADC conversions
constexpr double kBytesPerWord = 4;
constexpr double kBusHeaderBits = 40;  // address and control of a transfer
constexpr int kDacTableBits = 8;

std::uint32_t femtojoules(double joules) {
  return static_cast<std::uint32_t>(std::llround(joules * 1e15));
}

soc::EnergyCosts cpu_energy(const cost::ComponentTable& table) {
  const double word = table.joules("ram.access32");
  const auto of = [&](const char* key, double memory_words) {
    return femtojoules(table.joules(key) + memory_words * word);
  };
  return {
      .alu_fj = of("cpu.instruction.alu", 0),
      .mul_fj = of("cpu.instruction.mul", 0),
      .div_fj = of("cpu.instruction.div", 0),
      .load_fj = of("cpu.instruction.load", 1),
      .store_fj = of("cpu.instruction.store", 1),
      .branch_fj = of("cpu.instruction.branch", 0),
      .jump_fj = of("cpu.instruction.jump", 0),
      .csr_fj = of("cpu.instruction.csr", 0),
      .atomic_fj = of("cpu.instruction.atomic", 2),
      .system_fj = of("cpu.instruction.system", 0),
      .fpu_fj = of("cpu.instruction.fpu", 0),
      .fdiv_fj = of("cpu.instruction.fdiv", 0),
      // Entering a handler refills the pipeline: an issue that is lost and one that counts (our assumption).
      .trap_fj = femtojoules(2 * table.joules("cpu.instruction.system"))};
}

soc::DeviceCostParams device(const cost::ComponentTable& table) {
  return {.access_energy_joules = table.joules("peripheral.access"),
          .static_power_watts = table.watts("peripheral.leakage")};
}

double adc_joules(const cost::ComponentTable& table, unsigned bits) {
  const unsigned beyond = bits > kSurveyedBits ? bits - kSurveyedBits : 0;
  return table.adc_conversion_joules(std::min(bits, kSurveyedBits)) *
         std::ldexp(1.0, static_cast<int>(2 * beyond));
}

}  // namespace

void apply_costs(const cost::ComponentTable& table, MachineParams& machine) {
  machine.cpu.energy = cpu_energy(table);
  machine.cpu.static_power_microwatts = std::llround(table.watts("cpu.leakage") * 1e6);
  machine.bus.energy_per_transfer_joules = kBusHeaderBits * table.joules("bus.bit");
  machine.bus.energy_per_byte_joules = 8 * table.joules("bus.bit");
  machine.bus.static_power_watts = table.watts("bus.leakage");
  machine.ram.energy_per_byte_joules = table.joules("ram.access32") / kBytesPerWord;
  machine.ram.static_power_watts = table.watts("ram.leakage");
  machine.uart.cost = device(table);
  machine.dma.cost = device(table);
  machine.dma.energy_per_byte_joules = table.joules("dma.word32") / kBytesPerWord;
  machine.clint = device(table);
  machine.plic = device(table);
  machine.finisher = device(table);
}

void apply_costs(const cost::ComponentTable& table, amc::AmcParams& amc) {
  amc.costs = amc::AmcCosts::from(table);
  amc.adc.energy_per_conversion_J = adc_joules(table, amc.adc.bits);
  amc.adc.conversion_time_s = table.seconds("adc.08b.conversion_time");
  amc.adc_low_precision.energy_per_conversion_J = adc_joules(table, amc.adc_low_precision.bits);
  amc.adc_low_precision.conversion_time_s = amc.adc.conversion_time_s;
  amc.dac.energy_per_conversion_J =
      std::ldexp(table.joules("dac.08b.conversion"), static_cast<int>(amc.dac.bits) - kDacTableBits);
  amc.dac.energy_per_one_bit_conversion_J = table.joules("dac.01b.conversion");
  amc.dac.conversion_time_s = table.seconds("dac.08b.conversion_time");
  amc.inv_write.verify_conversion_energy_J = table.joules("rram.program.verify");
  amc.mvm_write.verify_conversion_energy_J = table.joules("rram.program.verify");
}

}  // namespace mho::platform
