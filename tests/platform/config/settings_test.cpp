// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "models/base/error.hpp"
#include "models/base/random.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string load_message(const std::string& yaml) {
  try {
    Settings().load_text(yaml, "chip.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string assign_message(const std::string& assignment) {
  try {
    Settings().assign(assignment);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Settings, StartWithTheDefaults) {
  const Settings settings;
  for (const Parameter& p : parameters()) {
    EXPECT_EQ(settings.value(p.key), p.default_value);
    EXPECT_EQ(settings.place(p.key), "default");
  }
}

TEST(Settings, TakeWhatAFileSaysAndRememberWhere) {
  Settings settings;
  settings.load_text(
      "# a chip\ninv:\n  count: 2\n  write_verify: false\ntiming: {mode: theory}\n\nseed: 7\ncpu:\n",
      "chip.yaml");
  EXPECT_EQ(settings.integer("inv.count"), 2);
  EXPECT_FALSE(settings.boolean("inv.write_verify"));
  EXPECT_EQ(settings.text("timing.mode"), "theory");
  EXPECT_EQ(settings.integer("seed"), 7);
  EXPECT_EQ(settings.place("inv.count"), "chip.yaml:3");
  EXPECT_EQ(settings.place("seed"), "chip.yaml:7");
  EXPECT_EQ(settings.place("inv.size"), "default");
}

TEST(Settings, EmptyFilesChangeNothing) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "{}"}) {
    Settings settings;
    settings.load_text(text, "chip.yaml");
    EXPECT_EQ(settings.canonical(), Settings().canonical());
  }
}

TEST(Settings, AssignmentsGoOnTopOfFiles) {
  Settings settings;
  settings.load_text("inv: {size: 4}", "chip.yaml");
  settings.assign("inv.size=2");
  EXPECT_EQ(settings.integer("inv.size"), 2);
  EXPECT_EQ(settings.place("inv.size"), "--set inv.size=2");
}

TEST(Settings, UnknownKeysNameLineAndNearestKey) {
  EXPECT_EQ(
      load_message("inv:\n  size: 8\n  cuont: 3\n"),
      "chip.yaml:3: unknown key 'inv.cuont'; the nearest is 'inv.count' (mho config --defaults lists all)");
  EXPECT_THAT(load_message("inw:\n  size: 8\n"), StartsWith("chip.yaml:1: unknown key 'inw'"));
  EXPECT_THAT(load_message("sed: 3\n"), HasSubstr("'seed'"));
  EXPECT_THAT(assign_message("inv.cuont=3"),
              StartsWith("--set inv.cuont=3: unknown key 'inv.cuont'; the nearest"));
}

TEST(Settings, ValuesOutOfRangeNameTheBound) {
  EXPECT_EQ(load_message("inv:\n  size: 65\n"), "chip.yaml:2: inv.size = 65 is too large; allowed: 1 to 64");
  EXPECT_EQ(assign_message("adc.bits=16"), "--set adc.bits=16: adc.bits = 16 is too large; allowed: 2 to 15");
  EXPECT_THAT(load_message("cell:\n  levels: eight\n"),
              StartsWith("chip.yaml:2: cell.levels = eight is not an"));
}

TEST(Settings, ShapesThatDoNotFitAreRefused) {
  EXPECT_THAT(load_message("inv: 8\n"), HasSubstr("chip.yaml:1: 'inv' is a section"));
  EXPECT_THAT(load_message("- inv\n"), HasSubstr("chip.yaml:1: expected sections"));
  EXPECT_THAT(load_message("inv:\n  size: [8, 9]\n"),
              HasSubstr("chip.yaml:2: inv.size must be a single value"));
  EXPECT_THAT(load_message("inv:\n  size:\n"), HasSubstr("chip.yaml:2: inv.size must be a single value"));
  EXPECT_THAT(load_message("inv:\n  size: \"8\"\n"), HasSubstr("without quotes"));
  EXPECT_THAT(load_message("inv.size: 8\n"), HasSubstr("write 'inv.size' as a section 'inv:'"));
  EXPECT_THAT(load_message("? [a]\n: 8\n"), HasSubstr("plain word"));
  EXPECT_THAT(load_message("inv:\n  size: 8\n  size: 4\n"),
              HasSubstr("chip.yaml:3: key 'inv.size' is given twice"));
  EXPECT_THAT(load_message("inv: {size: 8}\ninv: {count: 4}\n"),
              HasSubstr("chip.yaml:2: key 'inv' is given twice"));
  EXPECT_THAT(load_message("seed: 1\n---\nseed: 2\n"),
              HasSubstr("chip.yaml:2: text outside the YAML document"));
  EXPECT_THAT(load_message(",seed: 1\n"), HasSubstr("chip.yaml:1: text outside the YAML document"));
}

TEST(Settings, ListsAreSequencesOfNumbers) {
  const std::vector<double> expected{5e-7, 1e-6, 3.5e-5};
  for (const char* text : {"inv:\n  level_list_siemens: [5e-7, 1e-6, 3.5e-5]\n",
                           "inv:\n  level_list_siemens:\n    - 5e-7\n    - 1e-6\n    - 3.5e-5\n"}) {
    Settings settings;
    settings.load_text(text, "chip.yaml");
    EXPECT_EQ(settings.numbers("inv.level_list_siemens"), expected);
    Settings again;
    again.load_text(settings.to_yaml(), "chip.yaml");
    EXPECT_EQ(again.canonical(), settings.canonical());
  }
  Settings assigned;
  assigned.assign("inv.level_list_siemens=[5e-7,1e-6,35e-6]");
  EXPECT_EQ(assigned.numbers("inv.level_list_siemens"), expected);
  const auto list_message = [](const std::string& list) {
    return load_message("inv:\n  level_list_siemens: " + list + "\n");
  };
  EXPECT_EQ(list_message("5e-7"),
            "chip.yaml:2: inv.level_list_siemens must be a list (a list of at most 64, each 0 to 1)");
  EXPECT_THAT(list_message(""), StartsWith("chip.yaml:2: inv.level_list_siemens must be a list"));
  EXPECT_THAT(list_message("'[5e-7]'"), StartsWith("chip.yaml:2: inv.level_list_siemens must be a list"));
  EXPECT_THAT(list_message("[5e-7, [1e-6]]"), HasSubstr("must be a list of single numbers"));
  EXPECT_THAT(list_message("[5e-7, {a: 1}]"), HasSubstr("must be a list of single numbers"));
  EXPECT_THAT(list_message("\n    - 1e-6,2e-6"), StartsWith("chip.yaml:3: "));
  EXPECT_THAT(list_message("[5e-7, '1e-6']"), HasSubstr("write the number without quotes"));
  EXPECT_THAT(list_message("[5e-7, x]"), HasSubstr("= x is not a finite number"));
}

TEST(Settings, BrokenYamlNamesTheLine) {
  EXPECT_THAT(load_message("inv:\n  size: 8\n count: 3\n"), StartsWith("chip.yaml:3: not valid YAML: "));
  EXPECT_THAT(load_message("inv: {size: 8\n"), StartsWith("chip.yaml:"));
  EXPECT_THAT(load_message("seed: *nobody\n"), StartsWith("chip.yaml:1: not valid YAML: "));
}

TEST(Settings, AllErrorsOfAFileAreReportedAtOnce) {
  const std::string message = load_message("inv:\n  size: 65\n  cuont: 1\nadc:\n  bits: x\n");
  EXPECT_THAT(message, HasSubstr("chip.yaml:2:"));
  EXPECT_THAT(message, HasSubstr("\nchip.yaml:3:"));
  EXPECT_THAT(message, HasSubstr("\nchip.yaml:5:"));
}

TEST(Settings, AFileWithErrorsChangesNothing) {
  Settings settings;
  EXPECT_THROW(settings.load_text("inv:\n  size: 4\n  count: 0\n", "chip.yaml"), InputError);
  EXPECT_EQ(settings.integer("inv.size"), 8);
}

TEST(Settings, UnreadableFilesAreNamed) {
  try {
    Settings().load("/nonexistent/chip.yaml");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nonexistent/chip.yaml"));
  }
  EXPECT_THROW(Settings().load(std::filesystem::temp_directory_path()), InputError);
}

TEST(Settings, AssignmentsNeedAKeyAndAnEqualsSign) {
  EXPECT_THAT(assign_message("inv.size"), HasSubstr("expected key=value"));
  EXPECT_THAT(assign_message("=3"), HasSubstr("expected key=value"));
  EXPECT_THAT(assign_message(""), HasSubstr("expected key=value"));
  EXPECT_THAT(assign_message("inv.size="), HasSubstr("is not an integer"));
}

TEST(Settings, ReadingAKeyAsAnotherTypeIsAMistakeOfTheProgram) {
  EXPECT_THROW((void)Settings().integer("timing.mode"), InternalError);
  EXPECT_THROW((void)Settings().number("no.such_key"), InternalError);
}

TEST(Settings, HashIsOfTheValuesAndNotOfTheirSpelling) {
  Settings a;
  Settings b;
  a.assign("cpu.clock_hz=500000000");
  b.load_text("cpu: {clock_hz: 5e8}", "chip.yaml");
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_NE(a.hash(), Settings().hash());
  EXPECT_EQ(a.hash().size(), 32u);
  b.assign("cpu.clock_hz=1000000000");
  EXPECT_EQ(b.hash(), Settings().hash());
}

TEST(Settings, EveryKeyChangesTheHash) {
  const std::string untouched = Settings().hash();
  for (const Parameter& p : parameters()) {
    if (p.type == ParameterType::kText && p.choices.size() < 2) continue;
    Settings settings;
    std::string other;
    switch (p.type) {
      case ParameterType::kBoolean:
        other = std::get<bool>(p.default_value) ? "false" : "true";
        break;
      case ParameterType::kNumbers:
        other = "[0.5]";
        break;
      case ParameterType::kText:
        other = p.choices[0] == std::get<std::string>(p.default_value) ? p.choices[1] : p.choices[0];
        break;
      default: {
        const bool is_at_maximum = to_string(p.default_value) == to_string(ConfigValue(*p.maximum));
        const double step =
            p.type == ParameterType::kInteger ? static_cast<double>(p.multiple_of) : *p.maximum * 1e-3;
        const double from = p.type == ParameterType::kInteger
                                ? static_cast<double>(std::get<std::int64_t>(p.default_value))
                                : std::get<double>(p.default_value);
        const bool goes_down = is_at_maximum || from + step > *p.maximum;
        other = to_string(ConfigValue(goes_down ? from - step : from + step));
      }
    }
    SCOPED_TRACE(p.key + " = " + other);
    settings.assign(p.key + "=" + other);
    EXPECT_NE(settings.hash(), untouched);
  }
}

TEST(Settings, YamlOfDefaultsReadsBackUnchanged) {
  Settings changed;
  changed.assign("opamp.gain=12345.678901234567");
  changed.assign("mvm.write_verify=false");
  changed.assign("cost.profile=aggressive");
  Settings read;
  read.load_text(changed.to_yaml(), "chip.yaml");
  EXPECT_EQ(read.canonical(), changed.canonical());
}

TEST(Settings, SurviveMutatedFiles) {
  constexpr std::uint64_t kSeed = 77;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  const Random random(kSeed);
  const std::string base = "inv:\n  size: 8\n  count: 64\ntiming: {mode: theory}\nseed: 7\n";
  const std::string alphabet = ":{}[]-&*!?|>'\"#%@ \n\t0aA.,";
  std::size_t refused = 0;
  for (std::uint32_t trial = 0; trial < 3000; ++trial) {
    std::string text = base;
    for (std::uint32_t k = 0; k < 3; ++k) {
      const auto draw = random.words(RandomPurpose::kTest, {trial, 0, 0}, k);
      const std::size_t at = draw[0] % text.size();
      const char c = alphabet[draw[1] % alphabet.size()];
      if (draw[2] % 3 == 0)
        text[at] = c;
      else if (draw[2] % 3 == 1)
        text.insert(at, 1, c);
      else
        text.erase(at, 1);
    }
    try {
      Settings().load_text(text, "f");
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), StartsWith("f:"));
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace mho::platform
