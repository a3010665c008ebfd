// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The vector commands through memory. The arithmetic has its own tests (tests/models/numeric); here:
// operands, destinations, limits, time, energy.
#include "models/amc/dru_vector.hpp"

#include <cmath>

#include "tests/models/amc/dru_bench.hpp"

namespace mho::amc::test {
namespace {

using Words = std::vector<std::int32_t>;

constexpr std::uint32_t kA = kData, kB = kData + 0x100, kOut = kData + 0x1000;
constexpr std::int32_t kOne = 1 << 30;

void expect_vector(const numeric::FixedVector& actual, std::int32_t exponent, const Words& words) {
  EXPECT_EQ(actual.exponent, exponent);
  EXPECT_EQ(actual.words, words);
}

/// Slots 0 and 1 hold a = {3, −5}·2^2 and b = {4, 6}·2^1.
class DruVector : public testing::Test {
 protected:
  DruVector() {
    bench.put_vector(kA, 2, {3, -5});
    bench.put_vector(kB, 1, {4, 6});
  }
  Commands with_operands(const Commands& tail) const {
    Commands list{DruBench::load_command(0, kA, 2), DruBench::load_command(1, kB, 2)};
    list.insert(list.end(), tail.begin(), tail.end());
    return list;
  }
  numeric::FixedVector result_of(const dru_reg::DruCommand& tested) {
    bench.execute_ok(with_operands({tested, DruBench::store_command(tested.dst, kOut)}));
    return bench.vector_at(kOut);
  }
  numeric::FixedScalar scalar_of(const dru_reg::DruCommand& tested) {
    bench.execute_ok(with_operands(
        {tested, command(DruOpcode::kStoreScalar, {.dst = 2, .a = tested.dst, .b = 0xffff}, {kOut, 0})}));
    return bench.scalar_at(kOut);
  }
  void expect_bad(const dru_reg::DruCommand& tested, std::uint32_t detail,
                  DruStatus status = DruStatus::kBadOperand) {
    bench.expect_fault(with_operands({tested}), status, detail);
  }

  DruBench bench;
};

TEST_F(DruVector, LoadAndStoreKeepWordsAsTheyAre) {
  bench.put_vector(kA, -1234, {1, INT32_MIN, 0});
  bench.execute_ok({DruBench::load_command(255, kA, 3), DruBench::store_command(255, kOut)});
  expect_vector(bench.vector_at(kOut), -1234, {1, INT32_MIN, 0});
}

TEST_F(DruVector, LoadChecksSlotAndLength) {
  expect_bad(DruBench::load_command(256, kA, 2), 256);
  expect_bad(DruBench::load_command(5, kA, 3), 5);  // the header says 2
  expect_bad(DruBench::load_command(5, kA, 0), 5);
  expect_bad(DruBench::load_command(5, kA, dru_reg::kMaxVector + 1), 5);
  expect_bad(DruBench::load_command(5, 0x70000000, 2), 0x70000000, DruStatus::kBusError);
  expect_bad(DruBench::store_command(0, 0x70000000), 0x70000000, DruStatus::kBusError);
  expect_bad(DruBench::store_command(77, kOut), 77);
}

TEST_F(DruVector, TheLongestVectorFits) {
  const Words words(dru_reg::kMaxVector, 7);
  bench.put_vector(kA, 0, words);
  bench.execute_ok({DruBench::load_command(0, kA, words.size()), DruBench::store_command(0, kOut + 0x10000)});
  EXPECT_EQ(bench.vector_at(kOut + 0x10000).words, words);
}

TEST_F(DruVector, ClearMakesZerosOrReleases) {
  expect_vector(result_of(command(DruOpcode::kClear, {.dst = 0}, {3})), 0, {0, 0, 0});
  expect_bad(command(DruOpcode::kClear, {.dst = 300}, {3}), 300);
  expect_bad(command(DruOpcode::kClear, {.dst = 300}, {0}), 300);
  expect_bad(command(DruOpcode::kClear, {.dst = 3}, {4097}), 3);
  bench.expect_fault(
      with_operands({command(DruOpcode::kClear, {.dst = 0}, {0}), DruBench::store_command(0, kOut)}),
      DruStatus::kBadOperand, 0);
}

TEST_F(DruVector, SliceCopiesWithoutNormalising) {
  expect_vector(result_of(command(DruOpcode::kSlice, {.dst = 9, .a = 0}, {1, 1})), 2, {-5});
  expect_vector(result_of(command(DruOpcode::kSlice, {.dst = 0, .a = 0}, {0, 1})), 2, {3});
  expect_bad(command(DruOpcode::kSlice, {.dst = 9, .a = 0}, {1, 2}), 0);
  expect_bad(command(DruOpcode::kSlice, {.dst = 9, .a = 0}, {0xffffffff, 2}), 0);
  expect_bad(command(DruOpcode::kSlice, {.dst = 9, .a = 0}, {0, 0}), 9);
  expect_bad(command(DruOpcode::kSlice, {.dst = 9, .a = 8}, {0, 1}), 8);
}

TEST_F(DruVector, JoinBringsBothToOneExponent) {
  // {12, −20, 8, 12}: 20 has 5 bits, so 20 · 2^26 is the largest that stays below 2^31
  expect_vector(result_of(command(DruOpcode::kJoin, {.dst = 3, .a = 0, .b = 1})), -26,
                {12 << 26, -(20 << 26), 8 << 26, 12 << 26});
  expect_bad(command(DruOpcode::kJoin, {.dst = 3, .a = 7, .b = 1}), 7);
  expect_bad(command(DruOpcode::kJoin, {.dst = 3, .a = 0, .b = 7}), 7);
}

TEST_F(DruVector, AddAndSubtract) {
  expect_vector(result_of(command(DruOpcode::kAdd, {.dst = 1, .a = 0, .b = 1})), -26, {20 << 26, -(8 << 26)});
  expect_vector(
      result_of(command(DruOpcode::kAdd, {.dst = 0, .a = 0, .b = 1, .flags = dru_reg::kFlagSubtract})), -25,
      {4 << 25, -(32 << 25)});
  expect_bad(command(DruOpcode::kAdd, {.dst = 3, .a = 0, .b = 2}), 2);
  bench.expect_fault(with_operands({command(DruOpcode::kClear, {.dst = 2}, {3}),
                                    command(DruOpcode::kAdd, {.dst = 3, .a = 0, .b = 2})}),
                     DruStatus::kBadOperand, 2);
}

TEST_F(DruVector, ScaleTakesSignedArguments) {
  expect_vector(result_of(command(DruOpcode::kScale, {.dst = 2, .a = 0}, {u32(-3), u32(-10)})), -8 - 27,
                {-(9 << 27), 15 << 27});
  expect_bad(command(DruOpcode::kScale, {.dst = 2, .a = 5}, {1, 0}), 5);
  bench.put_vector(kA, INT32_MAX - 5, {kOne, kOne});
  expect_bad(command(DruOpcode::kScale, {.dst = 2, .a = 0}, {1, 6}), 2, DruStatus::kOverflow);
}

TEST_F(DruVector, MultiplyWorksElementwise) {
  expect_vector(result_of(command(DruOpcode::kMultiply, {.dst = 2, .a = 0, .b = 1})), 3 - 26,
                {12 << 26, -(30 << 26)});
  expect_bad(command(DruOpcode::kMultiply, {.dst = 2, .a = 0, .b = 9}), 9);
}

TEST_F(DruVector, DotIsAScalar) {
  // 3·4·2^3 − 5·6·2^3 = −144 = −9·2^4
  const numeric::FixedScalar expected{-(std::int64_t{9} << 59), 4 - 59};
  EXPECT_EQ(scalar_of(command(DruOpcode::kDot, {.dst = 31, .a = 0, .b = 1})), expected);
  expect_bad(command(DruOpcode::kDot, {.dst = dru_reg::kScalars, .a = 0, .b = 1}), dru_reg::kScalars);
  expect_bad(command(DruOpcode::kDot, {.dst = 0, .a = 0, .b = 3}), 3);
}

TEST_F(DruVector, Norm2TakesWeightsFromASlot) {
  // (12)² + (20)² = 544 = 17·2^5
  EXPECT_EQ(scalar_of(command(DruOpcode::kNorm2, {.dst = 0, .a = 0, .b = dru_reg::kNoSlot})),
            (numeric::FixedScalar{std::int64_t{17} << 58, 5 - 58}));
  bench.put_vector(kB, 99, {1, -2});  // weights are words, their exponent means nothing
  // (24)² + (5)² = 601
  EXPECT_EQ(scalar_of(command(DruOpcode::kNorm2, {.dst = 0, .a = 0, .b = 1})),
            (numeric::FixedScalar{std::int64_t{601} << 53, -53}));
  expect_bad(command(DruOpcode::kNorm2, {.dst = 0, .a = 4, .b = dru_reg::kNoSlot}), 4);
  expect_bad(command(DruOpcode::kNorm2, {.dst = 0, .a = 0, .b = 17}), 17);
}

TEST_F(DruVector, RatioOfScalars) {
  // a·b = −144, a·a = 34·2^4: −144/544 = −9/34
  const auto ratio = [&](std::uint32_t a, std::uint32_t b) {
    bench.execute_ok(with_operands({command(DruOpcode::kDot, {.dst = 1, .a = 0, .b = 1}),
                                    command(DruOpcode::kDot, {.dst = 2, .a = 0, .b = 0}),
                                    command(DruOpcode::kRatio, {.dst = 3, .a = a, .b = b}),
                                    command(DruOpcode::kStoreScalar, {.a = 3, .b = 0xffff}, {kOut, 0})}));
    return bench.scalar_at(kOut);
  };
  EXPECT_EQ(static_cast<double>(ratio(1, 2).mantissa) * std::exp2(ratio(1, 2).exponent), -9.0 / 34.0);
  EXPECT_EQ(ratio(1, 40), numeric::FixedScalar{});  // nothing was written to scalar 40
  bench.execute_ok(with_operands({command(DruOpcode::kDot, {.dst = 1, .a = 0, .b = 1}),
                                  command(DruOpcode::kDot, {.dst = 2, .a = 0, .b = 0}),
                                  command(DruOpcode::kRatio, {.dst = 1, .a = 1, .b = 2}),
                                  command(DruOpcode::kStoreScalar, {.a = 1, .b = 0xffff}, {kOut, 0})}));
  const numeric::FixedScalar in_place = bench.scalar_at(kOut);
  EXPECT_EQ(in_place, ratio(1, 2));
  for (const Operands bad : {Operands{.dst = dru_reg::kScalars, .a = 1, .b = 2},
                             Operands{.dst = 1, .a = dru_reg::kScalars, .b = 2},
                             Operands{.dst = 1, .a = 2, .b = dru_reg::kScalars}}) {
    expect_bad(command(DruOpcode::kRatio, bad), dru_reg::kScalars);
  }
}

TEST_F(DruVector, AxpyAddsAScaledVector) {
  // s = a·b = −144; a = {12, −20}, b = {8, 12}: a + s·b = {−1140, −1748}, a − s·b = {1164, 1708}
  const auto axpy = [&](std::uint32_t flags) {
    bench.execute_ok(
        with_operands({command(DruOpcode::kDot, {.dst = 5, .a = 0, .b = 1}),
                       command(DruOpcode::kAxpy, {.dst = 2, .a = 0, .b = 1, .flags = flags}, {5}),
                       DruBench::store_command(2, kOut)}));
    return bench.vector_at(kOut);
  };
  expect_vector(axpy(0), -20, {-1140 << 20, -1748 << 20});
  expect_vector(axpy(dru_reg::kFlagSubtract), -20, {1164 << 20, 1708 << 20});
  expect_bad(command(DruOpcode::kAxpy, {.dst = 2, .a = 0, .b = 1}, {dru_reg::kScalars}), dru_reg::kScalars);
  expect_bad(command(DruOpcode::kAxpy, {.dst = 2, .a = 7, .b = 1}, {5}), 7);
  expect_bad(command(DruOpcode::kAxpy, {.dst = 2, .a = 0, .b = 7}, {5}), 7);
  expect_bad(command(DruOpcode::kAxpy, {.dst = 300, .a = 0, .b = 1}, {5}), 300);
}

TEST_F(DruVector, StoreScalarAdvancesWithTheIteration) {
  const std::uint32_t stride = 16;
  Commands list = with_operands({command(DruOpcode::kDot, {.dst = 4, .a = 0, .b = 0}),
                                 command(DruOpcode::kStoreScalar, {.dst = 0, .a = 4, .b = 4}, {kOut, stride}),
                                 command(DruOpcode::kLoop, {}, {3, 3})});
  bench.execute_ok(list);
  const numeric::FixedScalar expected{std::int64_t{34} << 57, 4 - 57};
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(bench.scalar_at(kOut + i * stride), expected) << i;
  EXPECT_EQ(bench.load<std::uint64_t>(kOut + 3 * stride), 0U);
  expect_bad(command(DruOpcode::kStoreScalar, {.dst = 0, .a = dru_reg::kScalars, .b = 0}, {kOut, 0}),
             dru_reg::kScalars);
  expect_bad(command(DruOpcode::kStoreScalar, {.dst = 0, .a = 0, .b = dru_reg::kScalars + 35}, {kOut, 0}),
             dru_reg::kScalars + 35);
}

TEST_F(DruVector, TheMemoryLimitCountsWhatIsReplaced) {
  AmcParams params = small_params();
  params.dru.sram_words = 10;
  DruBench small(params);
  const auto clear = [](std::uint32_t slot, std::uint32_t words) {
    return command(DruOpcode::kClear, {.dst = slot}, {words});
  };
  small.execute_ok({clear(0, 6), clear(1, 4), clear(0, 3), clear(2, 3), clear(1, 0), clear(0, 7)});
  small.expect_fault({clear(0, 0), clear(2, 0), clear(1, 0), clear(0, 6), clear(1, 5)}, DruStatus::kOutOfSram,
                     1);
  small.execute_ok({clear(1, 4)});  // still usable
}

TEST_F(DruVector, TimeIsTransferPlusElementsOverLanes) {
  const auto base = bench.execute_ok(with_operands({}));
  const Words words(100, 1);
  bench.put_vector(kA, 0, words);
  bench.put_vector(kB + 0x1000, 0, words);
  const auto loads =
      bench.execute_ok({DruBench::load_command(0, kA, 100), DruBench::load_command(1, kB + 0x1000, 100)});
  // Each load: 16 bytes become 408, 2 beats become 51.
  EXPECT_EQ(loads.duration_ns - base.duration_ns, 2U * (51 - 2));
  const auto sum =
      bench.execute_ok({DruBench::load_command(0, kA, 100), DruBench::load_command(1, kB + 0x1000, 100),
                        command(DruOpcode::kAdd, {.dst = 2, .a = 0, .b = 1})});
  // One command more: 4 beats of fetching, 4 cycles of overhead, ⌈100/32⌉ cycles of work.
  EXPECT_EQ(sum.duration_ns - loads.duration_ns, 4U + 4 + 4);
}

TEST_F(DruVector, EnergyIsCommandsPlusElementsPlusMemory) {
  AmcParams params = small_params();
  bench.execute_ok(with_operands({}));
  const Energy before = bench.ledger().of_execution();
  bench.execute_ok(with_operands({command(DruOpcode::kMultiply, {.dst = 2, .a = 0, .b = 1})}));
  const Energy spent = bench.ledger().of_execution() - before;
  // LOAD, LOAD, MULTIPLY, END; two loads of 2 words; 2 products with 3 accesses each.
  const double expected = 4 * params.costs.command_J + 2 * 2 * params.costs.sram_word_J +
                          2 * (params.costs.multiply_add_J + 3 * params.costs.sram_word_J);
  EXPECT_NEAR(spent.in_joules(), expected, 1e-17);
  bench.run([&] { EXPECT_EQ(bench.reg(dru_reg::kCountDigitalLoOffset), 2U); });
}

}  // namespace
}  // namespace mho::amc::test
