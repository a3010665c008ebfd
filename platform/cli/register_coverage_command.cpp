// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// `mho register-coverage`: adds the files of --register-coverage up and says what of the chip was touched.
#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "platform/cli/command.hpp"
#include "platform/cli/json_file.hpp"
#include "platform/cli/output_check.hpp"
#include "platform/register_coverage/coverage_report.hpp"
#include "platform/register_coverage/register_use_json.hpp"

namespace mho::platform::cli {
namespace {

struct Settings {
  std::vector<std::string> files;
  std::string json;
};

int run(const Settings& settings) {
  std::vector<NamedFile> inputs;
  for (const std::string& file : settings.files) inputs.push_back({"an input", file});
  check_outputs(inputs, std::array{NamedFile{"--json", settings.json}});
  register_coverage::RegisterCoverage sum;
  for (const std::string& file : settings.files) sum.merge(register_coverage::read_coverage(file));
  const register_coverage::CoverageReport report = register_coverage::report_of(sum);
  if (settings.json != "-") std::cout << register_coverage::to_text(report, sum);
  if (!settings.json.empty()) write_json(settings.json, register_coverage::to_json(report, sum));
  return kExitOk;
}

}  // namespace

void add_register_coverage_command(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<Settings>();
  CLI::App* command = app.add_subcommand(
      "register-coverage", "say which registers of the chip firmware has touched, and which not");
  command->footer(
      "A register is touched when the CPU has read or written it; a field that software can write when it\n"
      "was given another value than after reset, any other field when it was read. Bits count when they "
      "were\n"
      "seen as 0 and as 1. Equal registers and equal blocks count as one.\n"
      "\n"
      "Examples:\n"
      "  mho run a.elf --register-coverage a.json && mho run b.elf --register-coverage b.json\n"
      "  mho register-coverage a.json b.json\n"
      "  mho register-coverage a.json b.json --json all.json    # can be added to others again");
  command->add_option("files", settings->files, "files that --register-coverage or --json have written")
      ->required()
      ->option_text("FILE...");
  command
      ->add_option("--json", settings->json, "write sum, summary and what is untouched to FILE, - is stdout")
      ->option_text("FILE");
  command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace mho::platform::cli
