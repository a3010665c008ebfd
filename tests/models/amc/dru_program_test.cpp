// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_program.hpp"

#include "models/amc/range_control.hpp"
#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

using Levels = std::vector<std::int8_t>;

std::uint32_t mvm_address(std::uint32_t index) {
  return map::kMvmBase + index * map::kMvmStride;
}

TEST(DruProgram, DigitsGoToTheMacrosOfTheirSlices) {
  TileBench bench;
  const Words words{0x7654321, -0x7654321, 0, 077777777};
  auto tile = bench.digit_tile(2, 2, words, 2, 4);
  tile.macro = {9, 0, 4, 2};
  bench.program(tile);
  bench.run([&] {
    for (unsigned s = 0; s < 4; ++s) {
      const auto window =
          bench.host.read_all<std::int8_t>(mvm_address(tile.macro[s]) + macro_reg::kLevelsOffset, 64 * 64);
      for (unsigned i = 0; i < 2; ++i) {
        for (unsigned j = 0; j < 2; ++j) {
          const int word = words[i * 2 + j];
          const int digit = (std::abs(word) >> (3 * (2 + s))) & 7;
          EXPECT_EQ(window[j * 64 + i], word < 0 ? -digit : digit) << s << i << j;
        }
      }
      EXPECT_EQ(window[2], 0) << "cells outside the tile are at level 0";
      EXPECT_EQ(bench.host.read32(mvm_address(tile.macro[s]) + macro_reg::kRowsOffset), 2U);
      EXPECT_EQ(bench.host.read32(mvm_address(tile.macro[s]) + macro_reg::kColumnsOffset), 2U);
    }
  });
  EXPECT_EQ(bench.counter(dru_reg::kCountProgramOffset), 4U);
  EXPECT_EQ(bench.counter(dru_reg::kMaxWritesPerCellOffset), 1U);
}

TEST(DruProgram, RowsMayLieApartInMemory) {
  TileBench bench;
  auto tile = bench.level_tile(TileKind::kMvm, 2, 3, {1, 2, 3, 99, 99, 4, 5, 6, 99, 99});
  tile.row_stride = 5;
  bench.program(tile);
  bench.run([&] {
    for (std::uint32_t j = 0; j < 3; ++j) {
      const auto line =
          bench.host.read_all<std::int8_t>(mvm_address(0) + macro_reg::kLevelsOffset + 64 * j, 3);
      EXPECT_EQ(line, (Levels{static_cast<std::int8_t>(1 + j), static_cast<std::int8_t>(4 + j), 0}));
    }
  });
}

TEST(DruProgram, MacrosOfATileAreProgrammedAtTheSameTime) {
  const auto duration = [](unsigned slices) {
    TileBench bench;
    return bench.program(bench.digit_tile(64, 64, Words(64 * 64, 0xfafafa), 0, slices)).duration_ns;
  };
  const std::uint64_t one = duration(1), eight = duration(8);
  EXPECT_GT(one, 64U * 110) << "64 rows of at least one pulse and two reads";
  EXPECT_LT(eight, 2 * one);
}

TEST(DruProgram, AMacroForTwoTilesServesTheOneItHolds) {
  TileBench bench(ideal_params());
  const auto mvm = [](std::uint32_t tile) {
    return command(DruOpcode::kMvm, {.dst = 3, .a = 1, .b = tile}, {0});
  };
  const auto first = bench.level_tile(TileKind::kMvm, 1, 1, {7});
  bench.program(first, 1);
  EXPECT_NEAR(bench.apply(mvm(1), 0, {100 << 20})[0], 700.0 * (1 << 20), 14.0 * (1 << 20));
  const auto second = bench.level_tile(TileKind::kMvm, 1, 1, {-3});
  bench.program(second, 2);
  EXPECT_NEAR(bench.apply(mvm(2), 0, {100 << 20})[0], -300.0 * (1 << 20), 14.0 * (1 << 20));
  bench.expect_fault({DruBench::load_command(1, kX, 1), mvm(1)}, DruStatus::kBadOperand, 1);
  bench.level_tile(TileKind::kMvm, 1, 1, {7});
  bench.program(first, 1);
  EXPECT_NEAR(bench.apply(mvm(1), 0, {100 << 20})[0], 700.0 * (1 << 20), 14.0 * (1 << 20));
  bench.expect_fault({DruBench::load_command(1, kX, 1), mvm(2)}, DruStatus::kBadOperand, 2);
  EXPECT_EQ(bench.counter(dru_reg::kMaxWritesPerCellOffset), 3U);
}

TEST(DruProgram, AnHpTileLosesAllWhenOneSliceIsTaken) {
  TileBench bench;
  bench.program(bench.digit_tile(1, 1, {0777}, 0, 3), 1);
  bench.program(bench.level_tile(TileKind::kMvm, 1, 1, {1}, 2), 2);
  bench.put_vector(kX, 0, {1});
  bench.expect_fault({DruBench::load_command(1, kX, 1), command(DruOpcode::kHpBegin, {.a = 1, .b = 1}, {0}),
                      command(DruOpcode::kHpMvm, {.a = 1, .b = 1}, {0, 0})},
                     DruStatus::kBadOperand, 1);
}

TEST(DruProgram, LearnedRangesAreKeptOnRequest) {
  TileBench bench(ideal_params());
  const auto inv = command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 0});
  auto tile = bench.level_tile(TileKind::kInv, 1, 1, {1});
  bench.program(tile);
  bench.apply(inv, 0, {127 << 20});
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 3U);
  tile.input_range = static_cast<std::int8_t>(dru_reg::kRangeKeep);
  bench.program(tile);
  bench.apply(inv, 0, {127 << 20});
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 3U) << "the range is known";
  tile.input_range = 0;
  bench.program(tile);
  bench.apply(inv, 0, {127 << 20});
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 6U) << "it was asked to be forgotten";
  tile.input_range = static_cast<std::int8_t>(dru_reg::kRangeKeep);
  bench.program(tile, 77);  // never seen: 0 and 0
  bench.apply(command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 77}), 0, {127 << 20});
  EXPECT_EQ(bench.counter(dru_reg::kCountRetriesOffset), 9U);
}

TEST(DruProgram, WritingWhileSolvingIsAPhaseOfItsOwn) {
  TileBench bench;
  auto& ledger = bench.ledger();
  const auto tile = bench.level_tile(TileKind::kMvm, 1, 1, {7});
  bench.store(kTileDescription, tile);
  const Commands list{DruBench::program_command(0, kTileDescription)};
  ledger.enter_phase(cost::Phase::kProgram, tlm_base::to_ps(sc_core::sc_time_stamp()));
  bench.execute_ok(list);
  EXPECT_EQ(ledger.time_of_phase_ps(cost::Phase::kReprogram), 0U);
  ledger.enter_phase(cost::Phase::kSolve, tlm_base::to_ps(sc_core::sc_time_stamp()));
  const auto done = bench.execute_ok(list);
  EXPECT_EQ(ledger.phase(), cost::Phase::kSolve);
  const std::uint64_t reprogram_ps = ledger.time_of_phase_ps(cost::Phase::kReprogram);
  EXPECT_GT(reprogram_ps, 64U * 110'000);
  EXPECT_LT(reprogram_ps, done.duration_ns * 1000);
  EXPECT_GT(ledger.of_phase(cost::Phase::kReprogram), Energy{});
}

TEST(DruProgram, CellsThatMissTheirTargetAreReported) {
  AmcParams params = small_params();
  params.mvm_write.pulse_limit = 1;
  TileBench bench(params);
  bench.store(kTileDescription, bench.level_tile(TileKind::kMvm, 1, 1, {7}));
  bench.expect_fault({DruBench::program_command(6, kTileDescription)}, DruStatus::kProgramFailed, 6);
}

TEST(DruProgram, DescriptionsThatCannotBeChangeNothing) {
  TileBench bench;
  const Levels levels(64, 1);
  const auto good = bench.level_tile(TileKind::kMvm, 8, 8, levels);
  const auto expect_bad = [&](const char* what, auto spoil) {
    SCOPED_TRACE(what);
    auto tile = good;
    spoil(tile);
    bench.expect_program_fault(tile, DruStatus::kBadOperand, 3, 3);
  };
  expect_bad("kind", [](auto& t) { t.kind = 3; });
  expect_bad("format", [](auto& t) { t.format = 2; });
  expect_bad("no rows", [](auto& t) { t.rows = 0; });
  expect_bad("too many rows", [](auto& t) { t.rows = 65; });
  expect_bad("no columns", [](auto& t) { t.columns = 0; });
  expect_bad("too many columns", [](auto& t) { t.columns = 65; });
  expect_bad("INV is square", [](auto& t) {
    t.kind = static_cast<std::uint8_t>(TileKind::kInv);
    t.rows = 7;
  });
  expect_bad("INV is small", [](auto& t) {
    t.kind = static_cast<std::uint8_t>(TileKind::kInv);
    t.rows = t.columns = 9;
  });
  expect_bad("no slices", [](auto& t) { t.slices = 0; });
  expect_bad("levels have one slice", [](auto& t) {
    t.kind = static_cast<std::uint8_t>(TileKind::kHp);
    t.slices = 2;
  });
  const auto digits = [](auto& t) {
    t.kind = static_cast<std::uint8_t>(TileKind::kHp);
    t.format = static_cast<std::uint8_t>(TileFormat::kDigits);
    for (unsigned s = 0; s < 8; ++s) t.macro[s] = static_cast<std::uint16_t>(s);
  };
  expect_bad("too many slices", [&](auto& t) {
    digits(t);
    t.slices = 9;
  });
  expect_bad("digits beyond the word", [&](auto& t) {
    digits(t);
    t.first_slice = 9;
    t.slices = 3;
  });
  expect_bad("one macro twice", [&](auto& t) {
    digits(t);
    t.slices = 3;
    t.macro[2] = 0;
  });
  expect_bad("no such macro", [](auto& t) { t.macro[0] = 10; });
  expect_bad("range", [](auto& t) { t.input_range = RangeControl::kRangeMax + 1; });
  expect_bad("range", [](auto& t) { t.input_range = -1; });
  expect_bad("gain", [](auto& t) { t.output_gain = RangeControl::kGainMax + 1; });
  expect_bad("gain", [](auto& t) { t.output_gain = RangeControl::kGainMin - 1; });
  bench.expect_program_fault(good, DruStatus::kBadOperand, dru_reg::kTiles, dru_reg::kTiles);
  EXPECT_EQ(bench.counter(dru_reg::kCountProgramOffset), 0U);
  bench.program(good, 3);
}

TEST(DruProgram, LevelsBeyondTheCellsAreRefused) {
  TileBench bench;
  bench.expect_program_fault(bench.level_tile(TileKind::kMvm, 1, 1, {8}), DruStatus::kBadOperand, 0);
  bench.expect_program_fault(bench.level_tile(TileKind::kMvm, 1, 1, {-128}), DruStatus::kBadOperand, 0);
  AmcParams params = small_params();
  params.cell.levels = 4;
  params.g_in_siemens = 200e-6;
  TileBench coarse(params);
  coarse.expect_program_fault(coarse.digit_tile(1, 1, {7}, 0, 1), DruStatus::kBadOperand, 0);
}

TEST(DruProgram, LevelsOnTheDiagonalOfTheCircuitMayUseCellsInParallel) {
  AmcParams params = small_params();
  params.inv_diagonal_cells = 2;
  TileBench bench(params);
  const std::vector<std::int8_t> levels{3, -21, 21, 7};
  const auto plain = bench.level_tile(TileKind::kInv, 2, 2, levels);
  bench.expect_program_fault(plain, DruStatus::kBadOperand, 0);
  auto exchanged = plain;
  exchanged.order_address = kOrder;
  bench.store_all(kOrder, std::vector<std::uint8_t>{1, 0x80});  // row 1, then row 0 turned
  bench.program(exchanged);
  const auto beyond = bench.level_tile(TileKind::kInv, 2, 2, {22, 0, 0, 1});
  bench.expect_program_fault(beyond, DruStatus::kBadOperand, 0);
  EXPECT_EQ(bench.counter(dru_reg::kCapInvDiagonalCellsOffset), 2U);
}

TEST(DruProgram, TheRowOrderIsAPermutation) {
  TileBench bench;
  auto tile = bench.level_tile(TileKind::kInv, 3, 3, {7, 0, 0, 0, 7, 0, 0, 0, 7});
  tile.order_address = kOrder;
  for (const auto& order : {Levels{0, 1, 1}, Levels{0, 1, 3}, Levels{2, 2, 0}, Levels{0, 0, 0}}) {
    bench.store_all(kOrder, order);
    bench.expect_program_fault(tile, DruStatus::kBadOperand, 0);
  }
  bench.store_all(kOrder, Levels{2, 0, 1});
  bench.program(tile);
}

TEST(DruProgram, BusErrorsNameTheirAddress) {
  TileBench bench;
  constexpr std::uint32_t kNowhere = 0x70000000;
  bench.expect_fault({DruBench::program_command(0, kNowhere)}, DruStatus::kBusError, kNowhere);
  auto tile = bench.level_tile(TileKind::kInv, 2, 2, {7, 0, 0, 7});
  tile.source_address = kNowhere;
  bench.expect_program_fault(tile, DruStatus::kBusError, kNowhere);
  tile = bench.level_tile(TileKind::kInv, 2, 2, {7, 0, 0, 7});
  tile.order_address = kNowhere;
  bench.expect_program_fault(tile, DruStatus::kBusError, kNowhere);
}

}  // namespace
}  // namespace mho::amc::test
