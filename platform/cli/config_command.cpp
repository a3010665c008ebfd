// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// `mho config`: the chip's parameters, their defaults and what they mean.
#include <fmt/format.h>

#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <string>

#include "models/base/error.hpp"
#include "platform/cli/chip_options.hpp"
#include "platform/cli/command.hpp"
#include "platform/cli/json_file.hpp"
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
  bool area = false;
  std::string json;
  ChipOptions chip;
};

int check(const std::string& file, ChipOptions options) {
  require(options.file.empty(), "--check {}: --chip {} names another file; give one of them", file,
          options.file);
  options.file = file;
  const ChipConfig chip = chip_config(settings_of(options));
  std::cout << fmt::format("{}: valid; config_hash {}\n", file, chip.hash);
  return kExitOk;
}

double total_m2(const ChipConfig& chip) {
  return std::accumulate(chip.area.begin(), chip.area.end(), 0.0,
                         [](double sum, const amc::AreaItem& item) { return sum + item.total_m2(); });
}

/// The sums of the parts of each block, by name.
std::map<std::string, double> area_of_blocks_m2(const ChipConfig& chip) {
  std::map<std::string, double> sums;
  for (const amc::AreaItem& item : chip.area) sums[item.block] += item.total_m2();
  return sums;
}

/// In µm², with a line for each part and the sums of blocks.
void print_area(const ChipConfig& chip) {
  std::cout << fmt::format("{:18}{:40}{:>10}{:>14}{:>16}\n", "block", "part", "count", "each, um2",
                           "total, um2");
  for (const amc::AreaItem& item : chip.area) {
    std::cout << fmt::format("{:18}{:40}{:10.0f}{:14.4g}{:16.0f}\n", item.block, item.part, item.count,
                             item.each_m2 * 1e12, item.total_m2() * 1e12);
  }
  std::cout << '\n';
  const double total = total_m2(chip);
  for (const auto& [block, m2] : area_of_blocks_m2(chip))
    std::cout << fmt::format("{:18}{:>26.4f} mm2{:>10.1f} %\n", block, m2 * 1e6, 100 * m2 / total);
  std::cout << fmt::format("{:18}{:>26.4f} mm2\n", "total", total * 1e6);
}

nlohmann::ordered_json area_json(const ChipConfig& chip) {
  nlohmann::ordered_json json{{"config_hash", chip.hash}, {"total_m2", total_m2(chip)}};
  for (const auto& [block, m2] : area_of_blocks_m2(chip)) json["by_block_m2"][block] = m2;
  for (const amc::AreaItem& item : chip.area) {
    json["parts"].push_back({{"block", item.block},
                             {"part", item.part},
                             {"count", item.count},
                             {"each_m2", item.each_m2},
                             {"total_m2", item.total_m2()}});
  }
  return json;
}

void show_area(const ConfigSettings& settings) {
  const ChipConfig chip = chip_config(settings_of(settings.chip));
  if (settings.json != "-") print_area(chip);
  if (!settings.json.empty()) write_json(settings.json, area_json(chip));
}

int run(const ConfigSettings& settings) {
  if (!settings.check.empty()) return check(settings.check, settings.chip);
  if (!settings.explain.empty()) {
    std::cout << explain(settings.explain);
  } else if (settings.schema) {
    std::cout << schema_text();
  } else if (settings.markdown) {
    std::cout << configuration_markdown();
  } else if (settings.area) {
    show_area(settings);
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
      "  mho config --check chip.yaml --set inv.count=2\n"
      "  mho config --explain inv.write_tolerance\n"
      "  mho config --explain timing\n"
      "  mho config --area --set mvm.checksum=on\n"
      "  mho config --area --json - -c chip.yaml");
  CLI::App* action = command->add_option_group("Action", "one of");
  action->add_flag("--defaults", settings->defaults, "print a complete configuration file with all defaults");
  action->add_option("--check", settings->check, "check a configuration file, with what --set changes in it")
      ->option_text("FILE");
  action
      ->add_option("--explain", settings->explain,
                   "print meaning, range, default and source of a key or section")
      ->option_text("KEY");
  action->add_flag("--schema", settings->schema, "print the JSON schema, for editors");
  action->add_flag("--markdown", settings->markdown, "print the reference page");
  action->add_flag("--assumptions", settings->assumptions, "print the page of what is our assumption");
  CLI::Option* area =
      action->add_flag("--area", settings->area, "print what the parts of a chip take on silicon");
  action->require_option(1);
  command
      ->add_option("--json", settings->json, "with --area: write it to FILE, in square metres; - is stdout")
      ->option_text("FILE")
      ->needs(area);
  add_chip_options(*command, settings->chip);
  command->callback([settings, command, area, &exit_code] {
    const bool takes_chip = area->count() > 0 || !settings->check.empty();
    for (const char* option : {"--chip", "--set", "--seed"}) {
      require(takes_chip || command->get_option(option)->count() == 0,
              "mho config: {} needs --check or --area", option);
    }
    exit_code = run(*settings);
  });
}

}  // namespace mho::platform::cli
