// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/core.hpp"

#include <algorithm>
#include <utility>

namespace mho::soc::riscv {
namespace {

/// A trap with the same pc, cause and value so many times in a row without mret is taken for a loop.
constexpr unsigned kEqualTraps = 1000;
/// Beyond this the cache starts afresh; some 100 MB of blocks.
constexpr std::size_t kMaxBlocks = 100'000;

}  // namespace

Core::Core(const CpuParams& params, std::span<const MemoryRange> memories, Environment& environment,
           const CpuOptions& options)
    : environment_(environment),
      views_{MemoryView(memories, environment, options.use_dmi),
             MemoryView(memories, environment, options.use_dmi)},
      data_(&views_[1]),
      cache_(&caches_[1]),
      csrs_(params.hart_id),
      handlers_(*execute(nullptr, 0, 0, 0)),
      translator_(params, handlers_),
      use_block_cache_(options.use_block_cache),
      native_after_(options.native_after),
      stop_handler_(handlers_.single[static_cast<std::size_t>(MicroKind::kStop)]),
      trap_cycles_(params.cycles.trap),
      trap_energy_fj_(params.energy.trap_fj) {}

void Core::reset(std::uint32_t pc, std::uint32_t a0, std::uint32_t a1) {
  constexpr unsigned kA0 = 10, kA1 = 11;
  x_.fill(0);
  x_[kA0] = a0;
  x_[kA1] = a1;
  set_pc(pc);
}

void Core::restart(std::uint32_t pc, std::uint32_t a0, std::uint32_t a1) {
  csrs_.reset();
  reservation_ = {};
  equal_traps_ = 0;
  drop_all_code();
  reset(pc, a0, a1);
}

void Core::set_pc(std::uint32_t pc) {
  pc_ = pc & ~1u;
  forget_continuation();
}

void Core::forget_continuation() {
  resume_block_ = nullptr;
  link_ = nullptr;
}

bool Core::fetch(std::uint32_t address, std::uint16_t& half) {
  std::array<std::uint8_t, sizeof half> bytes{};
  if (!is_memory(address, bytes.size())) return false;
  if (!csrs_.pmp().allows(address, bytes.size(), Pmp::Access::kExecute, csrs_.mode())) return false;
  if (const std::uint8_t* host = data_->host(address, bytes.size(), false)) {
    std::copy_n(host, bytes.size(), bytes.begin());
  } else if (!environment_.access_memory(false, address, bytes, cycle_)) {
    return false;
  }
  half = static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
  return true;
}

bool Core::peek(Instruction& instruction) {
  std::uint16_t low = 0, high = 0;
  if (!fetch(pc_, low)) return false;
  if (!is_compressed(low) && !fetch(pc_ + 2, high)) return false;
  instruction = decode(low | std::uint32_t{high} << 16);
  return true;
}

Block* Core::block_at_pc() {
  if (use_block_cache_) {
    if (Block* known = cache_->find(pc_)) return known;
  }
  std::uint32_t fault_address = 0;
  // A guarded instruction is never cached, so that control reaches it through run() only.
  const bool is_cached = use_block_cache_ && !guards_.match(Pmp::Access::kExecute, pc_, 1);
  auto block = translator_.translate(*this, pc_, is_cached ? kMaxBlockInstructions : 1, fault_address);
  if (!block) {
    raise(cause::kFetchFault, fault_address);
    return nullptr;
  }
  if (!is_cached) {
    uncached_ = std::move(block);
    return uncached_.get();
  }
  if (cache_->block_count() >= kMaxBlocks) {
    cache_->clear();
    forget_continuation();
  }
  for (MemoryView& view : views_) {
    view.close_page(block->pc >> kPageBits);
    view.close_page(static_cast<std::uint32_t>((block->end() - 1) >> kPageBits));
  }
  if (native_after_ != 0 && NativeCode::is_worth_it(*block))
    block->operations.front().handler = handlers_.count;
  return cache_->insert(std::move(block));
}

void Core::make_native(Block& block) {
  if (native_ == nullptr && native_after_ != 0) native_ = NativeCode::create();
  if (native_ == nullptr) native_after_ = 0;  // the host has none, and need not be asked again
  const void*& handler = block.operations.front().handler;
  handler = block.interpreted;
  if (native_after_ == 0) return;
  if (!native_->compile(block, cache_->quick())) {
    forget_native();
    native_->compile(block, cache_->quick());
  }
  handler = handlers_.native;
}

void Core::forget_native() {
  for (BlockCache& cache : caches_) {
    cache.for_each([&](Block& block) {
      if (block.native == nullptr) return;
      block.native = block.native_body = nullptr;
      block.entries = 0;
      block.operations.front().handler = handlers_.count;
    });
  }
  native_->clear();
}

void Core::take_over(Block& block, std::size_t index) {
  const MicroOperation& operation = block.operations[index];
  const bool is_access = operation.kind >= MicroKind::kLb && operation.kind <= MicroKind::kFsw;
  if (!is_access || is_memory(x_[operation.rs1] + static_cast<std::uint32_t>(operation.immediate), 1)) return;
  block.native = block.native_body = nullptr;
  block.operations.front().handler = block.interpreted;
}

Attention Core::run(std::uint64_t limit, std::uint64_t max_instructions) {
  attention_ = Attention::kLimit;
  limit_ = limit;
  max_instructions_ = max_instructions;
  while (attention_ == Attention::kLimit && cycle_ < limit) {
    for (BlockCache& cache : caches_) cache.bury();
    if (instructions_ >= max_instructions) return Attention::kInstructionLimit;
    if (csrs_.must_interrupt()) {
      take_interrupt();
      continue;
    }
    follow_protection();
    if (is_guarded(Pmp::Access::kExecute, pc_, 1)) {
      intercept(Pmp::Access::kExecute, pc_, 1);
      continue;
    }
    Block* block = std::exchange(resume_block_, nullptr);
    const std::size_t start = block != nullptr ? resume_index_ : 0;
    if (block == nullptr) {
      block = block_at_pc();
      Block** const link = std::exchange(link_, nullptr);
      if (block == nullptr) continue;
      if (link != nullptr && block->is_cached) *link = block;
    }
    execute_bounded(*block, start, limit, max_instructions);
  }
  return attention_;
}

Attention Core::step(std::uint64_t max_instructions, Passes passes) {
  passes_ = passes;
  // Everything takes a cycle or more, so this limit lets exactly one thing happen.
  const Attention attention = run(cycle_ + 1, max_instructions);
  passes_ = {};
  return attention;
}

void Core::execute_bounded(Block& block, std::size_t start, std::uint64_t limit,
                           std::uint64_t max_instructions) {
  const std::uint64_t budget = max_instructions - instructions_;
  const std::uint64_t base = cycle_ - block.marks[start].cycles;
  std::size_t stop = start + 1;
  while (stop < block.instructions && stop - start < budget && base + block.marks[stop].cycles < limit)
    ++stop;
  if (stop == block.instructions) {
    run_engine(block, start, limit, max_instructions);
    return;
  }
  // A fusion that begins before the stop must not run across it, either, nor does host code know of a stop.
  MicroOperation& first = block.operations.front();
  const void* const first_handler = std::exchange(first.handler, block.interpreted);
  MicroOperation& covered = block.operations[stop];
  MicroOperation& before = block.operations[stop - 1];
  const void* const covered_handler = std::exchange(covered.handler, stop_handler_);
  const void* const before_handler =
      std::exchange(before.handler, handlers_.single[static_cast<std::size_t>(before.kind)]);
  run_engine(block, start, limit, max_instructions);
  // A store may have dropped the block, which stays readable until the next turn of run().
  covered.handler = covered_handler;
  before.handler = before_handler;
  first.handler = first_handler;
}

void Core::enter_trap(std::uint32_t cause, std::uint32_t value) {
  const std::uint32_t from = pc_;
  reservation_.is_valid = false;
  set_pc(csrs_.enter_trap(cause, value, pc_));
  const std::uint64_t entered = cycle_;
  cycle_ += trap_cycles_;
  energy_fj_ += trap_energy_fj_;
  environment_.trapped(cause, from, pc_, entered);
}

void Core::take_interrupt() {
  ++interrupts_;
  equal_traps_ = 0;
  enter_trap(csrs_.interrupt_cause(), 0);
}

void Core::raise(std::uint32_t cause, std::uint32_t value) {
  const bool is_repeated =
      equal_traps_ > 0 && last_trap_.cause == cause && last_trap_.pc == pc_ && last_trap_.value == value;
  // Two equal traps without an instruction between them: the handler cannot even start.
  const bool is_stuck = is_repeated && last_trap_instructions_ == instructions_;
  equal_traps_ = is_repeated ? equal_traps_ + 1 : 1;
  last_trap_ = {.cause = cause, .pc = pc_, .value = value};
  last_trap_instructions_ = instructions_;
  ++exceptions_;
  enter_trap(cause, value);
  if (is_stuck || equal_traps_ >= kEqualTraps) attention_ = Attention::kTrapLoop;
}

void Core::drop_code(std::uint32_t start, std::uint64_t end) {
  for (BlockCache& cache : caches_) {
    if (cache.invalidate(start, end)) forget_continuation();
  }
}

void Core::drop_all_code() {
  for (BlockCache& cache : caches_) cache.clear();
  forget_continuation();
}

bool Core::has_code(std::uint32_t start, std::uint64_t end) const {
  return std::ranges::any_of(caches_, [&](const BlockCache& cache) { return cache.has_code(start, end); });
}

Granules Core::granules_with_code(std::uint32_t page) const {
  return caches_[0].granules_with_code(page) | caches_[1].granules_with_code(page);
}

void Core::follow_protection() {
  const auto index_of = [](Mode mode) { return mode == Mode::kMachine ? 1u : 0u; };
  data_ = &views_[index_of(csrs_.data_mode())];
  cache_ = &caches_[index_of(csrs_.mode())];
  const bool has_triggers_changed = trigger_version_ != csrs_.triggers().version();
  if (!has_triggers_changed && protection_version_ == csrs_.pmp().version()) return;
  protection_version_ = csrs_.pmp().version();
  trigger_version_ = csrs_.triggers().version();
  if (has_triggers_changed) {
    guards_ = debugger_guards_;
    csrs_.triggers().add_to(guards_);
  }
  for (MemoryView& view : views_) view.close();
  drop_all_code();
}

void Core::set_guards(const Guards& guards) {
  debugger_guards_ = guards;
  guards_ = guards;
  csrs_.triggers().add_to(guards_);
  for (MemoryView& view : views_) view.close();
  drop_all_code();
}

bool Core::is_guarded(Pmp::Access access, std::uint32_t address, std::uint64_t bytes) const {
  if (!guards_.match(access, address, bytes)) return false;
  return (!is_passed(access) && debugger_guards_.match(access, address, bytes)) ||
         csrs_.triggers().fire(access, address, bytes, csrs_.mode());
}

void Core::intercept(Pmp::Access access, std::uint32_t address, std::uint64_t bytes) {
  if (!is_passed(access) && debugger_guards_.match(access, address, bytes)) {
    guard_hit_ = {.access = access, .address = address, .bytes = static_cast<std::uint32_t>(bytes)};
    attention_ = Attention::kGuard;
  } else {
    raise(cause::kBreakpoint, address);
  }
}

void Core::foreign_write(std::uint32_t start, std::uint64_t end) {
  drop_code(start, end);
  if (reservation_.address < end && start < std::uint64_t{reservation_.address} + 4)
    reservation_.is_valid = false;
}

void Core::forget_pointers(std::uint32_t start, std::uint64_t end) {
  for (MemoryView& view : views_) view.forget(start, end);
  foreign_write(start, end);
}

}  // namespace mho::soc::riscv
