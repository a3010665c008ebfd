// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/chip_area.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mho::amc {
namespace {

AmcParams with_converter_energy(AmcParams params) {
  params.adc.energy_per_conversion_J = cost::ComponentTable().adc_conversion_joules(params.adc.bits);
  return params;
}

/// Number and area of the parts of a block whose names begin so.
struct Sum {
  double count = 0, area_m2 = 0;
};
Sum sum_of(const AmcParams& params, std::string_view block, std::string_view part = "") {
  Sum sum;
  for (const AreaItem& item : chip_area(with_converter_energy(params), cost::ComponentTable())) {
    if (item.block != block || !item.part.starts_with(part)) continue;
    sum.count += item.count;
    sum.area_m2 += item.total_m2();
  }
  return sum;
}

TEST(ChipArea, CountsTheCellsOfBothArraysOfEveryPair) {
  AmcParams params;
  params.inv_count = 3;
  params.inv_size = 8;
  EXPECT_EQ(sum_of(params, "amc.inv_macros", "cells").count, 3 * 2 * 64);
  params.inv_slices = 2;
  EXPECT_EQ(sum_of(params, "amc.inv_macros", "cells").count, 3 * 2 * 2 * 64);
  params.inv_diagonal_cells = 1;
  EXPECT_EQ(sum_of(params, "amc.inv_macros", "cells").count, 3 * 2 * 2 * (64 + 8));
  EXPECT_EQ(sum_of(params, "amc.mvm_macros", "cells").count, params.mvm_count * 2.0 * 64 * 64);
  EXPECT_EQ(sum_of(params, "amc.ginv_macros").count, 0.0);
  params.ginv_count = 2;
  EXPECT_EQ(sum_of(params, "amc.ginv_macros", "cells").count, 2 * 2 * 2 * 2 * 32 * 32) << "two copies";
}

TEST(ChipArea, ASecondSliceTakesCellsAndDrivers) {
  AmcParams one, two;
  two.inv_slices = 2;
  const cost::ComponentTable table;
  const double cells = 64.0 * 2 * 64, drivers = 64.0 * 2 * 8;
  EXPECT_NEAR(sum_of(two, "amc.inv_macros").area_m2 - sum_of(one, "amc.inv_macros").area_m2,
              cells * table.square_metres("rram.cell.area") + drivers * table.square_metres("opamp.area"),
              1e-18);
}

TEST(ChipArea, AChecksumTakesItsShareOfTheMacros) {
  AmcParams plain, checked;
  checked.mvm_checksum = true;
  const double lines = checksum_lines(checked);
  ASSERT_GT(lines, 0.0);
  EXPECT_EQ(sum_of(checked, "amc.mvm_macros", "cells, checksum").count, 704.0 * 2 * 64 * lines);
  EXPECT_EQ(sum_of(checked, "amc.mvm_macros", "amplifiers, checksum").count, 704.0 * lines);
  EXPECT_NEAR(sum_of(checked, "amc.mvm_macros").area_m2, sum_of(plain, "amc.mvm_macros").area_m2, 1e-15)
      << "the macros are as large, and hold fewer rows";
}

TEST(ChipArea, ConvertersGrowWithTheirBits) {
  AmcParams eight, ten;
  ten.adc.bits = 10;
  ten.dac.bits = 10;
  EXPECT_NEAR(sum_of(eight, "amc.adc", "converters").area_m2, 512 * 5574e-12, 1e-15);
  EXPECT_NEAR(sum_of(ten, "amc.adc", "converters").area_m2 / sum_of(eight, "amc.adc", "converters").area_m2,
              5.03 / 2.61, 1e-9);
  EXPECT_NEAR(sum_of(ten, "amc.dac", "converters").area_m2, 4 * 64 * 438e-12, 1e-18);
  eight.dac_banks = 3;
  EXPECT_EQ(sum_of(eight, "amc.dac", "converters").count, 3 * 64);
}

}  // namespace
}  // namespace mho::amc
