// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Time and energy of operations by hand over the bus, summed by hand.
#include "tests/models/amc/bringup_bench.hpp"

namespace mho::amc::test {
namespace {

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

TEST(BringupEnergy, DigitsOfMoreThanOneBitTakeConverters) {
  AmcParams params = ideal_params();
  params.input_bits = 3;
  params.costs.register_access_J = params.costs.buffer_byte_J = 0.0;  // counted elsewhere
  Bringup bench(params);
  bench.run([&] {
    bench.program(kMvm, Levels(64 * 64, 1));
    bench.set_pattern(0, {5, 0});
    bench.configure(kMvm, 2, 1, 1);
    const auto spent_J = [&](std::uint32_t mode) {
      bench.set_mode(mode);
      const Energy before = bench.spent_by("amc.dac");
      bench.operate(kMvm);
      return (bench.spent_by("amc.dac") - before).in_joules();
    };
    EXPECT_NEAR(spent_J(dac_reg::kModeDigitsMask), 2 * params.dac.energy_per_conversion_J, 1e-18);
    EXPECT_NEAR(spent_J(dac_reg::kModeOneBitMask), 2 * params.dac.energy_per_one_bit_conversion_J, 1e-18);
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

}  // namespace
}  // namespace mho::amc::test
