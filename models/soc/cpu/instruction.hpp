// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Decoding of RV32IMAFC_Zicsr_Zifencei machine code. Compressed instructions decode to the operation of the
// instruction that they expand to.
#pragma once

#include <cstdint>

namespace mho::soc::riscv {

// A list, filled line by line; the formatter would indent it like one expression.
// clang-format off
/// Every operation of the instruction set. X(name, class of cost).
#define MHO_RISCV_OPERATIONS(X) \
  X(Lui, Alu) X(Auipc, Alu) X(Addi, Alu) X(Slti, Alu) X(Sltiu, Alu) X(Xori, Alu) X(Ori, Alu) X(Andi, Alu) \
  X(Slli, Alu) X(Srli, Alu) X(Srai, Alu) X(Add, Alu) X(Sub, Alu) X(Sll, Alu) X(Slt, Alu) X(Sltu, Alu) \
  X(Xor, Alu) X(Srl, Alu) X(Sra, Alu) X(Or, Alu) X(And, Alu) X(Mul, Mul) X(Mulh, Mul) X(Mulhsu, Mul) \
  X(Mulhu, Mul) X(Div, Div) X(Divu, Div) X(Rem, Div) X(Remu, Div) X(Lb, Load) X(Lh, Load) X(Lw, Load) \
  X(Lbu, Load) X(Lhu, Load) X(Flw, Load) X(Sb, Store) X(Sh, Store) X(Sw, Store) X(Fsw, Store) \
  X(Beq, Branch) X(Bne, Branch) X(Blt, Branch) X(Bge, Branch) X(Bltu, Branch) X(Bgeu, Branch) X(Jal, Jump) X(Jalr, Jump) X(Lr, Atomic) \
  X(Sc, Atomic) X(AmoSwap, Atomic) X(AmoAdd, Atomic) X(AmoXor, Atomic) X(AmoAnd, Atomic) X(AmoOr, Atomic) \
  X(AmoMin, Atomic) X(AmoMax, Atomic) X(AmoMinu, Atomic) X(AmoMaxu, Atomic) X(Fmadd, Fpu) X(Fmsub, Fpu) \
  X(Fnmsub, Fpu) X(Fnmadd, Fpu) X(Fadd, Fpu) X(Fsub, Fpu) X(Fmul, Fpu) X(Fdiv, Fdiv) X(Fsqrt, Fdiv) \
  X(Fsgnj, Fpu) X(Fsgnjn, Fpu) X(Fsgnjx, Fpu) X(Fmin, Fpu) X(Fmax, Fpu) X(FcvtWS, Fpu) X(FcvtWuS, Fpu) \
  X(FmvXW, Fpu) X(Feq, Fpu) X(Flt, Fpu) X(Fle, Fpu) X(Fclass, Fpu) X(FcvtSW, Fpu) X(FcvtSWu, Fpu) \
  X(FmvWX, Fpu) X(Csrrw, Csr) X(Csrrs, Csr) \
  X(Csrrc, Csr) X(Csrrwi, Csr) X(Csrrsi, Csr) X(Csrrci, Csr) X(Fence, System) X(FenceI, System) \
  X(Ecall, System) X(Ebreak, System) X(Mret, System) X(Wfi, System) X(Illegal, System)
// clang-format on

enum class Operation : std::uint8_t {
#define MHO_X(name, cost) k##name,
  MHO_RISCV_OPERATIONS(MHO_X)
#undef MHO_X
};

enum class CostClass : std::uint8_t {
  kAlu,
  kMul,
  kDiv,
  kLoad,
  kStore,
  kBranch,
  kJump,
  kCsr,
  kAtomic,
  kSystem,
  kFpu,
  kFdiv
};
inline constexpr std::size_t kCostClasses = 12;
CostClass cost_class(Operation operation);

/// Registers have one numbering: x0 … x31, then f0 … f31 from this number on.
inline constexpr std::uint8_t kFloatRegisters = 32;

struct Instruction {
  Operation operation = Operation::kIllegal;
  std::uint8_t rd = 0;   ///< 0 when nothing is written
  std::uint8_t rs1 = 0;  ///< for csrr*i: the 5-bit immediate
  std::uint8_t rs2 = 0;
  std::uint8_t rs3 = 0;       ///< of the fused multiply-adds
  std::uint8_t rounding = 0;  ///< the field rm where the operation rounds
  std::uint8_t length = 4;    ///< 2 or 4 bytes
  /// Sign-extended immediate; shift amount; the upper 20 bits in place for lui and auipc; offset from pc for
  /// branches and jal; CSR number.
  std::int32_t immediate = 0;
  std::uint32_t bits = 0;  ///< the instruction; the upper half is 0 for a compressed one
};

/// True when the instruction whose first (lower) half this is has 2 bytes.
constexpr bool is_compressed(std::uint32_t bits) {
  return (bits & 3) != 3;
}

/// `bits`: the instruction word; only its lower half counts when is_compressed(). Reserved and unsupported
/// encodings give Operation::kIllegal.
Instruction decode(std::uint32_t bits);

constexpr bool is_load(Operation o) {
  return o >= Operation::kLb && o <= Operation::kFlw;
}
constexpr bool is_store(Operation o) {
  return o >= Operation::kSb && o <= Operation::kFsw;
}
constexpr bool is_branch(Operation o) {
  return o >= Operation::kBeq && o <= Operation::kBgeu;
}
constexpr bool is_atomic(Operation o) {
  return o >= Operation::kLr && o <= Operation::kAmoMaxu;
}
/// Arithmetic, comparison, conversion and moves of floating point numbers.
constexpr bool is_float(Operation o) {
  return o >= Operation::kFmadd && o <= Operation::kFmvWX;
}
/// Operations that may change the order of execution or the meaning of what follows.
constexpr bool ends_block(Operation o) {
  return is_branch(o) || o == Operation::kJal || o == Operation::kJalr ||
         (o >= Operation::kCsrrw && o != Operation::kFence);
}

}  // namespace mho::soc::riscv
