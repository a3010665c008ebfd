// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the blocks offer for calibration, over the bus: sources, reference, sums and trims of the ADC bank,
// trims of the DAC bank, ZERO and trims of the macros.
#include <algorithm>
#include <cmath>

#include "tests/models/amc/amc_bench.hpp"

namespace mho::amc::test {
namespace {

constexpr std::uint32_t kMvm = map::kMvmBase + 3 * map::kMvmStride;
constexpr std::uint32_t kMvmSource = adc_reg::kSourceMvm + 3;
constexpr std::uint32_t kInv = map::kInvBase + map::kInvStride;
constexpr std::uint32_t kInvSource = 1;
constexpr std::uint32_t kChannels = adc_reg::kChannels;
constexpr int kMaxCode = 127;
/// Reference codes per ADC code at 8 bits.
constexpr double kReferencePerCode = 32768.0 / kMaxCode;

std::uint64_t now_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

class Calibration : public AmcBench {
 public:
  explicit Calibration(const AmcParams& params = ideal_params()) : AmcBench(params) {}

  void adc(std::uint32_t offset, std::int32_t value) {
    host.write32(map::kAdcBase + offset, static_cast<std::uint32_t>(value));
  }
  std::uint32_t adc(std::uint32_t offset) { return host.read32(map::kAdcBase + offset); }
  void set_reference(std::int32_t start, std::int32_t step, std::int32_t reads) {
    adc(adc_reg::kReferenceStartOffset, start);
    adc(adc_reg::kReferenceStepOffset, step);
    adc(adc_reg::kReferenceReadsOffset, reads);
  }
  void convert(unsigned lane, std::uint32_t source) {
    adc(adc_reg::kLaneSourceOffset + 4 * lane, static_cast<std::int32_t>(source));
    adc(adc_reg::kLaneStartOffset + 4 * lane, 1);
  }
  std::uint32_t status(unsigned lane) { return adc(adc_reg::kLaneStatusOffset + 4 * lane); }
  std::int16_t code(unsigned lane, unsigned read, unsigned channel) {
    const std::uint32_t at = ((lane * adc_reg::kMaxReads + read) * kChannels + channel) * 2;
    return host.read_all<std::int16_t>(map::kAdcBase + adc_reg::kCodesOffset + at, 1)[0];
  }
  std::int32_t sum(unsigned lane, unsigned channel) {
    return static_cast<std::int32_t>(adc(adc_reg::kSumOffset + 4 * (lane * kChannels + channel)));
  }
  void trim_adc(unsigned lane, unsigned channel, int offset, int gain) {
    adc(adc_reg::kTrimOffset + 4 * (lane * kChannels + channel), word(offset, gain));
  }
  void trim_dac(unsigned channel, int offset, int gain) {
    host.write32(map::kDacBase + dac_reg::kTrimOffset + 4 * channel,
                 static_cast<std::uint32_t>(word(offset, gain)));
  }
  void set_dac(std::uint32_t mode, const std::vector<std::int16_t>& codes) {
    host.write32(map::kDacBase + dac_reg::kModeOffset, mode);
    host.write_all(map::kDacBase + dac_reg::kPatternsOffset, std::span(codes));
  }
  void zero(std::uint32_t macro, std::uint32_t columns, std::uint32_t reads, std::uint32_t gain) {
    host.write32(macro + macro_reg::kColumnsOffset, columns);
    host.write32(macro + macro_reg::kReadsOffset, reads);
    host.write32(macro + macro_reg::kOutputGainOffset, gain);
    host.write32(macro + macro_reg::kCtrlOffset, macro_reg::kCtrlZeroMask);
  }
  Energy spent_by(const std::string& name) {
    for (cost::ComponentId c = 0; c < ledger().component_count(); ++c) {
      if (ledger().component_name(c) == name) return ledger().of_component(c, cost::EnergyKind::kDynamic);
    }
    ADD_FAILURE() << "no component " << name;
    return {};
  }

 private:
  static std::int32_t word(int offset, int gain) { return (offset & 0xfff) | (gain & 0xfff) << 16; }
};

AmcParams exact_reference_params() {
  AmcParams params = ideal_params();
  params.reference_sigma = 0;
  return params;
}

TEST(AdcCalibration, ReferenceStepsFromReadToRead) {
  Calibration bench(exact_reference_params());
  bench.run([&] {
    bench.set_reference(-20000, 500, 80);
    bench.convert(3, adc_reg::kSourceGround);
    EXPECT_EQ(bench.status(3),
              80U << adc_reg::kLaneStatusReadsShift | 64U << adc_reg::kLaneStatusChannelsShift);
    int sum = 0;
    for (unsigned r = 0; r < 80; ++r) {
      const int expected = static_cast<int>(std::nearbyint((-20000.0 + 500.0 * r) / kReferencePerCode));
      EXPECT_EQ(bench.code(3, r, 0), expected);
      EXPECT_EQ(bench.code(3, r, 63), expected);
      sum += expected;
    }
    EXPECT_EQ(bench.sum(3, 0), sum);
    EXPECT_EQ(bench.sum(3, 63), sum);
    EXPECT_EQ(bench.sum(2, 0), 0);
  });
}

TEST(AdcCalibration, ReferenceEndsAtItsLimits) {
  Calibration bench(exact_reference_params());
  bench.run([&] {
    bench.set_reference(32000, 1000, 2);
    bench.convert(0, adc_reg::kSourceGround);
    EXPECT_EQ(bench.code(0, 1, 5), kMaxCode);
    EXPECT_EQ(bench.adc(adc_reg::kLaneClipsOffset), 0U);
  });
}

TEST(AdcCalibration, ReferenceHasOneErrorPerChip) {
  AmcParams params = ideal_params();
  params.reference_sigma = 0.02;
  Calibration bench(params);
  bench.run([&] {
    bench.set_reference(24576, 0, 1);
    bench.convert(0, adc_reg::kSourceGround);
    bench.convert(7, adc_reg::kSourceGround);
    const int code = bench.code(0, 0, 0);
    EXPECT_NE(code, 95);
    EXPECT_NEAR(code, 95.25, 4 * 0.02 * 95.25);
    EXPECT_EQ(bench.code(7, 0, 63), code);
    bench.set_reference(0, 0, 1);
    bench.convert(0, adc_reg::kSourceGround);
    EXPECT_EQ(bench.code(0, 0, 0), 0) << "ground is exact";
  });
}

TEST(AdcCalibration, ReadsOutOfRangeAreRejected) {
  Calibration bench;
  bench.run([&] {
    for (const int reads : {0, 129}) {
      bench.set_reference(0, 0, reads);
      for (const std::uint32_t source : {adc_reg::kSourceGround, adc_reg::kSourceDac}) {
        bench.convert(0, source);
        EXPECT_EQ(bench.status(0), adc_reg::kLaneStatusRejectedMask);
      }
    }
  });
}

TEST(AdcCalibration, TrimsActBeforeRounding) {
  Calibration bench(exact_reference_params());
  bench.run([&] {
    bench.trim_adc(1, 2, 63, 0);    // 0.49 codes
    bench.trim_adc(1, 3, 65, 0);    // 0.51 codes
    bench.trim_adc(1, 4, -130, 0);  // -1.02 codes
    bench.set_reference(0, 0, 1);
    bench.convert(1, adc_reg::kSourceGround);
    EXPECT_EQ(bench.code(1, 0, 2), 0);
    EXPECT_EQ(bench.code(1, 0, 3), 1);
    EXPECT_EQ(bench.code(1, 0, 4), -1);
    bench.convert(0, adc_reg::kSourceGround);
    EXPECT_EQ(bench.code(0, 0, 3), 0) << "another lane";

    bench.trim_adc(1, 5, 0, 819);  // 5 %
    bench.trim_adc(1, 6, 0, -819);
    bench.set_reference(25801, 0, 1);  // 100 codes
    bench.convert(1, adc_reg::kSourceGround);
    EXPECT_EQ(bench.code(1, 0, 5), 105);
    EXPECT_EQ(bench.code(1, 0, 6), 95);
    bench.trim_adc(1, 5, 0, 0);
    bench.convert(1, adc_reg::kSourceGround);
    EXPECT_EQ(bench.code(1, 0, 5), 100);
  });
}

TEST(AdcCalibration, LanesStartedTogetherTakeAsLongAsOne) {
  Calibration bench;
  bench.run([&] {
    bench.set_reference(0, 2, 128);
    for (unsigned lane = 0; lane < adc_reg::kLanes; ++lane) {
      bench.adc(adc_reg::kLaneSourceOffset + 4 * lane, adc_reg::kSourceGround);
    }
    std::uint64_t before = now_ps();
    bench.adc(adc_reg::kLaneStartOffset, 1);
    const std::uint64_t one = now_ps() - before;
    before = now_ps();
    bench.adc(adc_reg::kStartOffset, 0xff);
    EXPECT_EQ(now_ps() - before, one);
    // 64 channels on 16 converters of 100 MS/s.
    EXPECT_GE(one, 128U * 40000U);
    EXPECT_LT(one, 128U * 40000U + 100000U);
    for (unsigned lane = 0; lane < adc_reg::kLanes; ++lane) {
      EXPECT_EQ(bench.status(lane) >> adc_reg::kLaneStatusReadsShift & 0xff, 128U);
    }
    EXPECT_EQ(bench.adc(adc_reg::kConversionsOffset), 9U * 128 * 64);
  });
}

TEST(AdcCalibration, ConversionsAndReferenceAreCharged) {
  AmcParams params = exact_reference_params();
  Calibration bench(params);
  bench.run([&] {
    bench.set_reference(0, 0, 10);
    bench.adc(adc_reg::kLaneSourceOffset, adc_reg::kSourceGround);
    const auto cost_of_start = [&] {
      const double before = bench.spent_by("amc.adc").in_joules();
      bench.adc(adc_reg::kLaneStartOffset, 1);
      return bench.spent_by("amc.adc").in_joules() - before;
    };
    const double conversions = 640 * params.adc.energy_per_conversion_J + params.costs.register_access_J;
    EXPECT_NEAR(cost_of_start(), conversions, 1e-9 * conversions);
    bench.set_reference(0, 1, 10);
    const double all = conversions + 10 * params.dac.energy_per_conversion_J;
    EXPECT_NEAR(cost_of_start(), all, 1e-9 * all);
  });
}

TEST(DacCalibration, LoopBackReadsPatternZero) {
  Calibration bench(exact_reference_params());
  bench.run([&] {
    std::vector<std::int16_t> codes(64);
    for (int c = 0; c < 64; ++c) codes[static_cast<unsigned>(c)] = static_cast<std::int16_t>(4 * c - 127);
    bench.set_dac(0, codes);
    bench.set_reference(0, 0, 3);
    bench.convert(2, adc_reg::kSourceDac);
    for (unsigned c = 0; c < 64; ++c) {
      // 0.2 V over 0.5 V, both of 127 codes.
      const int expected = static_cast<int>(std::nearbyint(0.4 * codes[c]));
      EXPECT_EQ(bench.code(2, 2, c), expected);
      EXPECT_EQ(bench.sum(2, c), 3 * expected);
    }
    EXPECT_EQ(bench.host.read32(map::kDacBase + dac_reg::kConversionsOffset), 3U * 64);
  });
}

TEST(DacCalibration, TrimsMoveTheOutput) {
  Calibration bench(exact_reference_params());
  bench.run([&] {
    bench.set_dac(0, {100, 100, 100, 0});
    bench.trim_dac(1, 1280, 0);   // 10 codes
    bench.trim_dac(2, 0, -1638);  // -10 %
    bench.trim_dac(3, 1280, 0);
    bench.set_reference(0, 0, 1);
    bench.convert(0, adc_reg::kSourceDac);
    EXPECT_EQ(bench.code(0, 0, 0), 40);
    EXPECT_EQ(bench.code(0, 0, 1), 44);
    EXPECT_EQ(bench.code(0, 0, 2), 36);
    EXPECT_EQ(bench.code(0, 0, 3), 0) << "code 0 is ground";
    bench.set_dac(dac_reg::kModeOneBitMask, {1, 1, 1, -1});
    bench.convert(0, adc_reg::kSourceDac);
    EXPECT_EQ(bench.code(0, 0, 0), 51);
    EXPECT_EQ(bench.code(0, 0, 1), 51) << "one-bit conversions have no offset";
    EXPECT_EQ(bench.code(0, 0, 2), 46);
  });
}

AmcParams offset_params(double sigma_volt) {
  AmcParams params = exact_reference_params();
  params.opamp.offset_sigma_volt = sigma_volt;
  return params;
}

TEST(MacroCalibration, ZeroShowsTheOffsetsOfAMacroWithoutAMatrix) {
  const AmcParams params = offset_params(1e-3);
  Calibration bench(params);
  bench.run([&] {
    bench.zero(kMvm, 64, 4, 5);
    EXPECT_EQ(bench.host.read32(kMvm + macro_reg::kStatusOffset), 0U);
    bench.set_reference(0, 0, 1);
    bench.convert(1, kMvmSource);
    const Eigen::VectorXd offsets = circuit::draw_offsets(params.opamp, 64, Random{1}, map::kInvCount + 3);
    for (unsigned c = 0; c < 64; ++c) {
      const double expected = 32 * offsets[c] / 0.5 * kMaxCode;
      EXPECT_NEAR(bench.code(1, 3, c), std::clamp(expected, -127.0, 127.0), 0.51);
    }
  });
}

TEST(MacroCalibration, TrimsTakeTheOffsetsFromEveryOperation) {
  const AmcParams params = offset_params(1e-3);
  Calibration bench(params);
  bench.run([&] {
    const auto trim = [&](std::uint32_t macro, std::uint32_t number, unsigned size) {
      const Eigen::VectorXd offsets = circuit::draw_offsets(params.opamp, size, Random{1}, number);
      for (unsigned j = 0; j < size; ++j) {
        const auto steps = static_cast<std::int32_t>(std::lround(-offsets[j] / 5e-6));
        bench.host.write32(macro + macro_reg::kOffsetTrimOffset + 4 * j, static_cast<std::uint32_t>(steps));
      }
    };
    const auto largest_code = [&](std::uint32_t macro, std::uint32_t source, std::uint32_t size) {
      bench.host.write32(macro + macro_reg::kCtrlOffset, macro_reg::kCtrlOperateMask);
      bench.convert(0, source);
      EXPECT_EQ(bench.status(0) >> adc_reg::kLaneStatusChannelsShift & 0xff, size);
      return bench.adc(adc_reg::kLanePeakOffset);
    };
    const auto program = [&](std::uint32_t macro, std::uint32_t size) {
      std::vector<std::int8_t> levels(size * size, 1);
      for (std::uint32_t i = 0; i < size; ++i) levels[i * size + i] = 7;
      bench.host.write_all(macro + macro_reg::kLevelsOffset, std::span(std::as_const(levels)));
      bench.host.write32(macro + macro_reg::kCtrlOffset, macro_reg::kCtrlProgramMask);
      bench.host.write32(macro + macro_reg::kRowsOffset, size);
      bench.host.write32(macro + macro_reg::kColumnsOffset, size);
    };
    program(kMvm, 64);
    program(kInv, 8);
    bench.host.write32(kInv + macro_reg::kOutputGainOffset, 6);
    EXPECT_GE(largest_code(kMvm, kMvmSource, 64), 2U);
    EXPECT_GE(largest_code(kInv, kInvSource, 8), 2U);
    trim(kMvm, map::kInvCount + 3, 64);
    trim(kInv, 1, 8);
    EXPECT_EQ(largest_code(kMvm, kMvmSource, 64), 0U);
    EXPECT_LE(largest_code(kInv, kInvSource, 8), 1U);
    // Before the first operation and the first program alike.
    bench.host.write32(map::kMvmBase + macro_reg::kOffsetTrimOffset, 200);
    bench.zero(map::kMvmBase, 1, 1, 5);
    const double offset = circuit::draw_offsets(params.opamp, 64, Random{1}, map::kInvCount)[0] + 1e-3;
    bench.convert(0, adc_reg::kSourceMvm);
    EXPECT_NEAR(bench.code(0, 0, 0), std::clamp(32 * offset / 0.5 * kMaxCode, -127.0, 127.0), 0.51);
  });
}

TEST(MacroCalibration, ZeroOutOfRangeIsRejectedAndHoldsNothing) {
  Calibration bench;
  bench.run([&] {
    struct Case {
      std::uint32_t columns, reads, gain;
    };
    for (const Case& c : {Case{0, 1, 0}, Case{9, 1, 0}, Case{8, 0, 0}, Case{8, 129, 0}, Case{8, 1, 9},
                          Case{8, 1, 0xffffffff}}) {
      bench.zero(kInv, c.columns, c.reads, c.gain);
      EXPECT_EQ(bench.host.read32(kInv + macro_reg::kStatusOffset), macro_reg::kStatusRejectedMask);
      bench.convert(0, kInvSource);
      EXPECT_EQ(bench.status(0), adc_reg::kLaneStatusRejectedMask);
    }
  });
}

TEST(MacroCalibration, ZeroSaturatesAtTheRails) {
  Calibration bench(offset_params(0.1));
  bench.run([&] {
    bench.zero(kMvm, 64, 1, 8);
    EXPECT_EQ(bench.host.read32(kMvm + macro_reg::kStatusOffset), macro_reg::kStatusSaturatedMask);
  });
}

TEST(MacroCalibration, ZeroTakesItsTimeAndBias) {
  const AmcParams params = offset_params(1e-3);
  Calibration bench(params);
  bench.run([&] {
    const double before = bench.spent_by("amc.mvm_macros").in_joules();
    const std::uint64_t start = now_ps();
    bench.zero(kMvm, 64, 4, 5);
    // At a gain of 32 an amplifier is slower than the published response.
    const double tau_s = 32.0 / (2.0 * std::numbers::pi * params.opamp.gbw_hz);
    const double theory_s = tau_s * std::log(1.0 / params.timing.settle_epsilon_read);
    ASSERT_GT(theory_s, params.timing.measured_mvm_s);
    // A DAC conversion of 1 ns and that, four times; four register accesses.
    const auto least_ps = static_cast<std::uint64_t>(4e12 * (1e-9 + theory_s));
    EXPECT_GE(now_ps() - start, least_ps);
    EXPECT_LT(now_ps() - start, least_ps + 100000U);
    const double read_s = 1e-9 + 1e-12 * bench.host.read32(kMvm + macro_reg::kSettlingPsOffset);
    const double expected =
        4 * 64 * (circuit::bias_power_watt(params.opamp) * read_s + params.costs.sample_J) +
        5 * params.costs.register_access_J;
    EXPECT_NEAR(bench.spent_by("amc.mvm_macros").in_joules() - before, expected, 1e-6 * expected);
  });
}

TEST(AdcCalibration, TrimsAreVoltagesAtEveryResolution) {
  AmcParams params = exact_reference_params();
  params.adc.bits = 10;
  params.dac.bits = 10;
  Calibration bench(params);
  bench.run([&] {
    std::vector<std::int8_t> levels(64, 0);
    for (unsigned i = 0; i < 8; ++i) levels[i * 9] = 7;
    bench.host.write_all(kInv + macro_reg::kLevelsOffset, std::span(std::as_const(levels)));
    bench.host.write32(kInv + macro_reg::kCtrlOffset, macro_reg::kCtrlProgramMask);
    bench.host.write32(kInv + macro_reg::kRowsOffset, 8);
    bench.host.write32(kInv + macro_reg::kColumnsOffset, 8);
    bench.set_dac(0, std::vector<std::int16_t>(64, 0));
    bench.trim_adc(0, 1, 1280, 0);  // ten codes of 10 bits: 2.5 of 8
    bench.trim_adc(0, 2, 1536, 0);  // three codes of 8 bits
    bench.host.write32(kInv + macro_reg::kCtrlOffset, macro_reg::kCtrlOperateMask);
    bench.convert(0, kInvSource);
    EXPECT_EQ(bench.code(0, 0, 0), 0);
    EXPECT_EQ(bench.code(0, 0, 1), 2);
    EXPECT_EQ(bench.code(0, 0, 2), 3);
    bench.set_reference(0, 0, 1);
    bench.convert(0, adc_reg::kSourceGround);
    EXPECT_EQ(bench.code(0, 0, 1), 10);
  });
}

}  // namespace
}  // namespace mho::amc::test
