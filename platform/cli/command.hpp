// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How a subcommand joins the `mho` program: one function per file adds the subcommand, its options and a
// callback that runs it and leaves the exit code. Wrong input is thrown as InputError; main() reports it.
#pragma once

#include <CLI/CLI.hpp>

namespace mho::platform::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;      ///< the run failed: hang, limit, no convergence
inline constexpr int kExitWrongInput = 2;  ///< wrong input, option or configuration
inline constexpr int kExitInternal = 70;   ///< a mistake of mho itself

/// `mho bench`
void add_bench_command(CLI::App& app, int& exit_code);

/// `mho circuit`
void add_circuit_command(CLI::App& app, int& exit_code);

/// `mho config`
void add_config_command(CLI::App& app, int& exit_code);

/// `mho register-coverage`
void add_register_coverage_command(CLI::App& app, int& exit_code);

/// `mho run`
void add_run_command(CLI::App& app, int& exit_code);

/// `mho solve`
void add_solve_command(CLI::App& app, int& exit_code);

}  // namespace mho::platform::cli
