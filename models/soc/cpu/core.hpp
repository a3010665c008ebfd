// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The machine itself, in clock cycles and without SystemC: registers, traps, and the engine that executes
// decoded blocks.
//
// How the hot path works. Code is decoded once into blocks of 16-byte micro-operations (translator.hpp) that
// carry the address of the engine's code for them; the engine jumps from one to the next without returning
// anywhere (direct threading). Frequent pairs of operations have code of their own, with the result of the
// first handed to the second in a register of the host. What a block costs is added once, on entry; blocks
// remember their successors, so control goes from block to block until the cycles that the caller allows are
// used up. Loads and stores go through host pointers (memory_view.hpp). Everything else leaves the hot path:
// a miss of those pointers, a device, an atomic, a CSR, a trap. These repair the sums with the marks of the
// block, so that every count is that of an instruction boundary. Interrupts need no test in the hot path:
// lines change in kernel events, before which the engine has to return, or in device accesses, after which it
// looks whether anything that it relies on has changed, and returns if so. Physical memory protection costs
// the hot path nothing either: a pointer is granted for what the mode may reach entirely, decoded code is
// that of one mode, and a change of a permission drops both. Triggers and breakpoints work the same way:
// pointers and blocks end where a guard begins (guard.hpp). When the limit lies inside a block, the operation
// before which to stop is covered by a kStop, the same code runs, and the operation is put back.
//
// Blocks that are entered often get host code (native_code.hpp): the handler of their first operation counts
// entries, then enters that code, which goes on from block to block and comes back with the operation, the
// block or the limit that it leaves to the engine. It knows nothing that the engine does not know; a block that
// accesses a device is left to the engine for good, since the way there and back would cost more than it gains.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "models/soc/cpu/block_cache.hpp"
#include "models/soc/cpu/cpu_params.hpp"
#include "models/soc/cpu/csr_file.hpp"
#include "models/soc/cpu/environment.hpp"
#include "models/soc/cpu/guard.hpp"
#include "models/soc/cpu/memory_view.hpp"
#include "models/soc/cpu/native_code.hpp"
#include "models/soc/cpu/repeated_reads.hpp"
#include "models/soc/cpu/translator.hpp"

namespace mho::soc::riscv {

/// Why Core::run() came back.
enum class Attention : std::uint8_t {
  kLimit,             ///< the next instruction starts at or after the limit
  kOutside,           ///< something outside was accessed: the limit may have changed
  kSleep,             ///< wfi with nothing pending
  kSelfJump,          ///< the next instruction jumps to itself, and nothing will end that
  kTrapLoop,          ///< the handler traps for ever
  kInstructionLimit,  ///< as many instructions as asked for have retired
  kGuard,             ///< the next instruction is guarded or accesses guarded data: see guard_hit()
};

struct LastTrap {
  std::uint32_t cause = 0, pc = 0, value = 0;
};

/// What a guard of the debugger stopped.
struct GuardHit {
  Pmp::Access access = Pmp::Access::kExecute;
  std::uint32_t address = 0, bytes = 0;
};

/// Which guards of the debugger the next instruction passes.
struct Passes {
  bool code = false, data = false;
};

class Core final : private CodeSource {
 public:
  Core(const CpuParams& params, std::span<const MemoryRange> memories, Environment& environment,
       const CpuOptions& options);

  void reset(std::uint32_t pc, std::uint32_t a0, std::uint32_t a1);
  /// The same in the middle of a run: the counters go on, and so do the interrupt lines.
  void restart(std::uint32_t pc, std::uint32_t a0, std::uint32_t a1);

  /// Executes all instructions that start before clock edge `limit`, or fewer if something needs attention.
  /// @param max_instructions  total of retired instructions at which to return kInstructionLimit
  Attention run(std::uint64_t limit, std::uint64_t max_instructions);

  /// Lets one thing happen: an instruction, or the entry into a trap.
  Attention step(std::uint64_t max_instructions, Passes passes);

  // Counters since reset; cycle() is the clock edge at which the next instruction starts.
  std::uint64_t cycle() const { return cycle_; }
  std::uint64_t instructions() const { return instructions_; }
  std::uint64_t energy_fj() const { return energy_fj_; }
  std::uint64_t exceptions() const { return exceptions_; }
  std::uint64_t interrupts() const { return interrupts_; }
  std::uint64_t device_accesses() const { return device_accesses_; }

  /// Lets time pass without instructions, up to a later edge.
  void skip_to(std::uint64_t cycle) { cycle_ = cycle; }

  std::uint32_t pc() const { return pc_; }
  void set_pc(std::uint32_t pc);
  /// Registers have one numbering: x0 … x31, then f0 … f31.
  std::uint32_t x(unsigned index) const { return x_[index]; }
  void set_x(unsigned index, std::uint32_t value) {
    if (index != 0) x_[index] = value;
  }
  CsrFile& csrs() { return csrs_; }
  const CsrFile& csrs() const { return csrs_; }
  RawCounters raw_counters() const { return {.cycles = cycle_, .instructions = instructions_}; }
  /// Empty: no such register.
  std::optional<std::uint32_t> read_csr(std::uint32_t number) const;
  const LastTrap& last_trap() const { return last_trap_; }

  /// Replaces the guards of the debugger. Neither they nor what they stop takes time or energy.
  void set_guards(const Guards& guards);
  const GuardHit& guard_hit() const { return guard_hit_; }

  /// The instruction at pc() as it would be fetched; false when it cannot be.
  bool peek(Instruction& instruction);

  /// Whether all of [address, address + bytes) is memory, in one range.
  bool is_memory(std::uint32_t address, std::uint64_t bytes) const {
    return data_->is_memory(address, bytes);
  }
  /// Bytes of memory changed other than by this core.
  void foreign_write(std::uint32_t start, std::uint64_t end);
  /// Host pointers into [start, end) are no longer valid, and its bytes may have changed.
  void forget_pointers(std::uint32_t start, std::uint64_t end);

 private:
  struct Fault {
    bool is_faulty = false;
    std::uint32_t address = 0;
  };

  // core_engine.cpp
  /// Runs from operation `start` of a block; with nullptr only returns the table of handlers.
  const HandlerTable* execute(Block* block, std::size_t start, std::uint64_t limit,
                              std::uint64_t max_instructions);

  // core.cpp
  /// Makes host code for a block that is entered often, or leaves it to the engine.
  void make_native(Block& block);
  void forget_native();
  /// Host code has handed over an operation. Blocks that access devices are better left to the engine.
  void take_over(Block& block, std::size_t index);
  void run_engine(Block& block, std::size_t start, std::uint64_t limit, std::uint64_t max_instructions) {
    execute(&block, start, limit, max_instructions);
    end_repeats();
  }
  bool fetch(std::uint32_t address, std::uint16_t& half) override;
  bool is_barrier(std::uint32_t address) const override {
    return guards_.match(Pmp::Access::kExecute, address, 1);
  }
  Block* block_at_pc();
  void execute_bounded(Block& block, std::size_t start, std::uint64_t limit, std::uint64_t max_instructions);
  void raise(std::uint32_t cause, std::uint32_t value);
  bool is_guarded(Pmp::Access access, std::uint32_t address, std::uint64_t bytes) const;
  /// Lets the debugger or the trigger have its way at an instruction boundary.
  void intercept(Pmp::Access access, std::uint32_t address, std::uint64_t bytes);
  bool is_passed(Pmp::Access access) const {
    return access == Pmp::Access::kExecute ? passes_.code : passes_.data;
  }
  void take_interrupt();
  void enter_trap(std::uint32_t cause, std::uint32_t value);
  void drop_code(std::uint32_t start, std::uint64_t end);
  void drop_all_code();
  bool has_code(std::uint32_t start, std::uint64_t end) const;
  Granules granules_with_code(std::uint32_t page) const;
  /// Lets pointers and code follow the modes and the permissions of now.
  void follow_protection();
  void forget_continuation();

  // core_memory.cpp, core_slow.cpp and core_float.cpp: called by the engine.
  /// A load or store without a host pointer. True: done, the engine may go on with the next operation, at a
  /// later cycle_ if the access took time. False: the state has been brought to an instruction boundary.
  bool slow_memory(const Block& block, std::size_t index);
  /// Everything else; brings the state to an instruction boundary.
  void leave_engine(const Block& block, std::size_t index);
  /// Executes a kFloat. False: it is illegal in the state that the machine is in, and nothing has changed.
  bool compute_float(const MicroOperation& operation);
  /// Takes back what the engine charged for operations from `index` on; pc_ becomes the instruction's.
  void unwind(const Block& block, std::size_t index) {
    const Mark& mark = block.marks[index];
    cycle_ -= block.cycles - mark.cycles;
    instructions_ -= block.instructions - index;
    energy_fj_ -= block.energy_fj - mark.energy_fj;
    pc_ = block.pc + mark.offset;
  }
  /// Charges the instruction at `index` and moves behind it.
  void retire(const Block& block, std::size_t index, std::uint64_t extra_cycles) {
    const Mark& before = block.marks[index];
    const Mark& after = block.marks[index + 1];
    cycle_ += after.cycles - before.cycles + extra_cycles;
    energy_fj_ += after.energy_fj - before.energy_fj;
    ++instructions_;
    pc_ = block.pc + after.offset;
  }
  /// Charges the operations from `index` on, as the engine did before they were unwound.
  void rewind(const Block& block, std::size_t index) {
    const Mark& mark = block.marks[index];
    cycle_ += block.cycles - mark.cycles;
    instructions_ += block.instructions - index;
    energy_fj_ += block.energy_fj - mark.energy_fj;
  }
  /// Ends the access of the instruction at `index`, for which the state was unwound. True: the engine may go
  /// on inside its block, because the access changed neither the limit, nor the interrupts, nor code.
  bool finish_access(const Block& block, std::size_t index, std::uint64_t extra_cycles);
  void write_loaded(const MicroOperation& operation, std::uint32_t raw);
  /// Of memory through a host pointer, after which the fast way there may be open. False: there is no such
  /// pointer, or code lies there.
  bool load_directly(const MicroOperation& operation, std::uint32_t address, unsigned bytes);
  bool store_directly(const MicroOperation& operation, std::uint32_t address, unsigned bytes);
  // These find the state unwound.
  void slow_atomic(const Block& block, std::size_t index, const Instruction& instruction);
  void slow_self_jump(const Block& block, std::size_t index, const Instruction& instruction);
  void slow_system(const Block& block, std::size_t index, const Instruction& instruction);
  void slow_break(const Block& block, std::size_t index);
  bool access_csr(const Instruction& instruction);
  bool is_semihosting_call(std::uint32_t pc);
  std::uint32_t atomic_result(const Instruction& instruction, std::uint32_t old) const;
  /// Around `address`, where accesses are neither guarded nor permitted differently.
  Pmp::Span free_span(std::uint32_t address) const;
  bool is_permitted(bool is_write, std::uint32_t address, std::uint64_t bytes) const;
  Fault access_memory(bool is_write, std::uint32_t address, std::span<std::uint8_t> data);
  /// Of data that is not in one range of memory: one transfer if it is aligned, else byte by byte.
  Fault access_outside(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                       std::uint64_t& extra_cycles);
  Fault device(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
               std::uint64_t& extra_cycles);
  void settle_repeats() { device_accesses_ += repeats_.settle(environment_); }
  void end_repeats() {
    settle_repeats();
    repeats_.forget();
  }
  bool read_memory(std::uint32_t address, std::span<std::uint8_t> data);
  bool write_memory(std::uint32_t address, std::span<std::uint8_t> data);

  // Touched by the engine. x0 … x31, f0 … f31, and the sink.
  std::array<std::uint32_t, kSink + 1> x_{};
  std::uint32_t pc_ = 0;
  std::uint64_t cycle_ = 0;
  std::uint64_t instructions_ = 0;
  std::uint64_t energy_fj_ = 0;
  /// Where the engine stopped inside a block.
  Block* resume_block_ = nullptr;
  std::size_t resume_index_ = 0;
  /// The successor to fill in when the block at pc_ is known.
  Block** link_ = nullptr;

  RepeatedReads repeats_;

  Environment& environment_;
  // What a mode may reach depends on it, so each has pointers and decoded code of its own: [0] user, [1]
  // machine.
  std::array<MemoryView, 2> views_;
  std::array<BlockCache, 2> caches_;
  MemoryView* data_;  ///< for loads and stores
  BlockCache* cache_;
  std::uint64_t protection_version_ = 0, trigger_version_ = 0;
  Guards debugger_guards_;
  Guards guards_;  ///< of the debugger and of the triggers
  Passes passes_;
  GuardHit guard_hit_;
  CsrFile csrs_;
  const HandlerTable& handlers_;
  Translator translator_;
  std::unique_ptr<Block> uncached_;
  bool use_block_cache_;
  std::uint32_t native_after_;  ///< entries after which a block gets host code; 0: never
  std::unique_ptr<NativeCode> native_;
  const void* stop_handler_;
  std::uint32_t trap_cycles_, trap_energy_fj_;

  std::uint64_t limit_ = 0;
  std::uint64_t max_instructions_ = 0;
  Attention attention_ = Attention::kLimit;

  struct Reservation {
    bool is_valid = false;
    std::uint32_t address = 0, value = 0;
  } reservation_;

  std::uint64_t exceptions_ = 0, interrupts_ = 0, device_accesses_ = 0;
  LastTrap last_trap_;
  std::uint64_t last_trap_instructions_ = 0;
  unsigned equal_traps_ = 0;
};

}  // namespace mho::soc::riscv
