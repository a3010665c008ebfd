// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// `mho run firmware.elf`: any RV32 program on the platform.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "models/base/error.hpp"
#include "models/soc/elf_loader.hpp"
#include "platform/chip.hpp"
#include "platform/cli/chip_options.hpp"
#include "platform/cli/command.hpp"
#include "platform/cli/end_notes.hpp"
#include "platform/cli/end_signals.hpp"
#include "platform/cli/fault_options.hpp"
#include "platform/cli/gdb_option.hpp"
#include "platform/cli/instruction_options.hpp"
#include "platform/cli/json_file.hpp"
#include "platform/cli/output_check.hpp"
#include "platform/cli/register_coverage_option.hpp"
#include "platform/cli/trace_options.hpp"
#include "platform/config/chip_config.hpp"

namespace mho::platform::cli {
namespace {

constexpr std::uint32_t kLargestExitCode = 255;

struct RunSettings {
  std::string firmware;
  std::vector<std::string> arguments;
  ChipOptions chip;
  SimulationOptions simulation;
  FaultOptions faults;
  std::uint64_t max_instructions = 0;
  std::string semihosting_folder;
  InstructionOptions instructions;
  std::string register_coverage;
  GdbPort gdb_port;
  std::string json;
  bool quiet = false;
  TraceOptions traces;
};

/// As the start-up code of the SDK splits it: quotes where a space would part an argument.
std::string quoted(const std::string& argument) {
  const bool is_plain = !argument.empty() && argument.find_first_of(" \"\\") == std::string::npos;
  if (is_plain) return argument;
  std::string text = "\"";
  for (const char c : argument) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string command_line_of(const RunSettings& settings) {
  std::string line = quoted(std::filesystem::path(settings.firmware).filename().string());
  for (const auto& argument : settings.arguments) line += ' ' + quoted(argument);
  return line;
}

MachineOptions machine_options(const RunSettings& settings) {
  const std::string& folder = settings.semihosting_folder;
  std::error_code error;
  require(folder.empty() || std::filesystem::is_directory(folder, error),
          "--semihosting-dir {}: no such folder; create it first", folder);
  MachineOptions options = machine_options_of(settings.simulation);
  options.max_instructions = settings.max_instructions;
  options.command_line = command_line_of(settings);
  options.semihosting_folder = folder;
  options.console_input = &std::cin;
  return options;
}

/// Where in the program an address is; empty: it does not say.
std::string place_in_program(const std::string& firmware, std::uint32_t address) {
  try {
    return profile::load_program_info(firmware).place_of(address);
  } catch (const InputError&) {
    // A program runs as well without symbols that can be read.
    return {};
  }
}

void print_summary(const RunResult& result, int exit_code) {
  const std::string what =
      is_guests_own(result.exit_cause)
          ? fmt::format("the guest ended with code {} ({})", result.exit_code, to_string(result.exit_cause))
          : fmt::format("ended by mho ({}): {}", to_string(result.exit_cause), result.message);
  const std::string clipped = is_guests_own(result.exit_cause) && result.exit_code > kLargestExitCode
                                  ? fmt::format("; exit code {}", exit_code)
                                  : std::string();
  std::cerr << fmt::format("mho: {}{}; {} instructions, {:.9g} s simulated, {:.3g} s wall, {:.0f} MIPS\n",
                           what, clipped, result.cpu_instructions,
                           static_cast<double>(result.simulated_time_ps) * 1e-12, result.wall_s,
                           result.mips());
}

nlohmann::ordered_json to_json(const RunResult& result, const ChipConfig& config, int exit_code) {
  nlohmann::ordered_json json;
  json["exit_code"] = exit_code;
  json["exit_cause"] = to_string(result.exit_cause);
  json["guest_code"] = result.exit_code;
  json["message"] = result.message;
  json["cpu_instructions"] = result.cpu_instructions;
  json["cpu_cycles"] = result.cpu_cycles;
  json["simulated_time_s"] = static_cast<double>(result.simulated_time_ps) * 1e-12;
  json["energy_J"]["total"] = result.energy.in_joules();
  for (const auto& [component, energy] : result.energy_by_component) {
    json["energy_J"]["by_component"][component] = energy.in_joules();
  }
  json["wall_s"] = result.wall_s;
  json["mips"] = result.mips();
  json["seed"] = config.seed;
  json["config_hash"] = config.hash;
  json["version"] = MHO_VERSION;
  return json;
}

void check_files(const RunSettings& settings) {
  const std::array inputs{NamedFile{"the firmware", settings.firmware}, NamedFile{"-c", settings.chip.file},
                          NamedFile{"--faults", settings.faults.file}};
  std::vector<NamedFile> outputs = outputs_of(settings.traces);
  const std::vector<NamedFile> more = outputs_of(settings.instructions);
  outputs.insert(outputs.begin(), more.begin(), more.end());
  outputs.insert(outputs.begin(), {"--json", settings.json});
  outputs.push_back(register_coverage_output(settings.register_coverage));
  check_outputs(inputs, outputs);
}

int run(const RunSettings& settings) {
  ChipConfig config = chip_config(settings_of(settings.chip));
  apply_faults(settings.faults, config);
  MachineOptions options = machine_options(settings);
  const soc::ElfImage image = soc::load_elf(settings.firmware);
  check_files(settings);
  // With the result on stdout the guest's output would make it unreadable.
  std::ostream& console = settings.json == "-" ? std::cerr : std::cout;
  // Prompts and progress of the guest do not end in a newline.
  if (isatty(STDOUT_FILENO) != 0) console << std::unitbuf;
  const EndSignals signals;
  options.signal = &signals.received();
  TraceFiles traces(settings.traces);
  RegisterCoverageFile register_coverage(settings.register_coverage);
  Chip chip(config, options,
            {.console = console,
             .trace = traces.sink(),
             .transactions = traces.transactions(),
             .accesses = register_coverage.log()});
  chip.machine().load(image);
  traces.start(chip.machine().ledger());
  const auto program = [&] { return profile::load_program_info(settings.firmware); };
  InstructionFiles instructions(settings.instructions, program, chip.machine().cpu());
  gdb::TraceSwitch trace_switch;
  if (traces.has_waveforms() || instructions.has_trace()) {
    trace_switch = [&](bool is_on) {
      traces.set_recording(is_on);
      instructions.set_recording(is_on);
    };
  }
  const auto debugger = wait_for_gdb(settings.gdb_port, chip, image, 0, trace_switch, signals.received());
  RunResult result = chip.machine().run();
  const PlaceOf place_of = [&](std::uint32_t address) {
    return place_in_program(settings.firmware, address);
  };
  result.message += place_of_end(result, place_of);
  if (debugger != nullptr) debugger->finish(result);
  console.flush();
  traces.close(result.simulated_time_ps);
  instructions.close(result.simulated_time_ps, settings.quiet);
  register_coverage.close();

  const auto exit_code = static_cast<int>(std::min(result.exit_code, kLargestExitCode));
  std::vector<std::string> notes = fatal_access(result, chip.machine(), place_of);
  std::ranges::move(left_interrupts(result, chip.machine()), std::back_inserter(notes));
  if (!settings.quiet) {
    print_summary(result, exit_code);
    for (const std::string& note : notes) std::cerr << "mho: " << note << '\n';
  }
  if (!settings.quiet && chip.machine().faults() != nullptr)
    std::cerr << faults_text(*chip.machine().faults());
  if (!settings.json.empty()) {
    nlohmann::ordered_json json = to_json(result, config, exit_code);
    json["notes"] = notes;
    if (const auto* faults = chip.machine().faults()) json["faults_injected"] = faults_json(*faults);
    write_json(settings.json, json);
  }
  return exit_code;
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<RunSettings>();
  CLI::App* command = app.add_subcommand("run", "run an RV32 program on the simulated chip");
  command->footer(
      "The UART and the semihosting console go to stdout. The exit code is the guest's, given through the\n"
      "finisher (0x00100000), the semihosting exit, or the ELF symbol `tohost`; codes above 255 become\n"
      "255. A hang (wfi with nothing pending, a jump to itself, a trap handler that traps) and a limit\n"
      "that was reached give 1, wrong input 2. Ctrl-C and SIGTERM end a run as a limit does, all files\n"
      "written, with 130 and 143; a second Ctrl-C ends it at once. A line on stderr says whose code it is.\n"
      "Arguments after -- reach the guest through semihosting SYS_GET_CMDLINE, after the program's name, in\n"
      "double quotes where they contain spaces.\n"
      "\n"
      "Examples:\n"
      "  mho run hello.elf\n"
      "  mho run hello.elf --gdb 1234                             # docs/debugging.md\n"
      "  mho run test.elf --max-time 10ms --json result.json\n"
      "  mho run solver.elf --semihosting-dir data -- system.bin  # the guest's files are below data\n"
      "  mho run solver.elf --profile out.callgrind && callgrind_annotate out.callgrind\n"
      "  mho run test.elf --coverage test.info && genhtml test.info -o html\n"
      "  mho run bringup.elf --vcd waves.vcd --trace-signals 'soc.cpu.*' --trace-window 0:50us -- --verbose");
  command->add_option("firmware", settings->firmware, "linked RV32 ELF file")
      ->required()
      ->option_text("FIRMWARE.elf");
  command->add_option("arguments", settings->arguments, "arguments for the guest, after --")
      ->option_text("[-- ARG...]");
  command
      ->add_option("--json", settings->json,
                   "write the result to FILE, - is stdout (the guest's output then goes to stderr)")
      ->option_text("FILE");
  command->add_flag("-q,--quiet", settings->quiet, "no summary line on stderr");
  add_chip_options(*command, settings->chip);
  command->add_option("--max-instructions", settings->max_instructions, "stop after N retired instructions")
      ->option_text("N")
      ->check(CLI::PositiveNumber)
      ->group(kSimulationGroup);
  add_simulation_options(*command, settings->simulation);
  add_fault_options(*command, settings->faults);
  command
      ->add_option(
          "--semihosting-dir", settings->semihosting_folder,
          "let the guest open, remove and rename files below the folder DIR by semihosting; without it no "
          "files")
      ->option_text("DIR")
      ->group(kSimulationGroup);
  add_gdb_option(*command, settings->gdb_port);
  add_trace_options(*command, settings->traces);
  add_instruction_options(*command, settings->instructions);
  add_register_coverage_option(*command, settings->register_coverage);
  command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace mho::platform::cli
