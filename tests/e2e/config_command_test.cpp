// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ConfigCommand, DefaultsAreAValidFile) {
  const TemporaryFolder folder;
  const ProgramResult defaults = run_mho({"config", "--defaults"});
  EXPECT_EQ(defaults.exit_code, 0);
  const std::string file = folder.write("chip.yaml", defaults.out);
  const ProgramResult check = run_mho({"config", "--check", file});
  EXPECT_EQ(check.exit_code, 0);
  EXPECT_THAT(check.out, HasSubstr("valid"));
}

TEST(ConfigCommand, CheckNamesLineAndNearestKey) {
  const TemporaryFolder folder;
  const std::string file = folder.write("chip.yaml", "inv:\n  size: 4\n  cuont: 3\n");
  const ProgramResult check = run_mho({"config", "--check", file});
  EXPECT_EQ(check.exit_code, 2);
  EXPECT_THAT(check.err, HasSubstr(file + ":3: unknown key 'inv.cuont'; the nearest is 'inv.count'"));
}

TEST(ConfigCommand, CheckSeesValuesThatDoNotFitEachOther) {
  const TemporaryFolder folder;
  const std::string file = folder.write("chip.yaml", "mvm:\n  size: 8\n");
  EXPECT_EQ(run_mho({"config", "--check", file}).exit_code, 2);
}

TEST(ConfigCommand, CheckIsOfTheFileWithWhatIsSet) {
  const TemporaryFolder folder;
  const std::string file = folder.write("chip.yaml", "mvm:\n  size: 8\n");
  const ProgramResult mended = run_mho({"config", "--check", file, "--set", "mvm.rows_per_read=8"});
  EXPECT_EQ(mended.exit_code, 0) << mended.err;
  // The hash is that of the chip, however it was said.
  const std::string same = folder.write("same.yaml", "mvm:\n  size: 8\n  rows_per_read: 8\n");
  const std::string hash = mended.out.substr(mended.out.find("config_hash"));
  EXPECT_EQ(run_mho({"config", "--check", same}).out, same + ": valid; " + hash);
  EXPECT_NE(run_mho({"config", "--check", same, "--seed", "7"}).out, same + ": valid; " + hash);
  const ProgramResult broken = run_mho({"config", "--check", same, "--set", "mvm.rows_per_read=9"});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_THAT(broken.err, HasSubstr("--set mvm.rows_per_read=9: mvm.rows_per_read = 9 must be at most"));
}

TEST(ConfigCommand, CheckTakesOneFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("chip.yaml", "mvm:\n  size: 64\n");
  const ProgramResult result = run_mho({"config", "--check", file, "-c", file});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("names another file"));
}

TEST(ConfigCommand, ExplainsKeysAndSections) {
  EXPECT_THAT(run_mho({"config", "--explain", "inv.size"}).out, HasSubstr("allowed  1 to 64"));
  EXPECT_THAT(run_mho({"config", "--explain", "timing"}).out, HasSubstr("timing.measured_inv_s"));
  const ProgramResult unknown = run_mho({"config", "--explain", "inv.sice"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("'inv.size'"));
}

TEST(ConfigCommand, SchemaIsDraft7Json) {
  const auto schema = nlohmann::json::parse(run_mho({"config", "--schema"}).out);
  EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
}

TEST(ConfigCommand, NeedsExactlyOneRequest) {
  EXPECT_EQ(run_mho({"config"}).exit_code, 2);
  EXPECT_EQ(run_mho({"config", "--schema", "--defaults"}).exit_code, 2);
}

/// MHO_UPDATE_GOLDEN=1 rewrites the page.
void expect_current(const std::string& option, const std::string& file) {
  const ProgramResult result = run_mho({"config", option});
  ASSERT_EQ(result.exit_code, 0);
  if (std::getenv("MHO_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << result.out;
  EXPECT_EQ(result.out, read_text(file));
}

TEST(ConfigCommand, AreaIsThatOfTheChosenChip) {
  const auto area = [](std::vector<std::string> options) {
    options.insert(options.begin(), {"config", "--area"});
    return run_mho(options);
  };
  const std::string plain = area({}).out;
  EXPECT_THAT(plain, HasSubstr("amc.mvm_macros"));
  EXPECT_THAT(plain, Not(HasSubstr("checksum")));
  EXPECT_THAT(area({"--set", "mvm.checksum=on"}).out, HasSubstr("amplifiers, checksum"));
  EXPECT_THAT(area({"--set", "ginv.count=1"}).out, HasSubstr("amc.ginv_macros"));
  EXPECT_EQ(area({"--set", "inv.count=none"}).exit_code, 2);
  const auto json = nlohmann::json::parse(area({"--json", "-"}).out);
  double parts_m2 = 0, blocks_m2 = 0;
  for (const auto& part : json.at("parts")) parts_m2 += part.at("total_m2").get<double>();
  for (const auto& block : json.at("by_block_m2")) blocks_m2 += block.get<double>();
  EXPECT_DOUBLE_EQ(json.at("total_m2").get<double>(), parts_m2);
  EXPECT_NEAR(blocks_m2, parts_m2, 1e-12 * parts_m2);
  EXPECT_EQ(run_mho({"config", "--defaults", "--json", "-"}).exit_code, 2);
  EXPECT_EQ(run_mho({"config", "--schema", "--set", "inv.count=2"}).exit_code, 2);
}

TEST(ConfigCommand, ReferencePageInTheDocumentationIsCurrent) {
  expect_current("--markdown", MHO_DOCS "/configuration.md");
}

TEST(ConfigCommand, PageOfAssumptionsInTheDocumentationIsCurrent) {
  expect_current("--assumptions", MHO_DOCS "/assumptions.md");
}

TEST(ConfigCommand, AssumptionsAreTheKeysOfTrustAAndAllComponentFigures) {
  const std::string page = run_mho({"config", "--assumptions"}).out;
  EXPECT_THAT(page, HasSubstr("## How the models are made"));
  EXPECT_THAT(page, HasSubstr("| `bus.latency_cycles` | 4 | cycle |"));
  EXPECT_THAT(page, Not(HasSubstr("| `cell.levels` |")));  // from the paper
  EXPECT_THAT(page, HasSubstr("| `adc.08b.conversion` | survey | 2.61 pJ | 40 nm | C, cited |"));
  EXPECT_THAT(page, HasSubstr("| `adc.08b.conversion` | aggressive |"));
}

}  // namespace
}  // namespace mho::test
