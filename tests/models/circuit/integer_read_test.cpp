// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The chain programmed cells → 1-bit DAC → MVM circuit → ADC with every default error at once: reads of 16
// rows of a 64x64 differential pair must round to the exact integer, and must stop doing so when the cells
// are loose.
#include <gtest/gtest.h>

#include <cmath>

#include "models/circuit/adc.hpp"
#include "models/circuit/dac.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {
namespace {

constexpr int kSize = 64;
constexpr int kActiveRows = 16;
constexpr int kReads = 124;

struct ReadStatistics {
  std::uint64_t wrong = 0;
  std::uint64_t clipped = 0;
  std::uint64_t saturated = 0;
  double rms_before_rounding = 0.0;  // steps, ADC not included
};

std::uint32_t word(const Random& random, std::uint32_t unit, Eigen::Index row, Eigen::Index col) {
  return random.words(RandomPurpose::kTest,
                      {unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)}, 0)[0];
}

/// `extreme`: all levels ±7 and all active rows driven, the largest error a read can have.
ReadStatistics read_macros(double tolerance, int macros, bool extreme) {
  const Random random(99);
  const device::CellParams cell;
  device::WriteVerifyParams write;
  write.tolerance = tolerance;
  const OpampParams opamp;
  ReadStatistics total;
  double squares = 0.0;
  for (std::uint32_t macro = 0; macro < static_cast<std::uint32_t>(macros); ++macro) {
    const auto levels = device::LevelMatrix::NullaryExpr(kSize, kSize, [&](Eigen::Index r, Eigen::Index c) {
      const std::uint32_t w = word(random, macro, r, c);
      return static_cast<std::int8_t>(extreme ? (w % 2 == 0 ? 7 : -7) : static_cast<int>(w % 15) - 7);
    });
    const auto codes = CodeMatrix::NullaryExpr(kSize, kReads, [&](Eigen::Index r, Eigen::Index read) {
      if (r / kActiveRows != read % (kSize / kActiveRows)) return std::int8_t{0};
      const std::uint32_t w = word(random, 1000 + macro, r, read);
      return static_cast<std::int8_t>(extreme ? (w % 2 == 0 ? 1 : -1) : static_cast<int>(w % 3) - 1);
    });
    const device::LevelMatrix fixed_levels = levels;
    const CodeMatrix fixed_codes = codes;
    const auto cells =
        device::program_pair(device::pair_from_levels(fixed_levels, cell), cell, write, random, macro, 0);
    const MvmCircuit mvm(cells.pair, opamp, draw_offsets(opamp, kSize, random, macro));
    const Dac dac({}, kSize, random, macro);
    const Adc adc({}, kSize, random, macro);
    const double feedback = integer_read_feedback_siemens(device::step_siemens(cell), 0.2, adc.step_volt());
    const auto analogue = mvm.evaluate(dac.convert(fixed_codes, 0, 0, DacMode::kOneBit), feedback);
    const auto digital = adc.convert(analogue.v_out, 0.5, 0);
    const Eigen::MatrixXi exact = -(fixed_levels.cast<int>().transpose() * fixed_codes.cast<int>());
    total.wrong +=
        static_cast<std::uint64_t>((digital.codes.cast<int>() - exact).cwiseAbs().cwiseMin(1).sum());
    total.clipped += digital.n_clipped;
    total.saturated += analogue.n_saturated;
    squares += (analogue.v_out / adc.step_volt() - exact.cast<double>()).squaredNorm();
  }
  total.rms_before_rounding = std::sqrt(squares / (static_cast<double>(macros) * kSize * kReads));
  return total;
}

TEST(IntegerRead, IsExactWithEveryDefaultError) {
  const auto reads = read_macros(0.003, 20, false);
  EXPECT_EQ(reads.wrong, 0U);
  EXPECT_EQ(reads.clipped, 0U);
  EXPECT_EQ(reads.saturated, 0U);
}

TEST(IntegerRead, StaysInsideTheBudgetAtTheLargestLevels) {
  const auto reads = read_macros(0.003, 20, true);
  EXPECT_EQ(reads.wrong, 0U);
  // The ADC adds offset and noise of 0.02 steps each and 112 · 2e-4 of gain error: six sigma stay in half a
  // step.
  const double adc_rms = std::hypot(0.02, 0.02, 112 * 2e-4);
  EXPECT_LT(6.0 * std::hypot(reads.rms_before_rounding, adc_rms), 0.5) << reads.rms_before_rounding;
  // The stated budget: 0.063.
  EXPECT_NEAR(reads.rms_before_rounding, 0.063, 0.006);
}

TEST(IntegerRead, FailsWithLooseCells) {
  const auto reads = read_macros(0.02, 4, false);
  EXPECT_GT(reads.wrong, 1000U);
}

}  // namespace
}  // namespace mho::circuit
