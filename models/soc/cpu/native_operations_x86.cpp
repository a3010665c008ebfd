// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Operations that compute one register of others.
#include <limits>

#include "models/soc/cpu/native_assembler_x86.hpp"

namespace mho::soc::riscv {

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

}  // namespace mho::soc::riscv
