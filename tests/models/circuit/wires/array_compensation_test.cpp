// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/array_compensation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/base/error.hpp"
#include "tests/models/circuit/wires/nodal_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;

constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

TEST(ArrayCompensation, TheNetworkOfTheTargetsConductsAsWanted) {
  for (const Eigen::Index n : {4, 16, 64}) {
    const MatrixXd wanted = 0.35 * random_cells(n, n, 17);
    const ArrayCompensation found = compensate_array(wanted, kChip);
    ASSERT_EQ(found.status, ArrayCompensationStatus::kOk) << n;
    EXPECT_LE(found.residual, 1e-11);
    // Most where the way is longest.
    const MatrixXd raised = found.target_siemens.cwiseQuotient(wanted);
    EXPECT_GT(raised(0, n - 1), std::max(1.0, raised(n - 1, 0)));
  }
}

TEST(ArrayCompensation, AnIndependentNodalSolveAgrees) {
  const MatrixXd wanted = random_cells(6, 5, 18);
  const ArrayCompensation found = compensate_array(wanted, kChip);
  ASSERT_EQ(found.status, ArrayCompensationStatus::kOk);
  const MatrixXd transfer = dense_nodal_ports(found.target_siemens, kChip).transfer_siemens;
  EXPECT_LT((transfer - wanted).cwiseAbs().maxCoeff(), 1e-10 * wanted.maxCoeff());
}

TEST(ArrayCompensation, OpenCellsStayOpen) {
  MatrixXd wanted = random_cells(8, 8, 19);
  wanted(2, 3) = wanted(7, 0) = 0.0;
  const ArrayCompensation found = compensate_array(wanted, kChip);
  ASSERT_EQ(found.status, ArrayCompensationStatus::kOk);
  EXPECT_EQ(found.target_siemens(2, 3), 0.0);
  EXPECT_EQ(found.target_siemens(7, 0), 0.0);
}

TEST(ArrayCompensation, IdealLinesNeedNone) {
  const MatrixXd wanted = random_cells(8, 8, 20);
  const ArrayCompensation found = compensate_array(wanted, {});
  EXPECT_EQ(found.iterations, 1);
  EXPECT_EQ(found.target_siemens, wanted);
}

TEST(ArrayCompensation, SaysWhyItCannotBeDone) {
  const MatrixXd wanted = random_cells(16, 16, 21);
  EXPECT_EQ(compensate_array(wanted, kChip, {.limit_siemens = wanted.maxCoeff()}).status,
            ArrayCompensationStatus::kHeadroom);
  // The last column alone takes all that its line can carry.
  const LineParams thin{.row_segment_ohm = 5e3, .column_segment_ohm = 5e3};
  EXPECT_EQ(compensate_array(wanted, thin).status, ArrayCompensationStatus::kNotConverged);
}

TEST(ArrayCompensation, RefusesParametersOutOfRange) {
  const MatrixXd wanted = random_cells(2, 2, 22);
  EXPECT_THROW((void)compensate_array(wanted, kChip, {.limit_siemens = 0.0}), InputError);
  EXPECT_THROW((void)compensate_array(wanted, kChip, {.tolerance = 1.0}), InputError);
  EXPECT_THROW((void)compensate_array(wanted, kChip, {.max_iterations = 0}), InputError);
  EXPECT_THROW((void)compensate_array(-wanted, kChip), InputError);
}

}  // namespace
}  // namespace mho::circuit
