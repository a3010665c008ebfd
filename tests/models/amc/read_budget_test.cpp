// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The budget of integer reads. Oracles: the figures that models/circuit/adc.hpp states for 16 of 64 rows, and
// the simulated chain from cells to codes, which has to be exact with the planned group and wrong beyond the
// budget.
#include "models/amc/read_budget.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

/// The default chip without lines, as in that table.
AmcParams lineless() {
  AmcParams params = small_params();
  params.lines = {};
  return params;
}

double part(const ReadBudget& budget, std::string_view key) {
  const auto found = std::ranges::find_if(
      budget.errors, [&](const ReadError& e) { return e.cause.find(key) != std::string::npos; });
  EXPECT_NE(found, budget.errors.end()) << key;
  return found == budget.errors.end() ? 0.0 : found->steps;
}

unsigned group(const AmcParams& params) {
  return ReadBudgets(params).largest_exact_group();
}

TEST(ReadBudget, HasTheStatedPartsAtTheDefaults) {
  const ReadBudget budget = ReadBudgets(lineless()).of(16);
  constexpr double kTwoDigits = 6e-4;                              // they are stated with two or three
  EXPECT_NEAR(part(budget, "mvm.write_tolerance"), 0.052, 0.003);  // a sample of 1024 cells
  EXPECT_NEAR(part(budget, "opamp.offset"), 0.026, kTwoDigits);
  EXPECT_NEAR(part(budget, "dac.gain"), 0.014, kTwoDigits);
  EXPECT_NEAR(part(budget, "adc.offset"), 0.020, kTwoDigits);
  EXPECT_NEAR(part(budget, "adc.noise"), 0.020, kTwoDigits);
  EXPECT_NEAR(part(budget, "adc.gain"), 0.022, kTwoDigits);
  EXPECT_NEAR(part(budget, "opamp.gain"), 0.011, kTwoDigits);
  EXPECT_NEAR(part(budget, "timing.settle"), 0.055, kTwoDigits);
  EXPECT_NEAR(budget.worst_steps(), 0.42 + 0.011 + 0.055, 0.02);
  EXPECT_TRUE(budget.is_exact());
  EXPECT_THAT(budget.largest().cause, testing::HasSubstr("cells"));
}

TEST(ReadBudget, GroupsEndWhereTheConverterDoes) {
  // 18 rows of digits up to 7 fill 127 codes.
  EXPECT_TRUE(ReadBudgets(lineless()).of(18).is_in_range);
  EXPECT_FALSE(ReadBudgets(lineless()).of(19).is_in_range);
  EXPECT_LE(group(small_params()), 18u);
  EXPECT_GE(group(small_params()), 16u) << "the default group is one of those that read exactly";
  AmcParams ideal = ideal_params();
  ideal.timing.settle_epsilon_read = 1e-9;
  EXPECT_EQ(group(ideal), 18u);
  ideal.adc.bits = 10;
  EXPECT_EQ(group(ideal), 64u);
  ideal.adc.bits = 3;
  EXPECT_EQ(group(ideal), 0u);
}

TEST(ReadBudget, ShrinksWithEveryErrorThatIsConfigured) {
  const unsigned plain = group(small_params());
  const auto expect_fewer = [&](auto change) {
    AmcParams params = small_params();
    change(params);
    const unsigned rows = group(params);
    EXPECT_LT(rows, plain);
    EXPECT_GT(rows, 0u);
  };
  expect_fewer([](AmcParams& p) { p.mvm_write.tolerance = 0.006; });
  expect_fewer([](AmcParams& p) { p.mvm_write.write_sigma = 0.003; });
  expect_fewer([](AmcParams& p) { p.dac.gain_sigma = 5e-3; });
  expect_fewer([](AmcParams& p) { p.adc.noise_sigma_lsb = 0.06; });
  expect_fewer([](AmcParams& p) { p.adc.inl_bow_lsb = 0.2; });
  expect_fewer([](AmcParams& p) { p.adc.dnl_sigma_lsb = 0.008; });
  expect_fewer([](AmcParams& p) { p.opamp.gain = 1e4; });
  expect_fewer([](AmcParams& p) { p.opamp.offset_sigma_volt = 20e-6; });
  expect_fewer([](AmcParams& p) { p.effects.thermal.bandwidth_hz = 1e9; });
  expect_fewer([](AmcParams& p) { p.effects.telegraph.trap_probability = 0.3; });
  expect_fewer([](AmcParams& p) {
    p.effects.temperature = {.low_per_kelvin = 1e-4, .high_per_kelvin = -1e-4, .reference_kelvin = 290};
  });
  AmcParams loose = small_params();
  loose.mvm_write.tolerance = 0.05;
  EXPECT_EQ(group(loose), 0u);
  AmcParams bare = small_params();
  bare.mvm_compensated = false;
  EXPECT_EQ(group(bare), 0u) << "a driven row of a dense 64x64 array loses most of a step (facts.md §4)";
}

/// Does a chip with this group size multiply exactly when every pair holds one of `digits`?
bool is_exact(AmcParams params, unsigned rows, const std::vector<std::int32_t>& digits = {7}) {
  params.rows_per_read = rows;
  std::mt19937_64 draw(81);
  const auto signed_digits = [&] {
    const std::int32_t upper = digits[draw() % digits.size()], lower = digits[draw() % digits.size()];
    return (draw() & 1) != 0 ? 8 * upper + lower : -8 * upper - lower;
  };
  Words a(64 * 64), x(64);
  for (auto& word : a) word = signed_digits();
  for (auto& word : x) word = (draw() & 1) != 0 ? 0xff : -0xff;
  // One output whose terms all have one sign: the errors of its cells add up.
  for (unsigned j = 0; j < 64; ++j) a[j] = x[j] < 0 ? -std::abs(a[j]) : std::abs(a[j]);
  TileBench bench(params);
  bench.program(bench.digit_tile(64, 64, a, 0, 2));
  bench.put_vector(kX, 0, x);
  bench.put_vector(kY, 0, Words(64, 0));
  bench.execute_ok({DruBench::load_command(0, kY, 64), DruBench::load_command(1, kX, 64),
                    command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0}),
                    command(DruOpcode::kHpMvm, {.a = 1, .b = 0}), command(DruOpcode::kHpEnd, {.dst = 2}),
                    DruBench::store_command(2, kResult)});
  const Eigen::VectorXd y = TileBench::numbers(bench.vector_at(kResult));
  for (unsigned i = 0; i < 64; ++i) {
    std::int64_t sum = 0;
    for (unsigned j = 0; j < 64; ++j) sum -= std::int64_t{a[i * 64 + j]} * x[j];
    if (y[i] != static_cast<double>(sum)) return false;
  }
  return true;
}

TEST(ReadBudget, PlansGroupsThatTheChainReadsExactly) {
  for (const double tolerance : {0.003, 0.005, 0.008}) {
    SCOPED_TRACE(tolerance);
    AmcParams params = small_params();
    params.mvm_write.tolerance = tolerance;
    const unsigned rows = group(params);
    ASSERT_GT(rows, 0u);
    EXPECT_TRUE(is_exact(params, rows)) << rows;
  }
  AmcParams loose = small_params();
  loose.mvm_write.tolerance = 0.02;
  EXPECT_FALSE(is_exact(loose, 16)) << "beyond the budget reads are wrong";
}

TEST(ReadBudget, PlansForTheDigitsThatTemperatureMovesMost) {
  const std::vector<std::int32_t> all{0, 1, 2, 3, 4, 5, 6, 7};
  for (const double kelvin : {285.0, 310.0, 330.0}) {
    SCOPED_TRACE(kelvin);
    AmcParams params = small_params();
    params.effects.temperature = device::kTypicalTemperature;
    params.kelvin = kelvin;
    const unsigned rows = group(params);
    ASSERT_GT(rows, 0u);
    for (const std::int32_t digit : {1, 2, 3, 4, 5, 6, 7})
      EXPECT_TRUE(is_exact(params, rows, {digit})) << digit;
    EXPECT_TRUE(is_exact(params, rows, all));
    EXPECT_TRUE(is_exact(params, rows, {3, 7}));
  }
  AmcParams hot = small_params();
  hot.effects.temperature = device::kTypicalTemperature;
  hot.kelvin = 350;
  EXPECT_FALSE(is_exact(hot, 5, {3}));
  EXPECT_LT(group(hot), 5u);
}

TEST(ReadBudget, CountsDriftWithTheAgeOfTheCells) {
  AmcParams params = small_params();
  params.effects.retention = device::kCmoHfoxRetention;
  EXPECT_EQ(ReadBudgets(params).largest_exact_group(), group(small_params())) << "right after the write";
  constexpr double kDay_s = 86400;
  const double efolds = std::log1p(kDay_s);
  const ReadBudget aged = ReadBudgets(params, kDay_s).of(16);
  const double step = 0.79 * device::step_siemens(params.cell);
  EXPECT_NEAR(part(aged, "retention.sigma"), std::sqrt(32.0) * 0.042e-6 * efolds / step, 1e-12);
  EXPECT_FALSE(aged.is_exact());
  // Both cells of a pair lose the same: without lines nothing is left of it.
  AmcParams bare = lineless();
  bare.effects.retention = device::kCmoHfoxRetention;
  EXPECT_NEAR(part(ReadBudgets(bare, 1.0).of(16), "drift (retention"), 0.0, 1e-9);
  bare.effects.retention.high_siemens_per_efold = -0.2e-6;
  EXPECT_NEAR(part(ReadBudgets(bare, 1.0).of(16), "drift (retention"),
              16 * std::log(2.0) * 0.111e-6 / device::step_siemens(bare.cell), 1e-9);
}

TEST(ReadBudget, CountsWhatCompensationMayLeave) {
  EXPECT_NEAR(part(ReadBudgets(small_params()).of(16), "lines"), 16e-3, 1e-12);
  AmcParams params = small_params();
  params.input_bits = 3;
  EXPECT_NEAR(part(ReadBudgets(params).of(16), "lines"), 7 * 16e-3, 1e-12);
}

TEST(ReadBudget, ErrorsOfCellsAndAmplifiersGrowWithTheDigitsThatAreDriven) {
  AmcParams params = lineless();
  const ReadBudget one = ReadBudgets(params).of(16);
  params.input_bits = 2;
  const ReadBudget two = ReadBudgets(params).of(16);
  // The largest digit is 126 of 127 codes.
  constexpr double kShare = 126.0 / 127.0;
  EXPECT_NEAR(part(two, "mvm.write_tolerance"), 3 * part(one, "mvm.write_tolerance"), 1e-12);
  EXPECT_NEAR(part(two, "dac.gain"), 3 * part(one, "dac.gain"), 1e-12);
  EXPECT_NEAR(part(two, "timing.settle"), 3 * part(one, "timing.settle"), 1e-12);
  EXPECT_NEAR(part(two, "adc.gain"), 3 * part(one, "adc.gain"), 1e-12);
  EXPECT_NEAR(part(two, "adc.noise"), part(one, "adc.noise"), 1e-12);
  // 1 + a S/G_f with a third of the feedback.
  const double offset_volt = params.opamp.offset_sigma_volt, step_volt = 0.5 / 127;
  const double loss = part(one, "opamp.offset") / offset_volt * step_volt - 1;
  EXPECT_NEAR(part(two, "opamp.offset"), (1 + 3 / kShare * loss) * offset_volt / step_volt, 1e-9);
}

/// Of sums over `rows` channels at `digit`, in units of the digit 1 [RMS, mean].
std::pair<double, double> measured_dac_error(const AmcParams& params, unsigned rows, int digit) {
  constexpr int kBanks = 400;
  const auto count = static_cast<Eigen::Index>(rows);
  const double unit_volt = read_volt(params);
  double squares = 0, sum = 0;
  for (std::uint32_t bank = 0; bank < kBanks; ++bank) {
    const circuit::Dac dac(params.dac, count, Random(7), bank);
    const auto code =
        static_cast<std::int16_t>(digit * circuit::digit_step_codes(params.dac, params.input_bits));
    const Eigen::MatrixXd volts = dac.convert(circuit::CodeMatrix::Constant(count, 1, code), 0, bank);
    const double error = volts.sum() / unit_volt - static_cast<double>(rows) * digit;
    squares += error * error;
    sum += error;
  }
  return {std::sqrt(squares / kBanks), sum / kBanks};
}

TEST(ReadBudget, HasTheErrorsOfTheConvertersThatDriveDigits) {
  constexpr unsigned kRows = 9;
  constexpr double kSample = 0.12;  // three standard deviations of an RMS of 400
  for (const unsigned bits : {2U, 3U, 4U}) {
    SCOPED_TRACE(bits);
    AmcParams params = lineless();
    params.input_bits = bits;
    const ReadBudget budget = ReadBudgets(params).of(kRows);
    const double expected =
        std::hypot(part(budget, "dac.gain"), part(budget, "dac.offset"), part(budget, "dac.noise"));
    const int largest = (1 << bits) - 1;
    EXPECT_NEAR(7 * measured_dac_error(params, kRows, largest).first, expected, kSample * expected);

    params.dac.gain_sigma = params.dac.offset_sigma_lsb = params.dac.noise_sigma_lsb = 0;
    params.dac.dnl_sigma_lsb = 0.3;
    const double widths = part(ReadBudgets(params).of(kRows), "dac.dnl");
    double worst = 0;
    for (int digit = 1; digit <= largest; ++digit)
      worst = std::max(worst, 7 * measured_dac_error(params, kRows, digit).first);
    EXPECT_LE(worst, (1 + kSample) * widths);
    EXPECT_GT(worst, 0.6 * widths);

    params.dac.dnl_sigma_lsb = 0;
    params.dac.inl_bow_lsb = -0.7;
    const double bow = part(ReadBudgets(params).of(kRows), "dac.inl_bow");
    const double most = 7 * std::abs(measured_dac_error(params, kRows, 1).second);
    EXPECT_LE(most, bow);
    EXPECT_GT(most, 0.8 * bow);
  }
}

TEST(ReadBudget, PlansGroupsOfDigitsThatTheChainReadsExactly) {
  for (const unsigned bits : {2U, 3U, 4U}) {
    SCOPED_TRACE(bits);
    AmcParams params = fine_params();
    params.mvm_write.tolerance = 6e-4;
    params.input_bits = bits;
    const unsigned rows = group(params);
    ASSERT_GT(rows, 1u);
    EXPECT_TRUE(is_exact(params, rows)) << rows;
    params.adc.bits = 8;
    EXPECT_EQ(ReadBudgets(params).of(127 / (7 * ((1 << bits) - 1))).is_in_range, true);
    EXPECT_EQ(ReadBudgets(params).of(127 / (7 * ((1 << bits) - 1)) + 1).is_in_range, false);
  }
  AmcParams coarse = small_params();
  coarse.adc.bits = 12;
  coarse.input_bits = 3;
  EXPECT_EQ(group(coarse), 0u);
  EXPECT_FALSE(is_exact(coarse, 16)) << "beyond the budget reads are wrong";
}

TEST(ReadBudget, PlansFewerRowsOfCellsThatAreNotOhmic) {
  AmcParams params = small_params();
  params.cell_model.iv.v0_volt = 0.3;
  EXPECT_LT(group(params), group(small_params()));
  EXPECT_GT(group(params), 0u);
}

}  // namespace
}  // namespace mho::amc::test
