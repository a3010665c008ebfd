// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <xbyak/xbyak.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <vector>

#include "models/soc/cpu/block_cache.hpp"
#include "models/soc/cpu/native_code.hpp"

namespace mho::soc::riscv {
namespace {

/// Of host code in all, and what no block needs more of.
constexpr std::size_t kCodeBytes = 16u << 20, kMostBytesOfBlock = 16u << 10;
/// Shorter blocks whose last operation is the engine's are left to it.
constexpr std::size_t kFewestOperations = 3;
constexpr int kWord = sizeof(std::uint32_t);

bool is_load(MicroKind kind) {
  return kind >= MicroKind::kLb && kind <= MicroKind::kLhu;
}
bool is_branch(MicroKind kind) {
  return kind >= MicroKind::kBeq && kind <= MicroKind::kBgeu;
}

/// Whether host code hands the operation over.
bool is_engines(MicroKind kind) {
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

}  // namespace

// Registers of the host: rbx the guest's registers, rbp the frame, r12 the remaining cycles, r13 and r14d
// host pointer and base of loads, r15 the table of stores; eax, ecx, edx and, between blocks, rdi for the
// moment; the rest holds registers of the guest.
class NativeCode::Assembler : public Xbyak::CodeGenerator {
 public:
  Assembler() : CodeGenerator(kCodeBytes) { make_common_code(); }

  NativeExit (*make_entry())(NativeFrame*, const void*) {
    return reinterpret_cast<NativeExit (*)(NativeFrame*, const void*)>(
        reinterpret_cast<std::uintptr_t>(entry_));
  }
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
  void make_way_out(const Way& way, const Block& block);
  Xbyak::Label& way_out(NativeExit exit, std::size_t index);
  Xbyak::Label& way_out_of_operation() { return way_out(NativeExit::kOperation, index_); }

  Xbyak::Reg32 use(std::uint8_t guest);
  Xbyak::Reg32 place_for(std::uint8_t guest);
  /// The operation's result is in eax.
  void define(std::uint8_t guest);
  Xbyak::Address guest_word(std::uint8_t guest) { return dword[rbx + kWord * guest]; }

  void translate(const MicroOperation& op, const Block& block, Block* const* quick);
  bool translate_immediate(const MicroOperation& op);
  bool translate_binary(const MicroOperation& op);
  bool translate_product(const MicroOperation& op);
  void divide(const MicroOperation& op);
  void divide_signed(bool wants_quotient);
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

void NativeCode::Assembler::make_way_out(const Way& way, const Block& block) {
  L(const_cast<Xbyak::Label&>(way.label));
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

bool NativeCode::Assembler::translate_immediate(const MicroOperation& op) {
  const auto immediate = static_cast<std::uint32_t>(op.immediate);
  if (op.kind == MicroKind::kLi) {
    mov(eax, immediate);
    return true;
  }
  const auto first = [&] { mov(eax, use(op.rs1)); };
  switch (op.kind) {
    case MicroKind::kMv:
      first();
      return true;
    case MicroKind::kAddi:
      lea(eax, ptr[use(op.rs1).cvt64() + op.immediate]);
      return true;
    case MicroKind::kXori:
      first();
      xor_(eax, immediate);
      return true;
    case MicroKind::kOri:
      first();
      or_(eax, immediate);
      return true;
    case MicroKind::kAndi:
      first();
      and_(eax, immediate);
      return true;
    case MicroKind::kSlti:
    case MicroKind::kSltiu:
      cmp(use(op.rs1), immediate);
      op.kind == MicroKind::kSlti ? setl(al) : setb(al);
      movzx(eax, al);
      return true;
    case MicroKind::kSlli:
      first();
      shl(eax, static_cast<int>(immediate & 31));
      return true;
    case MicroKind::kSrli:
      first();
      shr(eax, static_cast<int>(immediate & 31));
      return true;
    case MicroKind::kSrai:
      first();
      sar(eax, static_cast<int>(immediate & 31));
      return true;
    default:
      return false;
  }
}

bool NativeCode::Assembler::translate_binary(const MicroOperation& op) {
  const auto operands = [&] {
    const Xbyak::Reg32 second = use(op.rs2);
    mov(eax, use(op.rs1));
    return second;
  };
  switch (op.kind) {
    case MicroKind::kAdd:
      add(eax, operands());
      return true;
    case MicroKind::kSub:
      sub(eax, operands());
      return true;
    case MicroKind::kXor:
      xor_(eax, operands());
      return true;
    case MicroKind::kOr:
      or_(eax, operands());
      return true;
    case MicroKind::kAnd:
      and_(eax, operands());
      return true;
    case MicroKind::kMul:
      imul(eax, operands());
      return true;
    case MicroKind::kSlt:
    case MicroKind::kSltu:
      cmp(eax, operands());
      op.kind == MicroKind::kSlt ? setl(al) : setb(al);
      movzx(eax, al);
      return true;
    case MicroKind::kSll:
      mov(ecx, operands());
      shl(eax, cl);
      return true;
    case MicroKind::kSrl:
      mov(ecx, operands());
      shr(eax, cl);
      return true;
    case MicroKind::kSra:
      mov(ecx, operands());
      sar(eax, cl);
      return true;
    default:
      return false;
  }
}

/// Upper halves, from 64 bits whose sign is that of the product modulo 2^64.
bool NativeCode::Assembler::translate_product(const MicroOperation& op) {
  if (op.kind != MicroKind::kMulh && op.kind != MicroKind::kMulhsu && op.kind != MicroKind::kMulhu)
    return false;
  const Xbyak::Reg32 second = use(op.rs2);
  const Xbyak::Reg32 first = use(op.rs1);
  op.kind == MicroKind::kMulhu ? mov(eax, first) : movsxd(rax, first);
  op.kind == MicroKind::kMulh ? movsxd(rdx, second) : mov(edx, second);
  imul(rax, rdx);
  shr(rax, 32);
  return true;
}

void NativeCode::Assembler::divide(const MicroOperation& op) {
  const bool is_signed = op.kind == MicroKind::kDiv || op.kind == MicroKind::kRem;
  const bool wants_quotient = op.kind == MicroKind::kDiv || op.kind == MicroKind::kDivu;
  mov(ecx, use(op.rs2));
  mov(eax, use(op.rs1));
  Xbyak::Label by_zero, done;
  test(ecx, ecx);
  jz(by_zero);
  if (is_signed) {
    divide_signed(wants_quotient);
  } else {
    xor_(edx, edx);
    div(ecx);
    if (!wants_quotient) mov(eax, edx);
  }
  jmp(done);
  L(by_zero);
  if (wants_quotient) mov(eax, std::numeric_limits<std::uint32_t>::max());
  L(done);
}

/// eax by ecx, not 0.
void NativeCode::Assembler::divide_signed(bool wants_quotient) {
  // −1: the quotient is the negative, which for the least number is itself; the host would trap.
  Xbyak::Label by_minus_one, done;
  cmp(ecx, -1);
  je(by_minus_one);
  cdq();
  idiv(ecx);
  if (!wants_quotient) mov(eax, edx);
  jmp(done);
  L(by_minus_one);
  if (wants_quotient) {
    neg(eax);
  } else {
    xor_(eax, eax);
  }
  L(done);
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

NativeCode::NativeCode() : assembler_(std::make_unique<Assembler>()), enter_(assembler_->make_entry()) {}
NativeCode::~NativeCode() = default;

std::unique_ptr<NativeCode> NativeCode::create() {
  try {
    return std::unique_ptr<NativeCode>(new NativeCode);
  } catch (const Xbyak::Error&) {
    return nullptr;  // the host lets no memory be executed that was written
  }
}

bool NativeCode::is_worth_it(const Block& block) {
  constexpr std::uint64_t kMostSum = std::numeric_limits<std::int32_t>::max();
  if (block.cycles > kMostSum || block.energy_fj > kMostSum) return false;
  const auto first =
      std::ranges::find_if(block.operations, [](const MicroOperation& op) { return is_engines(op.kind); });
  if (first == block.operations.end()) return true;
  const auto before = static_cast<std::size_t>(first - block.operations.begin());
  return before + 1 == block.operations.size() && before >= kFewestOperations;
}

bool NativeCode::compile(Block& block, Block* const* quick) {
  if (!assembler_->has_room()) return false;
  assembler_->compile(block, quick);
  return true;
}

void NativeCode::clear() {
  assembler_->clear();
  enter_ = assembler_->make_entry();
}

}  // namespace mho::soc::riscv
