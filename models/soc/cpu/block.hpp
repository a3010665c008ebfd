// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Decoded code: a block is a run of instructions that is entered at its first one and left at its last, one
// micro-operation per instruction. What an instruction costs is known when it is decoded, so a block carries
// its sums, and a mark per instruction the sums up to it for whoever has to stop in the middle.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/soc/cpu/instruction.hpp"

namespace mho::soc::riscv {

// Lists, filled line by line; the formatter would indent them like one expression.
// clang-format off
/// Operations that read registers and memory and write one register or memory.
#define MHO_COMPUTING_OPERATIONS(X) \
  X(Li) X(Mv) X(Addi) X(Slti) X(Sltiu) X(Xori) X(Ori) X(Andi) X(Slli) X(Srli) X(Srai) X(Add) X(Sub) X(Sll) \
  X(Slt) X(Sltu) X(Xor) X(Srl) X(Sra) X(Or) X(And) X(Mul) X(Mulh) X(Mulhsu) X(Mulhu) X(Div) X(Divu) X(Rem) \
  X(Remu) X(Lb) X(Lh) X(Lw) X(Lbu) X(Lhu) X(Flw) X(Sb) X(Sh) X(Sw) X(Fsw)
#define MHO_BRANCHES(X) X(Beq) X(Bne) X(Blt) X(Bge) X(Bltu) X(Bgeu)

/// Operations of the engine. Operands are resolved as far as possible: pc-relative values are constants.
#define MHO_MICRO_OPERATIONS(X) \
  MHO_COMPUTING_OPERATIONS(X) \
  MHO_BRANCHES(X) \
  X(Nop) \
  X(Jump) \
  X(JumpLink) \
  X(JumpRegister) \
  X(Float)        /* floating point except loads and stores */ \
  X(Atomic)       /* LR, SC, AMO */ \
  X(System)       /* anything that changes the machine's state or may trap; ends the block */ \
  X(SelfJump)     /* a jump or branch to itself */ \
  X(End)          /* falls through to the next block */ \
  X(Stop)         /* put over an operation before which execution has to stop */

/// Pairs that the engine executes in one go, chosen by how often compiled code has them.
#define MHO_SECOND_OF_PAIR(X, one) \
  X(one, Addi) X(one, Add) X(one, Mv) X(one, Slli) X(one, Srli) X(one, Andi) X(one, Xor) X(one, Sub) \
  X(one, Mul) X(one, Lw) X(one, Sw) X(one, Beq) X(one, Bne) X(one, Blt) X(one, Bge) X(one, Bltu) \
  X(one, Bgeu)
#define MHO_PAIRS(X) \
  MHO_SECOND_OF_PAIR(X, Addi) MHO_SECOND_OF_PAIR(X, Add) MHO_SECOND_OF_PAIR(X, Li) \
  MHO_SECOND_OF_PAIR(X, Mv) MHO_SECOND_OF_PAIR(X, Slli) MHO_SECOND_OF_PAIR(X, Srli) \
  MHO_SECOND_OF_PAIR(X, Andi) MHO_SECOND_OF_PAIR(X, Xor) MHO_SECOND_OF_PAIR(X, Sub) \
  MHO_SECOND_OF_PAIR(X, Mul) MHO_SECOND_OF_PAIR(X, Lw) MHO_SECOND_OF_PAIR(X, Lbu) \
  MHO_SECOND_OF_PAIR(X, Sw)
// clang-format on

enum class MicroKind : std::uint8_t {
#define MHO_X(name) k##name,
  MHO_MICRO_OPERATIONS(MHO_X)
#undef MHO_X
};
inline constexpr std::size_t kMicroKinds = static_cast<std::size_t>(MicroKind::kStop) + 1;

struct Pair {
  MicroKind one, two;
};
inline constexpr std::array kPairs{
#define MHO_X(one, two) Pair{MicroKind::k##one, MicroKind::k##two},
    MHO_PAIRS(MHO_X)
#undef MHO_X
};

/// Addresses of the engine's code.
struct HandlerTable {
  std::array<const void*, kMicroKinds> single;
  std::array<const void*, kPairs.size()> independent;  ///< the second does not use the first's result as rs1
  std::array<const void*, kPairs.size()> dependent;    ///< it does
  const void* count;                                   ///< counts the entries of a block, then does it
  const void* native;                                  ///< enters the host code of a block
};

/// The register that swallows writes to x0, behind x0 … x31 and f0 … f31.
inline constexpr std::uint8_t kSink = 64;

struct MicroOperation {
  const void* handler = nullptr;  ///< the engine's code for `kind`, or for a fusion that begins here
  std::uint8_t rd = kSink, rs1 = 0, rs2 = 0;
  MicroKind kind = MicroKind::kNop;
  /// Of conditional branches: extra cycles when taken. Of kFloat: a FloatFields.
  std::int32_t immediate = 0;
};
static_assert(sizeof(MicroOperation) == 16);

/// What a floating point operation needs beside its registers.
struct FloatFields {
  Operation operation = Operation::kIllegal;
  std::uint8_t rs3 = 0, rounding = 0;

  std::int32_t packed() const { return static_cast<std::int32_t>(operation) | rs3 << 8 | rounding << 16; }
  static FloatFields unpack(std::int32_t packed) {
    return {.operation = static_cast<Operation>(packed & 0xff),
            .rs3 = static_cast<std::uint8_t>(packed >> 8 & 0xff),
            .rounding = static_cast<std::uint8_t>(packed >> 16)};
  }
};

/// The state of the sums before an instruction; one more after the last.
struct Mark {
  std::uint32_t cycles = 0;
  std::uint64_t energy_fj = 0;
  std::uint32_t bits = 0;    ///< the instruction
  std::uint32_t offset = 0;  ///< of the instruction from the block's start, bytes
};

struct Block {
  /// Successors when known: [0] behind the block, [1] where it jumps to (for an indirect jump the last
  /// target).
  std::array<Block*, 2> next{};
  const MicroOperation* first = nullptr;
  /// Host code, with and without charging for the block, or null (native_code.hpp).
  const void *native = nullptr, *native_body = nullptr;
  /// The engine's code for the first operation, whose handler may be one that counts or enters host code.
  const void* interpreted = nullptr;
  std::uint32_t entries = 0;  ///< counted until there is host code
  std::uint32_t cycles = 0;
  std::uint32_t instructions = 0;
  std::uint64_t energy_fj = 0;
  std::uint32_t pc = 0;
  std::uint32_t taken_pc = 0;
  std::uint32_t fall_pc = 0;
  bool is_cached = false;
  std::vector<MicroOperation> operations;
  std::vector<Mark> marks;  ///< instructions + 1

  /// One past the last byte; may be 2^32.
  std::uint64_t end() const { return std::uint64_t{pc} + marks.back().offset; }
};

/// The longest block, in instructions.
inline constexpr std::size_t kMaxBlockInstructions = 32;
inline constexpr unsigned kPageBits = 12;
inline constexpr std::uint32_t kPageBytes = 1u << kPageBits;
/// Parts of a page that hold code are told from those that hold data in units of this size, since small
/// programs have both in one page.
inline constexpr unsigned kGranuleBits = 8;
inline constexpr std::uint32_t kGranulesPerPage = 1u << (kPageBits - kGranuleBits);
/// A bit for each granule of a page.
using Granules = std::uint16_t;
static_assert(kGranulesPerPage == 8 * sizeof(Granules));

}  // namespace mho::soc::riscv
