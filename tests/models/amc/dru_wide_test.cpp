// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Vectors of 64-bit words and accumulators of 160 bits. Oracle: integers of unlimited size.
#include <boost/multiprecision/cpp_int.hpp>
#include <cstdlib>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

using Big = boost::multiprecision::cpp_int;
using WideWords = std::vector<std::int64_t>;

constexpr std::uint32_t kWide = dru_reg::kFlagWide;

WideWords random_wide_words(std::mt19937_64& draw, std::size_t count) {
  WideWords out(count);
  for (auto& word : out) word = static_cast<std::int64_t>(draw()) >> 1;
  return out;
}

class WideBench : public TileBench {
 public:
  using TileBench::TileBench;

  void put_wide(std::uint32_t address, std::int32_t exponent, const WideWords& words) {
    store(address, dru_reg::DruVector{exponent, static_cast<std::uint32_t>(words.size())});
    store_all(address + 8, words);
  }
  numeric::WideVector wide_at(std::uint32_t address) {
    const auto header = load<dru_reg::DruVector>(address);
    numeric::WideVector out{header.exponent, WideWords(header.length)};
    for (std::uint32_t i = 0; i < header.length; ++i) out.words[i] = load<std::int64_t>(address + 8 + 8 * i);
    return out;
  }
};

dru_reg::DruCommand load_wide(std::uint32_t slot, std::uint32_t address, std::size_t length) {
  return command(DruOpcode::kLoad, {.dst = slot, .flags = kWide},
                 {address, static_cast<std::uint32_t>(length)});
}

/// The smallest shift at which every value rounds below 2^bits, and the rounded values.
template <typename Word>
numeric::BlockVector<Word> rounded(const std::vector<Big>& values, std::int32_t exponent, unsigned bits) {
  const auto at = [](const Big& v, int shift) {
    const Big magnitude =
        shift > 0 ? Big((abs(v) + (Big(1) << (shift - 1))) >> shift) : Big(abs(v) << -shift);
    return v < 0 ? Big(-magnitude) : magnitude;
  };
  int shift = -100;
  const auto fits = [&] {
    return std::ranges::all_of(values, [&](const Big& v) { return abs(at(v, shift)) < (Big(1) << bits); });
  };
  while (!fits()) ++shift;
  numeric::BlockVector<Word> out{exponent + shift, {}};
  for (const Big& v : values) out.words.push_back(static_cast<Word>(at(v, shift)));
  return out;
}

TEST(DruWide, WordsGoThroughMemoryAsTheyAre) {
  WideBench bench;
  const WideWords words{INT64_MAX, INT64_MIN, 0, -3};
  bench.put_wide(kX, -77, words);
  bench.execute_ok({load_wide(5, kX, 4), DruBench::store_command(5, kResult)});
  EXPECT_EQ(bench.wide_at(kResult).words, words);
  EXPECT_EQ(bench.wide_at(kResult).exponent, -77);
}

TEST(DruWide, SlicesKeepOrNarrowOrWiden) {
  WideBench bench;
  std::mt19937_64 draw(71);
  const WideWords words = random_wide_words(draw, 6);
  bench.put_wide(kX, 3, words);
  bench.put_vector(kY, 5, {7, -8});
  bench.execute_ok({load_wide(0, kX, 6), DruBench::load_command(1, kY, 2),
                    command(DruOpcode::kSlice, {.dst = 2, .a = 0, .flags = kWide}, {1, 4}),
                    command(DruOpcode::kSlice, {.dst = 3, .a = 0}, {1, 4}),
                    command(DruOpcode::kSlice, {.dst = 4, .a = 1, .flags = kWide}, {0, 2}),
                    DruBench::store_command(2, kResult), DruBench::store_command(3, kResult + 0x100),
                    DruBench::store_command(4, kResult + 0x200)});
  EXPECT_EQ(bench.wide_at(kResult).words, WideWords(words.begin() + 1, words.begin() + 5));
  const auto narrow = rounded<std::int32_t>({words.begin() + 1, words.begin() + 5}, 3, 31);
  EXPECT_EQ(bench.vector_at(kResult + 0x100).words, narrow.words);
  EXPECT_EQ(bench.vector_at(kResult + 0x100).exponent, narrow.exponent);
  EXPECT_EQ(bench.wide_at(kResult + 0x200).words, (WideWords{7, -8}));
  EXPECT_EQ(bench.wide_at(kResult + 0x200).exponent, 5);
}

TEST(DruWide, SumsAreRoundedOnceToTheWidthAskedFor) {
  WideBench bench;
  std::mt19937_64 draw(72);
  for (int trial = 0; trial < 40; ++trial) {
    SCOPED_TRACE(trial);
    const int gap = static_cast<int>(draw() % 80);
    const WideWords x = random_wide_words(draw, 5);
    const Words y = random_words(draw, 5, 31);
    bench.put_wide(kX, 0, x);
    bench.put_vector(kY, -gap, y);
    const std::uint32_t sign = trial % 2 == 0 ? 0 : dru_reg::kFlagSubtract;
    bench.execute_ok({load_wide(0, kX, 5), DruBench::load_command(1, kY, 5),
                      command(DruOpcode::kAdd, {.dst = 2, .a = 0, .b = 1, .flags = kWide | sign}),
                      command(DruOpcode::kAdd, {.dst = 3, .a = 0, .b = 1, .flags = sign}),
                      DruBench::store_command(2, kResult), DruBench::store_command(3, kResult + 0x100)});
    std::vector<Big> sums;
    for (std::size_t i = 0; i < 5; ++i)
      sums.push_back((Big(x[i]) << gap) + (sign == 0 ? Big(y[i]) : Big(-Big(y[i]))));
    const auto wide = rounded<std::int64_t>(sums, -gap, 62);
    EXPECT_EQ(bench.wide_at(kResult).words, wide.words);
    EXPECT_EQ(bench.wide_at(kResult).exponent, wide.exponent);
    EXPECT_EQ(bench.vector_at(kResult + 0x100).words, rounded<std::int32_t>(sums, -gap, 31).words);
  }
}

TEST(DruWide, NormsOfWideVectorsAreThoseOfTheirUpperBits) {
  WideBench bench;
  bench.put_wide(kX, 1, {std::int64_t{3} << 40, -(std::int64_t{4} << 40)});
  bench.execute_ok(
      {load_wide(0, kX, 2), command(DruOpcode::kNorm2, {.dst = 1, .a = 0, .b = dru_reg::kNoSlot}),
       command(DruOpcode::kStoreScalar, {.dst = 2, .a = 1, .b = dru_reg::kNoSlot}, {kResult, 0})});
  const auto norm = bench.scalar_at(kResult);
  EXPECT_EQ(std::ldexp(static_cast<double>(norm.mantissa), norm.exponent), std::ldexp(25.0, 82));
}

TEST(DruWide, WhatMultipliesRefusesWideVectors) {
  for (const auto opcode :
       {DruOpcode::kMultiply, DruOpcode::kDot, DruOpcode::kScale, DruOpcode::kAxpy, DruOpcode::kJoin}) {
    SCOPED_TRACE(static_cast<int>(opcode));
    WideBench bench;
    bench.put_wide(kX, 0, {1, 2});
    bench.put_vector(kY, 0, {3, 4});
    bench.expect_fault(
        {load_wide(0, kX, 2), DruBench::load_command(1, kY, 2), command(opcode, {.dst = 2, .a = 0, .b = 1})},
        DruStatus::kBadOperand, 0);
  }
}

TEST(DruWide, AWideVectorTakesTwoWordsAnElement) {
  AmcParams params = small_params();
  params.dru.sram_words = 10;
  WideBench small(params);
  const auto clear = [](std::uint32_t slot, std::uint32_t length, std::uint32_t flags) {
    return command(DruOpcode::kClear, {.dst = slot, .flags = flags}, {length});
  };
  small.execute_ok({clear(0, 5, kWide), clear(0, 5, 0), clear(1, 5, 0), clear(1, 0, 0), clear(0, 4, kWide)});
  small.expect_fault({clear(0, 0, 0), clear(0, 4, kWide), clear(1, 3, 0)}, DruStatus::kOutOfSram, 1);
}

TEST(DruWide, AnAdditionTakesTwoOperationsAnElement) {
  WideBench bench;
  bench.put_wide(kX, 0, WideWords(3, 1));
  bench.execute_ok(
      {load_wide(0, kX, 3), command(DruOpcode::kAdd, {.dst = 1, .a = 0, .b = 0, .flags = kWide})});
  EXPECT_EQ(bench.counter(dru_reg::kCountDigitalLoOffset), 6U);
}

/// Slot 0: b, slot 1: x, both wide; tiles 0 and 1 the upper and lower part; the result to kResult.
Commands two_part_list(std::size_t n, std::int32_t exponent, std::uint32_t low_bits) {
  const auto product = [](std::uint32_t tile, std::uint32_t weight) {
    return command(DruOpcode::kHpMvm, {.a = 1, .b = tile}, {0, 0, weight});
  };
  return {load_wide(0, kY, n),
          load_wide(1, kX, n),
          command(DruOpcode::kHpBegin, {.a = 0, .b = 1, .flags = kWide}, {u32(exponent)}),
          product(0, low_bits),
          product(1, 0),
          command(DruOpcode::kHpEnd, {.dst = 2}),
          DruBench::store_command(2, kResult)};
}

TEST(DruWide, ProductsOf53BitsBy62AreExactOnRealCells) {
  constexpr unsigned kLowBits = 29;
  std::mt19937_64 draw(73);
  for (const auto& [n, input_bits] :
       {std::pair<std::size_t, unsigned>{1, 1}, {13, 1}, {40, 1}, {40, 3}, {40, 4}}) {
    SCOPED_TRACE(std::to_string(n) + " rows, " + std::to_string(input_bits) + " bits");
    const auto size = static_cast<unsigned>(n);
    Words upper = random_words(draw, n * n, 24), lower = random_words(draw, n * n, 24);
    for (std::size_t k = 0; k < n * n; ++k) {
      if ((upper[k] < 0) != (lower[k] < 0)) lower[k] = -lower[k];
    }
    const WideWords x = random_wide_words(draw, n), b = random_wide_words(draw, n);
    AmcParams params = input_bits == 1 ? small_params() : fine_params();  // with all imperfections
    params.mvm_count = 16;
    params.input_bits = input_bits;
    WideBench bench(params);
    bench.program(bench.digit_tile(size, size, upper, 0, 8), 0);
    auto low_tile = bench.digit_tile(size, size, lower, 0, 8);
    for (unsigned s = 0; s < 8; ++s) low_tile.macro[s] = static_cast<std::uint16_t>(8 + s);
    bench.program(low_tile, 1);
    bench.put_wide(kX, -60, x);
    bench.put_wide(kY, -50, b);
    bench.execute_ok(two_part_list(n, -20, kLowBits));
    std::vector<Big> sums;
    for (std::size_t i = 0; i < n; ++i) {
      Big sum = Big(b[i]) << 30;
      for (std::size_t j = 0; j < n; ++j)
        sum -= ((Big(upper[i * n + j]) << kLowBits) + lower[i * n + j]) * x[j];
      sums.push_back(sum);
    }
    const auto expected = rounded<std::int32_t>(sums, -80, 31);
    EXPECT_EQ(bench.vector_at(kResult).words, expected.words);
    EXPECT_EQ(bench.vector_at(kResult).exponent, expected.exponent);
  }
}

TEST(DruWide, AccumulatorsOf96BitsRefuseWideVectors) {
  WideBench bench;
  bench.put_wide(kX, 0, {1});
  bench.put_vector(kY, 0, {1});
  const Commands loads{DruBench::load_command(0, kY, 1), load_wide(1, kX, 1)};
  const auto with = [&](std::uint32_t a, std::uint32_t b) {
    Commands list = loads;
    list.push_back(command(DruOpcode::kHpBegin, {.a = a, .b = b}, {0}));
    return list;
  };
  bench.expect_fault(with(0, 1), DruStatus::kBadOperand, 1);
  bench.expect_fault(with(1, 0), DruStatus::kBadOperand, 1);
}

}  // namespace
}  // namespace mho::amc::test
