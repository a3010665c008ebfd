// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The `mho` program: one subcommand per file in platform/cli.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "models/base/error.hpp"
#include "platform/cli/command.hpp"

// libsystemc's own main looks for it; simulations are started by the subcommands.
extern "C" int sc_main(int, char**) {
  return 0;
}

namespace {

using namespace mho::platform;

/// @param first  argument, null if there is none
std::string reason_of(const CLI::ParseError& error, const CLI::App& app, const char* first) {
  if (first == nullptr || first[0] == '-' || !app.get_subcommands().empty()) return error.what();
  std::string known;
  for (const CLI::App* command : app.get_subcommands(nullptr))
    known += (known.empty() ? "" : ", ") + command->get_name();
  return std::string("no command is called '") + first + "', there are " + known;
}

int run(int argc, char** argv) {
  CLI::App app(
      "mho: a virtual chip that solves matrix equations in analogue RRAM arrays, with a RISC-V CPU that "
      "runs real firmware");
  app.name("mho");
  app.set_version_flag("--version", "mho " MHO_VERSION);
  app.require_subcommand(1);
  app.footer("`mho COMMAND --help` explains a command.");
  int exit_code = cli::kExitOk;
  cli::add_solve_command(app, exit_code);
  cli::add_run_command(app, exit_code);
  cli::add_circuit_command(app, exit_code);
  cli::add_config_command(app, exit_code);
  cli::add_register_coverage_command(app, exit_code);
  cli::add_bench_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
    const auto chosen = app.get_subcommands();
    const std::string command = chosen.empty() ? "mho" : "mho " + chosen.front()->get_name();
    std::cerr << "mho: " << reason_of(error, app, argv[1]) << "; see " << command << " --help\n";
    return cli::kExitWrongInput;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  try {
    const int exit_code = run(argc, argv);
    std::cout.flush();
    mho::require(std::cout.good(), "stdout: cannot be written; is the disk full?");
    return exit_code;
  } catch (const mho::InputError& error) {
    std::cerr << "mho: " << error.what() << '\n';
    return cli::kExitWrongInput;
  } catch (const std::exception& error) {
    std::cerr << "mho: internal error, please report it: " << error.what() << '\n';
    return cli::kExitInternal;
  }
}
