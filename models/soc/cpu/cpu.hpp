// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A RISC-V core RV32IMAFC_Zicsr_Zifencei with machine and user mode, physical memory protection and triggers,
// loosely timed, as one SC_THREAD with one initiator socket for fetches and data. Exact: instructions, traps,
// counters, order of events. Not modelled: pipeline, caches and branch prediction (fixed cost per class,
// CpuParams), supervisor mode, debug mode (a Debugger halts the core from outside).
//
// Time. Instruction i starts at a clock edge t_i and t_(i+1) = t_i + its cost. Every kernel event with a time
// <= t_i has been processed before instruction i executes, none later has; so nothing depends on the quantum,
// on DMI, on the block cache or on observation. A run must be bounded by CpuOptions::max_time_ps or by an
// event (a process that waits), not by sc_start(duration), because the core may be ahead of the kernel by a
// quantum while nothing else is due. There must be no second process that waits for the kernel to become
// quiet.
//
// Memory and devices. Accesses to the declared memory ranges cost what the class costs; the delay that a
// target returns is ignored, and the payload carries no TransactionTag, so that the bus and the memory can
// see that there is nothing to time, charge or record. Accesses elsewhere are device accesses: tagged, with
// the target's delay, rounded up to whole cycles, on top of the class's cost. Aligned device accesses are one
// transfer of 1, 2 or 4 bytes; misaligned accesses that are not entirely memory are made byte by byte from
// the lowest address up, and the first byte that fails gives mtval. Reads that a target calls repeatable may
// be answered by the core and accounted for together (TransactionTag::count, repeated_reads.hpp). Code is
// fetched from memory ranges only; LR, SC and AMO work on memory ranges only. Traps and mret end a
// reservation, so that none passes from one context to another.
//
// Coherence. Whoever lets another initiator write into a memory range must call foreign_write() for the bytes
// written, or invalidate_direct_mem_ptr() on the core's socket, which drops the host pointers as well,
// whether DMI was granted or not: decoded code and reservations follow from it.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <systemc>
#include <tlm>

#include "models/soc/cpu/cpu_params.hpp"
#include "models/soc/cpu/debugger.hpp"
#include "models/soc/cpu/semihosting.hpp"
#include "models/soc/cpu/stop.hpp"
#include "models/tlm/context.hpp"

namespace mho::soc {

namespace riscv {
class Core;
class Guards;
enum class Attention : std::uint8_t;
}  // namespace riscv

/// What happened in one instruction, for --trace-instructions.
struct InstructionRecord {
  std::uint64_t time_ps = 0;  ///< start of the instruction
  std::uint32_t pc = 0;
  std::uint32_t bits = 0;   ///< 16 significant bits for a compressed instruction
  unsigned length = 0;      ///< 2 or 4 bytes; 0 when the fetch failed
  unsigned rd = 0;          ///< register written: 1 … 31 is x1 … x31, 32 … 63 is f0 … f31, 0 is none
  std::uint32_t value = 0;  ///< its new value
  std::uint64_t energy_fj = 0;  ///< of the core since the record before; not of buses and devices
  bool is_trapped = false;      ///< the instruction did not retire
};

struct CpuCounters {
  std::uint64_t instructions = 0;  ///< retired
  std::uint64_t cycles = 0;        ///< clock edges since time zero
  std::uint64_t sleep_cycles = 0;  ///< of them in wfi
  std::uint64_t exceptions = 0;
  std::uint64_t interrupts = 0;
  std::uint64_t device_accesses = 0;
};

class Cpu final : public sc_core::sc_module {
 public:
  /// Registers component "cpu" in the ledger and signals under "soc.cpu." in the trace.
  /// @param memories  the CPU's memory ranges, not overlapping
  /// @throws InputError  a cost of 0 cycles, clock or quantum out of range, an empty or overlapping range
  Cpu(sc_core::sc_module_name name, const CpuParams& params, const tlm_base::Context& context,
      std::span<const MemoryRange> memories, const CpuOptions& options = {});
  ~Cpu() override;

  tlm_utils::simple_initiator_socket<Cpu> socket;

  // --- Set-up, before the simulation starts -------------------------------------------------------------
  /// Entry point and the arguments of the guest's start-up code. Registers else are 0.
  void reset(std::uint32_t pc, std::uint32_t a0 = 0, std::uint32_t a1 = 0);
  /// What csrr time reads: mtime at a moment. Without it the time CSRs are illegal.
  void set_time_source(std::function<std::uint64_t(std::uint64_t time_ps)> mtime);
  /// Must outlive the CPU. Without one, or with CpuOptions::semihosting off, ebreak traps.
  void set_semihost_handler(SemihostHandler* handler);
  /// Called once, in the CPU's process, when kernel time has reached the moment of the stop. The default
  /// calls sc_stop(). The CPU executes nothing afterwards.
  void on_stop(std::function<void(const StopReport&)> listener);
  /// Asked while the core sleeps: may anything still raise an interrupt? If not, it sleeps for ever. The
  /// default says so when the kernel has no activity ahead.
  void set_outlook(std::function<bool()> may_wake);
  /// Called after every instruction; slows the simulation, changes nothing. Empty: off.
  void set_instruction_listener(std::function<void(const InstructionRecord&)> listener);

  /// Called when the core enters the handler of an interrupt, with mcause without its uppermost bit. Empty:
  /// off.
  void set_interrupt_listener(std::function<void(std::uint32_t cause)> listener);

  /// Halts before the first instruction if set by then. Must outlive the CPU's execution. A guest that cannot
  /// go on waits for the debugger instead of ending the run.
  void set_debugger(Debugger* debugger);

  // --- Inputs; may be called at any time ----------------------------------------------------------------
  /// Level inputs, sampled at instruction boundaries; the signature suits tlm_base::IrqLine::connect().
  /// @param time_ps  when the level changed; a sleeping core wakes at the first clock edge at or after it
  void set_external_interrupt(bool level, std::uint64_t time_ps = 0);
  void set_timer_interrupt(bool level, std::uint64_t time_ps = 0);
  void set_software_interrupt(bool level, std::uint64_t time_ps = 0);
  /// Something other than this core changed [address, address + bytes) of a memory range.
  void foreign_write(std::uint32_t address, std::uint64_t bytes);
  /// The job that following device accesses are for; 0: none.
  void set_current_job(std::uint32_t job);
  std::uint32_t current_job() const;
  /// Ends execution after the current instruction and reports to on_stop(). The first request counts.
  void request_stop(StopCause cause, int exit_code, std::string text);

  // --- State; consistent whenever the CPU's process is not inside an instruction --------------------------
  std::uint64_t period_ps() const { return period_ps_; }
  /// Start of the next instruction; at or ahead of the kernel's time.
  std::uint64_t local_time_ps() const;
  CpuCounters counters() const;
  bool is_sleeping() const { return is_sleeping_; }
  const StopReport& stop_report() const { return stop_; }

  std::uint32_t pc() const;
  void set_pc(std::uint32_t pc);
  /// index 0 … 31; writes to 0 are ignored.
  std::uint32_t x(unsigned index) const;
  void set_x(unsigned index, std::uint32_t value);
  /// index 0 … 31; the bits of the number, whatever the field FS of mstatus is.
  std::uint32_t f(unsigned index) const;
  void set_f(unsigned index, std::uint32_t value);
  /// 0 in user mode, 3 in machine mode.
  std::uint32_t privilege() const;
  /// Empty or false when there is no such register, or it is read-only.
  std::optional<std::uint32_t> csr(std::uint16_t number) const;
  bool set_csr(std::uint16_t number, std::uint32_t value);
  /// What is on the bus as a debugger sees it: transport_dbg, no time, no side effects; devices as they are
  /// at the kernel's time, and read-only; writes drop decoded code.
  bool read_guest(std::uint32_t address, std::span<std::uint8_t> data);
  bool write_guest(std::uint32_t address, std::span<const std::uint8_t> data);

  /// Where the core halts for its debugger. While it is halted, or before the simulation starts.
  void set_guards(const riscv::Guards& guards);
  /// As after reset: registers 0 but the two arguments, CSRs at their initial values, machine mode. The
  /// counters, the time and the interrupt lines go on. For debuggers, which have written the program's memory
  /// anew.
  void restart(std::uint32_t pc, std::uint32_t a0, std::uint32_t a1);

  /// Called before every instruction while set, at its start time with all state consistent, for debuggers:
  /// it may block the host, inspect and change state, and clear itself. Empty: off.
  void set_boundary_hook(std::function<void()> hook);

 private:
  class Port;
  struct Signals;

  void thread();
  /// Lets the kernel catch up with local time and process all that is due by then.
  void synchronise();
  /// Until when the core may execute before it has to synchronise.
  std::uint64_t next_limit_ps() const;
  bool host_has_signal() const {
    return options_.signal != nullptr && options_.signal->load(std::memory_order_relaxed) != 0;
  }
  /// True if the core, which is executing, may go on until limit_ps_.
  bool keeps_limit() const;
  riscv::Attention step_observed();
  riscv::Attention advance();
  /// Executes up to the limit, or one step.
  void proceed();
  void halt(const Halt& halt);
  void halt_at_guard();
  bool debugger_wants_halt() { return debugger_ != nullptr && debugger_->wants_halt(); }
  std::string describe_hang(StopCause cause) const;
  void attend(riscv::Attention attention);
  void sleep();
  void finish();
  bool is_observed() const;
  void set_line(unsigned bit, bool level, std::uint64_t time_ps);
  void request_stop_by_signal();
  void report_hang(StopCause cause);
  void settle_energy();
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);

  std::uint64_t period_ps_;
  CpuOptions options_;
  std::uint64_t max_instructions_;
  tlm_base::Context context_;
  cost::ComponentId component_;
  std::unique_ptr<Port> port_;
  std::unique_ptr<Signals> signals_;
  std::unique_ptr<riscv::Core> core_;
  std::uint64_t booked_fj_ = 0;
  std::uint64_t recorded_fj_ = 0;

  SemihostHandler* semihost_ = nullptr;
  std::function<std::uint64_t(std::uint64_t)> mtime_;
  std::function<void(const StopReport&)> stop_listener_;
  std::function<bool()> may_wake_;
  std::function<void(const InstructionRecord&)> instruction_listener_;
  std::function<void(std::uint32_t)> interrupt_listener_;
  std::function<void()> boundary_hook_;

  Debugger* debugger_ = nullptr;
  bool is_stepping_ = false;
  std::uint64_t halts_ = 0;
  bool is_moved_ = false;  ///< the pc was written since the halt
  struct {
    bool code = false, data = false;
  } passes_;  ///< guards at which the core halted and that it has to pass now

  StopReport stop_;
  bool is_stop_requested_ = false;
  bool is_sleeping_ = false;
  std::uint64_t sleep_cycles_ = 0;
  std::uint64_t wake_time_ps_ = 0;
  std::uint64_t limit_ps_ = 0;
  const sc_core::sc_simcontext& kernel_;
  sc_core::sc_event wake_;
};

}  // namespace mho::soc
