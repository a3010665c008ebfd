// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Instructions that leave the hot path: data accesses without a host pointer, atomics, and whatever changes
// the state of the machine.
#include <algorithm>
#include <utility>

#include "models/soc/cpu/core.hpp"

namespace mho::soc::riscv {
namespace {

constexpr std::uint32_t kTimeCsr = 0xc01, kTimehCsr = 0xc81;

std::array<std::uint8_t, 4> to_bytes(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
}

std::uint32_t from_bytes(const std::array<std::uint8_t, 4>& b) {
  return b[0] | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 | std::uint32_t{b[3]} << 24;
}

std::uint32_t extend(Operation operation, std::uint32_t raw) {
  switch (operation) {
    case Operation::kLb:
      return static_cast<std::uint32_t>(static_cast<std::int8_t>(raw));
    case Operation::kLh:
      return static_cast<std::uint32_t>(static_cast<std::int16_t>(raw));
    default:
      return raw;
  }
}

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

void Core::unwind(const Block& block, std::size_t index) {
  const Mark& mark = block.marks[index];
  cycle_ -= block.cycles - mark.cycles;
  instructions_ -= block.instructions - index;
  energy_fj_ -= block.energy_fj - mark.energy_fj;
  pc_ = block.pc + mark.offset;
}

void Core::retire(const Block& block, std::size_t index, std::uint64_t extra_cycles) {
  const Mark& before = block.marks[index];
  const Mark& after = block.marks[index + 1];
  cycle_ += after.cycles - before.cycles + extra_cycles;
  energy_fj_ += after.energy_fj - before.energy_fj;
  ++instructions_;
  pc_ = block.pc + after.offset;
}

void Core::leave_engine(const Block& block, std::size_t index) {
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

// --- Data accesses ---------------------------------------------------------------------------------------

bool Core::read_memory(std::uint32_t address, std::span<std::uint8_t> data) {
  if (const std::uint8_t* host = data_->host(address, data.size(), false)) {
    std::copy_n(host, data.size(), data.begin());
    return true;
  }
  attention_ = Attention::kOutside;
  return environment_.access_memory(false, address, data, cycle_);
}

bool Core::write_memory(std::uint32_t address, std::span<std::uint8_t> data) {
  if (std::uint8_t* host = data_->host(address, data.size(), true)) {
    std::ranges::copy(data, host);
  } else {
    attention_ = Attention::kOutside;
    if (!environment_.access_memory(true, address, data, cycle_)) return false;
  }
  drop_code(address, std::uint64_t{address} + data.size());
  return true;
}

Core::Fault Core::device(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                         std::uint64_t& extra_cycles) {
  attention_ = Attention::kOutside;
  ++device_accesses_;
  const Transfer transfer = environment_.access_device(is_write, address, data, cycle_ + extra_cycles);
  extra_cycles += transfer.extra_cycles;
  return {.is_faulty = !transfer.is_ok, .address = address};
}

Pmp::Span Core::free_span(std::uint32_t address) const {
  return guards_.free_span(address, csrs_.pmp().span(address));
}

bool Core::is_permitted(bool is_write, std::uint32_t address, std::uint64_t bytes) const {
  const auto access = is_write ? Pmp::Access::kWrite : Pmp::Access::kRead;
  return csrs_.pmp().allows(address, bytes, access, csrs_.data_mode());
}

Core::Fault Core::access(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                         std::uint64_t& extra_cycles) {
  if (is_memory(address, data.size())) {
    const bool is_ok = is_write ? write_memory(address, data) : read_memory(address, data);
    return {.is_faulty = !is_ok, .address = address};
  }
  if (address % data.size() == 0) return device(is_write, address, data, extra_cycles);
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Fault fault =
        access(is_write, address + static_cast<std::uint32_t>(i), data.subspan(i, 1), extra_cycles);
    if (fault.is_faulty) return fault;
  }
  return {};
}

bool Core::slow_memory(const Block& block, std::size_t index) {
  const Instruction instruction = decode(block.marks[index].bits);
  const bool is_floating =
      instruction.operation == Operation::kFlw || instruction.operation == Operation::kFsw;
  if (is_floating && csrs_.floating().is_off()) {
    unwind(block, index);
    raise(cause::kIllegal, instruction.bits);
    return false;
  }
  const std::uint32_t address = x_[instruction.rs1] + static_cast<std::uint32_t>(instruction.immediate);
  const bool is_reading = is_load(instruction.operation);
  const auto kind = is_reading ? Pmp::Access::kRead : Pmp::Access::kWrite;
  if (is_guarded(kind, address, access_bytes(instruction.operation))) {
    unwind(block, index);
    intercept(kind, address, access_bytes(instruction.operation));
    return false;
  }
  if (!is_permitted(!is_reading, address, access_bytes(instruction.operation))) {
    unwind(block, index);
    raise(is_reading ? cause::kLoadFault : cause::kStoreFault, address);
    return false;
  }
  return is_reading ? slow_load(block, index, instruction, address)
                    : slow_store(block, index, instruction, address);
}

void Core::write_register(std::uint8_t rd, std::uint32_t value) {
  if (rd >= kFloatRegisters) csrs_.floating().set_dirty();
  set_x(rd, value);
}

bool Core::slow_load(const Block& block, std::size_t index, const Instruction& instruction,
                     std::uint32_t address) {
  std::array<std::uint8_t, 4> data{};
  const std::span item(data.data(), access_bytes(instruction.operation));
  if (is_memory(address, item.size())) {
    if (const std::uint8_t* host = data_->host(address, item.size(), false)) {
      std::copy_n(host, item.size(), item.begin());
      write_register(instruction.rd, extend(instruction.operation, from_bytes(data)));
      data_->prefer(address, free_span(address));
      return true;
    }
  }
  unwind(block, index);
  std::uint64_t extra_cycles = 0;
  const Fault fault = access(false, address, item, extra_cycles);
  if (fault.is_faulty) {
    cycle_ += extra_cycles;
    raise(cause::kLoadFault, fault.address);
    return false;
  }
  write_register(instruction.rd, extend(instruction.operation, from_bytes(data)));
  retire(block, index, extra_cycles);
  return false;
}

bool Core::slow_store(const Block& block, std::size_t index, const Instruction& instruction,
                      std::uint32_t address) {
  auto data = to_bytes(x_[instruction.rs2]);
  const std::span item(data.data(), access_bytes(instruction.operation));
  if (is_memory(address, item.size())) {
    std::uint8_t* host = data_->host(address, item.size(), true);
    if (host != nullptr && !has_code(address, std::uint64_t{address} + item.size())) {
      std::ranges::copy(item, host);
      if (!page_has_code(address >> kPageBits)) data_->open_page(address >> kPageBits, free_span(address));
      return true;
    }
  }
  unwind(block, index);
  std::uint64_t extra_cycles = 0;
  const Fault fault = access(true, address, item, extra_cycles);
  if (fault.is_faulty) {
    cycle_ += extra_cycles;
    raise(cause::kStoreFault, fault.address);
    return false;
  }
  retire(block, index, extra_cycles);
  return false;
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
