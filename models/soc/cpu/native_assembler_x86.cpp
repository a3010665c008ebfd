// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/native_assembler_x86.hpp"

#include <algorithm>

#include "models/soc/cpu/block_cache.hpp"

namespace mho::soc::riscv {
namespace {

bool is_load(MicroKind kind) {
  return kind >= MicroKind::kLb && kind <= MicroKind::kLhu;
}
bool is_branch(MicroKind kind) {
  return kind >= MicroKind::kBeq && kind <= MicroKind::kBgeu;
}

}  // namespace

#define MHO_FRAME(field) rbp + static_cast<int>(offsetof(NativeFrame, field))

void NativeCode::Assembler::make_common_code() {
  const std::array saved{rbx, rbp, r12, r13, r14, r15};
  align(16);
  entry_ = getCurr();
  for (const auto& reg : saved) push(reg);
  mov(rbp, rdi);
  mov(rbx, ptr[MHO_FRAME(x)]);
  mov(r12, ptr[MHO_FRAME(remaining)]);
  mov(r13, ptr[MHO_FRAME(read_host)]);
  mov(r14d, dword[MHO_FRAME(read_base)]);
  mov(r15, ptr[MHO_FRAME(write_distance)]);
  jmp(rsi);
  align(16);
  leave_ = getCurr();
  mov(ptr[MHO_FRAME(block)], rdi);
  mov(ptr[MHO_FRAME(index)], rdx);
  mov(ptr[MHO_FRAME(remaining)], r12);
  for (auto reg = saved.rbegin(); reg != saved.rend(); ++reg) pop(*reg);
  ret();
}

Xbyak::Label& NativeCode::Assembler::way_out(NativeExit exit, std::size_t index) {
  const auto known =
      std::ranges::find_if(ways_, [&](const auto& way) { return way->exit == exit && way->index == index; });
  if (known != ways_.end()) return (*known)->label;
  ways_.push_back(std::make_unique<Way>(Way{.label = {}, .exit = exit, .index = index}));
  return ways_.back()->label;
}

void NativeCode::Assembler::make_way_out(Way& way, const Block& block) {
  L(way.label);
  mov(rdi, reinterpret_cast<std::uintptr_t>(&block));
  mov(edx, static_cast<std::uint32_t>(way.index));
  mov(eax, static_cast<std::uint32_t>(way.exit));
  jmp(leave_, T_NEAR);
}

Xbyak::Reg32 NativeCode::Assembler::place_for(std::uint8_t guest) {
  auto place = std::ranges::find(held_, guest, &Held::guest);
  if (place == held_.end()) place = std::ranges::min_element(held_, {}, &Held::last_use);
  place->guest = guest;
  place->last_use = ++uses_;
  return place->host;
}

Xbyak::Reg32 NativeCode::Assembler::use(std::uint8_t guest) {
  const bool is_held = std::ranges::find(held_, guest, &Held::guest) != held_.end();
  const Xbyak::Reg32 host = place_for(guest);
  if (!is_held) mov(host, guest_word(guest));
  return host;
}

void NativeCode::Assembler::define(std::uint8_t guest) {
  if (guest == kSink) return;
  mov(guest_word(guest), eax);
  mov(place_for(guest), eax);
}

void NativeCode::Assembler::load(const MicroOperation& op) {
  lea(eax, ptr[use(op.rs1).cvt64() + op.immediate]);
  sub(eax, r14d);
  cmp(eax, dword[MHO_FRAME(read_span)]);
  jae(way_out_of_operation(), T_NEAR);
  if (op.rd == kSink) return;
  switch (op.kind) {
    case MicroKind::kLb:
      movsx(eax, byte[r13 + rax]);
      break;
    case MicroKind::kLbu:
      movzx(eax, byte[r13 + rax]);
      break;
    case MicroKind::kLh:
      movsx(eax, word[r13 + rax]);
      break;
    case MicroKind::kLhu:
      movzx(eax, word[r13 + rax]);
      break;
    default:
      mov(eax, dword[r13 + rax]);
      break;
  }
  define(op.rd);
}

void NativeCode::Assembler::store(const MicroOperation& op) {
  const Xbyak::Reg32 value = use(op.rs2);
  lea(eax, ptr[use(op.rs1).cvt64() + op.immediate]);
  mov(ecx, eax);
  shr(ecx, static_cast<int>(kGranuleBits));
  mov(rdx, ptr[r15 + rcx * 8]);
  test(rdx, rdx);
  jz(way_out_of_operation(), T_NEAR);
  if (op.kind != MicroKind::kSb) {
    test(al, op.kind == MicroKind::kSw ? 3 : 1);
    jnz(way_out_of_operation(), T_NEAR);
  }
  switch (op.kind) {
    case MicroKind::kSb:
      mov(byte[rdx + rax], value.cvt8());
      break;
    case MicroKind::kSh:
      mov(word[rdx + rax], value.cvt16());
      break;
    default:
      mov(dword[rdx + rax], value);
      break;
  }
}

/// Into the block in rdi.
void NativeCode::Assembler::enter_next() {
  mov(rax, ptr[rdi + static_cast<int>(offsetof(Block, native))]);
  test(rax, rax);
  jz(way_out(NativeExit::kEnter, 0), T_NEAR);
  jmp(rax);
}

void NativeCode::Assembler::follow(std::size_t side, const Block& block) {
  mov(rdi, reinterpret_cast<std::uintptr_t>(&block.next[side]));
  mov(rdi, ptr[rdi]);
  test(rdi, rdi);
  jz(way_out(side == 0 ? NativeExit::kFall : NativeExit::kJump, 0), T_NEAR);
  enter_next();
}

void NativeCode::Assembler::branch(const MicroOperation& op, const Block& block) {
  const Xbyak::Reg32 second = use(op.rs2);
  cmp(use(op.rs1), second);
  Xbyak::Label is_taken;
  switch (op.kind) {
    case MicroKind::kBeq:
      je(is_taken, T_NEAR);
      break;
    case MicroKind::kBne:
      jne(is_taken, T_NEAR);
      break;
    case MicroKind::kBlt:
      jl(is_taken, T_NEAR);
      break;
    case MicroKind::kBge:
      jge(is_taken, T_NEAR);
      break;
    case MicroKind::kBltu:
      jb(is_taken, T_NEAR);
      break;
    default:
      jae(is_taken, T_NEAR);
      break;
  }
  follow(0, block);
  L(is_taken);
  if (op.immediate != 0) sub(r12, op.immediate);
  follow(1, block);
}

void NativeCode::Assembler::jump_register(const MicroOperation& op, const Block& block, Block* const* quick) {
  lea(eax, ptr[use(op.rs1).cvt64() + op.immediate]);
  and_(eax, ~1);
  mov(ecx, eax);
  shr(ecx, 1);
  and_(ecx, static_cast<std::uint32_t>(BlockCache::kQuickEntries - 1));
  mov(rdx, reinterpret_cast<std::uintptr_t>(quick));
  mov(rdi, ptr[rdx + rcx * 8]);
  test(rdi, rdi);
  jz(way_out_of_operation(), T_NEAR);
  cmp(dword[rdi + static_cast<int>(offsetof(Block, pc))], eax);
  jne(way_out_of_operation(), T_NEAR);
  if (op.rd != kSink) mov(guest_word(op.rd), block.fall_pc);
  enter_next();
}

void NativeCode::Assembler::translate(const MicroOperation& op, const Block& block, Block* const* quick) {
  if (is_engines(op.kind)) {
    jmp(way_out_of_operation(), T_NEAR);
  } else if (is_load(op.kind)) {
    load(op);
  } else if (op.kind == MicroKind::kSb || op.kind == MicroKind::kSh || op.kind == MicroKind::kSw) {
    store(op);
  } else if (is_branch(op.kind)) {
    branch(op, block);
  } else if (op.kind == MicroKind::kJump) {
    follow(1, block);
  } else if (op.kind == MicroKind::kJumpLink) {
    mov(guest_word(op.rd), static_cast<std::uint32_t>(op.immediate));
    follow(1, block);
  } else if (op.kind == MicroKind::kJumpRegister) {
    jump_register(op, block, quick);
  } else if (op.kind == MicroKind::kEnd) {
    follow(0, block);
  } else if (op.kind != MicroKind::kNop) {
    if (!translate_immediate(op) && !translate_binary(op) && !translate_product(op)) divide(op);
    define(op.rd);
  }
}

void NativeCode::Assembler::compile(Block& block, Block* const* quick) {
  ways_.clear();
  for (Held& held : held_) held = Held{held.host};
  uses_ = 0;
  align(16);
  block.native = getCurr();
  sub(r12, static_cast<std::uint32_t>(block.cycles));
  js(way_out(NativeExit::kLimit, 0), T_NEAR);
  add(qword[MHO_FRAME(instructions)], static_cast<std::uint32_t>(block.instructions));
  add(qword[MHO_FRAME(energy_fj)], static_cast<std::uint32_t>(block.energy_fj));
  block.native_body = getCurr();
  for (index_ = 0; index_ < block.operations.size(); ++index_)
    translate(block.operations[index_], block, quick);
  for (const auto& way : ways_) {
    if (way->exit != NativeExit::kEnter) make_way_out(*way, block);
  }
  const auto enter = std::ranges::find(ways_, NativeExit::kEnter, [](const auto& way) { return way->exit; });
  if (enter == ways_.end()) return;
  L((*enter)->label);  // the block is the one in rdi
  mov(eax, static_cast<std::uint32_t>(NativeExit::kEnter));
  jmp(leave_, T_NEAR);
}

}  // namespace mho::soc::riscv
