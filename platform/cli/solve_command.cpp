// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// `mho solve A.mtx [b.mtx]`: a system from files, solved by firmware on the simulated chip.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <streambuf>
#include <string>
#include <vector>

#include "models/base/error.hpp"
#include "models/soc/elf_loader.hpp"
#include "platform/cli/chip_options.hpp"
#include "platform/cli/command.hpp"
#include "platform/cli/end_notes.hpp"
#include "platform/cli/end_signals.hpp"
#include "platform/cli/fault_options.hpp"
#include "platform/cli/gdb_option.hpp"
#include "platform/cli/instruction_options.hpp"
#include "platform/cli/json_file.hpp"
#include "platform/cli/output_check.hpp"
#include "platform/cli/progress.hpp"
#include "platform/cli/register_coverage_option.hpp"
#include "platform/cli/solution_files.hpp"
#include "platform/cli/system_files.hpp"
#include "platform/cli/trace_options.hpp"
#include "platform/solve/builtin_firmware.hpp"
#include "platform/solve/solve_json.hpp"
#include "platform/solve/solve_run.hpp"
#include "platform/solve/solve_table.hpp"

namespace mho::platform::cli {
namespace {

struct SolveSettings {
  SystemFiles system;
  ChipOptions chip;
  std::string method, tolerance_bits, max_iterations;  ///< as given; empty: as configured
  std::string firmware;
  GdbPort gdb_port;
  SimulationOptions simulation;
  FaultOptions faults;
  SolutionFiles solution;
  std::string json;
  bool quiet = false;
  TraceOptions traces;
  InstructionOptions instructions;
  std::string register_coverage;
};

/// Swallows what the guest prints under --quiet.
class NoOutput final : public std::streambuf {
 protected:
  int_type overflow(int_type c) override { return traits_type::not_eof(c); }
  std::streamsize xsputn(const char*, std::streamsize count) override { return count; }
};

Settings configuration(const SolveSettings& options) {
  Settings settings = settings_of(options.chip);
  const auto from_option = [&](const std::string& value, const char* key, const char* option) {
    if (!value.empty()) settings.set(key, value, fmt::format("{} {}", option, value));
  };
  from_option(options.method, "solver.method", "--method");
  from_option(options.tolerance_bits, "solver.tolerance_bits", "--tolerance-bits");
  from_option(options.max_iterations, "solver.max_iterations", "--max-iterations");
  return settings;
}

soc::ElfImage firmware(const SolveSettings& options) {
  if (!options.firmware.empty()) return soc::load_elf(options.firmware);
  return builtin_firmware();
}

profile::ProgramInfo program_info(const SolveSettings& options) {
  if (!options.firmware.empty()) return profile::load_program_info(options.firmware);
  return profile::parse_program_info(builtin_firmware_bytes(), kBuiltinFirmware);
}

MachineOptions machine_options(const SolveSettings& options) {
  MachineOptions machine = machine_options_of(options.simulation);
  machine.command_line = "solve";
  return machine;
}

void check_files(const SolveSettings& options) {
  const std::array inputs{NamedFile{"the matrix", options.system.matrix},
                          NamedFile{"the right-hand side", options.system.right_hand_side},
                          NamedFile{"-c", options.chip.file}, NamedFile{"--faults", options.faults.file},
                          NamedFile{"--firmware", options.firmware}};
  std::vector<NamedFile> outputs = outputs_of(options.traces);
  const std::vector<NamedFile> more = outputs_of(options.instructions);
  outputs.insert(outputs.end(), more.begin(), more.end());
  outputs.push_back(register_coverage_output(options.register_coverage));
  outputs.insert(
      outputs.begin(),
      {{"-o", options.solution.rounded}, {"--x-exact", options.solution.exact}, {"--json", options.json}});
  check_outputs(inputs, outputs);
}

/// With how each right-hand side ended.
void close(RegisterCoverageFile& file, const SolveReport& report) {
  if (report.solutions.empty()) file.job_ended(static_cast<std::uint32_t>(report.answer.status));
  for (const Solution& solution : report.solutions) {
    file.job_ended(static_cast<std::uint32_t>(solution.answer.status));
  }
  file.close();
}

/// What simulate() tells beside the report, for the JSON.
struct Asides {
  nlohmann::ordered_json faults;   ///< what went wrong on purpose; null without --fault
  std::vector<std::string> notes;  ///< about firmware that did not end by itself
};

std::string place_in_firmware(const SolveSettings& options, std::uint32_t address) {
  try {
    return program_info(options).place_of(address);
  } catch (const InputError&) {
    return {};  // without symbols that can be read
  }
}

/// Carries the request out, with the traces and files that are asked for.
SolveReport simulate(const SolveSettings& options, const SolveRequest& request, Asides& asides) {
  NoOutput nowhere;
  std::ostream silence(&nowhere);
  TraceFiles traces(options.traces);
  RegisterCoverageFile register_coverage(options.register_coverage);
  SolveRun run(request, {.console = options.quiet ? silence : std::cerr,
                         .trace = traces.sink(),
                         .transactions = traces.transactions(),
                         .accesses = register_coverage.log()});
  traces.start(run.chip().machine().ledger());
  InstructionFiles instructions(
      options.instructions, [&] { return program_info(options); }, run.chip().machine().cpu());
  Progress progress;
  const bool shows_progress = !options.quiet && traces.transactions() == nullptr && Progress::is_wanted();
  if (shows_progress) progress.start(run.chip());
  gdb::TraceSwitch trace_switch;
  if (traces.has_waveforms() || instructions.has_trace()) {
    trace_switch = [&](bool is_on) {
      traces.set_recording(is_on);
      instructions.set_recording(is_on);
    };
  }
  const auto debugger = wait_for_gdb(options.gdb_port, run.chip(), request.firmware, run.job_address(),
                                     trace_switch, *request.options.signal);
  SolveReport report = run.run();
  if (!is_guests_own(report.run.exit_cause)) {
    const auto place_of = [&](std::uint32_t address) { return place_in_firmware(options, address); };
    report.message += place_of_end(report.run, place_of);
    asides.notes = left_interrupts(report.run, run.chip().machine());
  }
  if (debugger != nullptr) debugger->finish(report.run);
  if (shows_progress) progress.finish();
  if (const auto* injector = run.chip().machine().faults()) {
    asides.faults = faults_json(*injector);
    if (!options.quiet) std::cerr << faults_text(*injector);
  }
  // Too large is wrong input, which leaves nothing behind.
  if (report.answer.status != registers::job::JobStatus::kTooLarge) {
    traces.close(report.run.simulated_time_ps);
    instructions.close(report.run.simulated_time_ps, options.quiet);
    close(register_coverage, report);
  }
  return report;
}

int run(const SolveSettings& options) {
  ChipConfig chip = chip_config(configuration(options));
  apply_faults(options.faults, chip);
  const LinearSystem system = read_system(options.system, chip.seed);
  const soc::ElfImage image = firmware(options);
  MachineOptions machine = machine_options(options);
  check_files(options);
  const EndSignals signals;
  machine.signal = &signals.received();
  const ComplexMatrix complex{.real = system.file.matrix, .imaginary = system.file.imaginary};
  const SolveRequest request{.a = system.a,
                             .b = system.b,
                             .chip = chip,
                             .firmware = image,
                             .options = machine,
                             .complex = system.file.is_complex() ? &complex : nullptr};
  Asides asides;
  const SolveReport report = simulate(options, request, asides);
  require(report.answer.status != registers::job::JobStatus::kTooLarge,
          "{}:{}: n = {} is too large for the chip: {}; enlarge memory.ram_bytes, dru.sram_words, mvm.size "
          "or inv.size",
          options.system.matrix, system.file.size_line, report.n, report.message);
  const bool is_written = write_solution(options.solution, report, options.system.matrix);
  if (!options.json.empty()) {
    nlohmann::ordered_json json = to_json(report, MHO_VERSION);
    if (!asides.notes.empty()) json["notes"] = asides.notes;
    if (!asides.faults.is_null()) json["faults_injected"] = std::move(asides.faults);
    write_json(options.json, json);
  }
  const bool shows_table = !options.quiet && options.json != "-" && options.solution.rounded != "-" &&
                           options.solution.exact != "-";
  if (shows_table) {
    std::cout << to_table(report, options.system.matrix);
  } else if (!report.has_converged) {
    std::cerr << fmt::format("mho: {}: {}\n", report.status, report.message);
  }
  for (const std::string& note : asides.notes) std::cerr << "mho: " << note << '\n';
  if (report.run.exit_cause == soc::ExitCause::kSignal) return report.run.exit_code;
  return report.has_converged && is_written ? kExitOk : kExitFailed;
}

void add_problem_options(CLI::App& command, SolveSettings& s) {
  command
      .add_option("A", s.system.matrix,
                  "matrix: a Matrix Market file, real, integer or complex; with more rows than columns x "
                  "minimises |b - A*x|, with fewer it is the shortest with A*x = b")
      ->required()
      ->option_text("A.mtx");
  command
      .add_option("b", s.system.right_hand_side,
                  "right-hand side, or several as columns: planned and programmed once; without it b = A*x "
                  "for a random x drawn from the seed")
      ->option_text("[b.mtx]");
  command.add_flag(
      "--inverse", s.system.inverts,
      "the columns of the identity as right-hand sides: x is the inverse of A, of a matrix that is "
      "not square the pseudo-inverse");
  command
      .add_option("-o,--output", s.solution.rounded,
                  "write x to FILE (Matrix Market, 17 digits), - is stdout")
      ->option_text("FILE");
  command
      .add_option("--x-exact", s.solution.exact,
                  "write x to the last bit to FILE (CSV: row, column, mantissa, exponent of 2; of a complex "
                  "x real and "
                  "imaginary part), - is stdout")
      ->option_text("FILE");
  command.add_option("--json", s.json, "write the result to FILE, - is stdout")->option_text("FILE");
  command.add_flag("-q,--quiet", s.quiet,
                   "no table, no progress, no output of the guest, nothing about faults");
}

void add_method_options(CLI::App& command, SolveSettings& s) {
  command
      .add_option(
          "--method", s.method,
          "refine: plain refinement; gmres: flexible GMRES; auto (default): refine while a step gains "
          "three bits, then gmres")
      ->option_text("NAME")
      ->group(kChipGroup);
  command.add_option("--tolerance-bits", s.tolerance_bits, "converged at 2^-N, up to 53 (default 24)")
      ->option_text("N")
      ->group(kChipGroup);
  // In the configuration 0 stands for what the method calls for; who gives a limit means one.
  command
      .add_option("--max-iterations", s.max_iterations,
                  "limit of the refinement steps, 1 to 1000 (100 for refine, 500 for gmres and auto)")
      ->option_text("N")
      ->check(CLI::Range(1u, registers::job::kMaxIterations))
      ->group(kChipGroup);
}

void add_firmware_options(CLI::App& command, SolveSettings& s) {
  command
      .add_option("--firmware", s.firmware,
                  "your own driver instead of the built-in one, on the same job block")
      ->option_text("FILE.elf")
      ->group(kSimulationGroup);
  add_gdb_option(command, s.gdb_port);
}

}  // namespace

void add_solve_command(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<SolveSettings>();
  CLI::App* command =
      app.add_subcommand("solve", "solve a linear system or a least-squares problem on the simulated chip");
  command->footer(
      "The chip's CPU boots the driver, which plans the solution, writes the matrix into the analogue arrays "
      "and\n"
      "refines until the answer is good to the tolerance. The table shows how exact the answer is (against "
      "an\n"
      "independent reference), and what it took in simulated time and energy.\n"
      "\n"
      "Exit code: 0 converged, 1 the solve failed (result and JSON say why), 2 wrong input or "
      "configuration.\n"
      "\n"
      "Examples:\n"
      "  mho solve A.mtx\n"
      "  mho solve A.mtx b.mtx -o x.mtx --json result.json\n"
      "  mho solve A.mtx --set inv.count=2 --set mvm.count=8 --seed 7\n"
      "  mho solve A.mtx --vcd waves.vcd --transactions bus.csv");
  add_problem_options(*command, *settings);
  add_chip_options(*command, settings->chip);
  add_method_options(*command, *settings);
  add_firmware_options(*command, *settings);
  add_simulation_options(*command, settings->simulation);
  add_fault_options(*command, settings->faults);
  add_trace_options(*command, settings->traces);
  add_instruction_options(*command, settings->instructions);
  add_register_coverage_option(*command, settings->register_coverage);
  command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace mho::platform::cli
