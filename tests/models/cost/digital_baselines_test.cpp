// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/cost/digital_baselines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "models/cost/component_table.hpp"

namespace mho::cost {
namespace {

using testing::HasSubstr;

const DigitalBaseline& baseline(std::string_view key) {
  return *std::ranges::find(digital_baselines(), key, &DigitalBaseline::key);
}

TEST(DigitalBaselines, AllHaveANameANumberFormatAndASource) {
  std::set<std::string_view> keys;
  for (const DigitalBaseline& b : digital_baselines()) {
    EXPECT_TRUE(keys.insert(b.key).second) << b.key;
    EXPECT_FALSE(b.name.empty() || b.part.empty() || b.numbers.empty()) << b.key;
    EXPECT_GT(b.source.size(), 40U) << b.key;
    EXPECT_GE(b.parts, 1U) << b.key;
    EXPECT_GT(b.operations_per_s, 0) << b.key;
    EXPECT_GT(b.watts, 0) << b.key;
  }
}

TEST(DigitalBaselines, EliminationTakesTwoThirdsOfTheCube) {
  // One division, one product and a difference, and two divisions count as operations of lower order.
  EXPECT_DOUBLE_EQ(lu_operations(3), 18 + 18);
  EXPECT_NEAR(lu_operations(3000) / 1.8e10, 1, 2e-3);
}

TEST(DigitalBaselines, APartTakesAsMuchLongerAsThereArePartsAtTheSameEnergy) {
  for (const DigitalBaseline& b : digital_baselines()) {
    const BaselineCost cost = cost_of_lu(b, 256);
    EXPECT_DOUBLE_EQ(cost.part_s, cost.device_s * b.parts) << b.key;
    EXPECT_DOUBLE_EQ(cost.energy_J, cost.part_s * b.watts / b.parts) << b.key;
  }
}

TEST(DigitalBaselines, AnA64fxCoreGivesFiftyFourGigaflops) {
  const DigitalBaseline& b = baseline("a64fx");
  // 1.9995 PFLOP/s over 768 · 48 cores; 118.48 kW over 768 processors.
  EXPECT_NEAR(b.operations_per_s / b.parts, 54.24e9, 0.01e9);
  EXPECT_NEAR(b.watts, 154.27, 0.02);
}

TEST(DigitalBaselines, TheDetectorTakesThirtyNanojoulesAVector) {
  const DigitalBaseline& b = baseline("mmse_asic");
  // 646 mW at 21.25 million vectors a second.
  EXPECT_NEAR(45056 / b.operations_per_s * b.watts, 30.4e-9, 0.05e-9);
}

TEST(DigitalBaselines, MultiplyAddUnitsCostWhatTheComponentTableSays) {
  const ComponentTable table;
  const DigitalBaseline& b = baseline("mac32");
  EXPECT_NEAR(2 * b.watts / b.operations_per_s, table.joules("digital.mul32") + table.joules("digital.add32"),
              1e-18);
}

TEST(DigitalBaselines, ThePageNamesEachWithItsSource) {
  const std::string page = baselines_to_markdown();
  for (const DigitalBaseline& b : digital_baselines()) {
    EXPECT_THAT(page, HasSubstr(std::string(b.name)));
    EXPECT_THAT(page, HasSubstr(std::string(b.source)));
  }
}

}  // namespace
}  // namespace mho::cost
