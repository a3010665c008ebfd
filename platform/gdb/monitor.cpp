// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The `monitor` commands of ChipTarget.
#include <fmt/format.h>

#include "models/soc/elf_loader.hpp"
#include "models/soc/memory_map.hpp"
#include "models/tlm/time.hpp"
#include "platform/gdb/chip_target.hpp"

namespace mho::platform::gdb {
namespace {

constexpr std::string_view kHelp =
    "time          simulated time, clock cycles, instructions\n"
    "energy        spent until now, by component\n"
    "reset [halt]  CPU and devices as after reset, the program loaded again; time, energies, cells and other "
    "memory go on\n"
    "halt          nothing: the CPU is halted whenever gdb asks for a command\n"
    "trace on|off  write waveforms and instructions to the files of --vcd and --trace-instructions, or leave "
    "a gap\n"
    "trace         which of both it is\n"
    "amc status    what the analogue matrix computer has done\n"
    "help          this text\n";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t start = text.find_first_not_of(kSpaces);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kSpaces) - start + 1);
}

std::uint64_t now_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

}  // namespace

std::string ChipTarget::monitor(std::string_view command) {
  command = trimmed(command);
  constexpr std::string_view kTrace = "trace";
  if (command == "time") return time();
  if (command == "energy") return energy();
  // What IDEs have every server do that they attach to, after OpenOCD's example.
  if (command == "reset" || command == "reset halt") return reset();
  if (command == "halt") return "the CPU is halted\n";
  if (command == kTrace || command.starts_with("trace "))
    return trace(trimmed(command.substr(kTrace.size())));
  if (command == "amc status") return amc_status();
  if (command == "help" || command.empty()) return std::string(kHelp);
  return fmt::format("'{}' is no monitor command; these are:\n{}", command, kHelp);
}

std::string ChipTarget::time() const {
  const soc::CpuCounters counters = chip_.machine().cpu().counters();
  return fmt::format("{:.12g} s simulated; {} clock cycles, of them {} asleep; {} instructions\n",
                     static_cast<double>(now_ps()) * 1e-12, counters.cycles, counters.sleep_cycles,
                     counters.instructions);
}

std::string ChipTarget::energy() const {
  cost::Ledger& ledger = chip_.machine().ledger();
  ledger.settle(now_ps());
  std::string text = fmt::format("{:<18}{:.6g} J\n", "total", ledger.total().in_joules());
  for (std::size_t i = 0; i < ledger.component_count(); ++i) {
    const auto id = static_cast<cost::ComponentId>(i);
    text += fmt::format("{:<18}{:.6g} J\n", ledger.component_name(id), ledger.of_component(id).in_joules());
  }
  return text;
}

std::string ChipTarget::reset() {
  Machine& machine = chip_.machine();
  chip_.reset_devices(now_ps());
  soc::place_elf(image_, soc::kRamBase, machine.ram().bytes());
  machine.cpu().restart(image_.entry, 0, a1_);
  return fmt::format("devices reset, {} loaded; the CPU is at its entry point {:#010x}\n", image_.file,
                     image_.entry);
}

std::string ChipTarget::trace(std::string_view state) {
  constexpr std::string_view kUsage =
      "monitor trace on ends a gap in the files, monitor trace off begins one\n";
  if (!trace_) return "nothing is traced; start mho with --vcd FILE or --trace-instructions FILE\n";
  if (state == "on" || state == "off") {
    is_tracing_ = state == "on";
    trace_(is_tracing_);
    return fmt::format("trace {}\n", state);
  }
  const std::string refused = state.empty() ? "" : fmt::format("'{}' is neither on nor off; ", state);
  return fmt::format("{}trace is {}; {}", refused, is_tracing_ ? "on" : "off", kUsage);
}

std::string ChipTarget::amc_status() const {
  amc::Subsystem& amc = chip_.amc();
  const amc::DruCounters counters = amc.dru().counters();
  const auto& params = amc.params();
  return fmt::format(
      "phase {}\n"
      "macros programmed: {} of {} INV, {} of {} MVM, {} of {} GINV\n"
      "operations: {} INV, {} GINV, {} MVM ({} of them high-precision reads), {} programmed, {} retries, {} "
      "clips\n"
      "checksums: {} mismatches, {} repeated reads\n"
      "largest number of writes to a cell: {}\n",
      cost::to_string(chip_.machine().ledger().phase()), amc.programmed_macros(amc::MacroKind::kInv),
      params.inv_count, amc.programmed_macros(amc::MacroKind::kMvm), params.mvm_count,
      amc.programmed_macros(amc::MacroKind::kGinv), params.ginv_count, counters.inv, counters.ginv,
      counters.mvm, counters.hp_reads, counters.program, counters.retries, counters.clips,
      counters.checksum_mismatches, counters.repeated_reads, counters.max_writes_per_cell);
}

}  // namespace mho::platform::gdb
