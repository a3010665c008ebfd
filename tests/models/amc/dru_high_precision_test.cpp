// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The integer-exact product. Oracle: the same sums in 128-bit integers.
#include "models/amc/dru_high_precision.hpp"

#include <bit>
#include <cstdlib>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

/// b·2^e_b − A·x·2^e_p, normalised, from plain integers. Exponents at most 30 apart.
numeric::FixedVector expected_residual(const Words& a, unsigned rows, unsigned columns, const Words& x,
                                       const Words& b, std::int32_t b_exponent,
                                       std::int32_t product_exponent) {
  const std::int32_t low = std::min(b_exponent, product_exponent);
  std::vector<int128_t> sums(b.size());
  for (std::size_t i = 0; i < b.size(); ++i) {
    sums[i] = int128_t{b[i]} * (int128_t{1} << (b_exponent - low));
    if (i >= rows) continue;
    int128_t product = 0;
    for (unsigned j = 0; j < columns; ++j) product += int128_t{a[i * columns + j]} * x[j];
    sums[i] -= product * (int128_t{1} << (product_exponent - low));
  }
  numeric::FixedVector out;
  EXPECT_TRUE(numeric::normalise(sums, low, out));
  return out;
}

/// Slot 0: b, slot 1: x; HP_BEGIN with matrix exponent, products, HP_END to slot 2, stored at kResult.
Commands residual_list(std::size_t b_length, std::size_t x_length, std::int32_t matrix_exponent,
                       const Commands& products) {
  Commands list{DruBench::load_command(0, kY, b_length), DruBench::load_command(1, kX, x_length),
                command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {u32(matrix_exponent)})};
  list.insert(list.end(), products.begin(), products.end());
  list.push_back(command(DruOpcode::kHpEnd, {.dst = 2}));
  list.push_back(DruBench::store_command(2, kResult));
  return list;
}

dru_reg::DruCommand hp_mvm(std::uint32_t tile, std::uint32_t first_row = 0, std::uint32_t first_column = 0) {
  return command(DruOpcode::kHpMvm, {.a = 1, .b = tile}, {first_row, first_column});
}

TEST(DruHp, Random24BitTilesAreExactOnRealCells) {
  std::mt19937_64 draw(61);
  for (const auto& [rows, columns] : {std::pair{64U, 64U}, {64U, 17U}, {5U, 64U}, {1U, 1U}}) {
    SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(columns));
    const Words a = random_words(draw, rows * columns, 24), x = random_words(draw, columns, 31),
                b = random_words(draw, rows, 31);
    TileBench bench;  // all default imperfections
    bench.program(bench.digit_tile(rows, columns, a, 0, 8));
    bench.put_vector(kX, -31, x);
    bench.put_vector(kY, -8, b);
    const auto done = bench.execute_ok(residual_list(rows, columns, -3, {hp_mvm(0)}));
    EXPECT_EQ(done.flags_out, 0U);
    const auto expected = expected_residual(a, rows, columns, x, b, -8, -34);
    EXPECT_EQ(bench.vector_at(kResult).words, expected.words);
    EXPECT_EQ(bench.vector_at(kResult).exponent, expected.exponent);
  }
}

TEST(DruHp, DigitsOfAnyWidthAreExactOnRealCells) {
  std::mt19937_64 draw(64);
  const unsigned n = 64;
  for (const unsigned levels : {2U, 4U, 8U, 16U}) {
    for (const unsigned input_bits : {1U, 2U, 3U, 4U}) {
      SCOPED_TRACE(std::to_string(levels) + " levels, " + std::to_string(input_bits) + " bits");
      AmcParams params = fine_params();
      params.mvm_levels = levels;
      params.input_bits = input_bits;
      const unsigned slices = std::min(8U, 24 / digit_bits(params));
      const Words a = random_words(draw, n * n, digit_bits(params) * slices), x = random_words(draw, n, 31),
                  b = random_words(draw, n, 31);
      TileBench bench(params);
      bench.program(bench.digit_tile(n, n, a, 0, slices));
      bench.put_vector(kX, -31, x);
      bench.put_vector(kY, -8, b);
      bench.execute_ok(residual_list(n, n, -3, {hp_mvm(0)}));
      EXPECT_EQ(bench.vector_at(kResult).words, expected_residual(a, n, n, x, b, -8, -34).words);
      const unsigned reads = 4 * ((31 + input_bits - 1) / input_bits);
      EXPECT_EQ(bench.counter(dru_reg::kCountHpReadsOffset), reads * slices);
    }
  }
}

TEST(DruHp, TilesHoldNoMoreDigitsThanAWord) {
  for (const auto& [levels, digits] : {std::pair{2U, 32U}, {4U, 16U}, {8U, 11U}, {16U, 8U}}) {
    AmcParams params = ideal_params();
    params.mvm_levels = levels;
    TileBench bench(params);
    bench.program(bench.digit_tile(1, 1, {1}, digits - 2, 2));
    bench.expect_program_fault(bench.digit_tile(1, 1, {1}, digits - 1, 2), DruStatus::kBadOperand, 0);
  }
}

TEST(DruHp, ReadsAreCountedAndZeroPatternsSkipped) {
  TileBench bench;
  bench.program(bench.digit_tile(2, 20, Words(40, 0x123456), 0, 8));
  Words x(20, 0);
  x[3] = 5;    // planes 0 and 2 of group 0
  x[17] = -8;  // plane 3 of group 1
  bench.put_vector(kX, 0, x);
  bench.put_vector(kY, 0, {0, 0});
  bench.execute_ok(residual_list(2, 20, 0, {hp_mvm(0)}));
  EXPECT_EQ(bench.counter(dru_reg::kCountHpReadsOffset), 3U * 8);
  const std::int32_t value = -(5 - 8) * 0x123456;
  EXPECT_EQ(TileBench::numbers(bench.vector_at(kResult))[1], value);
  bench.put_vector(kX, 0, Words(20, 0));
  bench.execute_ok(residual_list(2, 20, 0, {hp_mvm(0)}));
  EXPECT_EQ(bench.counter(dru_reg::kCountHpReadsOffset), 3U * 8) << "a vector of zeros is not read";
}

TEST(DruHp, MoreReadsThanTheBufferHoldsTakeSeveralBatches) {
  AmcParams params = small_params();
  params.rows_per_read = 2;  // 32 groups · 31 planes
  std::mt19937_64 draw(62);
  const Words a = random_words(draw, 64 * 64, 9), x = random_words(draw, 64, 31),
              b = random_words(draw, 64, 31);
  TileBench bench(params);
  bench.program(bench.digit_tile(64, 64, a, 0, 3));
  bench.put_vector(kX, 0, x);
  bench.put_vector(kY, 20, b);
  bench.execute_ok(residual_list(64, 64, 0, {hp_mvm(0)}));
  unsigned reads = 0;
  for (unsigned j = 0; j < 64; j += 2) {
    reads += static_cast<unsigned>(std::popcount(static_cast<unsigned>(std::abs(x[j]) | std::abs(x[j + 1]))));
  }
  EXPECT_GT(reads, 5U * 128);
  EXPECT_EQ(bench.counter(dru_reg::kCountHpReadsOffset), 3 * reads);
  EXPECT_EQ(bench.vector_at(kResult).words, expected_residual(a, 64, 64, x, b, 20, 0).words);
}

TEST(DruHp, TheMostNegativeWordHasAPlaneOfItsOwn) {
  TileBench bench;
  bench.program(bench.digit_tile(1, 2, {1, -3}, 0, 1));
  bench.put_vector(kX, 0, {INT32_MIN, INT32_MIN});
  bench.put_vector(kY, 0, {0});
  bench.execute_ok(residual_list(1, 2, 0, {hp_mvm(0)}));
  EXPECT_EQ(TileBench::numbers(bench.vector_at(kResult))[0], -std::ldexp(2.0, 31));
}

TEST(DruHp, SlicesMayBeSpreadOverTiles) {
  std::mt19937_64 draw(63);
  const unsigned n = 16;
  const Words a = random_words(draw, n * n, 24), x = random_words(draw, n, 31), b = random_words(draw, n, 20);
  TileBench bench;
  auto low = bench.digit_tile(n, n, a, 0, 5);
  auto high = bench.digit_tile(n, n, a, 5, 3);
  high.macro = {5, 6, 9};
  bench.program(low, 0);
  bench.program(high, 1);
  bench.put_vector(kX, 0, x);
  bench.put_vector(kY, 0, b);
  bench.execute_ok(residual_list(n, n, 0, {hp_mvm(0), hp_mvm(1)}));
  EXPECT_EQ(bench.vector_at(kResult).words, expected_residual(a, n, n, x, b, 0, 0).words);
}

TEST(DruHp, TilesAddUpAtTheirPlaces) {
  TileBench bench;
  bench.program(bench.digit_tile(2, 1, {10, 20}, 0, 2), 3);
  bench.put_vector(kX, 2, {1, 100, 7});
  bench.put_vector(kY, 2, {1000, 2000, 3000});
  bench.execute_ok(residual_list(3, 3, 0, {hp_mvm(3, 0, 1), hp_mvm(3, 1, 2), hp_mvm(3, 1, 0)}));
  const auto y = TileBench::numbers(bench.vector_at(kResult));
  EXPECT_EQ(y[0], 4.0 * (1000 - 10 * 100));
  EXPECT_EQ(y[1], 4.0 * (2000 - 20 * 100 - 10 * 7 - 10 * 1));
  EXPECT_EQ(y[2], 4.0 * (3000 - 20 * 7 - 20 * 1));
}

TEST(DruHp, SaturatedAmplifiersAreFlaggedWhereNoCodeClips) {
  AmcParams params = ideal_params();
  params.rows_per_read = 64;
  params.opamp.v_sat_volt = params.adc.v_full_scale_volt;  // the rail gives the largest code, which is legal
  TileBench bench(params);
  bench.program(bench.digit_tile(1, 64, Words(64, 7), 0, 1));  // one read may reach 448
  bench.put_vector(kX, 0, Words(64, 1));
  bench.put_vector(kY, 0, {0});
  const auto done = bench.execute_ok(residual_list(1, 64, 0, {hp_mvm(0)}));
  EXPECT_EQ(bench.counter(dru_reg::kCountClipsOffset), 0U);
  EXPECT_EQ(done.flags_out, dru_reg::kDescriptorOutSaturated);
}

TEST(DruHp, AmplifiersThatDoNotSettleEndTheList) {
  AmcParams params = ideal_params();
  params.loop = {.second_pole_hz = 1e6, .input_farad = 1e-10};
  TileBench bench(params);
  bench.program(bench.digit_tile(1, 4, Words(4, 7), 0, 1));
  bench.put_vector(kX, 0, Words(4, 1));
  bench.put_vector(kY, 0, {0});
  bench.expect_fault({DruBench::load_command(0, kY, 1), DruBench::load_command(1, kX, 4),
                      command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0}), hp_mvm(0)},
                     DruStatus::kUnstable, 0);
}

TEST(DruHp, ClippedReadsAreCountedAndFlagged) {
  AmcParams params = ideal_params();
  params.rows_per_read = 64;
  params.adc.v_full_scale_volt = 0.4;
  params.opamp.v_sat_volt = 10;  // the converter clips, no amplifier saturates
  TileBench bench(params);
  bench.program(bench.digit_tile(1, 64, Words(64, 7), 0, 1));  // one read may reach 448
  bench.put_vector(kX, 0, Words(64, 1));
  bench.put_vector(kY, 0, {0});
  const auto done = bench.execute_ok(residual_list(1, 64, 0, {hp_mvm(0)}));
  EXPECT_EQ(done.flags_out, dru_reg::kDescriptorOutClipped);
  EXPECT_EQ(bench.counter(dru_reg::kCountClipsOffset), 1U);
  const double expected = -127;
  EXPECT_EQ(TileBench::numbers(bench.vector_at(kResult))[0], expected);
  bench.put_vector(kX, 0, Words(64, 0));
  EXPECT_EQ(bench.execute_ok(residual_list(1, 64, 0, {hp_mvm(0)})).flags_out, 0U) << "flags are of the list";
}

TEST(DruHp, ReadsOfADacAtItsLimitAreFlagged) {
  AmcParams params = ideal_params();
  params.dac.v_clip_volt = 0.75 * params.dac.v_full_scale_volt;
  TileBench bench(params);
  bench.program(bench.digit_tile(1, 4, Words(4, 7), 0, 1));
  bench.put_vector(kY, 0, {0});
  bench.put_vector(kX, 0, Words(4, 1));
  EXPECT_EQ(bench.execute_ok(residual_list(1, 4, 0, {hp_mvm(0)})).flags_out,
            dru_reg::kDescriptorOutSaturated);
  bench.put_vector(kX, 0, Words(4, 0));
  EXPECT_EQ(bench.execute_ok(residual_list(1, 4, 0, {hp_mvm(0)})).flags_out, 0U);
}

TEST(DruHp, AccumulatorsThatOverflowNameTheElement) {
  TileBench bench;
  bench.program(bench.digit_tile(2, 1, {0, 7}, 0, 1));
  bench.put_vector(kX, 0, {1 << 30});
  bench.put_vector(kY, 70, {0, 1 << 30});
  bench.expect_fault({DruBench::load_command(0, kY, 2), DruBench::load_command(1, kX, 1),
                      command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0})},
                     DruStatus::kOverflow, 1);
  bench.put_vector(kY, -70, {1, 1});
  bench.expect_fault({DruBench::load_command(0, kY, 2), DruBench::load_command(1, kX, 1),
                      command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0}), hp_mvm(0)},
                     DruStatus::kOverflow, 1);
}

TEST(DruHp, RefusesWhatDoesNotFit) {
  TileBench bench;
  bench.program(bench.digit_tile(2, 2, {1, 2, 3, 4}, 0, 1), 1);
  bench.put_vector(kX, 0, {1, 2, 3});
  bench.put_vector(kY, 0, {1, 2, 3});
  const Commands begin{DruBench::load_command(0, kY, 3), DruBench::load_command(1, kX, 3),
                       command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0})};
  const auto expect_bad = [&](Commands tail, std::uint32_t detail) {
    Commands list = begin;
    list.insert(list.end(), tail.begin(), tail.end());
    bench.expect_fault(list, DruStatus::kBadOperand, detail);
  };
  bench.expect_fault({command(DruOpcode::kHpEnd, {.dst = 2})}, DruStatus::kBadOperand, 2);  // nothing begun
  bench.expect_fault({hp_mvm(1)}, DruStatus::kBadOperand, 1);
  expect_bad({hp_mvm(1, 2, 0)}, 1);
  expect_bad({hp_mvm(1, 0, 2)}, 1);
  expect_bad({hp_mvm(1, 0xffffffff, 0xffffffff)}, 1);
  expect_bad({hp_mvm(2)}, 2);                                             // no such tile
  expect_bad({command(DruOpcode::kHpMvm, {.a = 9, .b = 1}, {0, 0})}, 9);  // empty
  expect_bad({command(DruOpcode::kScale, {.dst = 4, .a = 1}, {1, 1}),     // another exponent
              command(DruOpcode::kHpMvm, {.a = 4, .b = 1}, {0, 0})},
             4);
  expect_bad({command(DruOpcode::kHpEnd, {.dst = 999})}, 999);
  expect_bad({command(DruOpcode::kHpEnd, {.dst = 2}), command(DruOpcode::kHpEnd, {.dst = 2})}, 2);
  expect_bad({command(DruOpcode::kHpBegin, {.a = 50, .b = 1}, {0})}, 50);
  expect_bad({command(DruOpcode::kHpBegin, {.a = 0, .b = 51}, {0})}, 51);
}

TEST(DruHp, TooLooseCellsGiveWrongIntegers) {
  AmcParams params = small_params();
  params.mvm_write.bounded = false;
  params.mvm_write.write_sigma = 0.02;
  std::mt19937_64 draw(64);
  const Words a = random_words(draw, 64 * 64, 24), x = random_words(draw, 64, 31), b(64, 0);
  TileBench bench(params);
  bench.program(bench.digit_tile(64, 64, a, 0, 8));
  bench.put_vector(kX, 0, x);
  bench.put_vector(kY, 0, b);
  bench.execute_ok(residual_list(64, 64, 0, {hp_mvm(0)}));
  EXPECT_NE(bench.vector_at(kResult).words, expected_residual(a, 64, 64, x, b, 0, 0).words)
      << "the analogue part would be decoration";
}

TEST(DruHp, SlicesWorkAtTheSameTime) {
  const auto duration = [](unsigned slices) {
    TileBench bench;
    bench.program(bench.digit_tile(4, 16, Words(64, 1), 0, slices));
    bench.put_vector(kX, 0, Words(16, (1 << 20) - 1));  // 20 reads
    bench.put_vector(kY, 0, Words(4, 0));
    return bench.execute_ok(residual_list(4, 16, 0, {hp_mvm(0)})).duration_ns;
  };
  const std::uint64_t one = duration(1), eight = duration(8);
  // Seven more slices: 4 + 2 posted register writes each before the start, 20 · 128 B of codes and two
  // registers to read back, and the additions. No further 20 · 61 ns of analogue time.
  const std::uint64_t posted = 7 * 6, readback = 7 * (320 + 2), additions = 7 * 20 * 4 / 32 + 1;
  EXPECT_GE(eight - one, 7 * 320U);
  EXPECT_LE(eight - one, posted + readback + additions);
}

}  // namespace
}  // namespace mho::amc::test
