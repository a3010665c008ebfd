// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// `mho config`: the chip's parameters, their defaults and what they mean.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>

#include "models/base/error.hpp"
#include "platform/cli/command.hpp"
#include "platform/config/chip_config.hpp"
#include "platform/config/documentation.hpp"
#include "platform/config/schema.hpp"
#include "platform/config/settings.hpp"

namespace mho::platform::cli {
namespace {

struct ConfigSettings {
  bool defaults = false;
  std::string check;
  std::string explain;
  bool schema = false;
  bool markdown = false;
  bool assumptions = false;
};

int check(const std::string& file) {
  Settings settings;
  settings.load(file);
  const ChipConfig chip = chip_config(settings);
  std::cout << fmt::format("{}: valid; config_hash {}\n", file, chip.hash);
  return kExitOk;
}

int run(const ConfigSettings& settings) {
  if (!settings.check.empty()) return check(settings.check);
  if (!settings.explain.empty()) {
    std::cout << explain(settings.explain);
  } else if (settings.schema) {
    std::cout << schema_text();
  } else if (settings.markdown) {
    std::cout << configuration_markdown();
  } else if (settings.assumptions) {
    std::cout << assumptions_markdown();
  } else {
    std::cout << Settings().to_yaml();
  }
  return kExitOk;
}

}  // namespace

void add_config_command(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<ConfigSettings>();
  CLI::App* command = app.add_subcommand("config", "show, check and explain the chip configuration");
  command->footer(
      "A configuration is a YAML file of sections and keys for `mho solve -c FILE`; what it leaves out keeps "
      "its\n"
      "default.\n"
      "\n"
      "Examples:\n"
      "  mho config --defaults > chip.yaml\n"
      "  mho config --check chip.yaml\n"
      "  mho config --explain inv.write_tolerance\n"
      "  mho config --explain timing");
  command->add_flag("--defaults", settings->defaults,
                    "print a complete configuration file with all defaults");
  command->add_option("--check", settings->check, "check a configuration file")->option_text("FILE");
  command
      ->add_option("--explain", settings->explain,
                   "print meaning, range, default and source of a key or section")
      ->option_text("KEY");
  command->add_flag("--schema", settings->schema, "print the JSON schema, for editors");
  command->add_flag("--markdown", settings->markdown, "print the reference page");
  command->add_flag("--assumptions", settings->assumptions, "print the page of what is our assumption");
  command->require_option(1);
  command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace mho::platform::cli
