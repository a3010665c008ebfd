// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// DAC → macro → ADC by hand over the bus, as firmware brings a chip up. Oracles: integer products and dense
// inverses of the level matrices; times and energies summed by hand.
#include <Eigen/LU>

#include <cmath>
#include <random>

#include "tests/models/amc/amc_bench.hpp"

namespace mho::amc::test {
namespace {

constexpr std::uint32_t kMvm = map::kMvmBase + 3 * map::kMvmStride;
constexpr std::uint32_t kMvmSource = adc_reg::kSourceMvm + 3;
constexpr std::uint32_t kInv = map::kInvBase + map::kInvStride;
constexpr std::uint32_t kInvSource = 1;
constexpr std::uint32_t kPs = 1000;  // picoseconds per nanosecond, which is also the bus clock

using Levels = std::vector<std::int8_t>;

class Bringup : public AmcBench {
 public:
  explicit Bringup(const AmcParams& params = ideal_params()) : AmcBench(params) {}

  std::uint32_t macro(std::uint32_t base, std::uint32_t offset) { return host.read32(base + offset); }
  void configure(std::uint32_t base, std::uint32_t rows, std::uint32_t columns, std::uint32_t reads,
                 int range = 0, int gain = 0) {
    host.write32(base + macro_reg::kRowsOffset, rows);
    host.write32(base + macro_reg::kColumnsOffset, columns);
    host.write32(base + macro_reg::kReadsOffset, reads);
    host.write32(base + macro_reg::kInputRangeOffset, static_cast<std::uint32_t>(range));
    host.write32(base + macro_reg::kOutputGainOffset, static_cast<std::uint32_t>(gain));
  }
  void program(std::uint32_t base, const Levels& levels) {
    host.write_all(base + macro_reg::kLevelsOffset, std::span(levels));
    host.write32(base + macro_reg::kCtrlOffset, macro_reg::kCtrlProgramMask);
  }
  void operate(std::uint32_t base, std::uint32_t extra = 0) {
    host.write32(base + macro_reg::kCtrlOffset, macro_reg::kCtrlOperateMask | extra);
  }
  void set_mode(std::uint32_t mode) { host.write32(map::kDacBase + dac_reg::kModeOffset, mode); }
  void set_pattern(unsigned pattern, const std::vector<std::int16_t>& codes) {
    host.write_all(map::kDacBase + dac_reg::kPatternsOffset + pattern * dac_reg::kChannels * 2,
                   std::span(codes));
  }
  void start_lane(unsigned lane, std::uint32_t source) {
    host.write32(map::kAdcBase + adc_reg::kLaneSourceOffset + 4 * lane, source);
    host.write32(map::kAdcBase + adc_reg::kLaneStartOffset + 4 * lane, 1);
  }
  std::uint32_t lane(unsigned number, std::uint32_t offset) {
    return host.read32(map::kAdcBase + offset + 4 * number);
  }
  std::vector<std::int16_t> codes(unsigned number, unsigned read, std::size_t count) {
    const std::uint32_t at = ((number * adc_reg::kMaxReads + read) * adc_reg::kChannels) * 2;
    return host.read_all<std::int16_t>(map::kAdcBase + adc_reg::kCodesOffset + at, count);
  }
  Energy spent_by(const std::string& name) {
    for (cost::ComponentId c = 0; c < ledger().component_count(); ++c) {
      if (ledger().component_name(c) == name) return ledger().of_component(c, cost::EnergyKind::kDynamic);
    }
    ADD_FAILURE() << "no component " << name;
    return {};
  }
};

std::uint64_t now_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

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

// Times: the bus takes 4 ns to a target, an access of up to 8 bytes ends 1 ns after that or with its target.
constexpr std::uint64_t kBusPs = 4 * kPs, kAccessPs = 5 * kPs;

TEST(BringupTiming, ThreeReadsTakeThreeTimesDriveAndSettling) {
  Bringup bench;
  bench.run([&] {
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.configure(kMvm, 4, 20, 3);
    std::uint64_t start = now_ps();
    bench.operate(kMvm);
    EXPECT_EQ(now_ps() - start, kBusPs + 3 * (1 + 60) * kPs);  // DAC 1 ns, MVM 60 ns as measured
    EXPECT_EQ(bench.macro(kMvm, macro_reg::kSettlingPsOffset), 60 * kPs);
    start = now_ps();
    bench.start_lane(0, kMvmSource);
    // 20 columns on 16 converters: two conversions of 10 ns per read.
    EXPECT_EQ(now_ps() - start, kAccessPs + kBusPs + 3 * 2 * 10 * kPs);
  });
}

TEST(BringupTiming, ConversionsOverlapTheSettlingOfLaterReads) {
  for (const auto& [columns, expected_ns] :
       {std::pair<unsigned, std::uint64_t>{20, 3 * 61 + 20},  // last read only
        {64, 3 * 61 + 40}}) {
    Bringup bench;
    bench.run([&, columns = columns, expected_ns = expected_ns] {
      bench.program(kMvm, Levels(64 * 64, 1));
      bench.configure(kMvm, 4, columns, 3);
      const std::uint64_t start = now_ps() + kBusPs;
      bench.operate(kMvm, macro_reg::kCtrlNowaitMask);
      bench.start_lane(0, kMvmSource);
      EXPECT_EQ(now_ps() - start, expected_ns * kPs);
    });
  }
}

TEST(BringupTiming, SlowConvertersDecideFromTheFirstReadOn) {
  AmcParams params = ideal_params();
  params.converters_per_lane = 8;  // 64 columns: 80 ns a read, more than the 61 ns between reads
  Bringup bench(params);
  bench.run([&] {
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.configure(kMvm, 4, 64, 3);
    const std::uint64_t start = now_ps() + kBusPs;
    bench.operate(kMvm, macro_reg::kCtrlNowaitMask);
    bench.start_lane(0, kMvmSource);
    EXPECT_EQ(now_ps() - start, (61 + 3 * 80) * kPs);
  });
}

TEST(BringupTiming, ABusyMacroIsWaitedFor) {
  Bringup bench;
  bench.run([&] {
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.configure(kMvm, 4, 4, 10);
    const std::uint64_t start = now_ps() + kBusPs;
    bench.operate(kMvm, macro_reg::kCtrlNowaitMask);
    EXPECT_NE(bench.macro(kMvm, macro_reg::kStatusOffset) & macro_reg::kStatusBusyMask, 0U);
    bench.operate(kMvm);
    EXPECT_EQ(now_ps() - start, 20 * 61 * kPs);
    EXPECT_EQ(bench.macro(kMvm, macro_reg::kStatusOffset) & macro_reg::kStatusBusyMask, 0U);
  });
}

TEST(BringupTiming, PatternsInUseAreNotOverwritten) {
  Bringup bench;
  bench.run([&] {
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.configure(kMvm, 4, 4, 10);
    const std::uint64_t start = now_ps() + kBusPs;
    bench.operate(kMvm, macro_reg::kCtrlNowaitMask);
    bench.set_pattern(0, {1, 2, 3});
    EXPECT_EQ(now_ps() - start, 10 * 61 * kPs);
  });
}

TEST(BringupTiming, MacrosOnTheSamePatternsWorkAtTheSameTime) {
  Bringup bench;
  bench.run([&] {
    for (const std::uint32_t base : {kMvm, map::kMvmBase}) {
      bench.program(base, Levels(64 * 64, 1));
      bench.configure(base, 4, 4, 100);
    }
    const std::uint64_t start = now_ps() + kBusPs;
    bench.operate(kMvm, macro_reg::kCtrlNowaitMask);
    bench.operate(map::kMvmBase);
    EXPECT_EQ(now_ps() - start, kAccessPs + 100 * 61 * kPs);
  });
}

TEST(BringupTiming, TheorySettlesFasterThanTheBoardWasMeasured) {
  AmcParams params = ideal_params();
  params.timing.mode = circuit::TimingParams::Mode::kTheory;
  Bringup bench(params);
  bench.run([&] {
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.set_mode(dac_reg::kModeOneBitMask);
    bench.set_pattern(0, std::vector<std::int16_t>(16, 1));
    bench.configure(kMvm, 16, 64, 1);
    bench.operate(kMvm);
    const std::uint32_t one_bit = bench.macro(kMvm, macro_reg::kSettlingPsOffset);
    EXPECT_GT(one_bit, 1 * kPs);
    EXPECT_LT(one_bit, 60 * kPs);
    bench.set_mode(0);
    bench.set_pattern(0, std::vector<std::int16_t>(16, 127));
    bench.operate(kMvm);
    EXPECT_LT(bench.macro(kMvm, macro_reg::kSettlingPsOffset), one_bit)
        << "an integer read settles more finely";
  });
}

TEST(BringupEnergy, OneReadIsTheSumOfItsParts) {
  AmcParams params = ideal_params();
  params.mvm_size = 2;
  params.rows_per_read = 2;
  params.costs.register_access_J = params.costs.buffer_byte_J = 0.0;  // counted elsewhere
  Bringup bench(params);
  bench.run([&] {
    bench.program(kMvm, {7, 0, 0, 0});
    bench.set_mode(dac_reg::kModeOneBitMask);
    bench.set_pattern(0, {1, 0});
    bench.configure(kMvm, 1, 1, 1);
    const Energy macro_before = bench.spent_by("amc.mvm_macros"), dac_before = bench.spent_by("amc.dac"),
                 adc_before = bench.spent_by("amc.adc");
    bench.operate(kMvm);
    bench.start_lane(0, kMvmSource);
    // Line 0 drives 35 + 0.5 µS in column 0 and 0.5 + 0.5 µS in column 1 with 0.2 V: 36.5 µS · 0.04 V² = 1.46
    // µW.
    const double cells_W = 1.46e-6;
    // The amplifier of column 0 delivers 34.5 µS · 0.2 V = 6.9 µA from 1.1 V.
    const double load_W = 1.1 * 6.9e-6;
    const double bias_W = 1.1 * 4 * 2 * M_PI * 500e6 * 0.2e-12 / 15;
    const double expected = (cells_W + load_W + bias_W) * 61e-9 + params.costs.sample_J;
    EXPECT_NEAR((bench.spent_by("amc.mvm_macros") - macro_before).in_joules(), expected, 1e-6 * expected);
    EXPECT_NEAR((bench.spent_by("amc.dac") - dac_before).in_joules(), 3.9e-15, 1e-18);
    EXPECT_NEAR((bench.spent_by("amc.adc") - adc_before).in_joules(), 2.61e-12, 1e-18);
  });
}

TEST(BringupEnergy, WhatAStoreCausesIsChargedToItsJob) {
  Bringup bench(small_params());
  bench.run([&] {
    bench.host.job = 11;
    bench.program(kMvm, Levels(64 * 64, 3));
    bench.host.job = 12;
    bench.configure(kMvm, 64, 64, 5);
    bench.operate(kMvm);
    bench.start_lane(0, kMvmSource);
  });
  auto& ledger = bench.ledger();
  EXPECT_EQ(ledger.of_job(11) + ledger.of_job(12), ledger.of_transactions());
  EXPECT_GT(ledger.of_kind(cost::EnergyKind::kWrite), Energy{});
  EXPECT_GT(ledger.of_job(11), ledger.of_kind(cost::EnergyKind::kWrite));
  // 5 reads · 64 amplifiers · 184 µW · 61 ns = 3.6 nJ, and the conversions 5 · 64 · 2.6 pJ = 0.84 nJ
  EXPECT_GT(ledger.of_job(12).in_joules(), 4.4e-9);
  EXPECT_TRUE(ledger.audit());
}

TEST(BringupEnergy, ProgrammingIsBookedAsWriting) {
  Bringup bench(small_params());
  bench.run([&] {
    bench.program(kInv, Levels(64, 5));
    EXPECT_GE(bench.macro(kInv, macro_reg::kPulsesOffset), 64U);
    EXPECT_EQ(bench.macro(kInv, macro_reg::kWritesPerCellOffset), 1U);
    EXPECT_GT(bench.macro(kInv, macro_reg::kProgramNsOffset),
              8U * 110);  // 8 rows, a pulse and a read at least
  });
  // A coarse pulse at full conductance takes 7 pJ, verify reads 11 pJ: some dozens for each of 128 cells.
  const double joules = bench.ledger().of_kind(cost::EnergyKind::kWrite).in_joules();
  EXPECT_GT(joules, 128 * 11e-12);
  EXPECT_LT(joules, 128 * 5e-9);
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

}  // namespace
}  // namespace mho::amc::test
