// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// INV and MVM commands. Oracles: dense inverses and products of the level matrices, in doubles.
#include "models/amc/dru_low_precision.hpp"

#include <Eigen/LU>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

using Levels = std::vector<std::int8_t>;

const Levels kStable4{7, 1, -2, 0, 0, 6, 1, 3, -1, 2, 7, -2, 2, 0, -3, 5};

Eigen::VectorXd as_numbers(const Words& words, int exponent = 0) {
  return TileBench::numbers({exponent, words});
}

/// DAC codes have 7 magnitude bits, ADC codes nearly 6 after the range control: 2^-7 + 2^-6 of the largest
/// element, with some conditioning on top.
constexpr double kCodeTolerance = 0.04;

TEST(DruInv, MatchesTheDenseInverse) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kInv, 4, 4, kStable4, 1), 5);
  const Words x{kX & 0xffff, 1 << 30, -(1 << 29), 123456789};
  const auto y = bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 5}), -20, x);
  const Eigen::VectorXd expected = matrix_of(kStable4, 4, 4).lu().solve(as_numbers(x, -20));
  EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), kCodeTolerance * expected.cwiseAbs().maxCoeff());
  EXPECT_EQ(bench.counter(dru_reg::kCountInvOffset), 1U + bench.counter(dru_reg::kCountRetriesOffset));
}

TEST(DruInv, OfUnevenLevelsInvertsWhatTheyAreWorth) {
  AmcParams params = ideal_params();
  params.inv_spacing = device::LevelSpacing::kGeometric;
  TileBench bench(params);
  bench.program(bench.level_tile(TileKind::kInv, 4, 4, kStable4));
  // 70 to the sevenths, from 0.5 µS, in steps of 34.5 / 7 µS.
  const Eigen::MatrixXd worth = matrix_of(kStable4, 4, 4).unaryExpr([](double level) {
    const double siemens = 0.5e-6 * (std::pow(70.0, std::abs(level) / 7) - 1);
    return std::copysign(siemens / (34.5e-6 / 7), level);
  });
  const Words x{1 << 30, 77 << 20, -(1 << 29), 123456789};
  const auto y = bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0}), -20, x);
  const Eigen::VectorXd expected = worth.lu().solve(as_numbers(x, -20));
  EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), kCodeTolerance * expected.cwiseAbs().maxCoeff());
}

TEST(DruInv, RealCellsStayWithinTheirTolerance) {
  TileBench bench;  // ±2 % cells, all default imperfections
  bench.program(bench.level_tile(TileKind::kInv, 4, 4, kStable4));
  std::mt19937_64 draw(51);
  for (int trial = 0; trial < 10; ++trial) {
    SCOPED_TRACE(trial);
    const Words x = random_words(draw, 4, 31);
    const auto y = bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0}), 0, x);
    const Eigen::VectorXd expected = matrix_of(kStable4, 4, 4).lu().solve(as_numbers(x));
    // Cells err by up to 0.14 of a step each, in both arrays; the inverse amplifies by less than two.
    EXPECT_LT((y - expected).norm(), 0.15 * expected.norm());
  }
}

TEST(DruInv, RowOrderAndSignsAreUndone) {
  // Rows swapped and turned: the circuit sees the stable matrix, the user the permuted one.
  Levels permuted(16);
  const unsigned order[4] = {2, 0, 3, 1};
  const bool is_turned[4] = {false, true, true, false};
  for (unsigned r = 0; r < 4; ++r) {
    for (unsigned c = 0; c < 4; ++c) {
      const int level = kStable4[r * 4 + c];
      permuted[order[r] * 4 + c] = static_cast<std::int8_t>(is_turned[r] ? -level : level);
    }
  }
  TileBench bench(ideal_params());
  auto tile = bench.level_tile(TileKind::kInv, 4, 4, permuted);
  tile.order_address = kOrder;
  for (unsigned r = 0; r < 4; ++r) {
    bench.store(kOrder + r, static_cast<std::uint8_t>(order[r] | (is_turned[r] ? 0x80 : 0)));
  }
  bench.program(tile);
  const Words x{1 << 30, 5 << 24, -(77 << 23), 99 << 20};
  const auto y = bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0}), 3, x);
  const Eigen::VectorXd expected = matrix_of(permuted, 4, 4).lu().solve(as_numbers(x, 3));
  EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), kCodeTolerance * expected.cwiseAbs().maxCoeff());
  bench.run([&] {
    // The level window holds the circuit's order.
    const auto window = bench.host.read_all<std::int8_t>(map::kInvBase + macro_reg::kLevelsOffset, 8 * 8);
    for (unsigned r = 0; r < 4; ++r) {
      for (unsigned c = 0; c < 4; ++c) EXPECT_EQ(window[r * 8 + c], kStable4[r * 4 + c]);
    }
  });
}

TEST(DruInv, AppliesTheReciprocalScale) {
  TileBench bench(ideal_params());
  auto tile = bench.level_tile(TileKind::kInv, 1, 1, {7});
  tile.scale_mantissa = -7 * 3;
  tile.scale_exponent = 10;
  bench.program(tile);
  const auto y = bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0}), 0, {127 << 20});
  // (127 · 2^20 / 7) · (−21) · 2^10, read with full-scale codes; the unit register rounds 1/7 to 2^-24
  EXPECT_NEAR(y[0] / (-3.0 * 127 * std::ldexp(1.0, 30)), 1.0, 2.0 / 127);
}

TEST(DruInv, AVectorOfZerosNeedsNoAnalogueOperation) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kInv, 2, 2, {7, 0, 0, 7}));
  const auto y = bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0}), 55, {0, 0});
  EXPECT_EQ(y, Eigen::VectorXd::Zero(2));
  EXPECT_EQ(bench.vector_at(kResult).exponent, 0);
  EXPECT_EQ(bench.counter(dru_reg::kCountInvOffset), 0U);
}

TEST(DruInv, AnUnstableLoopNamesItsTile) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kInv, 2, 2, {0, 7, -7, -1}), 9);
  bench.put_vector(kX, 0, {1, 2});
  bench.expect_fault({DruBench::load_command(1, kX, 2), command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 9})},
                     DruStatus::kUnstable, 9);
}

TEST(DruInv, FindsItsRangeOnceAndKeepsIt) {
  TileBench bench(ideal_params());
  // 1/1 instead of 1/7: saturates until the drive is divided by 8.
  bench.program(bench.level_tile(TileKind::kInv, 1, 1, {1}));
  const auto inv = command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0});
  const auto first = bench.apply(inv, 0, {127 << 24});
  EXPECT_NEAR(first[0] / (127 << 24), 1.0, 0.02);
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 3U);
  EXPECT_EQ(bench.counter(dru_reg::kCountInvOffset), 4U);
  bench.apply(inv, 0, {127 << 24});
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 3U);
  EXPECT_EQ(bench.counter(dru_reg::kCountInvOffset), 5U);
}

TEST(DruInv, WeakResultsAreAmplified) {
  TileBench bench(ideal_params());
  // The drive starts divided by 2^5: 127/32 codes come back, four powers are missing.
  auto tile = bench.level_tile(TileKind::kInv, 1, 1, {7});
  tile.input_range = 5;
  bench.program(tile);
  const auto y = bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0}), 0, {120 << 24});
  EXPECT_NEAR(y[0] / (120.0 * (1 << 24) / 7), 1.0, 0.02);
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 1U);
}

TEST(DruInv, ADacAtItsLimitIsDrivenLess) {
  AmcParams params = ideal_params();
  params.dac.v_clip_volt = 0.75 * params.dac.v_full_scale_volt;
  TileBench bench(params);
  bench.program(bench.level_tile(TileKind::kInv, 1, 1, {7}));
  const auto inv = command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0});
  EXPECT_NEAR(bench.apply(inv, 0, {120 << 24})[0] / (120.0 * (1 << 24) / 7), 1.0, 0.02);
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 1U);
}

TEST(DruInv, GivesUpAfterTheAllowedRangeChanges) {
  AmcParams params = ideal_params();
  params.dru.max_retries = 2;
  TileBench bench(params);
  bench.program(bench.level_tile(TileKind::kInv, 1, 1, {1}), 4);
  bench.put_vector(kX, 0, {127 << 24});
  bench.expect_fault({DruBench::load_command(1, kX, 1), command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 4})},
                     DruStatus::kSaturated, 4);
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 2U);
}

TEST(DruInv, RefusesOperandsThatDoNotFit) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kInv, 2, 2, {7, 0, 0, 7}));
  bench.put_vector(kX, 0, {1, 2, 3});
  const auto load = DruBench::load_command(1, kX, 3);
  const auto bad = DruStatus::kBadOperand;
  bench.expect_fault({load, command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0})}, bad, 1);
  bench.expect_fault({command(DruOpcode::kInv, {.dst = 3, .a = 99, .b = 0})}, bad, 99);
  bench.expect_fault({command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 1})}, bad, 1);
  bench.expect_fault({command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0xffff})}, bad, 0xffff);
  bench.expect_fault({command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 0})}, bad, 0);  // not an MVM tile
  bench.expect_fault({load, command(DruOpcode::kSlice, {.dst = 2, .a = 1}, {0, 2}),
                      command(DruOpcode::kInv, {.dst = 300, .a = 2, .b = 0})},
                     bad, 300);
}

TEST(DruMvm, MatchesTheProductOfARectangularTile) {
  std::mt19937_64 draw(52);
  const unsigned rows = 12, columns = 40;
  Levels levels(rows * columns);
  for (auto& level : levels) level = static_cast<std::int8_t>(static_cast<int>(draw() % 15) - 7);
  TileBench bench(ideal_params());
  auto tile = bench.level_tile(TileKind::kMvm, rows, columns, levels, 7);
  tile.scale_mantissa = 5;
  tile.scale_exponent = -3;
  bench.program(tile);
  const Words x = random_words(draw, 50, 30);
  const auto y = bench.apply(command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 0}, {10}), -7, x);
  const Eigen::VectorXd expected =
      matrix_of(levels, rows, columns) * as_numbers({x.begin() + 10, x.end()}, -7) * 5.0 / 8.0;
  ASSERT_EQ(y.size(), rows);
  EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), kCodeTolerance * expected.cwiseAbs().maxCoeff());
  bench.run([&] {
    const auto window = bench.host.read_all<std::int8_t>(
        map::kMvmBase + 7 * map::kMvmStride + macro_reg::kLevelsOffset, 64 * 64);
    for (unsigned i = 0; i < rows; ++i) {
      for (unsigned j = 0; j < columns; ++j) EXPECT_EQ(window[j * 64 + i], levels[i * columns + j]);
    }
  });
}

TEST(DruMvm, AddsToOrSubtractsFromItsDestination) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kMvm, 1, 1, {4}));
  bench.put_vector(kX, 0, {100 << 20});
  bench.put_vector(kY, 10, {1 << 20});
  const double product = 400.0 * (1 << 20), before = std::ldexp(1.0, 30);
  for (const auto& [flags, expected] :
       {std::pair<std::uint32_t, double>{0, product},
        {dru_reg::kFlagAccumulate, before + product},
        {dru_reg::kFlagSubtract, before - product},
        {dru_reg::kFlagAccumulate | dru_reg::kFlagSubtract, before - product}}) {
    bench.execute_ok({DruBench::load_command(1, kX, 1), DruBench::load_command(3, kY, 1),
                      command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 0, .flags = flags}, {0}),
                      DruBench::store_command(3, kResult)});
    const auto y = TileBench::numbers(bench.vector_at(kResult));
    EXPECT_NEAR(y[0], expected, 0.02 * product) << flags;
  }
  bench.expect_fault(
      {DruBench::load_command(1, kX, 1),
       command(DruOpcode::kMvm, {.dst = 8, .a = 1, .b = 0, .flags = dru_reg::kFlagAccumulate}, {0})},
      DruStatus::kBadOperand, 8);
  bench.expect_fault(
      {DruBench::load_command(1, kX, 1), command(DruOpcode::kClear, {.dst = 8}, {2}),
       command(DruOpcode::kMvm, {.dst = 8, .a = 1, .b = 0, .flags = dru_reg::kFlagSubtract}, {0})},
      DruStatus::kBadOperand, 8);
}

TEST(DruMvm, AddingZeroNormalisesTheDestination) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kMvm, 1, 1, {4}));
  bench.put_vector(kX, 0, {0});
  bench.put_vector(kY, 10, {3});
  bench.execute_ok(
      {DruBench::load_command(1, kX, 1), DruBench::load_command(3, kY, 1),
       command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 0, .flags = dru_reg::kFlagSubtract}, {0}),
       DruBench::store_command(3, kResult)});
  EXPECT_EQ(bench.vector_at(kResult).words, Words{3 << 29});
  EXPECT_EQ(bench.vector_at(kResult).exponent, 10 - 29);
}

TEST(DruMvm, LargeSumsLowerTheGain) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kMvm, 2, 64, Levels(128, 7)));
  const auto y =
      bench.apply(command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 0}, {0}), 0, Words(64, 127 << 20));
  // 64 · 7 · 127 codes: 448 ADC codes at gain 0, so that the amplifiers saturate until the drive is a
  // quarter.
  EXPECT_NEAR(y[0] / (448.0 * 127 * (1 << 20)), 1.0, 0.02);
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 2U);
  EXPECT_EQ(bench.counter(dru_reg::kCountMvmOffset), 3U);
}

TEST(DruMvm, RefusesColumnsBeyondTheOperand) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kMvm, 1, 2, {1, 1}));
  bench.put_vector(kX, 0, {1, 2, 3});
  for (const std::uint32_t first : {2U, 0xffffffffU}) {
    bench.expect_fault(
        {DruBench::load_command(1, kX, 3), command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 0}, {first})},
        DruStatus::kBadOperand, 1);
  }
}

TEST(DruMvm, AMacroDisturbedByHandIsNoticed) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kMvm, 2, 2, {1, 2, 3, 4}), 6);
  bench.put_vector(kX, 0, {1, 2});
  bench.run([&] { bench.host.write32(map::kMvmBase + macro_reg::kColumnsOffset, 3); });
  bench.expect_fault(
      {DruBench::load_command(1, kX, 2), command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 6}, {0})},
      DruStatus::kBadOperand, 6);
  bench.run([&] { bench.host.write32(map::kMvmBase + macro_reg::kColumnsOffset, 0); });
  bench.expect_fault(
      {DruBench::load_command(1, kX, 2), command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = 6}, {0})},
      DruStatus::kBadOperand, 6);
}

TEST(DruTiming, OneInvOperationIsTheSumOfItsPhases) {
  TileBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kInv, 4, 4, kStable4));
  bench.put_vector(kX, 0, {1 << 30, 1, 1, 1});
  const auto load = DruBench::load_command(1, kX, 4);
  const auto inv = command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0});
  bench.execute_ok({load, inv});  // finds the range
  const auto without = bench.execute_ok({load});
  const auto with = bench.execute_ok({load, inv});
  // The largest word, the reciprocal of the step, the codes; afterwards what they stand for.
  const std::uint64_t fetch = 4, overhead = 4, reduce = 1 + 4 + 1, scale = 1;
  // MODE and PATTERNS (8 bytes) one after the other on the bus, each 4 ns latency and 1 ns data: 6 ns.
  const std::uint64_t patterns = 6;
  // READS, INPUT_RANGE, OUTPUT_GAIN, then CTRL reaches the macro 3 + 4 ns later; 1 ns DAC, 120 ns INV, 10 ns
  // ADC.
  const std::uint64_t analogue = 3 + 4 + 1 + 120 + 10;
  // Three registers and the codes (8 bytes): the last one leaves after 3 ns and takes 5.
  const std::uint64_t readout = 3 + 5;
  EXPECT_EQ(with.duration_ns - without.duration_ns,
            fetch + overhead + reduce + patterns + analogue + readout + scale);
}

}  // namespace
}  // namespace mho::amc::test
