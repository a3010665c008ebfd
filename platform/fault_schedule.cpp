// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/fault_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "models/soc/memory_map.hpp"
#include "models/tlm/time.hpp"

namespace mho::platform {

using fault::Fault;
using fault::Kind;

bool FaultSchedule::is_needed(Machine& machine) {
  const fault::Injector* faults = machine.faults();
  return faults != nullptr && std::ranges::any_of(faults->faults(), [](const Fault& fault) {
           return fault::is_scheduled(fault.kind);
         });
}

FaultSchedule::FaultSchedule(sc_core::sc_module_name name, Machine& machine)
    : sc_module(name), machine_(machine), initiator_("fault", machine.context()) {
  initiator_.socket.bind(machine.bus().initiators);
  const auto& faults = machine.faults()->faults();
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (fault::is_scheduled(faults[i].kind))
      due_.insert({.time_ps = faults[i].from_ps, .fault = i, .is_end = false});
  }
  machine.cpu().set_outlook([this] { return may_wake(); });
  sc_core::sc_spawn([this] { run(); }, "schedule");
}

bool FaultSchedule::may_wake() {
  const auto reaches_devices = [&](const Due& due) {
    const Kind kind = fault_of(due.fault).kind;
    return kind == Kind::kInterruptSpurious || kind == Kind::kRegisterFlip;
  };
  if (due_.empty() || std::ranges::any_of(due_, reaches_devices)) return sc_core::sc_pending_activity();
  next_.cancel();
  const bool are_others_active = sc_core::sc_pending_activity();
  announce(due_.begin()->time_ps);
  return are_others_active;
}

void FaultSchedule::announce(std::uint64_t time_ps) {
  const std::uint64_t now_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
  next_.notify(tlm_base::from_ps(time_ps - std::min(now_ps, time_ps)));
}

void FaultSchedule::wait_until(std::uint64_t time_ps) {
  while (tlm_base::to_ps(sc_core::sc_time_stamp()) < time_ps) {
    announce(time_ps);
    sc_core::wait(next_);
  }
}

void FaultSchedule::run() {
  while (!due_.empty()) {
    const Due due = *due_.begin();
    wait_until(due.time_ps);
    due_.erase(due);
    if (due.is_end) {
      end_pulse(due.fault);
    } else {
      meet(due);
    }
  }
}

void FaultSchedule::meet(const Due& due) {
  fault::Injector& faults = *machine_.faults();
  const Fault& fault = fault_of(due.fault);
  if (faults.strikes(due.fault, due.time_ps)) faults.record(due.fault, due.time_ps, carry_out(due.fault));
  const bool is_over = fault.every_ps == 0 || faults.records()[due.fault].count >= fault.count ||
                       fault.until_ps - due.time_ps <= fault.every_ps;
  if (!is_over) due_.insert({.time_ps = due.time_ps + fault.every_ps, .fault = due.fault, .is_end = false});
}

std::string FaultSchedule::carry_out(std::size_t index) {
  switch (fault_of(index).kind) {
    case Kind::kMemoryFlip:
      return flip_memory(index);
    case Kind::kCpuFlip:
      return flip_cpu(index);
    case Kind::kRegisterFlip:
      return flip_register(index);
    default:
      return begin_pulse(index);
  }
}

std::uint32_t FaultSchedule::bit_of(std::size_t index, std::uint32_t first) {
  constexpr std::uint32_t kBits = 32;
  const std::uint32_t bit = fault_of(index).bit;
  return bit != fault::kAny ? bit : first + machine_.faults()->draw_below(index, kBits - first);
}

std::string FaultSchedule::flip_memory(std::size_t index) {
  const Fault& fault = fault_of(index);
  const auto words = static_cast<std::uint32_t>(fault.bytes / sizeof(std::uint32_t));
  const std::uint64_t word = words > 1 ? machine_.faults()->draw_below(index, words) : 0;
  const std::uint64_t address = fault.address + word * sizeof(std::uint32_t);
  const std::uint32_t bit = bit_of(index);
  const auto offset = static_cast<std::size_t>(address - soc::kRamBase) + bit / 8;
  machine_.ram().bytes()[offset] ^= static_cast<std::uint8_t>(1U << bit % 8);
  // Code that was decoded and reservations on the word are those of the old value.
  machine_.cpu().foreign_write(soc::kRamBase + static_cast<std::uint32_t>(offset), 1);
  return fmt::format("bit {} at {:#010x}", bit, address);
}

std::string FaultSchedule::flip_cpu(std::size_t index) {
  soc::Cpu& cpu = machine_.cpu();
  const Fault& fault = fault_of(index);
  const std::uint32_t pc = cpu.pc();
  if (fault.name == "pc") {
    const std::uint32_t bit = bit_of(index, 1);  // bit 0 is always 0
    cpu.set_pc(pc ^ 1U << bit);
    return fmt::format("bit {} of pc {:#010x}", bit, pc);
  }
  constexpr std::uint32_t kRegisters = 32;
  const std::uint32_t first = fault.name == "x" ? 1 : 0;  // x0 is always 0
  const std::uint32_t number = fault.index != fault::kAny
                                   ? fault.index
                                   : first + machine_.faults()->draw_below(index, kRegisters - first);
  const std::uint32_t bit = bit_of(index), mask = 1U << bit;
  if (fault.name == "x") {
    cpu.set_x(number, cpu.x(number) ^ mask);
  } else {
    cpu.set_f(number, cpu.f(number) ^ mask);
  }
  return fmt::format("bit {} of {}{}, pc {:#010x}", bit, fault.name, number, pc);
}

std::string FaultSchedule::flip_register(std::size_t index) {
  const auto address = static_cast<std::uint32_t>(fault_of(index).address);
  const std::uint32_t bit = bit_of(index);
  std::array<std::uint8_t, 4> bytes{};
  if (!machine_.cpu().read_guest(address, bytes)) return fmt::format("no register at {:#010x}", address);
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  value ^= 1U << bit;
  sc_core::sc_time delay;
  const auto response = initiator_.write32(address, value, 0, delay);
  return fmt::format("bit {} of the register at {:#010x}{}", bit, address,
                     response == tlm::TLM_OK_RESPONSE ? "" : ", which cannot be written");
}

std::string FaultSchedule::begin_pulse(std::size_t index) {
  const std::uint64_t now_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
  machine_.force_irq(fault_of(index).name, true, now_ps);
  due_.insert({.time_ps = now_ps + kPulse_ps, .fault = index, .is_end = true});
  return fmt::format("interrupt {}", fault_of(index).name);
}

void FaultSchedule::end_pulse(std::size_t index) {
  const std::string& line = fault_of(index).name;
  const bool is_held = std::ranges::any_of(
      due_, [&](const Due& due) { return due.is_end && fault_of(due.fault).name == line; });
  if (!is_held) machine_.force_irq(line, false, tlm_base::to_ps(sc_core::sc_time_stamp()));
}

}  // namespace mho::platform
