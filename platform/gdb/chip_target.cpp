// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/chip_target.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "models/soc/memory_map.hpp"
#include "platform/gdb/target_description.hpp"

namespace mho::platform::gdb {
namespace {

constexpr std::uint32_t kWordBytes = 4;

soc::riscv::Guard guard_of(PointKind kind, std::uint32_t address, std::uint32_t bytes) {
  const bool is_code = kind == PointKind::kSoftware || kind == PointKind::kHardware;
  return {.start = address,
          .end = std::uint64_t{address} + (is_code ? 1 : bytes),
          .on_execute = is_code,
          .on_load = kind == PointKind::kRead || kind == PointKind::kAccess,
          .on_store = kind == PointKind::kWrite || kind == PointKind::kAccess};
}

soc::riscv::Pmp::Access access_of(soc::HaltCause cause) {
  using Access = soc::riscv::Pmp::Access;
  switch (cause) {
    case soc::HaltCause::kLoad:
      return Access::kRead;
    case soc::HaltCause::kStore:
      return Access::kWrite;
    default:
      return Access::kExecute;
  }
}

}  // namespace

ChipTarget::ChipTarget(Chip& chip, const soc::ElfImage& image, std::uint32_t a1, TraceSwitch trace)
    : chip_(chip),
      image_(image),
      a1_(a1),
      trace_(std::move(trace)),
      initiator_(chip.machine().add<DebugPort>("debug_port", chip.machine().context()).initiator) {
  initiator_.socket.bind(chip.machine().bus().initiators);
}

// --- Registers -------------------------------------------------------------------------------------------

std::optional<std::uint32_t> ChipTarget::read_register(std::uint32_t number) {
  const soc::Cpu& cpu = chip_.machine().cpu();
  if (number < kPcNumber) return cpu.x(number);
  if (number == kPcNumber) return cpu.pc();
  if (number < kFirstCsrNumber) return cpu.f(number - kFirstFloatNumber);
  if (number == kPrivilegeNumber) return cpu.privilege();
  return cpu.csr(static_cast<std::uint16_t>(number - kFirstCsrNumber));
}

bool ChipTarget::write_register(std::uint32_t number, std::uint32_t value) {
  soc::Cpu& cpu = chip_.machine().cpu();
  if (!is_described(number) || number == kPrivilegeNumber) return false;
  if (number < kPcNumber) {
    cpu.set_x(number, value);
  } else if (number == kPcNumber) {
    cpu.set_pc(value);
  } else if (number < kFirstCsrNumber) {
    cpu.set_f(number - kFirstFloatNumber, value);
  } else {
    return cpu.set_csr(static_cast<std::uint16_t>(number - kFirstCsrNumber), value);
  }
  return true;
}

// --- Memory ----------------------------------------------------------------------------------------------

bool ChipTarget::is_ram(std::uint32_t address, std::size_t bytes) const {
  const std::uint64_t size = chip_.machine().ram().bytes().size();
  return address >= soc::kRamBase && address - soc::kRamBase + bytes <= size;
}

bool ChipTarget::read_device(std::uint32_t address, std::span<std::uint8_t> data) {
  soc::Cpu& cpu = chip_.machine().cpu();
  while (!data.empty()) {
    // Registers of most blocks are words; those of the UART are bytes.
    std::array<std::uint8_t, kWordBytes> word{};
    const std::uint32_t offset = address % kWordBytes;
    std::size_t count = std::min<std::size_t>(data.size(), kWordBytes - offset);
    if (cpu.read_guest(address - offset, word)) {
      std::copy_n(word.begin() + offset, count, data.begin());
    } else {
      count = 1;
      if (!cpu.read_guest(address, data.first(count))) return false;
    }
    address += static_cast<std::uint32_t>(count);
    data = data.subspan(count);
  }
  return true;
}

bool ChipTarget::read_memory(std::uint32_t address, std::span<std::uint8_t> data) {
  if (is_ram(address, data.size())) return chip_.machine().cpu().read_guest(address, data);
  return read_device(address, data);
}

bool ChipTarget::write_device(std::uint32_t address, std::span<const std::uint8_t> data) {
  while (!data.empty()) {
    std::size_t count = kWordBytes;
    while (count > data.size() || address % count != 0) count /= 2;
    sc_core::sc_time delay;
    const std::uint32_t job = chip_.machine().cpu().current_job();
    if (initiator_.write(address, data.first(count), job, delay) != tlm::TLM_OK_RESPONSE) return false;
    address += static_cast<std::uint32_t>(count);
    data = data.subspan(count);
  }
  return true;
}

bool ChipTarget::write_memory(std::uint32_t address, std::span<const std::uint8_t> data) {
  if (is_ram(address, data.size())) return chip_.machine().cpu().write_guest(address, data);
  return write_device(address, data);
}

// --- Breakpoints and watchpoints -------------------------------------------------------------------------

void ChipTarget::insert(PointKind kind, std::uint32_t address, std::uint32_t bytes) {
  const Point point{.kind = kind, .guard = guard_of(kind, address, bytes)};
  if (std::ranges::find(points_, point) == points_.end()) points_.push_back(point);
  apply_points();
}

void ChipTarget::remove(PointKind kind, std::uint32_t address, std::uint32_t bytes) {
  std::erase(points_, Point{.kind = kind, .guard = guard_of(kind, address, bytes)});
  apply_points();
}

void ChipTarget::apply_points() {
  soc::riscv::Guards guards;
  for (const Point& point : points_) guards.add(point.guard);
  chip_.machine().cpu().set_guards(guards);
}

std::optional<PointKind> ChipTarget::point_at(const soc::Halt& halt) const {
  std::optional<PointKind> found;
  for (const Point& point : points_) {
    if (!point.guard.matches(access_of(halt.cause), halt.address, halt.bytes)) continue;
    if (!found || point.kind < *found) found = point.kind;
  }
  return found;
}

}  // namespace mho::platform::gdb
