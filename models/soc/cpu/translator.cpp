// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/translator.hpp"

#include <utility>

namespace mho::soc::riscv {
namespace {

constexpr std::size_t index_of(MicroKind kind) {
  return static_cast<std::size_t>(kind);
}

bool is_commutative(MicroKind kind) {
  switch (kind) {
    case MicroKind::kAdd:
    case MicroKind::kXor:
    case MicroKind::kMul:
    case MicroKind::kBeq:
    case MicroKind::kBne:
      return true;
    default:
      return false;
  }
}

std::uint8_t destination(const Instruction& instruction) {
  return instruction.rd == 0 ? kSink : instruction.rd;
}

/// Arithmetic, memory and branch operations have a micro-operation of the same name.
MicroKind same_name(Operation operation) {
  switch (operation) {
#define MHO_SAME(name)     \
  case Operation::k##name: \
    return MicroKind::k##name;
    // A list, filled line by line; the formatter would indent it like one expression.
    // clang-format off
    MHO_SAME(Addi) MHO_SAME(Slti) MHO_SAME(Sltiu) MHO_SAME(Xori) MHO_SAME(Ori) MHO_SAME(Andi) MHO_SAME(Slli)
    MHO_SAME(Srli) MHO_SAME(Srai) MHO_SAME(Add) MHO_SAME(Sub) MHO_SAME(Sll) MHO_SAME(Slt) MHO_SAME(Sltu)
    MHO_SAME(Xor) MHO_SAME(Srl) MHO_SAME(Sra) MHO_SAME(Or) MHO_SAME(And) MHO_SAME(Mul) MHO_SAME(Mulh)
    MHO_SAME(Mulhsu) MHO_SAME(Mulhu) MHO_SAME(Div) MHO_SAME(Divu) MHO_SAME(Rem) MHO_SAME(Remu) MHO_SAME(Lb)
    MHO_SAME(Lh) MHO_SAME(Lw) MHO_SAME(Lbu) MHO_SAME(Lhu) MHO_SAME(Flw) MHO_SAME(Sb) MHO_SAME(Sh) MHO_SAME(Sw)
    MHO_SAME(Fsw)
    MHO_SAME(Beq) MHO_SAME(Bne) MHO_SAME(Blt) MHO_SAME(Bge) MHO_SAME(Bltu) MHO_SAME(Bgeu)
#undef MHO_SAME
    default:
      return MicroKind::kSystem;
  }
  // clang-format on
}

bool fetch_instruction(CodeSource& source, std::uint32_t pc, std::uint32_t& bits,
                       std::uint32_t& fault_address) {
  std::uint16_t low = 0, high = 0;
  fault_address = pc;
  if (!source.fetch(pc, low)) return false;
  bits = low;
  if (is_compressed(low)) return true;
  fault_address = pc + 2;
  if (!source.fetch(pc + 2, high)) return false;
  bits |= std::uint32_t{high} << 16;
  return true;
}

}  // namespace

Translator::Translator(const CpuParams& params, const HandlerTable& handlers)
    : cycles_{params.cycles.alu,    params.cycles.mul,    params.cycles.div,  params.cycles.load,
              params.cycles.store,  params.cycles.branch, params.cycles.jump, params.cycles.csr,
              params.cycles.atomic, params.cycles.system, params.cycles.fpu,  params.cycles.fdiv},
      energy_fj_{params.energy.alu_fj,    params.energy.mul_fj,   params.energy.div_fj,
                 params.energy.load_fj,   params.energy.store_fj, params.energy.branch_fj,
                 params.energy.jump_fj,   params.energy.csr_fj,   params.energy.atomic_fj,
                 params.energy.system_fj, params.energy.fpu_fj,   params.energy.fdiv_fj},
      taken_extra_(params.cycles.taken_extra),
      handlers_(handlers) {
  for (std::size_t i = 0; i < kPairs.size(); ++i) {
    pair_of_[index_of(kPairs[i].one)][index_of(kPairs[i].two)] = static_cast<std::uint16_t>(i + 1);
  }
}

MicroOperation Translator::lower_alu_immediate(const Instruction& instruction) const {
  MicroOperation result{.rd = destination(instruction),
                        .rs1 = instruction.rs1,
                        .kind = same_name(instruction.operation),
                        .immediate = instruction.immediate};
  if (instruction.operation == Operation::kAddi) {
    if (instruction.rs1 == 0) {
      result.kind = MicroKind::kLi;
    } else if (instruction.immediate == 0) {
      result.kind = MicroKind::kMv;
    }
  }
  return result;
}

MicroOperation Translator::lower(const Instruction& instruction, std::uint32_t pc) const {
  const Operation operation = instruction.operation;
  const bool jumps_directly = operation == Operation::kJal || is_branch(operation);
  if (jumps_directly && instruction.immediate == 0) return {.kind = MicroKind::kSelfJump};
  if (is_atomic(operation)) return {.kind = MicroKind::kAtomic};
  if (is_float(operation)) {
    return {.rd = destination(instruction),
            .rs1 = instruction.rs1,
            .rs2 = instruction.rs2,
            .kind = MicroKind::kFloat,
            .immediate =
                FloatFields{.operation = operation, .rs3 = instruction.rs3, .rounding = instruction.rounding}
                    .packed()};
  }
  switch (operation) {
    case Operation::kLui:
      return {.rd = destination(instruction), .kind = MicroKind::kLi, .immediate = instruction.immediate};
    case Operation::kAuipc:
      return {.rd = destination(instruction),
              .kind = MicroKind::kLi,
              .immediate = static_cast<std::int32_t>(pc + static_cast<std::uint32_t>(instruction.immediate))};
    case Operation::kFence:
      return {.kind = MicroKind::kNop};
    case Operation::kJal:
      return {.rd = destination(instruction),
              .kind = instruction.rd == 0 ? MicroKind::kJump : MicroKind::kJumpLink,
              .immediate = static_cast<std::int32_t>(pc + instruction.length)};
    case Operation::kJalr:
      return {.rd = destination(instruction),
              .rs1 = instruction.rs1,
              .kind = MicroKind::kJumpRegister,
              .immediate = instruction.immediate};
    case Operation::kAdd:
      if (instruction.rs1 == 0) {
        return {.rd = destination(instruction), .rs1 = instruction.rs2, .kind = MicroKind::kMv};
      }
      break;
    default:
      break;
  }
  if (operation >= Operation::kAddi && operation <= Operation::kSrai) return lower_alu_immediate(instruction);
  const bool is_conditional = is_branch(operation);
  return {.rd = destination(instruction),
          .rs1 = instruction.rs1,
          .rs2 = instruction.rs2,
          .kind = same_name(operation),
          .immediate = is_conditional ? static_cast<std::int32_t>(taken_extra_) : instruction.immediate};
}

void Translator::append(Block& block, const MicroOperation& operation, const Instruction& instruction) const {
  const Mark before = block.marks.back();
  const CostClass cost = cost_class(instruction.operation);
  block.marks.back().bits = instruction.bits;
  block.marks.push_back({.cycles = before.cycles + cycles_of(cost),
                         .energy_fj = before.energy_fj + energy_of(cost),
                         .offset = before.offset + instruction.length});
  block.operations.push_back(operation);
}

void Translator::finish(Block& block) const {
  block.instructions = static_cast<std::uint32_t>(block.marks.size() - 1);
  block.cycles = block.marks.back().cycles;
  block.energy_fj = block.marks.back().energy_fj;
  block.fall_pc = block.pc + block.marks.back().offset;
  for (auto& operation : block.operations) {
    operation.handler = handlers_.single[index_of(operation.kind)];
  }
  for (std::size_t i = 0; i + 1 < block.operations.size(); ++i) {
    if (fuse(block.operations[i], block.operations[i + 1])) ++i;
  }
  block.first = block.operations.data();
  block.interpreted = block.first->handler;
}

bool Translator::fuse(MicroOperation& one, MicroOperation& two) const {
  const std::size_t pair = pair_of_[index_of(one.kind)][index_of(two.kind)];
  if (pair == 0) return false;
  const bool has_result = one.rd != kSink;
  if (has_result && one.rd == two.rs2 && is_commutative(two.kind)) std::swap(two.rs1, two.rs2);
  const bool is_dependent = has_result && one.rd == two.rs1;
  one.handler = (is_dependent ? handlers_.dependent : handlers_.independent)[pair - 1];
  return true;
}

std::unique_ptr<Block> Translator::translate(CodeSource& source, std::uint32_t pc, std::size_t limit,
                                             std::uint32_t& fault_address) const {
  auto block = std::make_unique<Block>();
  block->pc = pc;
  block->marks.emplace_back();
  for (std::uint32_t at = pc;;) {
    std::uint32_t bits = 0, unreachable = 0;
    if (!fetch_instruction(source, at, bits, unreachable)) {
      if (at != pc) break;
      fault_address = unreachable;
      return nullptr;
    }
    const Instruction instruction = decode(bits);
    append(*block, lower(instruction, at), instruction);
    if (ends_block(instruction.operation)) {
      block->taken_pc = at + static_cast<std::uint32_t>(instruction.immediate);
      finish(*block);
      return block;
    }
    at += instruction.length;
    if (block->marks.size() > limit || at >> kPageBits != pc >> kPageBits || source.is_barrier(at)) break;
  }
  block->operations.push_back({.kind = MicroKind::kEnd});
  finish(*block);
  return block;
}

}  // namespace mho::soc::riscv
