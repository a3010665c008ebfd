// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The state of the CPU as debuggers and loaders see and set it.
#include "models/base/error.hpp"
#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/cpu.hpp"
#include "models/soc/cpu/cpu_port.hpp"

namespace mho::soc {

std::uint32_t Cpu::pc() const {
  return core_->pc();
}
void Cpu::set_pc(std::uint32_t pc) {
  is_moved_ = true;
  core_->set_pc(pc);
}

std::uint32_t Cpu::x(unsigned index) const {
  ensure(index < 32, "cpu: register x{} does not exist", index);
  return core_->x(index);
}

void Cpu::set_x(unsigned index, std::uint32_t value) {
  ensure(index < 32, "cpu: register x{} does not exist", index);
  core_->set_x(index, value);
}

std::uint32_t Cpu::f(unsigned index) const {
  ensure(index < 32, "cpu: register f{} does not exist", index);
  return core_->x(riscv::kFloatRegisters + index);
}

void Cpu::set_f(unsigned index, std::uint32_t value) {
  ensure(index < 32, "cpu: register f{} does not exist", index);
  core_->set_x(riscv::kFloatRegisters + index, value);
}

std::uint32_t Cpu::privilege() const {
  return static_cast<std::uint32_t>(core_->csrs().mode());
}

std::optional<std::uint32_t> Cpu::csr(std::uint16_t number) const {
  return core_->read_csr(number);
}

bool Cpu::set_csr(std::uint16_t number, std::uint32_t value) {
  return core_->read_csr(number).has_value() && core_->csrs().write(number, value, core_->raw_counters());
}

bool Cpu::read_guest(std::uint32_t address, std::span<std::uint8_t> data) {
  return port_->peek(address, data);
}

bool Cpu::write_guest(std::uint32_t address, std::span<const std::uint8_t> data) {
  return port_->poke(address, data);
}

void Cpu::foreign_write(std::uint32_t address, std::uint64_t bytes) {
  core_->foreign_write(address, address + bytes);
}

}  // namespace mho::soc
