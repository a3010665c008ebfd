// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Host code of blocks that are entered often. It does what the engine does with their micro-operations,
// several times as fast, and leaves to the engine whatever does not go straight on: a load or store without a
// host pointer, a block without host code, the limit. So nothing of the machine is known here but registers,
// pointers and sums, and the engine finds all of them as if it had come there itself.
//
// How it is made. Operations are translated one by one. Guest registers that a block uses are kept in
// registers of the host after their first use and written to memory at once when they change, so that a block
// may be left anywhere without putting anything back. Blocks find each other at run time, through Block::next
// and the cache's places of latest uses: dropping code clears both for dropped blocks, and with them every
// way into their host code.
//
// x86-64 only; elsewhere, or where the host refuses executable memory, there is none and the engine does all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "models/soc/cpu/block.hpp"

namespace mho::soc::riscv {

/// Why host code came back.
enum class NativeExit : std::uint32_t {
  kEnter,      ///< the block has no host code; nothing is charged for it yet
  kFall,       ///< the successor behind the block is not known
  kJump,       ///< nor is the one that it jumps to
  kLimit,      ///< the block would end behind the limit; its cycles are taken off `remaining`
  kOperation,  ///< operation `index` of the block is the engine's
};

/// What host code and engine hand each other; see execute() for the meaning of the sums.
struct NativeFrame {
  std::uint32_t* x = nullptr;
  const std::uintptr_t* write_distance = nullptr;
  const std::uint8_t* read_host = nullptr;
  std::uint32_t read_base = 0, read_span = 0;
  std::int64_t remaining = 0;
  std::uint64_t instructions = 0, energy_fj = 0;
  Block* block = nullptr;   ///< out: which the exit is about
  std::uint64_t index = 0;  ///< out: of kOperation
};

class NativeCode {
 public:
  /// @returns  null where there is no host code
  static std::unique_ptr<NativeCode> create();
  ~NativeCode();
  NativeCode(const NativeCode&) = delete;
  NativeCode& operator=(const NativeCode&) = delete;

  /// Whether host code would be a gain: blocks with operations that are the engine's in their middle have
  /// none.
  static bool is_worth_it(const Block& block);
  /// Makes the host code of a block and sets its `native` and `native_body`.
  /// @param quick  see BlockCache::quick(): where the blocks that it may jump to are looked up
  /// @returns  false: there is no room left until clear()
  bool compile(Block& block, Block* const* quick);
  /// Forgets all host code; blocks that have some must not be run or linked before they are compiled anew.
  void clear();

  /// Runs a block that has been charged for, and what follows it.
  NativeExit run(NativeFrame& frame, const Block& block) const { return enter_(&frame, block.native_body); }

 private:
  class Assembler;
  NativeCode();

  std::unique_ptr<Assembler> assembler_;
  NativeExit (*enter_)(NativeFrame*, const void*) = nullptr;
};

}  // namespace mho::soc::riscv
