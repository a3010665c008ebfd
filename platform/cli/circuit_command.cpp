// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// `mho circuit`: one analogue circuit, without the rest of the chip.
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "models/base/error.hpp"
#include "platform/circuit/problem.hpp"
#include "platform/circuit/solution.hpp"
#include "platform/cli/command.hpp"
#include "platform/cli/json_file.hpp"
#include "platform/cli/output_check.hpp"

namespace mho::platform::cli {
namespace {

struct CircuitSettings {
  std::string problem;
  std::string output = "-";
};

std::string read_text(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::error_code error;
  require(!std::filesystem::is_directory(file, error), "{}: is a directory; give a JSON file", file);
  std::ifstream stream(file, std::ios::binary);
  require(stream.good(), "{}: cannot be read; does it exist?", file);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  require(!stream.bad() && !text.empty(), "{}: empty or not readable; a JSON object is expected", file);
  return text;
}

int run(const CircuitSettings& settings) {
  check_outputs(std::array{NamedFile{"the problem", settings.problem}},
                std::array{NamedFile{"-o", settings.output}});
  const std::string name = settings.problem == "-" ? "stdin" : settings.problem;
  const CircuitProblem problem = read_circuit_problem(read_text(settings.problem), name);
  const CircuitSolution solution = solve(problem);
  write_json(settings.output, to_json(problem, solution));
  for (const std::string& note : solution.notes) std::cerr << "mho: note: " << note << '\n';
  if (solution.status == CircuitStatus::kOk) return kExitOk;
  std::cerr << "mho: " << name_of(solution.status) << ": " << solution.message << '\n';
  return solution.status == CircuitStatus::kSaturated ? kExitOk : kExitFailed;
}

}  // namespace

void add_circuit_command(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<CircuitSettings>();
  CLI::App* command =
      app.add_subcommand("circuit", "solve one analogue circuit: operating point or transient");
  command->footer(
      "The problem is a JSON object; docs/circuits.md lists every key. Kinds: mvm (multiply), inv (solve G o "
      "= "
      "-I),\n"
      "ginv (least squares), nnls (with outputs >= 0), egv (dominant eigenvector). Units are SI.\n"
      "\n"
      "  {\"kind\": \"inv\", \"G\": [[30e-6, 5e-6], [2e-6, 20e-6]], \"I_in\": [2e-6, -1e-6], \"r_wire\": "
      "1.73}\n"
      "  {\"kind\": \"inv\", \"analysis\": \"tran\", …, \"opamp\": {\"gain\": 1e5, \"gbw\": 5e8},\n"
      "   \"t_rise\": 1e-9, \"tstop\": 100e-9, \"dt\": 0.25e-9}\n"
      "\n"
      "Exit code: 0 solved (a saturated output is reported in the result), 1 the circuit has no solution "
      "(the\n"
      "result says \"stable\": false and which eigenvalue is to blame), 2 wrong input.");
  command->add_option("problem", settings->problem, "problem file, - is stdin")
      ->required()
      ->option_text("problem.json");
  command->add_option("-o,--output", settings->output, "write the result to FILE (default: stdout)")
      ->option_text("result.json");
  command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace mho::platform::cli
