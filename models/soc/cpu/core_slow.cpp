// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Instructions that leave the hot path and are neither loads nor stores: atomics, and whatever changes the
// state of the machine.
#include <algorithm>
#include <utility>

#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/item_bytes.hpp"

namespace mho::soc::riscv {
namespace {

constexpr std::uint32_t kTimeCsr = 0xc01, kTimehCsr = 0xc81;

bool is_taken(Operation operation, std::uint32_t a, std::uint32_t b) {
  const auto signed_a = static_cast<std::int32_t>(a), signed_b = static_cast<std::int32_t>(b);
  switch (operation) {
    case Operation::kBeq:
      return a == b;
    case Operation::kBne:
      return a != b;
    case Operation::kBlt:
      return signed_a < signed_b;
    case Operation::kBge:
      return signed_a >= signed_b;
    case Operation::kBltu:
      return a < b;
    case Operation::kBgeu:
      return a >= b;
    default:
      return true;
  }
}

}  // namespace

void Core::leave_engine(const Block& block, std::size_t index) {
  end_repeats();
  unwind(block, index);
  const Instruction instruction = decode(block.marks[index].bits);
  switch (block.operations[index].kind) {
    case MicroKind::kAtomic:
      slow_atomic(block, index, instruction);
      break;
    case MicroKind::kSelfJump:
      slow_self_jump(block, index, instruction);
      break;
    case MicroKind::kFloat:
      raise(cause::kIllegal, instruction.bits);
      break;
    default:
      slow_system(block, index, instruction);
      break;
  }
}

// --- Atomics ---------------------------------------------------------------------------------------------

std::uint32_t Core::atomic_result(const Instruction& instruction, std::uint32_t old) const {
  const std::uint32_t operand = x_[instruction.rs2];
  const auto signed_old = static_cast<std::int32_t>(old), signed_operand = static_cast<std::int32_t>(operand);
  switch (instruction.operation) {
    case Operation::kAmoAdd:
      return old + operand;
    case Operation::kAmoXor:
      return old ^ operand;
    case Operation::kAmoAnd:
      return old & operand;
    case Operation::kAmoOr:
      return old | operand;
    case Operation::kAmoMin:
      return signed_old < signed_operand ? old : operand;
    case Operation::kAmoMax:
      return signed_old > signed_operand ? old : operand;
    case Operation::kAmoMinu:
      return std::min(old, operand);
    case Operation::kAmoMaxu:
      return std::max(old, operand);
    default:
      return operand;
  }
}

void Core::slow_atomic(const Block& block, std::size_t index, const Instruction& instruction) {
  const bool is_load_reserved = instruction.operation == Operation::kLr;
  const bool is_conditional = instruction.operation == Operation::kSc;
  const std::uint32_t address = x_[instruction.rs1];
  for (const auto kind : {Pmp::Access::kRead, Pmp::Access::kWrite}) {
    const bool is_made = kind == Pmp::Access::kRead ? !is_conditional : !is_load_reserved;
    if (is_made && is_guarded(kind, address, 4)) {
      intercept(kind, address, 4);
      return;
    }
  }
  if (address % 4 != 0) {
    raise(is_load_reserved ? cause::kLoadMisaligned : cause::kStoreMisaligned, address);
    return;
  }
  const std::uint32_t fault = is_load_reserved ? cause::kLoadFault : cause::kStoreFault;
  const bool has_reservation = reservation_.is_valid && reservation_.address == address;
  // A store-conditional without its reservation touches nothing that could be protected. What may be written
  // may be read, so one check is enough for the others.
  const bool is_refused =
      (!is_conditional || has_reservation) && !is_permitted(!is_load_reserved, address, 4);
  std::array<std::uint8_t, 4> data{};
  if (is_refused || !is_memory(address, data.size()) || !read_memory(address, data)) {
    raise(fault, address);
    return;
  }
  const std::uint32_t old = from_bytes(data);
  std::uint32_t result = old;
  if (is_load_reserved) {
    reservation_ = {.is_valid = true, .address = address, .value = old};
  } else {
    const bool is_reserved = has_reservation && reservation_.value == old;
    if (is_conditional) {
      result = is_reserved ? 0 : 1;
      reservation_.is_valid = false;
    }
    data = to_bytes(is_conditional ? x_[instruction.rs2] : atomic_result(instruction, old));
    if ((!is_conditional || is_reserved) && !write_memory(address, data)) {
      raise(fault, address);
      return;
    }
  }
  set_x(instruction.rd, result);
  retire(block, index, 0);
}

// --- Jumps to themselves ---------------------------------------------------------------------------------

void Core::slow_self_jump(const Block& block, std::size_t index, const Instruction& instruction) {
  if (!is_taken(instruction.operation, x_[instruction.rs1], x_[instruction.rs2])) {
    retire(block, index, 0);
    return;
  }
  if (!csrs_.interrupts_enabled() || csrs_.enabled_lines() == 0 || !environment_.may_be_interrupted()) {
    attention_ = Attention::kSelfJump;
    return;
  }
  // Nothing but time changes until the limit, so all turns that fit are made at once.
  const CostClass cost = cost_class(instruction.operation);
  const std::uint64_t cycles =
      translator_.cycles_of(cost) + (cost == CostClass::kBranch ? translator_.taken_extra_cycles() : 0);
  const std::uint64_t turns =
      std::min((limit_ - cycle_ + cycles - 1) / cycles, max_instructions_ - instructions_);
  if (instruction.operation == Operation::kJal) set_x(instruction.rd, pc_ + instruction.length);
  cycle_ += turns * cycles;
  energy_fj_ += turns * translator_.energy_of(cost);
  instructions_ += turns;
}

// --- System ----------------------------------------------------------------------------------------------

std::optional<std::uint32_t> Core::read_csr(std::uint32_t number) const {
  const bool is_time = number == kTimeCsr || number == kTimehCsr;
  return csrs_.read(number, raw_counters(), is_time ? environment_.mtime(cycle_) : std::nullopt);
}

bool Core::access_csr(const Instruction& instruction) {
  const auto number = static_cast<std::uint32_t>(instruction.immediate);
  const bool is_immediate = instruction.operation >= Operation::kCsrrwi;
  const std::uint32_t operand = is_immediate ? instruction.rs1 : x_[instruction.rs1];
  const auto old = read_csr(number);
  if (!old || !csrs_.is_accessible(number)) return false;
  std::uint32_t value = operand;
  bool is_write = true;
  switch (instruction.operation) {
    case Operation::kCsrrs:
    case Operation::kCsrrsi:
      value = *old | operand;
      is_write = instruction.rs1 != 0;
      break;
    case Operation::kCsrrc:
    case Operation::kCsrrci:
      value = *old & ~operand;
      is_write = instruction.rs1 != 0;
      break;
    default:
      break;
  }
  const RawCounters after{.cycles = cycle_ + translator_.cycles_of(CostClass::kCsr),
                          .instructions = instructions_ + 1};
  if (is_write && !csrs_.write(number, value, after)) return false;
  set_x(instruction.rd, *old);
  return true;
}

bool Core::is_semihosting_call(std::uint32_t pc) {
  // slli x0, x0, 0x1f; ebreak; srai x0, x0, 7, none of them compressed.
  constexpr std::array<std::uint32_t, 3> kSequence{0x01f0'1013, 0x0010'0073, 0x4070'5013};
  std::uint32_t address = pc - 4;
  for (const std::uint32_t expected : kSequence) {
    std::uint16_t low = 0, high = 0;
    if (!fetch(address, low) || !fetch(address + 2, high)) return false;
    if ((low | std::uint32_t{high} << 16) != expected) return false;
    address += 4;
  }
  return true;
}

void Core::slow_break(const Block& block, std::size_t index) {
  constexpr unsigned kA0 = 10, kA1 = 11;
  if (csrs_.mode() == Mode::kMachine && is_semihosting_call(pc_)) {
    if (const auto result = environment_.semihost(x_[kA0], x_[kA1])) {
      x_[kA0] = result->value;
      attention_ = Attention::kOutside;
      retire(block, index, 0);
      return;
    }
  }
  raise(cause::kBreakpoint, 0);
}

void Core::slow_system(const Block& block, std::size_t index, const Instruction& instruction) {
  switch (instruction.operation) {
    case Operation::kEcall:
      raise(csrs_.mode() == Mode::kUser ? cause::kUserEcall : cause::kEcall, 0);
      return;
    case Operation::kEbreak:
      slow_break(block, index);
      return;
    case Operation::kMret:
      if (csrs_.mode() != Mode::kMachine) break;
      retire(block, index, 0);
      equal_traps_ = 0;
      reservation_.is_valid = false;
      set_pc(csrs_.leave_trap());
      return;
    case Operation::kWfi:
      if (!csrs_.may_wait()) break;
      retire(block, index, 0);
      if (csrs_.pending_and_enabled() == 0) attention_ = Attention::kSleep;
      return;
    case Operation::kFenceI:
      retire(block, index, 0);
      drop_all_code();
      return;
    case Operation::kIllegal:
      break;
    default:
      if (!access_csr(instruction)) break;
      retire(block, index, 0);
      return;
  }
  raise(cause::kIllegal, instruction.bits);
}

}  // namespace mho::soc::riscv
