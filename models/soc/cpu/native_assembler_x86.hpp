// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Translates blocks into x86-64 code, operation by operation.
#pragma once

#include <xbyak/xbyak.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/soc/cpu/native_code.hpp"

namespace mho::soc::riscv {

/// Whether host code hands the operation over.
inline bool is_engines(MicroKind kind) {
  switch (kind) {
    case MicroKind::kFlw:
    case MicroKind::kFsw:
    case MicroKind::kFloat:
    case MicroKind::kAtomic:
    case MicroKind::kSystem:
    case MicroKind::kSelfJump:
    case MicroKind::kStop:
      return true;
    default:
      return false;
  }
}

// Registers of the host: rbx the guest's registers, rbp the frame, r12 the remaining cycles, r13 and r14d
// host pointer and base of loads, r15 the table of stores; eax, ecx, edx and, between blocks, rdi for the
// moment; the rest holds registers of the guest.
class NativeCode::Assembler : public Xbyak::CodeGenerator {
 public:
  /// Of host code in all, and what no block needs more of: an operation takes less than a hundred bytes, and
  /// its way out less than thirty.
  static constexpr std::size_t kCodeBytes = 16u << 20, kMostBytesOfBlock = 16u << 10;

  /// @throws Xbyak::Error  the host lets no memory be executed that was written
  Assembler() : CodeGenerator(kCodeBytes) { make_common_code(); }

  /// The way in: a frame and Block::native_body.
  using Entry = NativeExit (*)(NativeFrame*, const void*);
  Entry entry() const { return reinterpret_cast<Entry>(reinterpret_cast<std::uintptr_t>(entry_)); }
  bool has_room() const { return getSize() + kMostBytesOfBlock <= kCodeBytes; }
  void clear() {
    reset();
    make_common_code();
  }
  void compile(Block& block, Block* const* quick);

 private:
  /// A way to the engine, at the end of the block's code.
  struct Way {
    Xbyak::Label label;
    NativeExit exit;
    std::size_t index;
  };
  /// What a register of the host holds.
  struct Held {
    Xbyak::Reg32 host;
    int guest = -1;
    unsigned last_use = 0;
  };

  void make_common_code();
  void make_way_out(Way& way, const Block& block);
  Xbyak::Label& way_out(NativeExit exit, std::size_t index);
  Xbyak::Label& way_out_of_operation() { return way_out(NativeExit::kOperation, index_); }

  Xbyak::Reg32 use(std::uint8_t guest);
  Xbyak::Reg32 place_for(std::uint8_t guest);
  /// The operation's result is in eax.
  void define(std::uint8_t guest);
  Xbyak::Address guest_word(std::uint8_t guest) {
    return dword[rbx + static_cast<int>(sizeof(std::uint32_t)) * guest];
  }

  void translate(const MicroOperation& op, const Block& block, Block* const* quick);
  // native_operations_x86.cpp: results in eax; false: the operation is none of these.
  bool translate_immediate(const MicroOperation& op);
  bool translate_binary(const MicroOperation& op);
  bool translate_product(const MicroOperation& op);
  void divide(const MicroOperation& op);
  void divide_signed(bool wants_quotient);
  // native_assembler_x86.cpp
  void load(const MicroOperation& op);
  void store(const MicroOperation& op);
  void branch(const MicroOperation& op, const Block& block);
  void jump_register(const MicroOperation& op, const Block& block, Block* const* quick);
  void follow(std::size_t side, const Block& block);
  void enter_next();

  const std::uint8_t* entry_ = nullptr;
  const std::uint8_t* leave_ = nullptr;  ///< with eax the exit, rdi the block, edx the index
  std::array<Held, 6> held_{Held{esi}, Held{edi}, Held{r8d}, Held{r9d}, Held{r10d}, Held{r11d}};
  unsigned uses_ = 0;
  std::vector<std::unique_ptr<Way>> ways_;
  std::size_t index_ = 0;
};

}  // namespace mho::soc::riscv
