// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/cost/component_table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/adc.hpp"
#include "models/circuit/dac.hpp"
#include "models/circuit/opamp.hpp"
#include "models/circuit/timing.hpp"
#include "models/device/write_verify.hpp"

namespace mho::cost {
namespace {

using testing::HasSubstr;

TEST(ComponentTable, EveryRowIsCompleteAndUnique) {
  std::set<std::pair<std::string_view, Profile>> seen;
  for (const ComponentRow& row : component_rows()) {
    SCOPED_TRACE(std::string(row.key));
    EXPECT_TRUE(seen.insert({row.key, row.profile}).second);
    EXPECT_GT(row.value, 0.0);
    EXPECT_GT(row.source.size(), 5U);
    EXPECT_THAT(std::string("PSCDA"), HasSubstr(std::string(1, row.trust)));
    EXPECT_GE(row.node_nm, 22U);
  }
  EXPECT_GT(seen.size(), 50U);
}

TEST(ComponentTable, EveryKeyHasASurveyRowAndRowsAreSorted) {
  const auto rows = component_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NO_THROW((void)ComponentTable(Profile::kSurvey).row(rows[i].key)) << rows[i].key;
    if (i > 0) {
      EXPECT_LT(std::pair(rows[i - 1].key, rows[i - 1].profile), std::pair(rows[i].key, rows[i].profile));
    }
  }
}

TEST(ComponentTable, WhatIsOurAssumptionSaysSo) {
  int assumptions = 0;
  for (const ComponentRow& row : component_rows()) {
    if (row.trust != 'A') continue;
    ++assumptions;
    EXPECT_THAT(std::string(row.source), HasSubstr("our assumption")) << row.key;
  }
  EXPECT_GT(assumptions, 0);
  const std::string page = to_markdown();
  EXPECT_THAT(page, HasSubstr("No power, energy or area was published"));
  EXPECT_THAT(page, HasSubstr("A, our assumption"));
}

TEST(ComponentTable, ProfileFallsBackToTheSurveyRow) {
  const ComponentTable survey, aggressive(Profile::kAggressive);
  EXPECT_DOUBLE_EQ(survey.joules("adc.08b.conversion"), 2.61e-12);
  EXPECT_LT(aggressive.joules("adc.08b.conversion"), survey.joules("adc.08b.conversion"));
  EXPECT_EQ(&aggressive.row("dac.01b.conversion"), &survey.row("dac.01b.conversion"));
  for (const ComponentRow& row : component_rows()) {
    EXPECT_LE(aggressive.row(row.key).value, survey.row(row.key).value) << row.key;
  }
}

TEST(ComponentTable, MissingRowsAndWrongUnitsAreInternalErrors) {
  const ComponentTable table;
  EXPECT_THROW((void)table.row("adc.08b.conversions"), InternalError);
  EXPECT_THROW((void)table.watts("adc.08b.conversion"), InternalError);
  EXPECT_THROW((void)table.energy("opamp.bias"), InternalError);
  EXPECT_EQ(table.energy("adc.08b.conversion"), Energy::attojoules(2'610'000));
}

TEST(ComponentTable, NeurosimConverterMatchesTheQuotedEnergy) {
  // components.md: 0.40 pJ at 8 bit, 45 nm; scaled to 40 nm by 0.87.
  EXPECT_NEAR(ComponentTable(Profile::kAggressive).joules("adc.08b.conversion"), 0.40e-12 * 0.87, 0.01e-12);
}

TEST(ComponentTable, ConverterEnergyInterpolatesGeometrically) {
  const ComponentTable table;
  EXPECT_DOUBLE_EQ(table.adc_conversion_joules(8), 2.61e-12);
  EXPECT_DOUBLE_EQ(table.adc_conversion_joules(4), 1.41e-12);
  EXPECT_DOUBLE_EQ(table.adc_conversion_joules(12), 10.9e-12);
  EXPECT_NEAR(table.adc_conversion_joules(7), std::sqrt(1.62 * 2.61) * 1e-12, 1e-18);
  for (unsigned bits = 2; bits <= 12; ++bits) {
    EXPECT_GT(table.adc_conversion_joules(bits), table.adc_conversion_joules(bits - 1));
  }
  EXPECT_THROW((void)table.adc_conversion_joules(13), InputError);
  EXPECT_THROW((void)table.adc_conversion_joules(0), InputError);
}

TEST(ComponentTable, ProfilesHaveNames) {
  EXPECT_EQ(profile_from_string(to_string(Profile::kSurvey)), Profile::kSurvey);
  EXPECT_EQ(profile_from_string(to_string(Profile::kAggressive)), Profile::kAggressive);
  EXPECT_THROW((void)profile_from_string("cheap"), InputError);
}

TEST(ComponentTable, DefaultsOfTheModelsAreItsFigures) {
  const ComponentTable table;
  const circuit::AdcParams adc;
  EXPECT_DOUBLE_EQ(adc.energy_per_conversion_J, table.adc_conversion_joules(adc.bits));
  EXPECT_DOUBLE_EQ(adc.conversion_time_s, table.seconds("adc.08b.conversion_time"));
  const circuit::DacParams dac;
  EXPECT_DOUBLE_EQ(dac.energy_per_conversion_J, table.joules("dac.08b.conversion"));
  EXPECT_DOUBLE_EQ(dac.energy_per_one_bit_conversion_J, table.joules("dac.01b.conversion"));
  EXPECT_DOUBLE_EQ(dac.conversion_time_s, table.seconds("dac.08b.conversion_time"));
  EXPECT_NEAR(circuit::bias_power_watt({}), table.watts("opamp.bias"), 1e-7);
  const circuit::TimingParams timing;
  EXPECT_DOUBLE_EQ(timing.measured_inv_s, table.seconds("inv.response_time"));
  EXPECT_DOUBLE_EQ(timing.measured_mvm_s, table.seconds("mvm.response_time"));
  const device::WriteVerifyParams write;
  EXPECT_DOUBLE_EQ(write.verify_conversion_energy_J, table.joules("rram.program.verify"));
  const double pulse = write.coarse.voltage_volt * write.coarse.voltage_volt * 35e-6 * write.coarse.width_s;
  EXPECT_DOUBLE_EQ(pulse, table.joules("rram.program.pulse"));
}

TEST(ComponentTable, MarkdownHasEveryRow) {
  const std::string page = to_markdown();
  for (const ComponentRow& row : component_rows()) EXPECT_THAT(page, HasSubstr(fmt::format("`{}`", row.key)));
  EXPECT_THAT(page, HasSubstr("| `adc.08b.conversion` | survey | 2.61 pJ | 40 nm | C, cited |"));
}

}  // namespace
}  // namespace mho::cost
