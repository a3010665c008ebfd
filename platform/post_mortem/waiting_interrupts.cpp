// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/post_mortem/waiting_interrupts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "models/soc/cpu/csr_file.hpp"
#include "platform/post_mortem/machine_state.hpp"
#include "registers/memory_map.hpp"  // generated
#include "registers/plic.hpp"        // generated

namespace mho::platform::post_mortem {
namespace {

namespace cause = soc::riscv::cause;
namespace plic = registers::plic;

std::uint32_t plic_word(soc::Cpu& cpu, std::uint32_t offset) {
  std::array<std::uint8_t, 4> bytes{};
  std::uint32_t word = 0;
  if (cpu.read_guest(registers::memory_map::kPlicBase + offset, bytes))
    std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

bool plic_bit(soc::Cpu& cpu, std::uint32_t bitmap, std::uint32_t source) {
  return (plic_word(cpu, bitmap + source / 32 * 4) >> source % 32 & 1) != 0;
}

std::string name_of(std::uint32_t source) {
  const auto& all = registers::memory_map::kInstances;
  const auto* const found = std::ranges::find(all, source, &registers::InstanceInfo::irq);
  return fmt::format("interrupt '{}' (source {} of the PLIC)", found != all.end() ? found->name : "unknown",
                     source);
}

/// Why the core does not take a pending interrupt of this cause; empty: it is about to.
std::string obstacle(const soc::Cpu& cpu, unsigned line) {
  if ((csr_of(cpu, kMie) >> line & 1) == 0) return fmt::format("bit {} of mie is 0", line);
  if ((csr_of(cpu, kMstatus) & kMstatusMie) != 0) return {};
  if (!is_in_handler(cpu)) return "mstatus.MIE is 0";
  if (csr_of(cpu, kMcause) == (cause::kInterrupt | line)) return "its handler has not acknowledged it";
  return fmt::format("the handler of a trap with mcause {:#x} has not returned", csr_of(cpu, kMcause));
}

std::string obstacle_of_source(soc::Cpu& cpu, std::uint32_t source) {
  const std::uint32_t priority = plic_word(cpu, plic::kPriorityOffset + source * plic::kPriorityStride);
  const std::uint32_t threshold = plic_word(cpu, plic::kThresholdOffset);
  if (priority <= threshold) {
    return fmt::format("its priority {} does not exceed the threshold {}", priority, threshold);
  }
  return obstacle(cpu, cause::kExternal);
}

std::string text_of_claimed(const soc::Cpu& cpu, std::uint32_t source) {
  const bool is_at_work =
      is_in_handler(cpu) && csr_of(cpu, kMcause) == (cause::kInterrupt | cause::kExternal);
  return is_at_work ? name_of(source) + " has been claimed, and its handler has not completed it yet"
                    : fmt::format("{} is raised, but has been claimed and not completed: write {} to CLAIM",
                                  name_of(source), source);
}

}  // namespace

std::vector<std::string> waiting_interrupts(soc::Cpu& cpu, const soc::Plic& plic_block) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& name, const std::string& why) {
    if (!why.empty()) lines.push_back(fmt::format("{} is pending and enabled, but {}", name, why));
  };
  for (std::uint32_t source = 1; source < plic::kSources; ++source) {
    if (plic_block.awaits_completion(source)) lines.push_back(text_of_claimed(cpu, source));
    if (!plic_bit(cpu, plic::kPendingOffset, source) || !plic_bit(cpu, plic::kEnableOffset, source)) continue;
    add(name_of(source), obstacle_of_source(cpu, source));
  }
  const std::uint32_t enabled = csr_of(cpu, kMip) & csr_of(cpu, kMie);
  if ((enabled >> cause::kTimer & 1) != 0) add("the timer interrupt", obstacle(cpu, cause::kTimer));
  if ((enabled >> cause::kSoftware & 1) != 0) add("the software interrupt", obstacle(cpu, cause::kSoftware));
  return lines;
}

}  // namespace mho::platform::post_mortem
