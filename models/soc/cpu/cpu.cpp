// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/cpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "models/base/error.hpp"
#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/cpu_port.hpp"
#include "models/tlm/time.hpp"

namespace mho::soc {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;
/// A sleeping core looks after so long, then after twice as long …, whether anything can still wake it.
constexpr std::uint64_t kFirstLook_ps = 1'000'000, kLastLook_ps = 1'000'000'000;

std::uint64_t checked_period_ps(const CpuParams& params, const CpuOptions& options) {
  require(params.clock_hz >= 1'000 && params.clock_hz <= kPicosecondsPerSecond,
          "cpu: the clock of {} Hz must lie between 1 kHz and 1 THz", params.clock_hz);
  require(options.quantum_ps > 0, "cpu: the quantum must be longer than 0 ps");
  const auto& c = params.cycles;
  for (const std::uint32_t cycles : {c.alu, c.mul, c.div, c.load, c.store, c.branch, c.jump, c.csr, c.atomic,
                                     c.system, c.fpu, c.fdiv, c.trap}) {
    require(cycles >= 1 && cycles <= 10'000,
            "cpu: an instruction class of {} cycles; every class takes 1 to 10000 cycles", cycles);
  }
  require(c.taken_extra <= 10'000, "cpu: taken branches cost {} extra cycles; choose 0 to 10000",
          c.taken_extra);
  return (kPicosecondsPerSecond + params.clock_hz / 2) / params.clock_hz;
}

std::uint64_t round_up(std::uint64_t time_ps, std::uint64_t period_ps) {
  return time_ps / period_ps + (time_ps % period_ps != 0 ? 1 : 0);
}

std::uint64_t kernel_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

}  // namespace

Cpu::Cpu(sc_core::sc_module_name name, const CpuParams& params, const tlm_base::Context& context,
         std::span<const MemoryRange> memories, const CpuOptions& options)
    : sc_module(name),
      socket("socket"),
      period_ps_(checked_period_ps(params, options)),
      options_(options),
      max_instructions_(options.max_instructions != 0 ? options.max_instructions : kNever),
      context_(context),
      component_(context.ledger.add_component("cpu")),
      port_(std::make_unique<Port>(*this)),
      signals_(std::make_unique<Signals>(context.trace)),
      core_(std::make_unique<riscv::Core>(params, memories, *port_, options)),
      stop_listener_([](const StopReport&) { sc_core::sc_stop(); }),
      may_wake_([] { return sc_core::sc_pending_activity(); }),
      kernel_(*sc_core::sc_get_curr_simcontext()) {
  socket.register_invalidate_direct_mem_ptr(this, &Cpu::invalidate_direct_mem_ptr);
  context_.ledger.set_static_power(component_, Power::microwatts(params.static_power_microwatts), 0);
  context_.ledger.add_settler([this] { settle_energy(); });
  SC_HAS_PROCESS(Cpu);
  SC_THREAD(thread);
}

Cpu::~Cpu() = default;

void Cpu::reset(std::uint32_t pc, std::uint32_t a0, std::uint32_t a1) {
  core_->reset(pc, a0, a1);
}
void Cpu::set_time_source(std::function<std::uint64_t(std::uint64_t)> mtime) {
  mtime_ = std::move(mtime);
}
void Cpu::set_semihost_handler(SemihostHandler* handler) {
  semihost_ = handler;
}
void Cpu::on_stop(std::function<void(const StopReport&)> listener) {
  stop_listener_ = std::move(listener);
}

void Cpu::set_outlook(std::function<bool()> may_wake) {
  may_wake_ = std::move(may_wake);
}
void Cpu::set_interrupt_listener(std::function<void(std::uint32_t)> listener) {
  interrupt_listener_ = std::move(listener);
}

void Cpu::set_instruction_listener(std::function<void(const InstructionRecord&)> listener) {
  instruction_listener_ = std::move(listener);
}
void Cpu::set_boundary_hook(std::function<void()> hook) {
  boundary_hook_ = std::move(hook);
}
void Cpu::set_debugger(Debugger* debugger) {
  debugger_ = debugger;
}
void Cpu::set_guards(const riscv::Guards& guards) {
  core_->set_guards(guards);
}
void Cpu::restart(std::uint32_t pc, std::uint32_t a0, std::uint32_t a1) {
  is_moved_ = true;
  core_->restart(pc, a0, a1);
}
void Cpu::set_current_job(std::uint32_t job) {
  port_->tag.purpose.job = job;
}
std::uint32_t Cpu::current_job() const {
  return port_->tag.purpose.job;
}

// --- Time ------------------------------------------------------------------------------------------------

std::uint64_t Cpu::local_time_ps() const {
  return core_->cycle() * period_ps_;
}

void Cpu::synchronise() {
  const std::uint64_t local_ps = local_time_ps();
  if (context_.trace.enabled()) context_.trace.change(signals_->pc, local_ps, core_->pc());
  if (local_ps > kernel_ps()) wait(tlm_base::from_ps(local_ps - kernel_ps()));
  while (sc_core::sc_pending_activity_at_current_time()) wait(sc_core::SC_ZERO_TIME);
}

std::uint64_t Cpu::next_limit_ps() const {
  const std::uint64_t now_ps = kernel_ps();
  const std::uint64_t quiet_ps = tlm_base::to_ps(sc_core::sc_time_to_pending_activity());
  const std::uint64_t horizon_ps = std::min(quiet_ps, options_.quantum_ps);
  std::uint64_t limit_ps = now_ps > kNever - horizon_ps ? kNever : now_ps + horizon_ps;
  if (options_.max_time_ps != 0) limit_ps = std::min(limit_ps, options_.max_time_ps);
  return limit_ps;
}

// After every access of a device, so with members of Accellera's kernel in place of
// sc_time_to_pending_activity(), which makes copies.
bool Cpu::keeps_limit() const {
  if (is_stop_requested_ || is_observed() || kernel_.pending_activity_at_current_time()) return false;
  sc_core::sc_time next;
  return !kernel_.next_time(next) || tlm_base::to_ps(next) >= limit_ps_;
}

void Cpu::thread() {
  synchronise();
  if (debugger_ != nullptr) halt({.cause = HaltCause::kAttached});
  while (!is_stop_requested_) {
    if (debugger_wants_halt()) halt({.cause = HaltCause::kInterrupt});
    limit_ps_ = next_limit_ps();
    if (host_has_signal()) {
      request_stop_by_signal();
    } else if (options_.max_time_ps != 0 && local_time_ps() >= options_.max_time_ps) {
      request_stop(StopCause::kHostRequest, 0, "the limit of simulated time was reached");
    } else if (local_time_ps() >= limit_ps_) {
      synchronise();
    } else {
      proceed();
    }
  }
  finish();
}

riscv::Attention Cpu::advance() {
  if (is_observed()) return step_observed();
  const auto passes = std::exchange(passes_, {});
  if (is_stepping_ || passes.code) {
    return core_->step(max_instructions_, {.code = passes.code, .data = passes.data});
  }
  return core_->run(round_up(limit_ps_, period_ps_), max_instructions_);
}

void Cpu::proceed() {
  const bool is_step = is_stepping_;
  const std::uint64_t halts = halts_;
  attend(advance());
  if (is_step && halts_ == halts && debugger_ != nullptr && !is_stop_requested_) {
    halt({.cause = HaltCause::kStepped});
  }
}

void Cpu::attend(riscv::Attention attention) {
  switch (attention) {
    case riscv::Attention::kLimit:
    case riscv::Attention::kOutside:
      break;
    case riscv::Attention::kGuard:
      halt_at_guard();
      break;
    case riscv::Attention::kSleep:
      sleep();
      break;
    case riscv::Attention::kSelfJump:
      report_hang(StopCause::kJumpsToItself);
      break;
    case riscv::Attention::kTrapLoop:
      report_hang(StopCause::kTrapLoop);
      break;
    case riscv::Attention::kInstructionLimit:
      request_stop(StopCause::kInstructionLimit, 0,
                   fmt::format("the limit of {} instructions was reached", options_.max_instructions));
      break;
  }
}

void Cpu::sleep() {
  is_sleeping_ = true;
  const auto sleep_until = [&](std::uint64_t time_ps) {
    const std::uint64_t before = core_->cycle();
    core_->skip_to(std::max(before, round_up(time_ps, period_ps_)));
    sleep_cycles_ += core_->cycle() - before;
  };
  const auto may_sleep = [&] {
    return core_->csrs().pending_and_enabled() == 0 && !is_stop_requested_ && !host_has_signal();
  };
  if (context_.trace.enabled()) context_.trace.change(signals_->is_sleeping, local_time_ps(), 1);
  synchronise();
  for (std::uint64_t look_ps = kFirstLook_ps; may_sleep(); look_ps = std::min(2 * look_ps, kLastLook_ps)) {
    if (debugger_wants_halt()) {
      sleep_until(kernel_ps());
      halt({.cause = HaltCause::kInterrupt});
      if (is_moved_) break;
      continue;
    }
    if (core_->csrs().enabled_lines() == 0 || !may_wake_()) {
      report_hang(StopCause::kSleepsForever);
      continue;
    }
    std::uint64_t nap_ps = std::max(look_ps, tlm_base::to_ps(sc_core::sc_time_to_pending_activity()));
    if (options_.max_time_ps != 0) {
      if (kernel_ps() >= options_.max_time_ps) break;
      nap_ps = std::min(nap_ps, options_.max_time_ps - kernel_ps());
    }
    wait(tlm_base::from_ps(nap_ps), wake_);
  }
  sleep_until(std::max(kernel_ps(), wake_time_ps_));
  is_sleeping_ = false;
  if (context_.trace.enabled()) context_.trace.change(signals_->is_sleeping, local_time_ps(), 0);
  synchronise();
}

void Cpu::set_line(unsigned bit, bool level, std::uint64_t time_ps) {
  core_->csrs().set_line(bit, level);
  const std::uint64_t moment_ps = std::max(time_ps, kernel_ps());
  if (is_sleeping_) {
    wake_time_ps_ = moment_ps;
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
  if (!context_.trace.enabled()) return;
  const trace::SignalId signal = bit == riscv::cause::kExternal ? signals_->external
                                 : bit == riscv::cause::kTimer  ? signals_->timer
                                                                : signals_->software;
  context_.trace.change(signal, moment_ps, level ? 1 : 0);
}

void Cpu::set_external_interrupt(bool level, std::uint64_t time_ps) {
  set_line(riscv::cause::kExternal, level, time_ps);
}
void Cpu::set_timer_interrupt(bool level, std::uint64_t time_ps) {
  set_line(riscv::cause::kTimer, level, time_ps);
}
void Cpu::set_software_interrupt(bool level, std::uint64_t time_ps) {
  set_line(riscv::cause::kSoftware, level, time_ps);
}

// --- Debugging -------------------------------------------------------------------------------------------

void Cpu::halt(const Halt& halt) {
  ++halts_;
  is_stepping_ = false;
  is_moved_ = false;
  synchronise();
  const Resumption resumption = debugger_->halted(halt);
  // What it wrote to devices acts now, before the core goes on.
  synchronise();
  passes_ = {};
  if (!is_moved_) {
    passes_.code = true;
    passes_.data = halt.cause == HaltCause::kLoad || halt.cause == HaltCause::kStore;
  }
  is_stepping_ = resumption == Resumption::kStep;
  if (resumption == Resumption::kDetach) {
    debugger_ = nullptr;
    core_->set_guards({});
  }
}

void Cpu::halt_at_guard() {
  const riscv::GuardHit& hit = core_->guard_hit();
  const auto cause = hit.access == riscv::Pmp::Access::kExecute ? HaltCause::kBreakpoint
                     : hit.access == riscv::Pmp::Access::kRead  ? HaltCause::kLoad
                                                                : HaltCause::kStore;
  halt({.cause = cause, .address = hit.address, .bytes = hit.bytes});
}

// --- Observation -----------------------------------------------------------------------------------------

bool Cpu::is_observed() const {
  return instruction_listener_ || boundary_hook_ || signals_->pc_every != trace::kUntraced;
}

riscv::Attention Cpu::step_observed() {
  if (boundary_hook_) {
    const auto hook = boundary_hook_;
    hook();
    if (is_stop_requested_) return riscv::Attention::kOutside;
  }
  const std::uint64_t instructions = core_->instructions(), exceptions = core_->exceptions();
  InstructionRecord record{.time_ps = local_time_ps(), .pc = core_->pc()};
  if (signals_->pc_every != trace::kUntraced) {
    context_.trace.change(signals_->pc_every, record.time_ps, record.pc);
  }
  riscv::Instruction instruction;
  const bool is_fetched = core_->peek(instruction);
  const auto passes = std::exchange(passes_, {});
  const riscv::Attention attention =
      core_->step(max_instructions_, {.code = passes.code, .data = passes.data});
  const bool is_trapped = core_->exceptions() != exceptions;
  if (!instruction_listener_ || (core_->instructions() == instructions && !is_trapped)) return attention;
  record.is_trapped = is_trapped;
  record.energy_fj = core_->energy_fj() - std::exchange(recorded_fj_, core_->energy_fj());
  if (is_fetched) {
    record.bits = instruction.bits;
    record.length = instruction.length;
    record.rd = is_trapped ? 0 : instruction.rd;
    record.value = core_->x(record.rd);
  }
  instruction_listener_(record);
  return attention;
}

CpuCounters Cpu::counters() const {
  return {.instructions = core_->instructions(),
          .cycles = core_->cycle(),
          .sleep_cycles = sleep_cycles_,
          .exceptions = core_->exceptions(),
          .interrupts = core_->interrupts(),
          .device_accesses = core_->device_accesses()};
}

void Cpu::settle_energy() {
  const std::uint64_t unbooked_fj = core_->energy_fj() - booked_fj_;
  if (unbooked_fj == 0) return;
  booked_fj_ += unbooked_fj;
  context_.ledger.book(component_, cost::EnergyKind::kDynamic,
                       Energy::femtojoules(static_cast<int128_t>(unbooked_fj)), {});
}

// --- Direct access to memory
// --------------------------------------------------------------------------------

void Cpu::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  constexpr std::uint64_t kAddresses = std::uint64_t{1} << 32;
  if (start >= kAddresses) return;
  core_->forget_pointers(static_cast<std::uint32_t>(start), std::min<std::uint64_t>(end, kAddresses - 1) + 1);
}

}  // namespace mho::soc
