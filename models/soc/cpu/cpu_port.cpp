// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/cpu_port.hpp"

#include <array>
#include <utility>
#include <vector>

#include "models/base/error.hpp"
#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/item_bytes.hpp"
#include "models/tlm/time.hpp"

namespace mho::soc {

Cpu::Signals::Signals(trace::TraceSink& sink)
    : pc(sink.declare_bits("soc.cpu.pc", 32)),
      pc_every(sink.declare_bits("soc.cpu.pc_every", 32, trace::Detail::kDetail)),
      trap_cause(sink.declare_bits("soc.cpu.trap_cause", 32)),
      external(sink.declare_bits("soc.cpu.mei", 1)),
      timer(sink.declare_bits("soc.cpu.mti", 1)),
      software(sink.declare_bits("soc.cpu.msi", 1)),
      is_sleeping(sink.declare_bits("soc.cpu.wfi", 1)) {}

Cpu::Port::Port(Cpu& cpu) : cpu_(cpu) {
  tag.initiator = "cpu";
  device_payload_.set_extension(&tag);
}

Cpu::Port::~Port() {
  device_payload_.clear_extension(&tag);
}

void Cpu::Port::fill(tlm::tlm_generic_payload& payload, tlm::tlm_command command, std::uint32_t address,
                     std::span<std::uint8_t> data) {
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data.data());
  payload.set_data_length(static_cast<unsigned>(data.size()));
  payload.set_streaming_width(static_cast<unsigned>(data.size()));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

bool Cpu::Port::access_memory(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                              std::uint64_t cycle) {
  fill(memory_payload_, is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address, data);
  sc_core::sc_time ignored = tlm_base::from_ps(cycle * cpu_.period_ps_) - sc_core::sc_time_stamp();
  cpu_.socket->b_transport(memory_payload_, ignored);
  return memory_payload_.is_response_ok();
}

riscv::Transfer Cpu::Port::access_device(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                                         std::uint64_t cycle) {
  return access_devices(is_write, address, data, cycle, 1);
}

// One transaction that stands for all, so that bus and target book what they would have booked for each. What
// it returns shows whether the target was right to call the read repeatable.
void Cpu::Port::account(const riscv::RepeatedRead& repeated) {
  std::array<std::uint8_t, 4> data{};
  const riscv::Transfer transfer =
      access_devices(false, repeated.address, data, repeated.last_cycle, repeated.count);
  ensure(transfer.is_ok && riscv::from_bytes(data) == repeated.value &&
             transfer.extra_cycles == repeated.extra_cycles,
         "cpu: the device register at {:#x} is not repeatable", repeated.address);
}

riscv::Transfer Cpu::Port::access_devices(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                                          std::uint64_t cycle, std::uint64_t count) {
  fill(device_payload_, is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address, data);
  tag.purpose.transaction = cpu_.context_.ledger.next_transaction(count);
  tag.count = count;
  tag.is_repeatable = false;
  const std::uint64_t start_ps = cycle * cpu_.period_ps_;
  const sc_core::sc_time& kernel_time = cpu_.kernel_.time_stamp();
  sc_core::sc_time delay = tlm_base::from_ps(start_ps - tlm_base::to_ps(kernel_time));
  cpu_.socket->b_transport(device_payload_, delay);
  const std::uint64_t end_ps = tlm_base::to_ps(kernel_time) + tlm_base::to_ps(delay);
  const std::uint64_t taken_ps = end_ps > start_ps ? end_ps - start_ps : 0;
  const bool keeps_limit = cpu_.keeps_limit();
  return {.is_ok = device_payload_.is_response_ok(),
          .extra_cycles = (taken_ps + cpu_.period_ps_ - 1) / cpu_.period_ps_,
          .keeps_limit = keeps_limit,
          .is_repeatable = !is_write && device_payload_.is_response_ok() && tag.is_repeatable &&
                           keeps_limit && cpu_.options_.use_dmi};
}

std::optional<riscv::DirectRegion> Cpu::Port::direct_region(std::uint32_t address) {
  constexpr std::uint64_t kLastAddress = 0xffff'ffff;
  tlm::tlm_dmi dmi;
  fill(memory_payload_, tlm::TLM_READ_COMMAND, address, {});
  if (!cpu_.socket->get_direct_mem_ptr(memory_payload_, dmi)) return std::nullopt;
  if (dmi.get_start_address() > address || dmi.get_end_address() < address) return std::nullopt;
  return riscv::DirectRegion{.start = static_cast<std::uint32_t>(dmi.get_start_address()),
                             .end = std::min<std::uint64_t>(dmi.get_end_address(), kLastAddress) + 1,
                             .host = dmi.get_dmi_ptr(),
                             .can_read = dmi.is_read_allowed(),
                             .can_write = dmi.is_write_allowed()};
}

std::optional<std::uint64_t> Cpu::Port::mtime(std::uint64_t cycle) {
  if (!cpu_.mtime_) return std::nullopt;
  return cpu_.mtime_(cycle * cpu_.period_ps_);
}

bool Cpu::Port::may_be_interrupted() {
  return sc_core::sc_pending_activity();
}

std::optional<SemihostResult> Cpu::Port::semihost(std::uint32_t operation, std::uint32_t parameter) {
  if (!cpu_.options_.semihosting || cpu_.semihost_ == nullptr) return std::nullopt;
  const SemihostResult result = cpu_.semihost_->call(*this, operation, parameter);
  if (result.exit_code) cpu_.request_stop(StopCause::kGuestExit, *result.exit_code, "semihosting exit");
  return result;
}

void Cpu::Port::trapped(std::uint32_t cause, std::uint32_t pc, std::uint32_t handler, std::uint64_t cycle) {
  constexpr std::uint32_t kInterruptBit = 1u << 31;
  if ((cause & kInterruptBit) != 0 && cpu_.interrupt_listener_) {
    cpu_.interrupt_listener_(cause & ~kInterruptBit);
  }
  if (!cpu_.context_.trace.enabled()) return;
  const std::uint64_t time_ps = cycle * cpu_.period_ps_;
  auto& trace = cpu_.context_.trace;
  const Signals& signals = *cpu_.signals_;
  trace.change(signals.trap_cause, time_ps, cause);
  trace.change(signals.pc, time_ps, pc);
  trace.change(signals.pc, cpu_.local_time_ps(), handler);
}

bool Cpu::Port::access_debug(tlm::tlm_command command, std::uint32_t address, std::span<std::uint8_t> data) {
  if (data.empty()) return true;
  tlm::tlm_generic_payload payload;
  fill(payload, command, address, data);
  return cpu_.socket->transport_dbg(payload) == data.size();
}

// A device answers a debug access as it is at the kernel's time, up to a quantum before the call: what the
// guest sees of it would depend on the quantum. Memory is the same at both times.
bool Cpu::Port::read_guest(std::uint32_t address, std::span<std::uint8_t> data) {
  if (data.empty()) return true;
  return cpu_.core_->is_memory(address, data.size()) && peek(address, data);
}

bool Cpu::Port::write_guest(std::uint32_t address, std::span<const std::uint8_t> data) {
  if (data.empty()) return true;
  return cpu_.core_->is_memory(address, data.size()) && poke(address, data);
}

bool Cpu::Port::peek(std::uint32_t address, std::span<std::uint8_t> data) {
  return access_debug(tlm::TLM_READ_COMMAND, address, data);
}

bool Cpu::Port::poke(std::uint32_t address, std::span<const std::uint8_t> data) {
  std::vector<std::uint8_t> copy(data.begin(), data.end());
  const bool is_written = access_debug(tlm::TLM_WRITE_COMMAND, address, copy);
  cpu_.foreign_write(address, data.size());
  return is_written;
}

}  // namespace mho::soc
