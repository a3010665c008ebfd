// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/macro.h"

#include <array>

#include "tests/firmware/hal/mock_mmio.hpp"

namespace mho::test {
namespace {

class MacroTest : public MockMmio {
 protected:
  mho_macro_t macro{kBase};
  mho_macro_operation_t operation{
      .rows = 8, .columns = 8, .bank = 1, .reads = 1, .input_range = 2, .output_gain = -3, .hold_bus = true};
};

TEST_F(MacroTest, NullIsABadArgument) {
  EXPECT_EQ(mho_macro_check(nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_get_info(&macro, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_write_levels(&macro, {nullptr, 1, 1, 1, 8}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_start_program(nullptr, true), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_start_operate(nullptr, operation), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_get_status(&macro, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_get_figures(&macro, nullptr), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(MacroTest, LevelsOutOfRangeTouchNothing) {
  const std::array<std::int8_t, 64> levels{};
  const mho_macro_levels_t good{levels.data(), 8, 8, 8, 8};
  for (auto change :
       {+[](mho_macro_levels_t& l) { l.rows = 0; }, +[](mho_macro_levels_t& l) { l.rows = 9; },
        +[](mho_macro_levels_t& l) { l.columns = 0; }, +[](mho_macro_levels_t& l) { l.columns = 9; },
        +[](mho_macro_levels_t& l) { l.stride = 7; }, +[](mho_macro_levels_t& l) { l.size = 0; },
        +[](mho_macro_levels_t& l) { l.size = 65; }}) {
    mho_macro_levels_t bad = good;
    change(bad);
    EXPECT_EQ(mho_macro_write_levels(&macro, bad), MHO_HAL_BAD_ARGUMENT);
  }
}

TEST_F(MacroTest, OperationOutOfRangeTouchesNothing) {
  using Operation = mho_macro_operation_t;
  for (auto change : {+[](Operation& o) { o.rows = 0; }, +[](Operation& o) { o.rows = 65; },
                      +[](Operation& o) { o.columns = 0; }, +[](Operation& o) { o.columns = 65; },
                      +[](Operation& o) { o.reads = 0; }, +[](Operation& o) { o.reads = 129; },
                      +[](Operation& o) { o.input_range = 13; }, +[](Operation& o) { o.output_gain = -7; },
                      +[](Operation& o) { o.output_gain = 9; }}) {
    Operation bad = operation;
    change(bad);
    EXPECT_EQ(mho_macro_start_operate(&macro, bad), MHO_HAL_BAD_ARGUMENT);
  }
}

TEST_F(MacroTest, SlicesArriveUnlessThereCannotBeAsMany) {
  expect_write(MHO_ARRAY_MACRO_SLICES_OFFSET, 1);
  EXPECT_EQ(mho_macro_set_slices(&macro, 1), MHO_HAL_OK);
  EXPECT_EQ(mho_macro_set_slices(&macro, 3), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_set_slices(nullptr, 1), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(MacroTest, CheckAndInfo) {
  mho_macro_info_t info{};
  expect_read(0, 0x4d48414d);
  EXPECT_EQ(mho_macro_check(&macro), MHO_HAL_OK);
  expect_read(0, 0);
  EXPECT_EQ(mho_macro_check(&macro), MHO_HAL_WRONG_BLOCK);
  expect_read(4, 1);
  expect_read(8, 64);
  EXPECT_EQ(mho_macro_get_info(&macro, &info), MHO_HAL_OK);
  EXPECT_EQ(info.kind, MHO_MACRO_MVM);
  EXPECT_EQ(info.size, 64u);
}

TEST_F(MacroTest, FeedbackAndDampingWithinTheirRange) {
  expect_write(0x3c, 15);
  expect_write(0x40, 255);
  EXPECT_EQ(mho_macro_set_feedback(&macro, 15, 255), MHO_HAL_OK);
  EXPECT_EQ(mho_macro_set_feedback(&macro, 256, 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_set_feedback(&macro, 0, 256), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_set_feedback(nullptr, 0, 0), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(MacroTest, LevelsGoIntoRowsOfTheMacrosSize) {
  const std::array<std::int8_t, 12> levels{1, -2, 3, -4, 5, 99, 7, 6, -7, 0, -1, 99};
  for (std::uint32_t row = 0; row < 2; ++row) {
    expect_write(0x1000 + 8 * row, row == 0 ? 0xfc03fe01 : 0x00f90607);
    expect_write(0x1004 + 8 * row, row == 0 ? 0x05 : 0xff, 1);
  }
  EXPECT_EQ(mho_macro_write_levels(&macro, {levels.data(), 2, 5, 6, 8}), MHO_HAL_OK);
}

TEST_F(MacroTest, LevelsOfAnOddSizedMacroAreWrittenByteByByteWhereTheyMust) {
  const std::array<std::int8_t, 10> levels{1, 2, 3, 4, 5, 6, 7, 1, 2, 3};
  expect_write(0x1000, 0x04030201);
  expect_write(0x1004, 5, 1);
  expect_write(0x1005, 6, 1);
  expect_write(0x1006, 7, 1);
  expect_write(0x1007, 1, 1);
  expect_write(0x1008, 2, 1);
  expect_write(0x1009, 3, 1);
  EXPECT_EQ(mho_macro_write_levels(&macro, {levels.data(), 2, 5, 5, 5}), MHO_HAL_OK);
}

TEST_F(MacroTest, ProgramHoldsTheBusOrNot) {
  expect_read(0x10, 0);
  expect_write(0x0c, 1);
  EXPECT_EQ(mho_macro_start_program(&macro, true), MHO_HAL_OK);
  expect_read(0x10, 2);
  expect_write(0x0c, 0x101);
  EXPECT_EQ(mho_macro_start_program(&macro, false), MHO_HAL_OK);
}

TEST_F(MacroTest, OperateStartsLast) {
  expect_read(0x10, 2);
  expect_write(0x14, 8);
  expect_write(0x18, 8);
  expect_write(0x44, 1);
  expect_write(0x1c, 1);
  expect_write(0x20, 2);
  expect_write(0x24, 0xfffffffd);
  expect_write(0x0c, 2);
  EXPECT_EQ(mho_macro_start_operate(&macro, operation), MHO_HAL_OK);
}

TEST_F(MacroTest, BusyMacroIsLeftAlone) {
  expect_read(0x10, 1);
  EXPECT_EQ(mho_macro_start_program(&macro, true), MHO_HAL_BUSY);
  expect_read(0x10, 1);
  EXPECT_EQ(mho_macro_start_operate(&macro, operation), MHO_HAL_BUSY);
}

TEST_F(MacroTest, ZeroStartsLastAndNeedsNoRows) {
  expect_read(0x10, 0);
  expect_write(0x18, 64);
  expect_write(0x1c, 32);
  expect_write(0x24, 5);
  expect_write(0x0c, 0x104);
  EXPECT_EQ(mho_macro_start_zero(&macro, {.columns = 64, .reads = 32, .output_gain = 5, .hold_bus = false}),
            MHO_HAL_OK);
  expect_read(0x10, 1);
  EXPECT_EQ(mho_macro_start_zero(&macro, {.columns = 64, .reads = 32, .output_gain = 5, .hold_bus = true}),
            MHO_HAL_BUSY);
}

TEST_F(MacroTest, ZeroOutOfRangeTouchesNothing) {
  EXPECT_EQ(mho_macro_start_zero(nullptr, {1, 1, 0, true}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_start_zero(&macro, {0, 1, 0, true}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_start_zero(&macro, {65, 1, 0, true}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_start_zero(&macro, {1, 0, 0, true}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_start_zero(&macro, {1, 129, 0, true}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_start_zero(&macro, {1, 1, 9, true}), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(MacroTest, OffsetTrimsAreSigned) {
  std::int32_t trim = 9;
  expect_write(0x100 + 4 * 63, 0x801);
  EXPECT_EQ(mho_macro_set_offset_trim(&macro, 63, -2047), MHO_HAL_OK);
  expect_read(0x104, 0xfff);
  EXPECT_EQ(mho_macro_get_offset_trim(&macro, 1, &trim), MHO_HAL_OK);
  EXPECT_EQ(trim, -1);
  EXPECT_EQ(mho_macro_set_offset_trim(&macro, 64, 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_set_offset_trim(&macro, 0, 2048), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_set_offset_trim(&macro, 0, -2048), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_get_offset_trim(&macro, 64, &trim), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_get_offset_trim(&macro, 0, nullptr), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(MacroTest, StatusBits) {
  for (std::uint32_t bit = 0; bit < 6; ++bit) {
    mho_macro_status_t status{};
    expect_read(0x10, 1u << bit);
    EXPECT_EQ(mho_macro_get_status(&macro, &status), MHO_HAL_OK);
    EXPECT_EQ(status.is_busy, bit == 0);
    EXPECT_EQ(status.is_programmed, bit == 1);
    EXPECT_EQ(status.is_unstable, bit == 2);
    EXPECT_EQ(status.is_saturated, bit == 3);
    EXPECT_EQ(status.has_failed_cells, bit == 4);
    EXPECT_EQ(status.was_rejected, bit == 5);
  }
}

TEST_F(MacroTest, Figures) {
  mho_macro_figures_t figures{};
  expect_read(0x28, 1);
  expect_read(0x2c, 2);
  expect_read(0x30, 3);
  expect_read(0x34, 4);
  EXPECT_EQ(mho_macro_get_figures(&macro, &figures), MHO_HAL_OK);
  EXPECT_EQ(figures.settling_ps, 1u);
  EXPECT_EQ(figures.program_ns, 2u);
  EXPECT_EQ(figures.pulses, 3u);
  EXPECT_EQ(figures.writes_per_cell, 4u);
}

}  // namespace
}  // namespace mho::test
