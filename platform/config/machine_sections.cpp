// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

namespace mho::platform {
namespace {

void read_cpu(SettingReader& reader, soc::CpuParams& cpu) {
  reader.read("cpu.clock_hz", cpu.clock_hz);
  reader.read("cpu.alu_cycles", cpu.cycles.alu);
  reader.read("cpu.mul_cycles", cpu.cycles.mul);
  reader.read("cpu.div_cycles", cpu.cycles.div);
  reader.read("cpu.load_cycles", cpu.cycles.load);
  reader.read("cpu.store_cycles", cpu.cycles.store);
  reader.read("cpu.branch_cycles", cpu.cycles.branch);
  reader.read("cpu.taken_extra_cycles", cpu.cycles.taken_extra);
  reader.read("cpu.jump_cycles", cpu.cycles.jump);
  reader.read("cpu.csr_cycles", cpu.cycles.csr);
  reader.read("cpu.atomic_cycles", cpu.cycles.atomic);
  reader.read("cpu.system_cycles", cpu.cycles.system);
  reader.read("cpu.fpu_cycles", cpu.cycles.fpu);
  reader.read("cpu.fdiv_cycles", cpu.cycles.fdiv);
  reader.read("cpu.trap_cycles", cpu.cycles.trap);
}

void read_bus_and_memory(SettingReader& reader, MachineParams& machine) {
  machine.bus.clock_period_ps = reader.period_ps("bus.clock_hz");
  reader.read("bus.width_bytes", machine.bus.width_bytes);
  reader.read("bus.latency_cycles", machine.bus.latency_cycles);
  reader.read("memory.ram_bytes", machine.ram.bytes);
  machine.ram.clock_period_ps = reader.period_ps("memory.clock_hz");
  reader.read("memory.latency_cycles", machine.ram.latency_cycles);
  reader.read("memory.width_bytes", machine.ram.width_bytes);
}

}  // namespace

void read_machine(SettingReader& reader, MachineParams& machine) {
  read_cpu(reader, machine.cpu);
  read_bus_and_memory(reader, machine);
}

}  // namespace mho::platform
