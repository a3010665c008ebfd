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
    if (fault::is_scheduled(faults[i].kind)) order_.push_back(i);
  }
  std::ranges::stable_sort(order_, {}, [&](std::size_t i) { return faults[i].from_ps; });
  sc_core::sc_spawn([this] { run(); }, "schedule");
}

void FaultSchedule::run() {
  for (const std::size_t index : order_) {
    const std::uint64_t now_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
    const std::uint64_t due_ps = machine_.faults()->faults()[index].from_ps;
    if (due_ps > now_ps) sc_core::wait(tlm_base::from_ps(due_ps - now_ps));
    carry_out(index);
  }
}

void FaultSchedule::carry_out(std::size_t index) {
  const Fault& fault = machine_.faults()->faults()[index];
  std::string effect;
  switch (fault.kind) {
    case Kind::kMemoryFlip:
      flip_memory(fault);
      effect = fmt::format("bit {} at {:#010x}", fault.bit, fault.address);
      break;
    case Kind::kCpuFlip:
      flip_cpu(fault);
      effect = fmt::format("bit {} of {}, pc {:#010x}", fault.bit,
                           fault.name == "pc" ? fault.name : fmt::format("{}{}", fault.name, fault.index),
                           machine_.cpu().pc());
      break;
    case Kind::kRegisterFlip:
      effect = flip_register(fault);
      break;
    default:
      pulse(fault);
      effect = fmt::format("interrupt {}", fault.name);
      break;
  }
  machine_.faults()->record(index, tlm_base::to_ps(sc_core::sc_time_stamp()), std::move(effect));
}

void FaultSchedule::flip_memory(const Fault& fault) {
  const auto offset = static_cast<std::size_t>(fault.address - soc::kRamBase) + fault.bit / 8;
  machine_.ram().bytes()[offset] ^= static_cast<std::uint8_t>(1U << fault.bit % 8);
  // Code that was decoded and reservations on the word are those of the old value.
  machine_.cpu().foreign_write(soc::kRamBase + static_cast<std::uint32_t>(offset), 1);
}

void FaultSchedule::flip_cpu(const Fault& fault) {
  soc::Cpu& cpu = machine_.cpu();
  const std::uint32_t mask = 1U << fault.bit;
  if (fault.name == "x") {
    cpu.set_x(fault.index, cpu.x(fault.index) ^ mask);
  } else if (fault.name == "f") {
    cpu.set_f(fault.index, cpu.f(fault.index) ^ mask);
  } else {
    cpu.set_pc(cpu.pc() ^ mask);
  }
}

std::string FaultSchedule::flip_register(const Fault& fault) {
  const auto address = static_cast<std::uint32_t>(fault.address);
  std::array<std::uint8_t, 4> bytes{};
  if (!machine_.cpu().read_guest(address, bytes)) return fmt::format("no register at {:#010x}", address);
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  value ^= 1U << fault.bit;
  sc_core::sc_time delay;
  const auto response = initiator_.write32(address, value, 0, delay);
  return fmt::format("bit {} of the register at {:#010x}{}", fault.bit, address,
                     response == tlm::TLM_OK_RESPONSE ? "" : ", which cannot be written");
}

void FaultSchedule::pulse(const Fault& fault) {
  machine_.force_irq(fault.name, true, tlm_base::to_ps(sc_core::sc_time_stamp()));
  sc_core::wait(tlm_base::from_ps(kPulse_ps));
  machine_.force_irq(fault.name, false, tlm_base::to_ps(sc_core::sc_time_stamp()));
}

}  // namespace mho::platform
