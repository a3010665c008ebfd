// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/machine.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "models/base/error.hpp"
#include "models/soc/cpu/semihost_calls.hpp"
#include "models/soc/memory_map.hpp"
#include "models/tlm/time.hpp"

namespace mho::platform {
namespace {

std::array<soc::MemoryRange, 1> cpu_memories(const MachineParams& params) {
  return {soc::MemoryRange{.base = soc::kRamBase, .size = params.ram.bytes}};
}

soc::CpuOptions cpu_options(const MachineOptions& options) {
  return {.quantum_ps = options.quantum_ps,
          .use_dmi = options.use_dmi,
          .use_block_cache = options.use_block_cache,
          .native_after = options.use_native_code ? soc::kNativeAfterDefault : 0,
          .semihosting = true,
          .max_instructions = options.max_instructions,
          .max_time_ps = options.max_time_ps,
          .signal = options.signal};
}

soc::SemihostServices services(const MachineOptions& options, std::ostream& console) {
  soc::SemihostServices services{
      .out = console, .err = console, .in = options.console_input, .command_line = options.command_line};
  if (!options.semihosting_folder.empty()) services.files.emplace(options.semihosting_folder);
  return services;
}

std::unique_ptr<fault::Injector> injector(const MachineParams& params, trace::TraceSink& trace) {
  if (params.faults.empty()) return nullptr;
  return std::make_unique<fault::Injector>(params.faults, params.seed, trace);
}

soc::ExitCause cause_of(soc::StopCause cause) {
  switch (cause) {
    case soc::StopCause::kNone:
    case soc::StopCause::kSleepsForever:
    case soc::StopCause::kJumpsToItself:
    case soc::StopCause::kTrapLoop:
      return soc::ExitCause::kHang;
    case soc::StopCause::kGuestExit:
      return soc::ExitCause::kSemihosting;
    case soc::StopCause::kInstructionLimit:
      return soc::ExitCause::kMaxInstructions;
    case soc::StopCause::kHostRequest:
      return soc::ExitCause::kMaxTime;
    case soc::StopCause::kSignal:
      return soc::ExitCause::kSignal;
    case soc::StopCause::kDebugger:
      return soc::ExitCause::kDebugger;
  }
  return soc::ExitCause::kHang;
}

}  // namespace

std::string_view to_string(soc::ExitCause cause) {
  switch (cause) {
    case soc::ExitCause::kNone:
      return "running";
    case soc::ExitCause::kFinisher:
      return "finisher";
    case soc::ExitCause::kHtif:
      return "htif";
    case soc::ExitCause::kSemihosting:
      return "semihosting";
    case soc::ExitCause::kHang:
      return "hang";
    case soc::ExitCause::kMaxInstructions:
      return "max_instructions";
    case soc::ExitCause::kMaxTime:
      return "max_time";
    case soc::ExitCause::kSignal:
      return "signal";
    case soc::ExitCause::kDebugger:
      return "debugger";
  }
  return "unknown";
}

bool is_guests_own(soc::ExitCause cause) {
  return cause == soc::ExitCause::kFinisher || cause == soc::ExitCause::kHtif ||
         cause == soc::ExitCause::kSemihosting;
}

Machine::Machine(const MachineParams& params, const MachineOptions& options, const Observers& observers)
    : faults_(injector(params, observers.trace != nullptr ? *observers.trace : no_trace_)),
      context_{.ledger = ledger_,
               .trace = observers.trace != nullptr ? *observers.trace : no_trace_,
               .transactions = observers.transactions,
               .random = Random(params.seed),
               .faults = faults_.get()},
      accesses_(observers.accesses),
      options_(options),
      console_(observers.console),
      semihosting_(std::make_unique<soc::SemihostCalls>(services(options, observers.console))),
      ram_("ram", params.ram, context_),
      bus_("bus", params.bus, context_),
      uart_("uart", params.uart, context_, [this](std::uint8_t byte, std::uint64_t) { put(byte); }),
      clint_("clint", params.clint, context_),
      plic_("plic", params.plic, context_),
      finisher_("finisher", params.finisher, context_,
                [this](const soc::ExitRequest& request) { request_exit(request); }),
      dma_("dma", params.dma, context_),
      cpu_("cpu", params.cpu, context_, cpu_memories(params), cpu_options(options)) {
  connect_bus();
  connect_interrupts();
  connect_cpu();
}

Machine::~Machine() {
  kernel_.end_processes();
}

void Machine::put(std::uint8_t byte) {
  console_.put(static_cast<char>(byte));
  if (byte == '\n') console_.flush();
}

void Machine::connect_bus() {
  namespace map = soc::memory_map;
  bus_.set_access_log(accesses_);
  // Their numbers in the waveform: CPU 1, DMA 2, then what the chip adds (the DRU, 3).
  cpu_.socket.bind(bus_.initiators);
  dma_.initiator.socket.bind(bus_.initiators);
  bus_.attach(map::kFinisherBase, map::kFinisherSize, finisher_.socket, "finisher");
  bus_.attach(map::kClintBase, map::kClintSize, clint_.socket, "clint");
  bus_.attach(map::kPlicBase, map::kPlicSize, plic_.socket, "plic");
  bus_.attach(map::kUartBase, map::kUartSize, uart_.socket, "uart");
  bus_.attach(map::kDmaBase, map::kDmaSize, dma_.socket, "dma");
  bus_.attach(soc::kRamBase, ram_.bytes().size(), ram_.socket, "ram");
}

void Machine::trace_line(tlm_base::IrqLine& line, std::string_view name, SetLevel sink) {
  const trace::SignalId id = context_.trace.declare_bits(fmt::format("soc.irq.{}", name), 1);
  line.connect(
      [this, id, own = std::string(name), sink = std::move(sink)](bool level, std::uint64_t time_ps) {
        context_.trace.change(id, time_ps, level ? 1 : 0);
        if (level && accesses_ != nullptr) accesses_->raised(own);
        sink(level, time_ps);
      });
}

void Machine::connect_irq(tlm_base::IrqLine& line, unsigned source, std::string_view name) {
  connect_line(line, name, [this, source](bool level, std::uint64_t time_ps) {
    plic_.set_level(source, level, time_ps);
  });
}

void Machine::connect_line(tlm_base::IrqLine& line, std::string_view name, SetLevel drive) {
  trace_line(line, name, [this, index = lines_.size()](bool level, std::uint64_t time_ps) {
    Line& own = lines_[index];
    const bool is_lost = level && faults_ != nullptr && faults_->loses_interrupt(own.name, time_ps);
    own.is_raised = level && !is_lost;
    own.show(time_ps);
  });
  lines_.push_back({.name = std::string(name), .drive = std::move(drive)});
}

void Machine::Line::show(std::uint64_t time_ps) {
  const bool was_high = std::exchange(is_high, is_raised || is_forced);
  if (is_high != was_high) drive(is_high, time_ps);
}

void Machine::force_irq(std::string_view name, bool is_forced, std::uint64_t time_ps) {
  const auto found = std::ranges::find(lines_, name, &Line::name);
  ensure(found != lines_.end(), "machine: there is no interrupt line '{}'", name);
  found->is_forced = is_forced;
  found->show(time_ps);
}

void Machine::connect_interrupts() {
  connect_irq(uart_.irq, soc::memory_map::kUartIrq, "uart");
  connect_irq(dma_.irq, soc::memory_map::kDmaIrq, "dma");
  trace_line(plic_.irq, "external",
             [this](bool level, std::uint64_t time_ps) { cpu_.set_external_interrupt(level, time_ps); });
  connect_line(clint_.timer_irq, "timer",
               [this](bool level, std::uint64_t time_ps) { cpu_.set_timer_interrupt(level, time_ps); });
  connect_line(clint_.software_irq, "software",
               [this](bool level, std::uint64_t time_ps) { cpu_.set_software_interrupt(level, time_ps); });
}

void Machine::connect_cpu() {
  cpu_.set_time_source([this](std::uint64_t time_ps) { return clint_.mtime_at(time_ps); });
  cpu_.set_semihost_handler(semihosting_.get());
  ram_.on_foreign_write([this](std::uint64_t offset, std::uint64_t bytes) {
    cpu_.foreign_write(soc::kRamBase + static_cast<std::uint32_t>(offset), bytes);
  });
  if (accesses_ != nullptr) {
    cpu_.set_interrupt_listener([this](std::uint32_t cause) { accesses_->taken(cause); });
  }
  cpu_.on_stop([this](const soc::StopReport&) {
    has_stopped_ = true;
    sc_core::sc_pause();
  });
}

void Machine::load(const soc::ElfImage& image, std::uint32_t a1) {
  soc::place_elf(image, soc::kRamBase, ram_.bytes());
  cpu_.reset(image.entry, 0, a1);
  attach_htif(image);
}

void Machine::reset_devices(std::uint64_t time_ps) {
  uart_.reset(time_ps);
  clint_.reset(time_ps);
  dma_.reset(time_ps);
  plic_.reset(time_ps);
}

void Machine::attach_htif(const soc::ElfImage& image) {
  const auto offset_of = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto address = image.symbol(name);
    if (!address.has_value()) return std::nullopt;
    const std::uint64_t size = ram_.bytes().size();
    require(*address >= soc::kRamBase && *address - soc::kRamBase <= size - soc::Htif::kTohostBytes,
            "{}: symbol {} at {:#010x} lies outside the RAM", image.file, name, *address);
    return *address - soc::kRamBase;
  };
  const auto tohost = offset_of("tohost");
  if (!tohost.has_value()) return;
  htif_ = std::make_unique<soc::Htif>(
      "htif", ram_, *tohost, offset_of("fromhost"), [this](std::uint8_t byte) { put(byte); },
      [this](const soc::ExitRequest& request) { request_exit(request); });
}

void Machine::request_exit(const soc::ExitRequest& request) {
  if (exit_.cause != soc::ExitCause::kNone) return;
  exit_ = request;
  cpu_.request_stop(soc::StopCause::kGuestExit, static_cast<int>(request.code), request.message);
}

RunResult Machine::run() {
  const auto start = std::chrono::steady_clock::now();
  kernel_.run();
  RunResult result;
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  finish(result);
  return result;
}

void Machine::finish(RunResult& result) {
  const soc::StopReport& stop = cpu_.stop_report();
  ensure(has_stopped_, "machine: the simulation ended at {} ps although the CPU had not stopped",
         tlm_base::to_ps(sc_core::sc_time_stamp()));
  // A program that ends through the lower half of tohost alone and then loops has not hung.
  if (exit_.cause == soc::ExitCause::kNone && cause_of(stop.cause) == soc::ExitCause::kHang &&
      htif_ != nullptr && htif_->waiting_exit().has_value()) {
    exit_ = *htif_->waiting_exit();
  }
  const bool is_known = exit_.cause != soc::ExitCause::kNone;
  result.exit_cause = is_known ? exit_.cause : cause_of(stop.cause);
  result.message = is_known ? exit_.message : stop.text;
  if (is_known) {
    result.exit_code = exit_.code;
  } else if (stop.cause == soc::StopCause::kGuestExit || stop.cause == soc::StopCause::kSignal) {
    result.exit_code = static_cast<std::uint32_t>(stop.exit_code);
  }
  const soc::CpuCounters counters = cpu_.counters();
  result.cpu_instructions = counters.instructions;
  result.cpu_cycles = counters.cycles;
  result.simulated_time_ps = stop.time_ps;
  result.pc = stop.pc;
  context_.ledger.settle(stop.time_ps);
  if (stop_listener_) stop_listener_(stop.time_ps);
  result.energy = ledger_.total();
  for (std::size_t i = 0; i < ledger_.component_count(); ++i) {
    const auto id = static_cast<cost::ComponentId>(i);
    result.energy_by_component.emplace_back(ledger_.component_name(id), ledger_.of_component(id));
  }
}

}  // namespace mho::platform
