// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

#include <gtest/gtest.h>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

TEST(CircuitSections, LinesAndTheirCompensationReachTheMacros) {
  const amc::AmcParams defaults, chip = with({}).amc;
  EXPECT_EQ(chip.lines.row_segment_ohm, defaults.lines.row_segment_ohm);
  EXPECT_EQ(chip.lines.column_segment_ohm, defaults.lines.column_segment_ohm);
  EXPECT_EQ(chip.lines.row_port_ohm, defaults.lines.row_port_ohm);
  EXPECT_EQ(chip.headroom, defaults.headroom);
  EXPECT_EQ(chip.inv_compensated, defaults.inv_compensated);
  EXPECT_EQ(chip.mvm_compensated, defaults.mvm_compensated);
  EXPECT_EQ(chip.refresh_change, defaults.refresh_change);
  EXPECT_EQ(chip.kelvin, defaults.kelvin);
  const amc::AmcParams other =
      with({"lines.row_segment_ohm=1", "lines.column_segment_ohm=2", "lines.row_port_ohm=3",
            "lines.column_port_ohm=4", "lines.headroom=0.5", "inv.line_compensation=true"})
          .amc;
  EXPECT_EQ(other.lines.row_segment_ohm, 1);
  EXPECT_EQ(other.lines.column_segment_ohm, 2);
  EXPECT_EQ(other.lines.row_port_ohm, 3);
  EXPECT_EQ(other.lines.column_port_ohm, 4);
  EXPECT_EQ(other.headroom, 0.5);
  EXPECT_TRUE(other.inv_compensated);
  // The input conductance follows the span of the levels.
  EXPECT_NEAR(other.g_in_siemens, with({}).amc.g_in_siemens * 0.5, 1e-12);
}

TEST(CircuitSections, LineEndsReachTheMacros) {
  EXPECT_EQ(with({}).amc.lines.row_end, circuit::LineEnd::kFirst);
  EXPECT_EQ(with({}).amc.lines.column_end, circuit::LineEnd::kLast);
  const circuit::LineParams lines = with({"lines.row_end=both", "lines.column_end=first"}).amc.lines;
  EXPECT_EQ(lines.row_end, circuit::LineEnd::kBoth);
  EXPECT_EQ(lines.column_end, circuit::LineEnd::kFirst);
}

TEST(CircuitSections, EffectsOfTheLoopAreOffUnlessGiven) {
  EXPECT_FALSE(circuit::is_on(with({}).amc.loop));
  EXPECT_EQ(with({"inv.signs=inverters"}).amc.loop.signs, circuit::InvSigns::kInverters);
  EXPECT_EQ(with({"inv.signs=compensation"}).amc.loop.signs, circuit::InvSigns::kCompensation);
  const circuit::LoopEffects on = with({"opamp.second_pole_hz=1e9", "opamp.input_farad=1e-14",
                                        "opamp.output_ohm=50", "inv.inverter_conductance_siemens=2e-4"})
                                      .amc.loop;
  EXPECT_EQ(on.second_pole_hz, 1e9);
  EXPECT_EQ(on.input_farad, 1e-14);
  EXPECT_EQ(on.output_ohm, 50);
  EXPECT_EQ(on.inverter_siemens, 2e-4);
}

}  // namespace
}  // namespace mho::platform
