// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// `mho bench`: how fast mho itself is. The measurements are Google Benchmark programs of the tree
// (tests/bench), which the build puts into the folder `bench` beside the mho program; this runs them and
// gathers their figures.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.hpp"
#include "models/cost/digital_baselines.hpp"
#include "platform/cli/command.hpp"
#include "platform/cli/end_signals.hpp"
#include "platform/cli/json_file.hpp"
#include "platform/cli/output_check.hpp"

namespace mho::platform::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kSuites{"cpu", "bus", "trace", "device", "circuit", "solve"};

/// The exit code of a program that a signal has ended, as a shell has it, is this and its number.
constexpr int kSignalBase = 128;

/// The one with a benchmark that takes minutes.
constexpr std::string_view kLargeSuite = "solve";

struct BenchSettings {
  std::string suite = "all";
  std::string filter;
  std::string json;
  bool is_large = false;
};

fs::path program_of(std::string_view suite) {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path() / "bench";
  return folder / fmt::format("{}_benchmark", suite);
}

/// A file name of our own that goes away with its folder.
class Scratch {
 public:
  Scratch() : folder_((fs::temp_directory_path() / "mho-bench-XXXXXX").string()) {
    require(mkdtemp(folder_.data()) != nullptr, "{}: no folder for the results can be made", folder_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string file() const { return folder_ + "/result.json"; }

 private:
  std::string folder_;
};

/// Runs a program to its end with our stdout and stderr, or until a signal comes, which it gets as SIGTERM.
int run_program(const fs::path& program, std::vector<std::string> arguments, const EndSignals& signals) {
  std::string name = program.string();
  std::vector<char*> argv{name.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  require(posix_spawn(&child, name.c_str(), nullptr, nullptr, argv.data(), environ) == 0,
          "{}: cannot be started", name);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    require(errno == EINTR, "{}: waiting for it failed", name);
    if (signals.received() != 0) ::kill(child, SIGTERM);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kExitInternal;
}

/// One measured figure: what was done, how long it took, what it counted.
Json figure(std::string_view suite, const Json& measured) {
  Json result{{"suite", suite}, {"name", measured.at("name")}};
  if (measured.value("error_occurred", false)) {
    result["error"] = measured.value("error_message", "");
    return result;
  }
  result["value"] = measured.at("real_time");
  result["unit"] = measured.at("time_unit");
  result["cpu_value"] = measured.at("cpu_time");
  result["iterations"] = measured.at("iterations");
  static const std::vector<std::string> kKnown{"name",
                                               "family_index",
                                               "per_family_instance_index",
                                               "run_name",
                                               "run_type",
                                               "repetitions",
                                               "repetition_index",
                                               "threads",
                                               "iterations",
                                               "real_time",
                                               "cpu_time",
                                               "time_unit"};
  for (const auto& [key, value] : measured.items()) {
    if (std::ranges::find(kKnown, key) == kKnown.end() && value.is_number()) result["counters"][key] = value;
  }
  return result;
}

/// What the counters of suite solve that begin with a key of these are about.
Json baselines() {
  Json all = Json::array();
  for (const cost::DigitalBaseline& b : cost::digital_baselines()) {
    all.push_back({{"key", b.key},
                   {"name", b.name},
                   {"part", b.part},
                   {"parts", b.parts},
                   {"operations_per_s", b.operations_per_s},
                   {"watts", b.watts},
                   {"numbers", b.numbers},
                   {"source", b.source}});
  }
  return all;
}

void run_suite(std::string_view suite, const BenchSettings& settings, const EndSignals& signals,
               Json& report) {
  const fs::path program = program_of(suite);
  require(fs::exists(program), "mho bench {}: {} is missing; build mho with MHO_BUILD_BENCHMARKS=ON", suite,
          program.string());
  const Scratch scratch;
  std::vector<std::string> arguments{"--benchmark_out=" + scratch.file(), "--benchmark_out_format=json"};
  if (!settings.filter.empty()) arguments.push_back("--benchmark_filter=" + settings.filter);
  if (suite == kLargeSuite && settings.is_large) arguments.emplace_back("--large");
  const int exit_code = run_program(program, arguments, signals);
  if (signals.received() != 0) return;
  require(exit_code == 0, "mho bench {}: the measurement ended with code {}", suite, exit_code);
  std::ifstream file(scratch.file());
  // A filter that matches nothing leaves an empty file.
  const Json measured = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (measured.is_discarded()) return;
  const Json& context = measured.at("context");
  report["machine"] = {{"cpus", context.at("num_cpus")},
                       {"mhz_per_cpu", context.at("mhz_per_cpu")},
                       {"load_average", context.value("load_avg", Json::array())}};
  for (const Json& one : measured.at("benchmarks")) report["figures"].push_back(figure(suite, one));
  if (suite == kLargeSuite) report["baselines"] = baselines();
}

/// The measurements would say that they cannot read it and then end well.
void check_filter(std::string filter) {
  if (filter.starts_with('-')) filter.erase(0, 1);  // what not to measure
  try {
    const std::regex pattern(filter, std::regex::extended);
  } catch (const std::regex_error&) {
    throw InputError(fmt::format("--filter '{}': no regular expression", filter));
  }
}

int run(const BenchSettings& settings) {
  check_filter(settings.filter);
  check_outputs({}, std::array{NamedFile{"--json", settings.json}});
  require(!settings.is_large || settings.suite == kLargeSuite || settings.suite == "all",
          "--large belongs to the suite {}, not to {}", kLargeSuite, settings.suite);
  Json report{{"version", MHO_VERSION}, {"machine", Json::object()}, {"figures", Json::array()}};
  const EndSignals signals;
  for (const std::string_view suite : kSuites) {
    if (settings.suite != "all" && settings.suite != suite) continue;
    run_suite(suite, settings, signals, report);
    if (signals.received() != 0) return kSignalBase + signals.received();
  }
  if (!settings.json.empty()) write_json(settings.json, report);
  return kExitOk;
}

}  // namespace

void add_bench_command(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<BenchSettings>();
  CLI::App* command = app.add_subcommand("bench", "measure how fast mho itself is on this machine");
  command->footer(
      "cpu: guest instructions per second, beside QEMU where it is installed, and reads of device "
      "registers.\n"
      "bus: transactions. trace: waveform records. device: writing and "
      "reading\n"
      "cells. circuit: wire networks, operating points and transients, beside ngspice where it is "
      "installed.\n"
      "solve: simulated time and energy of a solve for 16 to 500 unknowns, beside published figures of a "
      "CPU, a "
      "GPU\n"
      "and a fixed-point ASIC, and the wall time beside Eigen's LU.\n"
      "Wait until the machine has nothing else to do: a loaded one gives longer times. The warning about a "
      "DEBUG\n"
      "library is about Debian's build of Google Benchmark, not about mho.\n"
      "\n"
      "Examples:\n"
      "  mho bench circuit\n"
      "  mho bench circuit --filter 'WiresReduction' --json bench.json\n"
      "  mho bench solve --large\n"
      "  mho bench all --json bench.json");
  std::vector<std::string> choices{"all"};
  choices.insert(choices.end(), kSuites.begin(), kSuites.end());
  command->add_option("suite", settings->suite, "cpu, bus, trace, device, circuit, solve or all (default)")
      ->check(CLI::IsMember(choices))
      ->option_text("[SUITE]");
  command->add_option("--filter", settings->filter, "only measurements whose name matches")
      ->option_text("REGEX");
  command->add_flag("--large", settings->is_large, "solve: 1024 unknowns as well, which takes minutes");
  command->add_option("--json", settings->json, "write the figures to FILE")->option_text("FILE");
  command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace mho::platform::cli
