// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/amc_params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "models/base/error.hpp"

namespace mho::amc {
namespace {

std::string error_of(const std::function<void(AmcParams&)>& spoil) {
  AmcParams params;
  spoil(params);
  try {
    validate(params);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(AmcParams, DefaultsAreValid) {
  EXPECT_EQ(error_of([](AmcParams&) {}), "");
}

TEST(AmcParams, EveryBoundIsChecked) {
  using testing::HasSubstr;
  EXPECT_THAT(error_of([](AmcParams& p) { p.inv_count = 0; }),
              HasSubstr("inv_count is 0; choose 1 ... 2048"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.inv_count = 2049; }), HasSubstr("inv_count"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.mvm_count = 8193; }), HasSubstr("mvm_count"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.inv_size = 65; }), HasSubstr("inv_size"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.mvm_size = 0; }), HasSubstr("mvm_size"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.rows_per_read = 65; }),
              HasSubstr("rows_per_read is 65; choose 1 ... 64"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.input_bits = 5; }), HasSubstr("input_bits is 5; choose 1 ... 4"));
  EXPECT_THAT(error_of([](AmcParams& p) {
                p.input_bits = 4;
                p.dac.bits = 4;
              }),
              HasSubstr("mvm.input_bits = 4 and the sign need dac.bits of at least 5, and it is 4"));
  for (const unsigned levels : {1U, 3U, 32U}) {
    EXPECT_THAT(error_of([levels](AmcParams& p) { p.mvm_levels = levels; }),
                HasSubstr("choose 2, 4, 8 or 16"));
  }
  EXPECT_THAT(error_of([](AmcParams& p) { p.converters_per_lane = 0; }), HasSubstr("converters_per_lane"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.g_in_siemens = 0; }), HasSubstr("inv.input_conductance_siemens"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.g_in_siemens = 1e-11; }),
              HasSubstr("one ADC code of an INV macro"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.dru.clock_hz = 3e9; }), HasSubstr("clock_hz"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.dru.lanes = 0; }), HasSubstr("dru.lanes"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.dru.sram_words = 0; }), HasSubstr("dru.sram_words"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.dru.max_retries = 256; }), HasSubstr("dru.max_retries"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.dru.prefetch_commands = 0; }),
              HasSubstr("dru.prefetch_commands"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.dru.command_overhead_cycles = 0; }),
              HasSubstr("command_overhead"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.cell.levels = 1; }), HasSubstr("level"));
  EXPECT_THAT(error_of([](AmcParams& p) { p.adc.bits = 16; }), HasSubstr("bits"));
}

TEST(AmcParams, CellsInParallelHaveTheirConditions) {
  using testing::HasSubstr;
  const auto error_with = [](unsigned cells, auto change) {
    return error_of([&](AmcParams& p) {
      p.inv_diagonal_cells = cells;
      change(p);
    });
  };
  EXPECT_EQ(error_with(17, [](AmcParams&) {}), "");
  EXPECT_THAT(error_with(18, [](AmcParams&) {}), HasSubstr("levels up to 133, more than the 127"));
  EXPECT_EQ(error_with(1, [](AmcParams& p) { p.inv_slices = 2; }), "");
  EXPECT_THAT(error_with(2, [](AmcParams& p) { p.inv_slices = 2; }), HasSubstr("levels up to 189"));
  EXPECT_THAT(error_with(1, [](AmcParams& p) { p.inv_compensated = true; }),
              HasSubstr("inv.line_compensation"));
  EXPECT_THAT(error_with(1, [](AmcParams& p) { p.cell_model.access = circuit::Nmos1Params{}; }),
              HasSubstr("access.model"));
  EXPECT_THAT(error_with(1, [](AmcParams& p) { p.inv_spacing = device::LevelSpacing::kGeometric; }),
              HasSubstr("inv.level_spacing = even"));
  AmcParams chip;
  EXPECT_TRUE(holds_two_slices(chip));
  chip.inv_diagonal_cells = 1;
  EXPECT_TRUE(holds_two_slices(chip));
  chip.inv_diagonal_cells = 2;
  EXPECT_FALSE(holds_two_slices(chip));
}

TEST(AmcParams, AStepOfTheConverterIsALevelAtTheDigitOne) {
  for (const unsigned levels : {0U, 2U, 4U, 8U, 16U}) {
    for (const unsigned bits : {1U, 2U, 3U, 4U}) {
      AmcParams params;
      params.mvm_levels = levels;
      params.input_bits = bits;
      const double adc_step_volt = 0.5 / 127,
                   step_siemens = 0.79 * 34.5e-6 / ((levels == 0 ? 8 : levels) - 1);
      const double largest = bits == 1 ? 0.2 : 0.2 / 127 * (127 / ((1 << bits) - 1)) * ((1 << bits) - 1);
      EXPECT_NEAR(read_volt(params) * ((1 << bits) - 1), largest, 1e-15);
      EXPECT_NEAR(mvm_feedback_siemens(params) * adc_step_volt, step_siemens * read_volt(params), 1e-18);
      EXPECT_EQ(largest_product(params),
                ((levels == 0 ? 8 : static_cast<int>(levels)) - 1) * ((1 << bits) - 1));
    }
  }
}

TEST(AmcParams, LevelsOfInvCellsMayLieUnevenly) {
  AmcParams params;
  params.inv_spacing = device::LevelSpacing::kGeometric;
  params.inv_levels = 3;
  params.cell.g_min_siemens = 1e-6;
  params.cell.g_max_siemens = 25e-6;
  EXPECT_NO_THROW(validate(params));
  // 1, 5 and 25 µS: a third of a step of 12 µS.
  EXPECT_EQ(inv_level_values(params), (std::vector<std::uint32_t>{0, 21845, 131072}));
  EXPECT_EQ(cell_params(params, MacroKind::kInv).spacing, device::LevelSpacing::kGeometric);
  EXPECT_EQ(cell_params(params, MacroKind::kMvm).spacing, device::LevelSpacing::kEven);
  EXPECT_TRUE(inv_level_values(AmcParams()).empty());
}

TEST(AmcParams, UnevenLevelsAreRefusedWhereNothingCanUseThem) {
  using testing::HasSubstr;
  const auto geometric = device::LevelSpacing::kGeometric;
  EXPECT_THAT(error_of([&](AmcParams& p) { p.cell.spacing = geometric; }), HasSubstr("MVM macros"));
  const auto geometric_with = [&](const std::function<void(AmcParams&)>& spoil) {
    return error_of([&](AmcParams& p) {
      p.inv_spacing = geometric;
      spoil(p);
    });
  };
  EXPECT_EQ(geometric_with([](AmcParams&) {}), "");
  EXPECT_THAT(geometric_with([](AmcParams& p) { p.inv_slices = 2; }), HasSubstr("inv.slices = 1"));
  EXPECT_EQ(geometric_with([](AmcParams& p) { p.inv_levels = 64; }), "");
  EXPECT_THAT(geometric_with([](AmcParams& p) { p.inv_levels = 65; }), HasSubstr("at most 64"));
  EXPECT_THAT(geometric_with([](AmcParams& p) { p.cell.g_min_siemens = 0; }), HasSubstr("g_min is 0"));
  EXPECT_THAT(geometric_with([](AmcParams& p) { p.cell.g_min_siemens = 1e-15; }),
              HasSubstr("levels 0 and 1 of INV cells lie within 2^-16 of a step"));
  const auto listed = [](std::vector<double> siemens) {
    return error_of([&](AmcParams& p) {
      p.inv_spacing = device::LevelSpacing::kListed;
      p.inv_listed_siemens = std::move(siemens);
    });
  };
  EXPECT_EQ(listed({0.5e-6, 2e-6, 35e-6}), "");
  EXPECT_THAT(listed({}), HasSubstr("0 levels are listed"));
  EXPECT_THAT(listed({0.5e-6, 2e-6, 30e-6}), HasSubstr("end at g_max"));
  EXPECT_THAT(listed({0.5e-6, 3e-6, 2e-6, 35e-6}), HasSubstr("not above"));
}

TEST(AmcParams, OneCodeOfAnIntegerReadIsOneLevelStep) {
  AmcParams params;
  for (const bool has_headroom : {true, false}) {
    params.mvm_compensated = has_headroom;
    const double step_siemens = device::step_siemens(params.cell) * (has_headroom ? params.headroom : 1.0);
    const double step_current = step_siemens * params.dac.v_full_scale_volt;
    EXPECT_DOUBLE_EQ(step_current / mvm_feedback_siemens(params), params.adc.v_full_scale_volt / 127);
  }
}

TEST(AmcParams, IdealLinesNeedNoHeadroom) {
  AmcParams params;
  EXPECT_TRUE(is_compensated(params, MacroKind::kMvm));
  EXPECT_FALSE(is_compensated(params, MacroKind::kInv));
  params.lines = {};
  EXPECT_FALSE(is_compensated(params, MacroKind::kMvm));
  EXPECT_EQ(step_siemens(params, MacroKind::kMvm), device::step_siemens(params.cell));
}

TEST(AmcParams, TheWriteToleranceCountsInTheSpanOfTheLevels) {
  const AmcParams params;
  EXPECT_DOUBLE_EQ(macro_params(params, MacroKind::kMvm).write.tolerance,
                   params.mvm_write.tolerance * params.headroom);
  EXPECT_DOUBLE_EQ(macro_params(params, MacroKind::kInv).write.tolerance, params.inv_write.tolerance);
}

TEST(AmcParams, SevenTimesIdentityMapsFullScaleToFullScale) {
  const AmcParams params;
  const double v_out =
      params.dac.v_full_scale_volt * params.g_in_siemens / (7 * device::step_siemens(params.cell));
  EXPECT_NEAR(v_out, params.adc.v_full_scale_volt, 1e-9);
  // K⁻¹·127 = 127/7, read as code 127: the unit is 1/7.
  EXPECT_EQ(inv_unit(params), static_cast<std::uint32_t>(std::lround(std::ldexp(1.0 / 7.0, 16))));
}

TEST(AmcParams, TheMvmUnitIsTheReadVoltageInDacSteps) {
  // Codes count read-voltage steps; a DAC code is 1/127 of the read voltage.
  const AmcParams params;
  EXPECT_EQ(mvm_unit(params), 127U << 16);
}

TEST(AmcParams, CostsComeFromTheTable) {
  const cost::ComponentTable table(cost::Profile::kAggressive);
  const AmcCosts costs = AmcCosts::from(table);
  EXPECT_EQ(costs.add_J, table.joules("digital.add32"));
  EXPECT_EQ(costs.multiply_add_J, table.joules("digital.mul32") + table.joules("digital.add96"));
  const AmcParams chip;
  EXPECT_LT(costs.multiply_add_J, chip.costs.multiply_add_J);
  for (const double value : {costs.register_access_J, costs.buffer_byte_J, costs.sample_J, costs.command_J,
                             costs.sram_word_J, costs.inv_macro_leakage_W, costs.mvm_macro_leakage_W,
                             costs.dac_bank_leakage_W, costs.adc_lane_leakage_W, costs.dru_lane_leakage_W,
                             costs.dru_memory_leakage_W, costs.telemetry_leakage_W}) {
    EXPECT_GT(value, 0.0);
  }
}

}  // namespace
}  // namespace mho::amc
