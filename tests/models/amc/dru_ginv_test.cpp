// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Command GINV. Oracle: a dense solution of the saddle system, in doubles.
#include <Eigen/LU>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

constexpr unsigned kRows = 5, kColumns = 3, kFeedback = 3;
const std::vector<std::int8_t> kTall{7, 1, -2, 0, 6, 1, -3, 2, 7, 2, -5, 0, 1, 1, -4};
/// As for INV, with two parts of a result of different size on one converter range.
constexpr double kCodeTolerance = 0.05;

AmcParams with_ginv(AmcParams params) {
  params.ginv_count = 2;
  params.ginv_size = 8;
  return params;
}

dru_reg::DruTile tall_tile(TileBench& bench) {
  auto tile = bench.level_tile(TileKind::kGinv, kRows, kColumns, kTall, 1);
  tile.feedback = kFeedback;
  return tile;
}

/// (x, s) of A·x + F·s = f, Aᵀ·s − D·x = g.
Eigen::VectorXd saddle_solution(const Eigen::VectorXd& fg, double feedback, double damping) {
  const Eigen::MatrixXd a = matrix_of(kTall, kRows, kColumns);
  Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(8, 8);
  whole.topLeftCorner(kRows, kColumns) = a;
  whole.topRightCorner(kRows, kRows) = feedback * Eigen::MatrixXd::Identity(kRows, kRows);
  whole.bottomLeftCorner(kColumns, kColumns) = -damping * Eigen::MatrixXd::Identity(kColumns, kColumns);
  whole.bottomRightCorner(kColumns, kRows) = a.transpose();
  return whole.lu().solve(fg);
}

const Words kOperand{1 << 30, -(77 << 20), 99 << 23, -(1 << 29), 123456789, 5 << 26, -(1 << 28), 3 << 27};

TEST(DruGinv, SolvesBothBlocksOfTheSaddleSystem) {
  for (const std::uint16_t damping : {0, 2}) {
    TileBench bench(with_ginv(ideal_params()));
    auto tile = tall_tile(bench);
    tile.damping = damping;
    bench.program(tile, 5);
    const auto y = bench.apply(command(DruOpcode::kGinv, {.dst = 3, .a = 1, .b = 5}), -20, kOperand);
    const Eigen::VectorXd expected = saddle_solution(TileBench::numbers({-20, kOperand}), kFeedback, damping);
    ASSERT_EQ(y.size(), 8);
    EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), kCodeTolerance * expected.cwiseAbs().maxCoeff());
    EXPECT_EQ(bench.counter(dru_reg::kCountGinvOffset), 1U + bench.counter(dru_reg::kCountRetriesOffset));
    EXPECT_EQ(bench.counter(dru_reg::kCountInvOffset), 0U);
    EXPECT_EQ(bench.counter(dru_reg::kCountProgramOffset), 1U);
  }
}

TEST(DruGinv, TakesItsOperandInTheOrderAndWithTheSignsOfTheTile) {
  TileBench bench(with_ginv(ideal_params()));
  auto tile = tall_tile(bench);
  tile.order_address = kOrder;
  const std::array<std::uint8_t, 8> order{3, 0x80 | 7, 0, 1, 6, 2, 0x80 | 5, 4};
  Eigen::VectorXd fg(8);
  const Eigen::VectorXd given = TileBench::numbers({0, kOperand});
  for (std::uint32_t i = 0; i < 8; ++i) {
    bench.store(kOrder + i, order[i]);
    fg[i] = ((order[i] & 0x80) != 0 ? -1 : 1) * given[order[i] & 0x7f];
  }
  bench.program(tile);
  const auto y = bench.apply(command(DruOpcode::kGinv, {.dst = 3, .a = 1, .b = 0}), 0, kOperand);
  const Eigen::VectorXd expected = saddle_solution(fg, kFeedback, 0);
  EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), kCodeTolerance * expected.cwiseAbs().maxCoeff());
}

TEST(DruGinv, TwoSlicesHoldFinerLevelsInTheSameUnit) {
  AmcParams params = with_ginv(ideal_params());
  params.inv_slices = 2;
  TileBench bench(params);
  std::vector<std::int8_t> fine;
  for (const std::int8_t level : kTall) fine.push_back(static_cast<std::int8_t>(8 * level + 2));
  auto tile = bench.level_tile(TileKind::kGinv, kRows, kColumns, fine);
  tile.slices = 2;
  tile.feedback = 20;
  bench.program(tile);
  const auto y = bench.apply(command(DruOpcode::kGinv, {.dst = 3, .a = 1, .b = 0}), 0, kOperand);
  Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(8, 8);
  const Eigen::MatrixXd a = matrix_of(fine, kRows, kColumns);
  whole << a, 20 * Eigen::MatrixXd::Identity(kRows, kRows), Eigen::MatrixXd::Zero(kColumns, kColumns),
      a.transpose();
  const Eigen::VectorXd expected = whole.lu().solve(TileBench::numbers({0, kOperand}));
  EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), kCodeTolerance * expected.cwiseAbs().maxCoeff());
}

TEST(DruGinv, RefusesWhatAMacroCannotHold) {
  TileBench bench(with_ginv(ideal_params()));
  const auto refuses = [&](auto change) {
    auto tile = tall_tile(bench);
    change(tile);
    bench.expect_program_fault(tile, DruStatus::kBadOperand, 0);
  };
  refuses([](auto& t) { t.feedback = 0; });
  refuses([](auto& t) { t.feedback = 256; });
  refuses([](auto& t) { t.damping = 256; });
  refuses([](auto& t) { t.rows = 9; });
  refuses([](auto& t) { t.columns = 9; });
  refuses([](auto& t) { t.slices = 2; });
  refuses([](auto& t) { t.macro[0] = 2; });
  refuses([](auto& t) {
    t.kind = static_cast<std::uint8_t>(TileKind::kMvm);  // has no feedback
    t.macro[0] = 0;
  });
}

TEST(DruGinv, NeedsATileOfItsKindAndAnOperandOfRowsAndColumns) {
  TileBench bench(with_ginv(ideal_params()));
  bench.program(tall_tile(bench), 4);
  bench.put_vector(kX, 0, kOperand);
  const auto load = bench.load_command(1, kX, 8);
  bench.expect_fault({load, command(DruOpcode::kInv, {.dst = 3, .a = 1, .b = 4})}, DruStatus::kBadOperand, 4);
  bench.put_vector(kX, 0, {1, 2, 3, 4, 5});
  bench.expect_fault({bench.load_command(1, kX, 5), command(DruOpcode::kGinv, {.dst = 3, .a = 1, .b = 4})},
                     DruStatus::kBadOperand, 1);
}

TEST(DruGinv, AChipSaysHowManyItHas) {
  TileBench bench(with_ginv(ideal_params()));
  EXPECT_EQ(bench.counter(dru_reg::kCapGinvCountOffset), 2U);
  EXPECT_EQ(bench.counter(dru_reg::kCapGinvSizeOffset), 8U);
}

TEST(DruGinv, AChipWithoutThemProgramsNone) {
  TileBench bench(ideal_params());
  EXPECT_EQ(bench.counter(dru_reg::kCapGinvCountOffset), 0U);
  bench.expect_program_fault(tall_tile(bench), DruStatus::kBadOperand, 0);
}

}  // namespace
}  // namespace mho::amc::test
