// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Operations by hand over the bus. Oracles: integer products and dense inverses of the level matrices.
#include <Eigen/LU>

#include <cmath>
#include <random>

#include "tests/models/amc/bringup_bench.hpp"

namespace mho::amc::test {
namespace {

Levels random_levels(std::mt19937_64& draw, std::size_t size) {
  Levels levels(size * size);
  for (auto& level : levels) level = static_cast<std::int8_t>(static_cast<int>(draw() % 15) - 7);
  return levels;
}

TEST(Bringup, OneBitReadsAreExactIntegers) {
  Bringup bench(small_params());  // with all default imperfections
  std::mt19937_64 draw(41);
  const Levels levels = random_levels(draw, 64);
  bench.run([&] {
    bench.program(kMvm, levels);
    EXPECT_EQ(bench.macro(kMvm, macro_reg::kStatusOffset), macro_reg::kStatusProgrammedMask);
    bench.set_mode(dac_reg::kModeOneBitMask);
    std::vector<std::vector<std::int16_t>> patterns(20, std::vector<std::int16_t>(64, 0));
    for (unsigned p = 0; p < patterns.size(); ++p) {
      const unsigned group = p % 4 * 16;
      for (unsigned i = group; i < group + 16; ++i) {
        patterns[p][i] = static_cast<std::int16_t>(static_cast<int>(draw() % 3) - 1);
      }
      bench.set_pattern(p, patterns[p]);
    }
    bench.configure(kMvm, 64, 64, 20);
    bench.operate(kMvm);
    bench.start_lane(5, kMvmSource);
    EXPECT_EQ(bench.lane(5, adc_reg::kLaneStatusOffset),
              20U << adc_reg::kLaneStatusReadsShift | 64U << adc_reg::kLaneStatusChannelsShift);
    int peak = 0;
    for (unsigned p = 0; p < patterns.size(); ++p) {
      const auto codes = bench.codes(5, p, 64);
      for (unsigned c = 0; c < 64; ++c) {
        int sum = 0;
        for (unsigned r = 0; r < 64; ++r) sum += levels[r * 64 + c] * patterns[p][r];
        EXPECT_EQ(codes[c], -sum) << "read " << p << ", column " << c;
        peak = std::max(peak, std::abs(sum));
      }
    }
    EXPECT_EQ(bench.lane(5, adc_reg::kLanePeakOffset), static_cast<std::uint32_t>(peak));
    EXPECT_EQ(bench.lane(5, adc_reg::kLaneClipsOffset), 0U);
    EXPECT_EQ(bench.host.read32(map::kDacBase + dac_reg::kConversionsOffset), 20U * 64);
    EXPECT_EQ(bench.host.read32(map::kAdcBase + adc_reg::kConversionsOffset), 20U * 64);
  });
}

TEST(Bringup, MultiBitProductsFollowTheUnitRegister) {
  Bringup bench;
  std::mt19937_64 draw(42);
  const Levels levels = random_levels(draw, 64);
  bench.run([&] {
    bench.program(kMvm, levels);
    std::vector<std::int16_t> x(5);
    for (auto& code : x) code = static_cast<std::int16_t>(static_cast<int>(draw() % 255) - 127);
    bench.set_pattern(0, x);
    const int range = 1, gain = 2;
    bench.configure(kMvm, 5, 7, 1, range, gain);
    bench.operate(kMvm);
    bench.start_lane(0, kMvmSource);
    const double unit = std::ldexp(bench.host.read32(map::kDruBase + dru_reg::kCapMvmUnitOffset), -16);
    const auto codes = bench.codes(0, 0, 8);
    for (unsigned c = 0; c < 7; ++c) {
      double expected = 0;
      for (unsigned r = 0; r < 5; ++r) expected += levels[r * 64 + c] * x[r];
      // The nearest code, and nothing but rounding.
      EXPECT_NEAR(-codes[c] * std::ldexp(unit, range - gain), expected,
                  0.51 * std::ldexp(unit, range - gain));
    }
    EXPECT_EQ(codes[7], 0) << "a column that is not in use";
  });
}

TEST(Bringup, MultiBitOutputsHaveAResolutionOfTheirOwn) {
  AmcParams params = ideal_params();
  params.dac.bits = 4;
  params.adc_low_precision.bits = 4;
  Bringup bench(params);
  bench.run([&] {
    EXPECT_EQ(bench.host.read32(map::kAdcBase + adc_reg::kBitsOffset), 8U);
    EXPECT_EQ(bench.host.read32(map::kAdcBase + adc_reg::kLowPrecisionBitsOffset), 4U);
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.configure(kMvm, 64, 1, 1);
    bench.set_pattern(0, std::vector<std::int16_t>(64, 1));
    bench.set_mode(dac_reg::kModeOneBitMask);
    bench.operate(kMvm);
    bench.start_lane(0, kMvmSource);
    EXPECT_EQ(bench.codes(0, 0, 1)[0], -64);
    bench.set_mode(0);
    bench.set_pattern(0, std::vector<std::int16_t>(64, 7));
    bench.operate(kMvm);
    bench.start_lane(0, kMvmSource);
    EXPECT_EQ(bench.codes(0, 0, 1)[0], -4);  // 64/127 of full scale in steps of 1/7: 3.53
  });
}

TEST(Bringup, InvSolvesTheLevelMatrix) {
  Bringup bench;
  const unsigned n = 4;
  Levels levels(64, 0);
  const int a[4][4] = {{7, 1, -2, 0}, {0, 6, 1, 3}, {-1, 2, 7, -2}, {2, 0, -3, 5}};
  Eigen::MatrixXd k(n, n);
  for (unsigned i = 0; i < n; ++i) {
    for (unsigned j = 0; j < n; ++j) {
      levels[i * 8 + j] = static_cast<std::int8_t>(a[i][j]);
      k(i, j) = a[i][j];
    }
  }
  bench.run([&] {
    bench.program(kInv, levels);
    const std::vector<std::int16_t> x{90, -60, 127, 30};
    bench.set_pattern(0, x);
    const int range = 1, gain = 0;
    bench.configure(kInv, n, n, 1, range, gain);
    bench.operate(kInv);
    EXPECT_EQ(bench.macro(kInv, macro_reg::kStatusOffset), macro_reg::kStatusProgrammedMask);
    bench.start_lane(2, kInvSource);
    const double unit = std::ldexp(bench.host.read32(map::kDruBase + dru_reg::kCapInvUnitOffset), -16);
    const Eigen::Vector4d expected = k.lu().solve(Eigen::Vector4d(x[0], x[1], x[2], x[3]));
    const auto codes = bench.codes(2, 0, n);
    for (unsigned i = 0; i < n; ++i) {
      EXPECT_NEAR(-codes[i] * std::ldexp(unit, range - gain), expected[i],
                  0.51 * std::ldexp(unit, range - gain));
    }
  });
}

TEST(Bringup, AnUnstableLoopIsReported) {
  Bringup bench;
  Levels levels(64, 0);
  levels[0] = -7;
  bench.run([&] {
    bench.program(kInv, levels);
    bench.configure(kInv, 1, 1, 1);
    bench.operate(kInv);
    EXPECT_NE(bench.macro(kInv, macro_reg::kStatusOffset) & macro_reg::kStatusUnstableMask, 0U);
  });
}

TEST(Bringup, SaturationIsReportedAndCuredByTheInputRange) {
  Bringup bench;
  Levels levels(64, 0);
  levels[0] = 1;
  bench.run([&] {
    bench.program(kInv, levels);
    bench.set_pattern(0, {127});
    bench.configure(kInv, 1, 1, 1);
    bench.operate(kInv);
    EXPECT_NE(bench.macro(kInv, macro_reg::kStatusOffset) & macro_reg::kStatusSaturatedMask, 0U);
    bench.configure(kInv, 1, 1, 1, 3);  // 7 times full scale, divided by 8
    bench.operate(kInv);
    EXPECT_EQ(bench.macro(kInv, macro_reg::kStatusOffset) & macro_reg::kStatusSaturatedMask, 0U);
    bench.start_lane(0, kInvSource);
    EXPECT_EQ(bench.codes(0, 0, 1)[0], -111);  // 127 · 7/8 = 111.1
  });
}

TEST(Bringup, StartsThatCannotBeAreRejected) {
  Bringup bench;
  bench.run([&] {
    const auto expect_rejected = [&](std::uint32_t base, bool is_rejected) {
      const std::uint64_t before = now_ps();
      bench.operate(base);
      const bool flag = (bench.macro(base, macro_reg::kStatusOffset) & macro_reg::kStatusRejectedMask) != 0;
      EXPECT_EQ(flag, is_rejected);
      if (is_rejected) {
        EXPECT_EQ(now_ps() - before, 10 * kPs) << "a rejected start takes no more than its accesses";
      }
    };
    bench.configure(kMvm, 2, 2, 1);
    expect_rejected(kMvm, true);  // not programmed
    bench.program(kMvm, Levels(64 * 64, 1));
    expect_rejected(kMvm, false);
    struct Case {
      std::uint32_t rows, columns, reads;
      int range, gain;
    };
    for (const Case& c :
         {Case{0, 2, 1, 0, 0}, Case{65, 2, 1, 0, 0}, Case{2, 0, 1, 0, 0}, Case{2, 65, 1, 0, 0},
          Case{2, 2, 0, 0, 0}, Case{2, 2, 129, 0, 0}, Case{2, 2, 1, 13, 0}, Case{2, 2, 1, -1, 0},
          Case{2, 2, 1, 0, 9}, Case{2, 2, 1, 0, -7}}) {
      bench.configure(kMvm, c.rows, c.columns, c.reads, c.range, c.gain);
      expect_rejected(kMvm, true);
    }
    bench.configure(kMvm, 64, 64, 128, 12, -6);
    expect_rejected(kMvm, false);
    bench.program(kInv, Levels(64, 1));
    bench.configure(kInv, 2, 3, 1);
    expect_rejected(kInv, true);  // a loop is square
    bench.program(kMvm, Levels(64 * 64, 8));
    EXPECT_EQ(bench.macro(kMvm, macro_reg::kStatusOffset),
              macro_reg::kStatusProgrammedMask | macro_reg::kStatusRejectedMask);
    EXPECT_EQ(bench.macro(kMvm, macro_reg::kWritesPerCellOffset), 1U);
  });
}

TEST(Bringup, LanesRejectWhatHoldsNothing) {
  Bringup bench;
  bench.run([&] {
    for (const std::uint32_t source : {kMvmSource, 0U, 2U, adc_reg::kSourceMvm + 10, 0xffffffffU}) {
      bench.start_lane(1, source);
      EXPECT_EQ(bench.lane(1, adc_reg::kLaneStatusOffset), adc_reg::kLaneStatusRejectedMask) << source;
    }
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.configure(kMvm, 1, 1, 1);
    bench.operate(kMvm);
    bench.start_lane(1, kMvmSource);
    EXPECT_EQ(bench.lane(1, adc_reg::kLaneStatusOffset) & adc_reg::kLaneStatusRejectedMask, 0U);
    bench.program(kMvm, Levels(64 * 64, 2));  // what was held is gone
    bench.start_lane(1, kMvmSource);
    EXPECT_EQ(bench.lane(1, adc_reg::kLaneStatusOffset), adc_reg::kLaneStatusRejectedMask);
    bench.host.write32(map::kAdcBase + adc_reg::kLaneStartOffset + 4, 0);  // starts nothing
    EXPECT_EQ(bench.lane(1, adc_reg::kLaneStatusOffset), adc_reg::kLaneStatusRejectedMask);
  });
}

TEST(Bringup, ClippingIsCountedAtBothEnds) {
  Bringup bench;
  bench.run([&] {
    bench.program(kMvm, Levels(64 * 64, 7));
    bench.set_mode(dac_reg::kModeOneBitMask);
    bench.set_pattern(0, std::vector<std::int16_t>(64, -5));  // converted as −1
    bench.configure(kMvm, 64, 3, 1);
    bench.operate(kMvm);
    EXPECT_EQ(bench.host.read32(map::kDacBase + dac_reg::kClipsOffset), 64U);
    bench.start_lane(0, kMvmSource);  // 64 · 7 = 448 steps
    EXPECT_EQ(bench.lane(0, adc_reg::kLaneClipsOffset), 0U)
        << "the amplifiers are at their rails, full scale exactly";
    EXPECT_NE(bench.macro(kMvm, macro_reg::kStatusOffset) & macro_reg::kStatusSaturatedMask, 0U);
    EXPECT_EQ(bench.codes(0, 0, 4), (std::vector<std::int16_t>{127, 127, 127, 0}));
    // An INV loop within its rails, but amplified beyond the ADC.
    Levels levels(64, 0);
    levels[0] = 7;
    bench.set_mode(0);
    bench.program(kInv, levels);
    bench.set_pattern(0, {-100});
    bench.configure(kInv, 1, 1, 1, 0, 1);
    bench.operate(kInv);
    bench.start_lane(3, kInvSource);
    EXPECT_EQ(bench.lane(3, adc_reg::kLaneClipsOffset), 1U);
    EXPECT_NE(bench.lane(3, adc_reg::kLaneStatusOffset) & adc_reg::kLaneStatusClippedMask, 0U);
    EXPECT_EQ(bench.codes(3, 0, 1)[0], 127);
  });
}

TEST(BringupFailure, CellsThatMissTheirTargetAreReported) {
  AmcParams params = small_params();
  params.inv_write.pulse_limit = 1;
  params.inv_write.tolerance = 0.001;
  Bringup bench(params);
  bench.run([&] {
    bench.program(kInv, Levels(64, 5));
    EXPECT_EQ(bench.macro(kInv, macro_reg::kStatusOffset),
              macro_reg::kStatusProgrammedMask | macro_reg::kStatusFailedCellsMask);
  });
}

TEST(BringupReset, EndsTheOperationUnderWayAndKeepsTheCells) {
  Bringup bench(small_params());
  const Levels levels(64, 5);
  bench.run([&] {
    const auto status = [&] { return bench.macro(kInv, macro_reg::kStatusOffset); };
    bench.host.write_all(kInv + macro_reg::kLevelsOffset, std::span(levels));
    bench.host.write32(kInv + macro_reg::kCtrlOffset,
                       macro_reg::kCtrlProgramMask | macro_reg::kCtrlNowaitMask);
    EXPECT_EQ(status(), macro_reg::kStatusProgrammedMask | macro_reg::kStatusBusyMask);
    EXPECT_GT(bench.macro(kInv, macro_reg::kPulsesOffset), 0U);
    bench.amc.reset(now_ps());
    EXPECT_EQ(status(), macro_reg::kStatusProgrammedMask);
    EXPECT_EQ(bench.macro(kInv, macro_reg::kPulsesOffset), 0U);
  });
}

}  // namespace
}  // namespace mho::amc::test
