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

// What the operations at `op` do. MHO_DO_name(a, result) takes the first source operand, writes the
// destination, and leaves its value in `result` for an operation behind it.

#define MHO_IMMEDIATE static_cast<std::uint32_t>(op->immediate)
#define MHO_SECOND x[op->rs2]

#define MHO_COMPUTE(result, value)      \
  const std::uint32_t result = (value); \
  x[op->rd] = result;

#define MHO_DO_Li(a, result) MHO_COMPUTE(result, MHO_IMMEDIATE)
#define MHO_DO_Mv(a, result) MHO_COMPUTE(result, a)
#define MHO_DO_Addi(a, result) MHO_COMPUTE(result, a + MHO_IMMEDIATE)
#define MHO_DO_Slti(a, result) MHO_COMPUTE(result, as_signed(a) < op->immediate ? 1 : 0)
#define MHO_DO_Sltiu(a, result) MHO_COMPUTE(result, a < MHO_IMMEDIATE ? 1 : 0)
#define MHO_DO_Xori(a, result) MHO_COMPUTE(result, a ^ MHO_IMMEDIATE)
#define MHO_DO_Ori(a, result) MHO_COMPUTE(result, a | MHO_IMMEDIATE)
#define MHO_DO_Andi(a, result) MHO_COMPUTE(result, a& MHO_IMMEDIATE)
#define MHO_DO_Slli(a, result) MHO_COMPUTE(result, a << (MHO_IMMEDIATE & 31))
#define MHO_DO_Srli(a, result) MHO_COMPUTE(result, a >> (MHO_IMMEDIATE & 31))
#define MHO_DO_Srai(a, result) \
  MHO_COMPUTE(result, static_cast<std::uint32_t>(as_signed(a) >> (MHO_IMMEDIATE & 31)))
#define MHO_DO_Add(a, result) MHO_COMPUTE(result, a + MHO_SECOND)
#define MHO_DO_Sub(a, result) MHO_COMPUTE(result, a - MHO_SECOND)
#define MHO_DO_Sll(a, result) MHO_COMPUTE(result, a << (MHO_SECOND & 31))
#define MHO_DO_Slt(a, result) MHO_COMPUTE(result, as_signed(a) < as_signed(MHO_SECOND) ? 1 : 0)
#define MHO_DO_Sltu(a, result) MHO_COMPUTE(result, a < MHO_SECOND ? 1 : 0)
#define MHO_DO_Xor(a, result) MHO_COMPUTE(result, a ^ MHO_SECOND)
#define MHO_DO_Srl(a, result) MHO_COMPUTE(result, a >> (MHO_SECOND & 31))
#define MHO_DO_Sra(a, result) \
  MHO_COMPUTE(result, static_cast<std::uint32_t>(as_signed(a) >> (MHO_SECOND & 31)))
#define MHO_DO_Or(a, result) MHO_COMPUTE(result, a | MHO_SECOND)
#define MHO_DO_And(a, result) MHO_COMPUTE(result, a& MHO_SECOND)
#define MHO_DO_Mul(a, result) MHO_COMPUTE(result, a* MHO_SECOND)
#define MHO_DO_Mulh(a, result) MHO_COMPUTE(result, upper_product(as_signed(a), as_signed(MHO_SECOND)))
#define MHO_DO_Mulhsu(a, result) MHO_COMPUTE(result, upper_product(as_signed(a), MHO_SECOND))
#define MHO_DO_Mulhu(a, result) \
  MHO_COMPUTE(result, static_cast<std::uint32_t>(std::uint64_t{a} * MHO_SECOND >> 32))
#define MHO_DO_Div(a, result) MHO_COMPUTE(result, divide(a, MHO_SECOND))
#define MHO_DO_Divu(a, result) MHO_COMPUTE(result, MHO_SECOND == 0 ? 0xffff'ffff : a / MHO_SECOND)
#define MHO_DO_Rem(a, result) MHO_COMPUTE(result, remainder(a, MHO_SECOND))
#define MHO_DO_Remu(a, result) MHO_COMPUTE(result, MHO_SECOND == 0 ? a : a % MHO_SECOND)

#define MHO_LOAD(type, a, result)                                     \
  const std::uint32_t result##_at = a + MHO_IMMEDIATE - read_base;    \
  if (result##_at >= read_span) [[unlikely]]                          \
    goto slow_memory;                                                 \
  type result##_item;                                                 \
  std::memcpy(&result##_item, read_host + result##_at, sizeof(type)); \
  MHO_COMPUTE(result, static_cast<std::uint32_t>(result##_item))

#define MHO_DO_Lb(a, result) MHO_LOAD(std::int8_t, a, result)
#define MHO_DO_Lh(a, result) MHO_LOAD(std::int16_t, a, result)
#define MHO_DO_Lw(a, result) MHO_LOAD(std::uint32_t, a, result)
#define MHO_DO_Lbu(a, result) MHO_LOAD(std::uint8_t, a, result)
#define MHO_DO_Lhu(a, result) MHO_LOAD(std::uint16_t, a, result)

#define MHO_STORE(type, a, result)                                                 \
  const std::uint32_t result = a + MHO_IMMEDIATE;                                  \
  const std::uintptr_t result##_distance = write_distance[result >> kGranuleBits]; \
  if (result##_distance == 0 || result % sizeof(type) != 0) [[unlikely]]           \
    goto slow_memory;                                                              \
  const type result##_item = static_cast<type>(MHO_SECOND);                        \
  std::memcpy(reinterpret_cast<void*>(result##_distance + result), &result##_item, sizeof(type));

#define MHO_DO_Flw(a, result)                    \
  if (!csrs_.floating().is_dirty()) [[unlikely]] \
    goto slow_memory;                            \
  MHO_LOAD(std::uint32_t, a, result)

#define MHO_DO_Sb(a, result) MHO_STORE(std::uint8_t, a, result)
#define MHO_DO_Sh(a, result) MHO_STORE(std::uint16_t, a, result)
#define MHO_DO_Sw(a, result) MHO_STORE(std::uint32_t, a, result)
#define MHO_DO_Fsw(a, result)                    \
  if (!csrs_.floating().is_dirty()) [[unlikely]] \
    goto slow_memory;                            \
  MHO_STORE(std::uint32_t, a, result)

// From block to block.

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

#define MHO_BRANCH(condition)   \
  if (condition) {              \
    remaining -= op->immediate; \
    MHO_FOLLOW(1);              \
  }                             \
  MHO_FOLLOW(0);

#define MHO_DO_Beq(a, result) MHO_BRANCH(a == MHO_SECOND)
#define MHO_DO_Bne(a, result) MHO_BRANCH(a != MHO_SECOND)
#define MHO_DO_Blt(a, result) MHO_BRANCH(as_signed(a) < as_signed(MHO_SECOND))
#define MHO_DO_Bge(a, result) MHO_BRANCH(as_signed(a) >= as_signed(MHO_SECOND))
#define MHO_DO_Bltu(a, result) MHO_BRANCH(a < MHO_SECOND)
#define MHO_DO_Bgeu(a, result) MHO_BRANCH(a >= MHO_SECOND)

#define MHO_SINGLE(name)                \
  op_##name : {                         \
    const std::uint32_t a = x[op->rs1]; \
    static_cast<void>(a);               \
    MHO_DO_##name(a, value);            \
    MHO_NEXT;                           \
  }

// Two operations in one go: independent, or with the result of the first as the first source of the second,
// which then need not travel through memory.
#define MHO_PAIR(one, two)              \
  op_##one##_##two : {                  \
    const std::uint32_t a = x[op->rs1]; \
    static_cast<void>(a);               \
    MHO_DO_##one(a, first);             \
    static_cast<void>(first);           \
    ++op;                               \
    const std::uint32_t b = x[op->rs1]; \
    static_cast<void>(b);               \
    MHO_DO_##two(b, second);            \
    MHO_NEXT;                           \
  }                                     \
  op_##one##_into_##two : {             \
    const std::uint32_t a = x[op->rs1]; \
    static_cast<void>(a);               \
    MHO_DO_##one(a, first);             \
    ++op;                               \
    MHO_DO_##two(first, second);        \
    MHO_NEXT;                           \
  }

[[gnu::noinline]] const HandlerTable* Core::execute(Block* block, std::size_t start, std::uint64_t limit,
                                                    std::uint64_t max_instructions) {
  static constexpr HandlerTable kHandlers{
      .single =
          {
#define MHO_X(name) &&op_##name,
              MHO_MICRO_OPERATIONS(MHO_X)
#undef MHO_X
          },
      .independent =
          {
#define MHO_X(one, two) &&op_##one##_##two,
              MHO_PAIRS(MHO_X)
#undef MHO_X
          },
      .dependent =
          {
#define MHO_X(one, two) &&op_##one##_into_##two,
              MHO_PAIRS(MHO_X)
#undef MHO_X
          },
      .count = &&op_Count,
      .native = &&op_Native,
  };
  if (block == nullptr) return &kHandlers;

  std::uint32_t* const x = x_.data();
  const std::uintptr_t* const write_distance = data_->write_distance();
  std::uint32_t read_base = data_->read_base;
  std::uint32_t read_span = data_->read_span;
  const std::uint8_t* read_host = data_->read_host;

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
#define MHO_X(name) MHO_SINGLE(name)
  MHO_COMPUTING_OPERATIONS(MHO_X)
  MHO_BRANCHES(MHO_X)
#undef MHO_X
#define MHO_X(one, two) MHO_PAIR(one, two)
  MHO_PAIRS(MHO_X)
#undef MHO_X

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
    next = cache_->find(target);
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

op_Float:
  if (!compute_float(*op)) [[unlikely]]
    goto op_System;
  MHO_NEXT;

op_End:
  MHO_FOLLOW(0);

op_Count:
  if (++block->entries < native_after_) goto * block->interpreted;
  make_native(*block);
  goto * op->handler;

op_Native : {
  NativeFrame frame{.x = x,
                    .write_distance = write_distance,
                    .read_host = read_host,
                    .read_base = read_base,
                    .read_span = read_span,
                    .remaining = remaining,
                    .instructions = instructions,
                    .energy_fj = energy_fj};
  const NativeExit exit = native_->run(frame, *block);
  block = frame.block;
  remaining = frame.remaining;
  instructions = frame.instructions;
  energy_fj = frame.energy_fj;
  switch (exit) {
    case NativeExit::kEnter:
      MHO_ENTER;
    case NativeExit::kFall:
      goto miss_0;
    case NativeExit::kJump:
      goto miss_1;
    case NativeExit::kLimit:
      goto over_limit;
    case NativeExit::kOperation:
      op = block->first + frame.index;
      take_over(*block, frame.index);
      goto* kHandlers.single[static_cast<std::size_t>(op->kind)];
  }
}

slow_memory : {
  const auto index = static_cast<std::size_t>(op - block->first);
  if (op->kind == MicroKind::kLw) {
    RepeatedRead* const read = repeats_.find(x[op->rs1] + MHO_IMMEDIATE);
    if (read != nullptr && remaining >= static_cast<std::int64_t>(read->extra_cycles)) {
      const std::uint32_t cycles_left = block->cycles - block->marks[index].cycles;
      read->last_cycle = end_cycle - static_cast<std::uint64_t>(remaining) - cycles_left;
      ++read->count;
      x[op->rd] = read->value;
      remaining -= static_cast<std::int64_t>(read->extra_cycles);
      MHO_NEXT;
    }
  }
  cycle_ = end_cycle - static_cast<std::uint64_t>(remaining);
  instructions_ = instructions;
  energy_fj_ = energy_fj;
  if (!slow_memory(*block, index)) return nullptr;
  const auto left = static_cast<std::int64_t>(end_cycle - cycle_);
  // A block may be entered although it ends behind the limit, with a kStop or its last instruction in the
  // way. Only cycles that the access took on top make that choice wrong.
  if (left < 0 && left != remaining) [[unlikely]] {
    unwind(*block, index + 1);
    return nullptr;
  }
  remaining = left;
  read_base = data_->read_base;
  read_span = data_->read_span;
  read_host = data_->read_host;
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
