// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A GINV macro by itself and on the bus. Oracles: dense solutions, and the reciprocity of a loop whose copies
// are equal.
#include <gtest/gtest.h>
#include <Eigen/Dense>

#include <array>
#include <numbers>

#include "models/amc/macro_core.hpp"
#include "tests/models/amc/bringup_bench.hpp"

namespace mho::amc::test {
namespace {

constexpr unsigned kSize = 4, kRows = 4, kColumns = 2;
constexpr std::uint32_t kGinv = map::kGinvBase, kGinvSource = adc_reg::kSourceGinv;
/// Rows of 4, of which 2 are columns in use.
const Levels kLevels{7, 1, 0, 0, -3, 6, 0, 0, 2, -5, 0, 0, 4, 4, 0, 0};

AmcParams with_ginv(AmcParams params) {
  params.ginv_count = 1;
  params.ginv_size = kSize;
  return params;
}

Eigen::MatrixXd matrix() {
  Eigen::MatrixXd a(kRows, kColumns);
  for (unsigned r = 0; r < kRows; ++r) {
    for (unsigned c = 0; c < kColumns; ++c) a(r, c) = kLevels[r * kSize + c];
  }
  return a;
}

/// What the loop answers to one volt at each of its inputs in turn [outputs x inputs].
Eigen::MatrixXd responses(const AmcParams& chip, double feedback_steps) {
  const MacroParams params = macro_params(chip, MacroKind::kGinv);
  MacroCore core(params, Random(3), chip_number(MacroKind::kGinv, 0));
  EXPECT_FALSE(core.program(kLevels, 0.0).is_rejected);
  const Eigen::MatrixXd drives = 0.01 * Eigen::MatrixXd::Identity(kRows + kColumns, kRows + kColumns);
  const auto outcome =
      core.operate(drives, {.rows = kRows,
                            .columns = kColumns,
                            .time_s = 1e-3,
                            .feedback = {.row_siemens = feedback_steps * params.step_siemens}});
  EXPECT_FALSE(outcome.is_unstable || outcome.is_saturated);
  return outcome.volts * 100.0;
}

AmcParams without_offsets(AmcParams params) {
  params.opamp.offset_sigma_volt = 0.0;
  return params;
}

TEST(GinvMacro, AnswersWithTheLeastSquaresOfWhatItsRowsGet) {
  const AmcParams chip = with_ginv(ideal_params());
  const Eigen::MatrixXd found = responses(chip, 2.0);
  const double input_steps = chip.g_in_siemens / step_siemens(chip, MacroKind::kGinv);
  const Eigen::MatrixXd expected =
      -input_steps * matrix().colPivHouseholderQr().solve(Eigen::MatrixXd::Identity(kRows, kRows));
  EXPECT_LT((found.block(kRows, 0, kColumns, kRows) - expected).norm(), 1e-5 * expected.norm());
}

TEST(GinvMacro, EachCopyOfTheMatrixHasErrorsOfItsOwn) {
  // G⁻¹·diag(I, −I) is symmetric for equal copies.
  const auto asymmetry = [](const AmcParams& chip) {
    Eigen::MatrixXd answer = responses(chip, 2.0);
    answer.rightCols(kColumns) *= -1.0;
    return (answer - answer.transpose()).norm() / answer.norm();
  };
  AmcParams written = without_offsets(with_ginv(ideal_params()));
  EXPECT_LT(asymmetry(written), 1e-6);
  written.inv_write = small_params().inv_write;
  EXPECT_GT(asymmetry(written), 1e-3);
}

TEST(GinvMacro, RestsAtTheSamePointWithAmplifiersInFull) {
  AmcParams plain = with_ginv(ideal_params());
  plain.timing.settle_epsilon = 1e-9;  // nothing is left of the transients
  AmcParams full = plain;
  full.loop.second_pole_hz = 3e9;
  full.loop.input_farad = 2e-15;
  const Eigen::MatrixXd expected = responses(plain, 2.0);
  EXPECT_LT((responses(full, 2.0) - expected).norm(), 1e-6 * expected.norm());
}

TEST(GinvMacro, PaysForBothCopies) {
  const AmcParams chip = with_ginv(small_params());
  const MacroParams ginv = macro_params(chip, MacroKind::kGinv);
  MacroParams inv = ginv;
  inv.kind = MacroKind::kInv;
  const std::uint32_t number = chip_number(MacroKind::kGinv, 0);
  MacroCore both(ginv, Random(3), number), first(inv, Random(3), number), second(inv, Random(3), number + 1);
  Levels turned(kLevels.size());
  for (unsigned r = 0; r < kSize; ++r) {
    for (unsigned c = 0; c < kSize; ++c)
      turned[c * kSize + r] = static_cast<std::int8_t>(-kLevels[r * kSize + c]);
  }
  const ProgramOutcome whole = both.program(kLevels, 0.0), one = first.program(kLevels, 0.0),
                       other = second.program(turned, 0.0);
  EXPECT_EQ(whole.pulses, one.pulses + other.pulses);
  EXPECT_DOUBLE_EQ(whole.energy_J, one.energy_J + other.energy_J);
  EXPECT_EQ(whole.time_s, std::max(one.time_s, other.time_s));
}

TEST(GinvMacro, NumbersOfItsPairsAreNobodyElses) {
  const std::uint32_t first = chip_number(MacroKind::kGinv, 0);
  const std::uint32_t last_mvm = chip_number(MacroKind::kMvm, map::kMvmCount - 1);
  EXPECT_GT(first, pair_number(last_mvm, 3));
  const std::uint32_t last = chip_number(MacroKind::kGinv, map::kGinvCount - 1) + 1;
  EXPECT_LT(last, pair_number(first, 1));
}

TEST(GinvMacro, OnTheBusTakesRowsThenColumnsAndGivesBothBack) {
  Bringup bench(with_ginv(ideal_params()));
  bench.run([&] {
    EXPECT_EQ(bench.macro(kGinv, macro_reg::kKindOffset), 2U);
    EXPECT_EQ(bench.macro(kGinv, macro_reg::kSizeOffset), kSize);
    bench.program(kGinv, kLevels);
    bench.configure(kGinv, kRows, kColumns, 1, /*range=*/1);
    bench.host.write32(kGinv + macro_reg::kFeedbackOffset, 3);
    bench.set_mode(0);
    bench.set_pattern(0, {60, -20, 40, 10, -30, 25});
    bench.operate(kGinv);
    EXPECT_EQ(bench.macro(kGinv, macro_reg::kStatusOffset), macro_reg::kStatusProgrammedMask);
    bench.start_lane(0, kGinvSource);
    Eigen::VectorXd input(6);
    input << 60, -20, 40, 10, -30, 25;
    Eigen::MatrixXd loop = Eigen::MatrixXd::Zero(6, 6);
    loop.topLeftCorner(4, 4).diagonal().setConstant(3.0);
    loop.topRightCorner(4, 2) = matrix();
    loop.bottomLeftCorner(2, 4) = -matrix().transpose();
    const double unit = inv_unit(with_ginv(ideal_params())) * 0x1p-16;
    const Eigen::VectorXd expected = -loop.lu().solve(input) / (2.0 * unit);
    const auto codes = bench.codes(0, 0, 6);
    for (std::size_t i = 0; i < 6; ++i)
      EXPECT_NEAR(codes[i], expected[static_cast<Eigen::Index>(i)], 0.6) << i;
  });
  EXPECT_GT(bench.spent_by("amc.ginv_macros"), Energy{});
}

TEST(GinvMacro, RefusesToOperateBeyondItsSizeAndFeedback) {
  Bringup bench(with_ginv(ideal_params()));
  bench.run([&] {
    const auto is_rejected = [&] {
      bench.operate(kGinv);
      return (bench.macro(kGinv, macro_reg::kStatusOffset) & macro_reg::kStatusRejectedMask) != 0;
    };
    bench.configure(kGinv, kRows, kColumns, 1);
    bench.host.write32(kGinv + macro_reg::kFeedbackOffset, 3);
    EXPECT_TRUE(is_rejected());  // not programmed
    bench.program(kGinv, kLevels);
    EXPECT_FALSE(is_rejected());
    for (const auto offset : {macro_reg::kFeedbackOffset, macro_reg::kDampingOffset}) {
      bench.host.write32(kGinv + offset, macro_reg::kFeedbackMax + 1);
      EXPECT_TRUE(is_rejected());
      bench.host.write32(kGinv + offset, macro_reg::kFeedbackMax);
      EXPECT_FALSE(is_rejected());
    }
    bench.configure(kGinv, kSize + 1, kColumns, 1);
    EXPECT_TRUE(is_rejected());
    bench.configure(kGinv, kRows, kSize + 1, 1);
    EXPECT_TRUE(is_rejected());
  });
}

TEST(GinvMacro, TrimsItsRowAmplifiersThenThoseOfItsColumns) {
  AmcParams params = with_ginv(ideal_params());
  Bringup bench(params);
  bench.run([&] {
    bench.host.write32(kGinv + macro_reg::kOffsetTrimOffset, 200);                     // row 0: 1 mV
    bench.host.write32(kGinv + macro_reg::kOffsetTrimOffset + 4 * kSize, 4096 - 400);  // column 0: −2 mV
    bench.configure(kGinv, 0, 2 * kSize, 1, 0, /*gain=*/6);
    bench.host.write32(kGinv + macro_reg::kCtrlOffset, macro_reg::kCtrlZeroMask);
    bench.start_lane(0, kGinvSource);
    const auto codes = bench.codes(0, 0, 2 * kSize);
    EXPECT_GT(codes[0], 0);
    EXPECT_NEAR(codes[kSize], -2 * codes[0], 1);
    for (const std::size_t i : {1U, 2U, 3U, 5U, 6U, 7U}) EXPECT_EQ(codes[i], 0) << i;
  });
}

TEST(GinvMacro, AChipWithoutThemHasNoSuchComponent) {
  Bringup bench(ideal_params());
  for (cost::ComponentId c = 0; c < bench.ledger().component_count(); ++c)
    EXPECT_NE(bench.ledger().component_name(c), "amc.ginv_macros");
}

}  // namespace
}  // namespace mho::amc::test
