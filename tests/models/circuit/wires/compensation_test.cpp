// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/compensation.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/base/error.hpp"
#include "tests/models/circuit/wires/nodal_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

const device::CellParams kCell;
const double kStep = device::step_siemens(kCell);
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

/// Signed levels, dense: −7 … 7 evenly.
MatrixXd random_levels(Index rows, Index cols, std::uint64_t seed) {
  return (15.0 * uniform_matrix(rows, cols, seed).array()).floor() - 7.0;
}

/// Transfer of the targets by the sparse oracle, in steps of the scale.
MatrixXd achieved_steps(const Compensation& result, const LineParams& lines, const MatrixXd& scale) {
  const MatrixXd transfer = sparse_nodal_ports(result.target.positive, lines).transfer_siemens -
                            sparse_nodal_ports(result.target.negative, lines).transfer_siemens;
  return transfer.cwiseQuotient(scale);
}

/// Transfer of cells on their levels, in steps.
MatrixXd plain_steps(const MatrixXd& levels) {
  const MatrixXd positive = (levels.cwiseMax(0.0) * kStep).array() + kCell.g_min_siemens;
  const MatrixXd negative = ((-levels).cwiseMax(0.0) * kStep).array() + kCell.g_min_siemens;
  return (sparse_nodal_ports(positive, kChip).transfer_siemens -
          sparse_nodal_ports(negative, kChip).transfer_siemens) /
         kStep;
}

void expect_within_window(const device::DifferentialPair& target) {
  for (const MatrixXd* g : {&target.positive, &target.negative}) {
    EXPECT_GE(g->minCoeff(), kCell.g_min_siemens);
    EXPECT_LE(g->maxCoeff(), kCell.g_max_siemens * (1.0 + 1e-12));
  }
}

TEST(LineCompensation, RejectsBadInput) {
  const MatrixXd levels = random_levels(4, 4, 1);
  EXPECT_THROW((void)compensate_lines(MatrixXd(0, 0), kCell, kChip), InputError);
  EXPECT_THROW((void)compensate_lines(2.0 * MatrixXd::Constant(2, 2, 7.0), kCell, kChip), InputError);
  EXPECT_THROW((void)compensate_lines(levels, kCell, kChip, {.scale_siemens = 2.0 * kStep}), InputError);
  EXPECT_THROW((void)compensate_lines(levels, kCell, kChip, {.tolerance_steps = 0.0}), InputError);
  EXPECT_THROW((void)compensate_lines(levels, kCell, kChip, {.max_iterations = 0}), InputError);
  EXPECT_THROW((void)compensate_lines(levels, kCell, {.row_segment_ohm = -1.0}), InputError);
}

TEST(LineCompensation, IdealLinesNeedNone) {
  const MatrixXd levels = random_levels(5, 7, 2);
  const auto result = compensate_lines(levels, kCell, {});
  EXPECT_EQ(result.status, CompensationStatus::kOk);
  EXPECT_EQ(result.iterations, 1);
  EXPECT_EQ(result.uncompensated_steps, 0.0);
  EXPECT_EQ(result.scale_siemens[0], kStep);
  EXPECT_LE((result.target.positive - result.target.negative - levels * kStep).cwiseAbs().maxCoeff(), 1e-20);
}

TEST(LineCompensation, MakesEveryEntryOfTheTransferMatrixRight) {
  for (const Index n : {8, 16, 32}) {
    for (const LineParams& lines : {kChip, LineParams{.row_segment_ohm = 5.0,
                                           .column_segment_ohm = 1.0,
                                           .row_port_ohm = 20.0,

                                           .row_end = LineEnd::kLast,
                                           .column_end = LineEnd::kBoth}}) {
      const auto seed = static_cast<std::uint64_t>(10 + n);
      SCOPED_TRACE(testing::Message() << "N " << n << ", seed " << seed);
      const MatrixXd levels = random_levels(n, n + 3, seed);
      const auto result = compensate_lines(levels, kCell, lines);
      ASSERT_EQ(result.status, CompensationStatus::kOk);
      expect_within_window(result.target);
      const MatrixXd scale = MatrixXd::Constant(n, n + 3, result.scale_siemens[0]);
      const double residual = (achieved_steps(result, lines, scale) - levels).cwiseAbs().maxCoeff();
      EXPECT_LE(residual, 1.5e-4);
      EXPECT_NEAR(residual, result.residual_steps, 1e-8);
      // Not only good but as strong as possible: some cell is at the upper end.
      EXPECT_NEAR(std::max(result.target.positive.maxCoeff(), result.target.negative.maxCoeff()),
                  kCell.g_max_siemens, 0.01 * kCell.g_max_siemens);
    }
  }
}

TEST(LineCompensation, DenseMacroOf64ReadsSixteenRowsWithinATenthOfAStep) {
  const MatrixXd levels = random_levels(64, 64, 3);
  const auto result = compensate_lines(levels, kCell, kChip);
  ASSERT_EQ(result.status, CompensationStatus::kOk);
  EXPECT_GE(result.scale_siemens[0], 0.9 * kStep);
  EXPECT_LE(result.iterations, 3);
  const MatrixXd error =
      achieved_steps(result, kChip, MatrixXd::Constant(64, 64, result.scale_siemens[0])) - levels;
  const MatrixXd plain = plain_steps(levels) - levels;
  // Worst choice of sixteen rows and of ±1 inputs: the sum of the sixteen largest errors of a column.
  const auto worst = [](MatrixXd errors) {
    double most = 0.0;
    for (auto column : errors.colwise()) {
      column = column.cwiseAbs();
      std::sort(column.begin(), column.end(), std::greater<>());
      most = std::max(most, column.head(16).sum());
    }
    return most;
  };
  EXPECT_LE(worst(error), 0.01);
  EXPECT_GE(worst(plain), 1.0);  // what it cures
  EXPECT_NEAR(result.uncompensated_steps, plain.cwiseAbs().maxCoeff(), 0.02);
}

TEST(LineCompensation, AMacroWithEveryCellAtTheTopLevelStillFits) {
  const auto result = compensate_lines(MatrixXd::Constant(64, 64, 7.0), kCell, kChip);
  EXPECT_EQ(result.status, CompensationStatus::kOk);
  EXPECT_NEAR(result.scale_siemens[0] / kStep, 0.80, 0.01);
}

TEST(LineCompensation, FreeRowOrColumnScalesAreNeverSmallerThanAUniformOneByMuch) {
  const MatrixXd levels = random_levels(32, 32, 4);
  const double uniform = compensate_lines(levels, kCell, kChip).scale_siemens[0];
  for (const auto freedom : {ScaleFreedom::kPerRow, ScaleFreedom::kPerColumn}) {
    const auto result = compensate_lines(levels, kCell, kChip, {.freedom = freedom});
    ASSERT_EQ(result.status, CompensationStatus::kOk);
    expect_within_window(result.target);
    ASSERT_EQ(result.scale_siemens.size(), 32);
    // The heavier lines draw more current, which costs the worst line a little.
    EXPECT_GE(result.scale_siemens.minCoeff(), 0.98 * uniform);
    EXPECT_GE(result.scale_siemens.mean(), uniform);
    const MatrixXd scale = freedom == ScaleFreedom::kPerRow
                               ? MatrixXd(result.scale_siemens.replicate(1, 32))
                               : MatrixXd(result.scale_siemens.transpose().replicate(32, 1));
    EXPECT_LE((achieved_steps(result, kChip, scale) - levels).cwiseAbs().maxCoeff(), 1.5e-4);
  }
}

TEST(LineCompensation, SaysWhenAGivenScaleLeavesNoHeadroom) {
  const MatrixXd levels = random_levels(32, 32, 5);
  const auto full = compensate_lines(levels, kCell, kChip, {.scale_siemens = kStep});
  EXPECT_EQ(full.status, CompensationStatus::kHeadroom);
  EXPECT_GT(full.residual_steps, 0.1);
  expect_within_window(full.target);
  const auto reduced = compensate_lines(levels, kCell, kChip, {.scale_siemens = 0.9 * kStep});
  EXPECT_EQ(reduced.status, CompensationStatus::kOk);
  EXPECT_EQ(reduced.scale_siemens[0], 0.9 * kStep);
}

TEST(LineCompensation, SaysWhenTheLinesAreTooResistive) {
  const auto result =
      compensate_lines(random_levels(64, 64, 6), kCell,
                       {.row_segment_ohm = 500.0, .column_segment_ohm = 500.0}, {.max_iterations = 10});
  EXPECT_EQ(result.status, CompensationStatus::kNotConverged);
  EXPECT_GT(result.residual_steps, 0.1);
}

TEST(LineCompensation, RemovesTheInvError) {
  // Published gain of bias compensation: 50 % (facts.md §4, IR). Well-conditioned signed matrices.
  for (const Index n : {8, 16, 32}) {
    const auto seed = static_cast<std::uint64_t>(70 + n);
    SCOPED_TRACE(testing::Message() << "N " << n << ", seed " << seed);
    MatrixXd a =
        MatrixXd::Identity(n, n) + 0.4 / std::sqrt(static_cast<double>(n)) * normal_matrix(n, n, seed);
    a *= 7.0 / a.cwiseAbs().maxCoeff();
    const MatrixXd levels = a.array().round();
    const VectorXd input = normal_matrix(n, 1, seed, 1);
    const VectorXd ideal = levels.partialPivLu().solve(input);
    const auto result = compensate_lines(levels, kCell, kChip, {.freedom = ScaleFreedom::kPerRow});
    ASSERT_EQ(result.status, CompensationStatus::kOk);
    const MatrixXd compensated = achieved_steps(result, kChip, result.scale_siemens.replicate(1, n));
    const MatrixXd plain = plain_steps(levels);
    const auto error = [&](const MatrixXd& steps) {
      return (steps.partialPivLu().solve(input) - ideal).norm() / ideal.norm();
    };
    EXPECT_LE(error(compensated), 0.05 * error(plain));
  }
}

TEST(LineCompensation, RemovesTheEigenvectorError) {
  // Published gain for the eigenvector circuit: 70 % (facts.md §4, IR). Symmetric matrices of levels 0 … 7.
  for (const Index n : {8, 16, 32}) {
    const auto seed = static_cast<std::uint64_t>(90 + n);
    SCOPED_TRACE(testing::Message() << "N " << n << ", seed " << seed);
    MatrixXd levels = (8.0 * uniform_matrix(n, n, seed).array()).floor();
    levels.triangularView<Eigen::StrictlyLower>() = levels.transpose();
    const auto dominant = [](const MatrixXd& a) {
      VectorXd v = VectorXd::Ones(a.rows());
      for (int k = 0; k < 200; ++k) v = (a * v).normalized();
      return v;
    };
    const VectorXd ideal = dominant(levels);
    const auto result = compensate_lines(levels, kCell, kChip);
    ASSERT_EQ(result.status, CompensationStatus::kOk);
    const MatrixXd compensated =
        achieved_steps(result, kChip, MatrixXd::Constant(n, n, result.scale_siemens[0]));
    EXPECT_LE((dominant(compensated) - ideal).norm(), 0.05 * (dominant(plain_steps(levels)) - ideal).norm());
  }
}

}  // namespace
}  // namespace mho::circuit
