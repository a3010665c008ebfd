// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The hot path of the core; core.hpp tells how it works.
#include <cstring>

#include "models/soc/cpu/core.hpp"

// Labels as values (GCC, clang): each operation ends with its own indirect jump, which predicts far better
// than the single one of a switch.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"

namespace mho::soc::riscv {
namespace {

std::int32_t as_signed(std::uint32_t value) {
  return static_cast<std::int32_t>(value);
}

std::uint32_t divide(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return 0xffff'ffff;
  if (a == 0x8000'0000 && b == 0xffff'ffff) return a;
  return static_cast<std::uint32_t>(as_signed(a) / as_signed(b));
}

std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  if (a == 0x8000'0000 && b == 0xffff'ffff) return 0;
  return static_cast<std::uint32_t>(as_signed(a) % as_signed(b));
}

std::uint32_t upper_product(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(a * b) >> 32);
}

}  // namespace

#define MHO_NEXT        \
  do {                  \
    ++op;               \
    goto * op->handler; \
  } while (false)

#define MHO_ALU(name, expression)                                          \
  op_##name : {                                                            \
    [[maybe_unused]] const std::uint32_t a = x[op->rs1];                   \
    [[maybe_unused]] const std::uint32_t b = x[op->rs2];                   \
    [[maybe_unused]] const std::int32_t immediate = op->immediate;         \
    [[maybe_unused]] const auto u = static_cast<std::uint32_t>(immediate); \
    x[op->rd] = (expression);                                              \
    MHO_NEXT;                                                              \
  }

#define MHO_LOAD(name, type)                                                                         \
  op_##name : {                                                                                      \
    const std::uint32_t offset = x[op->rs1] + static_cast<std::uint32_t>(op->immediate) - read_base; \
    if (offset >= read_span) [[unlikely]]                                                            \
      goto slow_memory;                                                                              \
    type item;                                                                                       \
    std::memcpy(&item, read_host + offset, sizeof item);                                             \
    x[op->rd] = static_cast<std::uint32_t>(item);                                                    \
    MHO_NEXT;                                                                                        \
  }

#define MHO_STORE(name, type)                                                             \
  op_##name : {                                                                           \
    const std::uint32_t address = x[op->rs1] + static_cast<std::uint32_t>(op->immediate); \
    const std::uintptr_t distance = write_distance[address >> kPageBits];                 \
    if (distance == 0 || address % sizeof(type) != 0) [[unlikely]]                        \
      goto slow_memory;                                                                   \
    const type item = static_cast<type>(x[op->rs2]);                                      \
    std::memcpy(reinterpret_cast<void*>(distance + address), &item, sizeof item);         \
    MHO_NEXT;                                                                             \
  }

#define MHO_ENTER                        \
  do {                                   \
    remaining -= block->cycles;          \
    if (remaining < 0) [[unlikely]]      \
      goto over_limit;                   \
    instructions += block->instructions; \
    energy_fj += block->energy_fj;       \
    op = block->first;                   \
    goto * op->handler;                  \
  } while (false)

#define MHO_FOLLOW(side)                   \
  do {                                     \
    Block* const next = block->next[side]; \
    if (next == nullptr) [[unlikely]]      \
      goto miss_##side;                    \
    block = next;                          \
    MHO_ENTER;                             \
  } while (false)

#define MHO_BRANCH(name, condition)     \
  op_##name : {                         \
    const std::uint32_t a = x[op->rs1]; \
    const std::uint32_t b = x[op->rs2]; \
    if (condition) {                    \
      remaining -= op->immediate;       \
      MHO_FOLLOW(1);                    \
    }                                   \
    MHO_FOLLOW(0);                      \
  }

[[gnu::noinline]] const HandlerTable* Core::execute(Block* block, std::size_t start, std::uint64_t limit,
                                                    std::uint64_t max_instructions) {
  static constexpr HandlerTable kHandlers{
#define MHO_X(name) &&op_##name,
      MHO_MICRO_OPERATIONS(MHO_X)
#undef MHO_X
  };
  if (block == nullptr) return &kHandlers;

  std::uint32_t* const x = x_.data();
  const std::uintptr_t* const write_distance = memory_.write_distance();
  std::uint32_t read_base = memory_.read_base;
  std::uint32_t read_span = memory_.read_span;
  const std::uint8_t* read_host = memory_.read_host;

  // Every instruction takes a cycle or more, so the budget of instructions bounds the cycles, too.
  const std::uint64_t allowed = std::min(limit - cycle_, max_instructions - instructions_);
  const std::uint64_t end_cycle = cycle_ + allowed;
  const Mark& begin = block->marks[start];
  std::int64_t remaining = static_cast<std::int64_t>(allowed) - (block->cycles - begin.cycles);
  std::uint64_t instructions = instructions_ + block->instructions - start;
  std::uint64_t energy_fj = energy_fj_ + block->energy_fj - begin.energy_fj;
  const MicroOperation* op = block->first + start;
  goto * op->handler;

op_Nop:
  MHO_NEXT;
  MHO_ALU(Li, u)
  MHO_ALU(Mv, a)
  MHO_ALU(Addi, a + u)
  MHO_ALU(Slti, as_signed(a) < immediate ? 1 : 0)
  MHO_ALU(Sltiu, a < u ? 1 : 0)
  MHO_ALU(Xori, a ^ u)
  MHO_ALU(Ori, a | u)
  MHO_ALU(Andi, a & u)
  MHO_ALU(Slli, a << (u & 31))
  MHO_ALU(Srli, a >> (u & 31))
  MHO_ALU(Srai, static_cast<std::uint32_t>(as_signed(a) >> (u & 31)))
  MHO_ALU(Add, a + b)
  MHO_ALU(Sub, a - b)
  MHO_ALU(Sll, a << (b & 31))
  MHO_ALU(Slt, as_signed(a) < as_signed(b) ? 1 : 0)
  MHO_ALU(Sltu, a < b ? 1 : 0)
  MHO_ALU(Xor, a ^ b)
  MHO_ALU(Srl, a >> (b & 31))
  MHO_ALU(Sra, static_cast<std::uint32_t>(as_signed(a) >> (b & 31)))
  MHO_ALU(Or, a | b)
  MHO_ALU(And, a & b)
  MHO_ALU(Mul, a * b)
  MHO_ALU(Mulh, upper_product(as_signed(a), as_signed(b)))
  MHO_ALU(Mulhsu, upper_product(as_signed(a), b))
  MHO_ALU(Mulhu, static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32))
  MHO_ALU(Div, divide(a, b))
  MHO_ALU(Divu, b == 0 ? 0xffff'ffff : a / b)
  MHO_ALU(Rem, remainder(a, b))
  MHO_ALU(Remu, b == 0 ? a : a % b)

  MHO_LOAD(Lb, std::int8_t)
  MHO_LOAD(Lh, std::int16_t)
  MHO_LOAD(Lw, std::uint32_t)
  MHO_LOAD(Lbu, std::uint8_t)
  MHO_LOAD(Lhu, std::uint16_t)
  MHO_STORE(Sb, std::uint8_t)
  MHO_STORE(Sh, std::uint16_t)
  MHO_STORE(Sw, std::uint32_t)

  MHO_BRANCH(Beq, a == b)
  MHO_BRANCH(Bne, a != b)
  MHO_BRANCH(Blt, as_signed(a) < as_signed(b))
  MHO_BRANCH(Bge, as_signed(a) >= as_signed(b))
  MHO_BRANCH(Bltu, a < b)
  MHO_BRANCH(Bgeu, a >= b)

op_Jump:
  MHO_FOLLOW(1);

op_JumpLink:
  x[op->rd] = static_cast<std::uint32_t>(op->immediate);
  MHO_FOLLOW(1);

op_JumpRegister : {
  const std::uint32_t target = (x[op->rs1] + static_cast<std::uint32_t>(op->immediate)) & ~1u;
  x[op->rd] = block->fall_pc;
  Block* next = block->next[1];
  if (next == nullptr || next->pc != target) {
    next = cache_.find(target);
    if (next == nullptr) {
      pc_ = target;
      link_ = &block->next[1];
      goto leave;
    }
    block->next[1] = next;
  }
  block = next;
  MHO_ENTER;
}

op_End:
  MHO_FOLLOW(0);

slow_memory : {
  cycle_ = end_cycle - static_cast<std::uint64_t>(remaining);
  instructions_ = instructions;
  energy_fj_ = energy_fj;
  if (!slow_memory(*block, static_cast<std::size_t>(op - block->first))) return nullptr;
  read_base = memory_.read_base;
  read_span = memory_.read_span;
  read_host = memory_.read_host;
  MHO_NEXT;
}

miss_0:
  pc_ = block->fall_pc;
  link_ = &block->next[0];
  goto leave;

miss_1:
  pc_ = block->taken_pc;
  link_ = &block->next[1];
  goto leave;

over_limit:
  remaining += block->cycles;
  pc_ = block->pc;
  resume_block_ = block;
  resume_index_ = 0;
  goto leave;

leave:
  cycle_ = end_cycle - static_cast<std::uint64_t>(remaining);
  instructions_ = instructions;
  energy_fj_ = energy_fj;
  return nullptr;

op_Stop:
  cycle_ = end_cycle - static_cast<std::uint64_t>(remaining);
  instructions_ = instructions;
  energy_fj_ = energy_fj;
  resume_block_ = block;
  resume_index_ = static_cast<std::size_t>(op - block->first);
  unwind(*block, resume_index_);
  return nullptr;

op_Atomic:
op_System:
op_SelfJump:
  cycle_ = end_cycle - static_cast<std::uint64_t>(remaining);
  instructions_ = instructions;
  energy_fj_ = energy_fj;
  leave_engine(*block, static_cast<std::size_t>(op - block->first));
  return nullptr;
}

}  // namespace mho::soc::riscv

#pragma GCC diagnostic pop
