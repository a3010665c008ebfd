// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/fault_options.hpp"

#include <fmt/format.h>

#include "platform/cli/fault_spec.hpp"

namespace mho::platform::cli {

void add_fault_options(CLI::App& command, FaultOptions& options) {
  constexpr const char* kGroup = "Faults (docs/faults.md)";
  command
      .add_option("--fault", options.faults,
                  "let something go wrong, such as dru.irq:lost,count=1 or ram:flip,address=0x80010000,bit=3,"
                  "time=1ms; may be repeated")
      ->option_text("PLACE:WHAT[=VALUE][,KEY=VALUE...]")
      ->expected(1)
      ->take_all()
      ->delimiter('\0')
      ->group(kGroup);
  command.add_option("--faults", options.file, "a YAML list of such faults")
      ->option_text("FILE.yaml")
      ->group(kGroup);
}

void apply_faults(const FaultOptions& options, ChipConfig& chip) {
  std::vector<fault::Fault> faults;
  if (!options.file.empty()) faults = load_faults(options.file, chip);
  for (const std::string& text : options.faults) faults.push_back(parse_fault(text, "--fault", chip));
  chip.machine.faults = std::move(faults);
}

nlohmann::ordered_json faults_json(const fault::Injector& faults) {
  auto all = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < faults.faults().size(); ++i) {
    const fault::Record& record = faults.records()[i];
    auto events = nlohmann::ordered_json::array();
    for (const fault::Injection& injection : record.injections) {
      events.push_back(
          {{"time_s", static_cast<double>(injection.time_ps) * 1e-12}, {"effect", injection.effect}});
    }
    all.push_back(
        {{"fault", faults.faults()[i].text}, {"count", record.count}, {"events", std::move(events)}});
  }
  return all;
}

std::string faults_text(const fault::Injector& faults) {
  std::string text;
  for (std::size_t i = 0; i < faults.faults().size(); ++i) {
    const fault::Record& record = faults.records()[i];
    text += fmt::format("mho: fault {}: ", faults.faults()[i].text);
    if (record.injections.empty()) {
      text += "did not happen\n";
      continue;
    }
    const fault::Injection& first = record.injections.front();
    text +=
        fmt::format("happened {} time{}, first at {:.9g} s: {}\n", record.count, record.count == 1 ? "" : "s",
                    static_cast<double>(first.time_ps) * 1e-12, first.effect);
  }
  return text;
}

}  // namespace mho::platform::cli
