// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// From machine code to blocks of micro-operations with their costs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "models/soc/cpu/block.hpp"
#include "models/soc/cpu/cpu_params.hpp"
#include "models/soc/cpu/instruction.hpp"

namespace mho::soc::riscv {

/// Instruction memory as the translator sees it.
class CodeSource {
 public:
  virtual ~CodeSource() = default;
  /// Two bytes of code at an even address. False: nothing executable there.
  virtual bool fetch(std::uint32_t address, std::uint16_t& half) = 0;
  /// Whether a block has to end before the instruction at this address.
  virtual bool is_barrier(std::uint32_t address) const = 0;
};

class Translator {
 public:
  Translator(const CpuParams& params, const HandlerTable& handlers);

  /// The block that starts at `pc` (even) and ends with the first instruction that may go elsewhere, at the
  /// end of the page, before a barrier or an instruction that cannot be fetched, or after `limit`
  /// instructions.
  /// nullptr when the first instruction cannot be fetched; `fault_address` then names the half-word.
  std::unique_ptr<Block> translate(CodeSource& source, std::uint32_t pc, std::size_t limit,
                                   std::uint32_t& fault_address) const;

  std::uint32_t cycles_of(CostClass cost) const { return cycles_[static_cast<std::size_t>(cost)]; }
  std::uint32_t energy_of(CostClass cost) const { return energy_fj_[static_cast<std::size_t>(cost)]; }
  std::uint32_t taken_extra_cycles() const { return taken_extra_; }

 private:
  MicroOperation lower(const Instruction& instruction, std::uint32_t pc) const;
  MicroOperation lower_alu_immediate(const Instruction& instruction) const;
  void append(Block& block, const MicroOperation& operation, const Instruction& instruction) const;
  void finish(Block& block) const;
  /// Lets the first of two operations execute both; the second keeps its own handler for entries in between.
  bool fuse(MicroOperation& one, MicroOperation& two) const;

  std::array<std::uint32_t, kCostClasses> cycles_;
  std::array<std::uint32_t, kCostClasses> energy_fj_;
  std::uint32_t taken_extra_;
  HandlerTable handlers_;
  /// 1 + index into kPairs, 0 for none.
  std::array<std::array<std::uint16_t, kMicroKinds>, kMicroKinds> pair_of_{};
};

}  // namespace mho::soc::riscv
