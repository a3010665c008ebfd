// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/post_mortem/access_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "models/soc/cpu/csr_file.hpp"
#include "models/soc/cpu/instruction.hpp"
#include "models/soc/cpu/pmp.hpp"
#include "platform/post_mortem/machine_state.hpp"
#include "registers/block_table.hpp"  // generated
#include "registers/memory_map.hpp"   // generated

namespace mho::platform::post_mortem {
namespace {

namespace riscv = soc::riscv;
using Kind = riscv::Pmp::Access;

struct Access {
  Kind kind = Kind::kRead;
  bool is_atomic = false;
  std::uint32_t address = 0;
  std::uint32_t bytes = 4;  ///< of the instruction
  /// Of the transfer: other blocks than the memory see a misaligned access byte by byte.
  std::uint32_t transfer_bytes() const { return address % bytes == 0 ? bytes : 1; }
};

/// Bytes that a load or store moves.
std::uint32_t bytes_of(riscv::Operation operation) {
  switch (operation) {
    case riscv::Operation::kLb:
    case riscv::Operation::kLbu:
    case riscv::Operation::kSb:
      return 1;
    case riscv::Operation::kLh:
    case riscv::Operation::kLhu:
    case riscv::Operation::kSh:
      return 2;
    default:
      return 4;
  }
}

/// The access that a trap with this cause has refused; empty: it was another kind of trap.
std::optional<Access> access_of_trap(soc::Cpu& cpu, std::uint32_t cause, std::uint32_t pc) {
  Access access{.address = csr_of(cpu, kMtval)};
  if (cause == riscv::cause::kFetchFault) {
    access.kind = Kind::kExecute;
    access.bytes = 2;
    return access;
  }
  if (cause != riscv::cause::kLoadFault && cause != riscv::cause::kStoreFault) return std::nullopt;
  if (cause == riscv::cause::kStoreFault) access.kind = Kind::kWrite;
  std::array<std::uint8_t, 4> code{};
  if (!cpu.read_guest(pc, code) && !cpu.read_guest(pc, std::span(code).first(2))) return access;
  std::uint32_t bits = 0;
  std::memcpy(&bits, code.data(), sizeof bits);
  const riscv::Operation operation = riscv::decode(bits).operation;
  access.bytes = bytes_of(operation);
  access.is_atomic = riscv::is_atomic(operation);
  return access;
}

// --- Memory protection -----------------------------------------------------------------------------------

constexpr std::uint32_t kEntriesPerConfiguration = 4, kBitsPerEntry = 8;

/// The protection with those entries of the core that `mask` names. Addresses come first, which a lock would
/// freeze.
riscv::Pmp protection(const soc::Cpu& cpu, std::uint32_t mask) {
  riscv::Pmp pmp;
  for (std::uint32_t i = 0; i < riscv::Pmp::kEntries; ++i) {
    pmp.write(kPmpaddr0 + i, csr_of(cpu, kPmpaddr0 + i));
  }
  for (std::uint32_t i = 0; i < riscv::Pmp::kEntries; ++i) {
    if ((mask >> i & 1) == 0) continue;
    const std::uint32_t number = kPmpcfg0 + i / kEntriesPerConfiguration;
    const std::uint32_t entry = 0xffu << i % kEntriesPerConfiguration * kBitsPerEntry;
    pmp.write(number, pmp.read(number) | (csr_of(cpu, number) & entry));
  }
  return pmp;
}

bool is_refused(const riscv::Pmp& pmp, const Access& access) {
  return !pmp.allows(access.address, access.transfer_bytes(), access.kind, riscv::Mode::kMachine);
}

/// The entry of the memory protection that refuses an access of machine mode, which is the first that matches
/// it and so refuses it alone too; empty: none.
std::optional<std::uint32_t> refusing_entry(const soc::Cpu& cpu, const Access& access) {
  if (!is_refused(protection(cpu, ~0u), access)) return std::nullopt;
  for (std::uint32_t i = 0; i < riscv::Pmp::kEntries; ++i) {
    if (is_refused(protection(cpu, 1u << i), access)) return i;
  }
  return std::nullopt;
}

// --- Devices ---------------------------------------------------------------------------------------------

using registers::InstanceInfo;

const InstanceInfo* instance_at(std::uint32_t address) {
  for (const InstanceInfo& instance : registers::memory_map::kInstances) {
    const std::uint64_t offset = std::uint64_t{address} - instance.base;
    if (address < instance.base || offset >= std::uint64_t{instance.stride} * instance.count) continue;
    if (offset % instance.stride < instance.size) return &instance;
  }
  return nullptr;
}

/// Whether this chip has anything there: of some blocks it has less than the memory map has room for.
bool is_on_chip(soc::Cpu& cpu, std::uint32_t base) {
  std::array<std::uint8_t, 4> word{};
  return cpu.read_guest(base, word) || cpu.read_guest(base, std::span(word).first(1));
}

bool allows(registers::Access allowed, Kind kind) {
  return allowed != (kind == Kind::kWrite ? registers::Access::kReadOnly : registers::Access::kWriteOnly);
}

struct Found {
  std::string name;  ///< of a register or window; empty: there is none
  std::uint32_t bytes = 0;
  bool is_allowed = false;
  bool is_window = false;
};

/// What a block has at an offset; of several registers there one that allows such accesses, if any does.
Found find_register(std::string_view block_name, std::uint32_t offset, Kind kind) {
  Found found;
  const auto block = std::ranges::find(registers::kBlocks, block_name, &registers::BlockInfo::name);
  if (block == registers::kBlocks.end()) return found;
  for (const registers::DescribedRegister& described : block->registers) {
    const registers::RegisterInfo& info = *described.info;
    const std::uint32_t from_first = offset - info.offset, bytes = info.width / 8;
    if (offset < info.offset || from_first >= info.stride * (info.count - 1) + bytes) continue;
    const std::uint32_t index = info.count > 1 ? from_first / info.stride : 0;
    if (from_first - index * info.stride >= bytes || found.is_allowed) continue;
    found = {.name = info.count > 1 ? fmt::format("{}[{}]", info.name, index) : std::string(info.name),
             .bytes = std::min(bytes, 4u),
             .is_allowed = allows(info.access, kind)};
  }
  for (const registers::WindowInfo& window : block->windows) {
    if (offset < window.offset || offset - window.offset >= window.size) continue;
    found = {.name = std::string(window.name), .is_allowed = allows(window.access, kind), .is_window = true};
  }
  return found;
}

std::string reason_of_device(soc::Cpu& cpu, const Access& access) {
  const InstanceInfo* instance = instance_at(access.address);
  if (instance == nullptr) return "no block has that address";
  const std::uint32_t index = (access.address - instance->base) / instance->stride;
  const std::uint32_t offset = (access.address - instance->base) % instance->stride;
  const std::string block =
      instance->count > 1 ? fmt::format("{}[{}]", instance->name, index) : std::string(instance->name);
  if (!is_on_chip(cpu, access.address - offset)) return fmt::format("this chip has no {}", block);
  if (access.kind == Kind::kExecute) return fmt::format("{}: code is fetched from RAM only", block);
  if (instance->block.empty()) return fmt::format("the {} of this chip ends before", block);
  const Found found = find_register(instance->block, offset, access.kind);
  if (found.name.empty()) return fmt::format("{} has no register at offset {:#x}", block, offset);
  const std::string name = fmt::format("{}.{}", block, found.name);
  if (access.is_atomic) return fmt::format("{}: LR, SC and AMO work on RAM only", name);
  if (!found.is_window && access.transfer_bytes() != found.bytes) {
    return fmt::format("{} takes aligned {}-byte accesses only", name, found.bytes);
  }
  if (!found.is_allowed) {
    return fmt::format("{} is {}", name, access.kind == Kind::kWrite ? "read-only" : "write-only");
  }
  return fmt::format("{} refused it, as it is now", name);
}

std::string reason_of(soc::Cpu& cpu, const Access& access) {
  if (const auto entry = refusing_entry(cpu, access)) {
    return fmt::format("the memory protection refuses it (PMP entry {})", *entry);
  }
  return reason_of_device(cpu, access);
}

}  // namespace

std::optional<AccessFault> find_access_fault(soc::Cpu& cpu) {
  const std::uint32_t pc = csr_of(cpu, kMepc);
  const auto access = access_of_trap(cpu, csr_of(cpu, kMcause), pc);
  if (!is_in_handler(cpu) || !access) return std::nullopt;
  const char* const what = access->kind == Kind::kExecute ? "fetch of code at"
                           : access->kind == Kind::kWrite ? "write to"
                                                          : "read of";
  const std::string bytes =
      access->kind == Kind::kExecute ? std::string() : fmt::format("{}-byte ", access->bytes);
  return AccessFault{
      .pc = pc,
      .text = fmt::format("{}{} {:#010x}: {}", bytes, what, access->address, reason_of(cpu, *access))};
}

}  // namespace mho::platform::post_mortem
