// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Every way a job can end, and that none of them passes for another.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string>

#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

using registers::dru::DruCommand;
using registers::dru::DruOpcode;
using registers::dru::DruStatus;

Eigen::MatrixXd with_block(Eigen::Index n, Eigen::Index at, const Eigen::MatrixXd& block) {
  Eigen::MatrixXd m = Eigen::MatrixXd::Identity(n, n);
  m.block(at, at, block.rows(), block.cols()) = block;
  return m;
}

TEST_F(JobStatus, ConvergedIsVerified) {
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(r.flags, static_cast<std::uint32_t>(MHO_JOB_RESULT_VERIFIED));
  EXPECT_LE(bench_.relative_error(), kTolerance);
}

TEST_F(JobStatus, ConvergedWithoutVerificationIsNotMarkedVerified) {
  bench_.job.verify = 0;
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(r.flags, 0u);
  EXPECT_EQ(r.verified_norm2_mantissa, 0);
}

TEST_F(JobStatus, NotConvergedAtTheIterationLimit) {
  for (const std::uint32_t limit : {1u, 2u, 3u}) {
    bench_.job.max_iterations = limit;
    const auto& r = bench_.run();
    EXPECT_EQ(r.status, MHO_JOB_STATUS_NOT_CONVERGED);
    EXPECT_EQ(r.iterations, limit);
    EXPECT_NE(r.x_address, 0u);
    EXPECT_EQ(bench_.history().size(), 2u * limit);
  }
}

TEST_F(JobStatus, ConvergedInTheLastIterationAllowed) {
  const std::uint32_t needed = bench_.run().iterations;
  bench_.job.max_iterations = needed;
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
  bench_.job.max_iterations = needed - 1;
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_NOT_CONVERGED);
}

TEST_F(JobStatus, NotConvergedAsSoonAsTheResidualGrows) {
  DriverBench bad({.cell_tolerance = 0.8, .seed = 3, .ram_bytes = kRam});
  bad.load(random_spd(16, 20.0, 1), random_vector(16, 2));
  bad.job.max_iterations = 1000;
  const auto& r = bad.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_NOT_CONVERGED);
  EXPECT_LT(r.iterations, 500u);
  const auto& last = bad.array<mho_dru_scalar_t>(r.history_address)[r.iterations - 1];
  EXPECT_GT(std::ldexp(static_cast<double>(last.mantissa), last.exponent),
            0x1p20 * random_vector(16, 2).squaredNorm() * 0.99);
}

TEST_F(JobStatus, UnstableNamesTheLeaf) {
  Eigen::MatrixXd flat(2, 2);  // regular, but singular in the levels of a cell
  flat << 1, 1, 1, 0.97;
  bench_.load(with_block(24, 13, flat), Eigen::VectorXd::Ones(24));
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_UNSTABLE);
  EXPECT_TRUE((r.flags & MHO_JOB_RESULT_UNSTABLE) != 0);
  EXPECT_EQ(r.fault_block_start, 12u);
  EXPECT_EQ(r.fault_block_size, 6u);
  EXPECT_EQ(r.unstable_leaves, 1u);
  EXPECT_EQ(r.worst_leaf_condition, UINT32_MAX);
  EXPECT_EQ(r.worst_leaf_start, 12u);
  EXPECT_EQ(r.x_address, 0u);
  EXPECT_EQ(bench_.dru.lists, 0u);
}

TEST_F(JobStatus, UnstableOnTheChipNamesTheLeaf) {
  // Leaves are inverted in their order: the third tile that appears is the third leaf.
  bench_.dru.inject = [tiles = std::set<std::uint16_t>()](const DruCommand& c) mutable {
    if (static_cast<DruOpcode>(c.opcode) != DruOpcode::kInv) return DruStatus::kNotRun;
    return tiles.insert(c.b).second && tiles.size() == 3 ? DruStatus::kUnstable : DruStatus::kNotRun;
  };
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_UNSTABLE);
  EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(MHO_DRU_STATUS_UNSTABLE));
  EXPECT_EQ(r.fault_block_start, 10u);
  EXPECT_EQ(r.fault_block_size, 5u);
}

TEST_F(JobStatus, ConvergedWithAnotherPlanAfterALeafWasUnstableOnTheChip) {
  for (const int times : {1, 2, 3}) {
    SCOPED_TRACE(testing::Message() << times << " times");
    bench_.job.split_leaves = 1;
    bench_.dru.inject = [left = times](const DruCommand& c) mutable {
      if (static_cast<DruOpcode>(c.opcode) != DruOpcode::kInv) return DruStatus::kNotRun;
      return left-- > 0 ? DruStatus::kUnstable : DruStatus::kNotRun;
    };
    const auto& r = bench_.run();
    // Two larger margins, then it is given up.
    EXPECT_EQ(r.status, times == 3 ? MHO_JOB_STATUS_UNSTABLE : MHO_JOB_STATUS_CONVERGED);
    EXPECT_TRUE((r.flags & MHO_JOB_RESULT_UNSTABLE) != 0);
    EXPECT_EQ(r.fault_block_start, 0u);
    EXPECT_EQ(r.fault_block_size, 5u);
  }
}

TEST_F(JobStatus, ConvergedAnswersKeepTheirPlanWhenALeafBecomesUnstableLater) {
  const Eigen::VectorXd b = random_vector(20, 12);
  SparseSystem system(random_dominant(20, 0.6, 11), b);
  system.rhs.insert(system.rhs.end(), b.begin(), b.end());
  bench_.load(system);
  bench_.job.rhs_count = 2;
  bench_.job.split_leaves = 1;
  std::uint32_t solves = 0;
  bench_.dru.inject = [&solves](const DruCommand& c) {
    solves += static_cast<DruOpcode>(c.opcode) == DruOpcode::kEnd ? 1u : 0u;  // the program list has one too
    const bool is_second = solves >= 2u && static_cast<DruOpcode>(c.opcode) == DruOpcode::kInv;
    return is_second ? DruStatus::kUnstable : DruStatus::kNotRun;
  };
  bench_.run();
  EXPECT_EQ(bench_.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
  EXPECT_LE(bench_.relative_error(), 0x1p-24);
  bench_.select(1);
  EXPECT_EQ(bench_.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_UNSTABLE));
}

TEST_F(JobStatus, SaturatedIsMarkedAndNamesALeaf) {
  inject(DruOpcode::kInv, DruStatus::kSaturated);
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_SATURATED);
  EXPECT_TRUE((r.flags & MHO_JOB_RESULT_SATURATED) != 0);
  EXPECT_EQ(r.fault_block_start, 0u);
  EXPECT_EQ(r.fault_block_size, 5u);
}

TEST_F(JobStatus, SaturatedByAProductNamesNoLeaf) {
  inject(DruOpcode::kMvm, DruStatus::kSaturated, 1);
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_SATURATED);
  EXPECT_EQ(r.fault_block_size, 0u);
}

TEST_F(JobStatus, SingularForSingularMatrices) {
  Eigen::MatrixXd two(2, 2);
  two << 1, 2, 2, 4;
  bench_.load(two, Eigen::Vector2d(1, 2));
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_SINGULAR);
  EXPECT_EQ(bench_.result().fault_block_size, 2u);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Eigen::MatrixXd twelve = random_dominant(12, 0.5, seed);
    twelve.row(11) = twelve.row(3) + twelve.row(7);
    bench_.load(twelve, random_vector(12, seed));
    EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_SINGULAR);
    EXPECT_EQ(bench_.result().fault_block_start, 6u);
    EXPECT_EQ(bench_.result().fault_block_size, 6u);
  }
  EXPECT_EQ(bench_.dru.lists, 0u);
}

TEST_F(JobStatus, NeverConvergedForSingularMatricesWhateverTheLeaf) {
  for (std::uint32_t leaf = 1; leaf <= 8; ++leaf) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "leaf " << leaf << " seed " << seed);
      Eigen::MatrixXd a = random_dominant(12, 0.5, seed);
      a.row(11) = a.row(3) + a.row(7);
      bench_.load(a, random_vector(12, seed));
      bench_.job.leaf_size = leaf;
      EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_SINGULAR);
    }
  }
}

TEST_F(JobStatus, SingularForAnEmptyRowOrColumn) {
  Eigen::MatrixXd a = random_dominant(9, 0.5, 1);
  a.row(4).setZero();
  bench_.load(a, Eigen::VectorXd::Ones(9));
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_SINGULAR);
  EXPECT_EQ(bench_.result().a_address, 0u);
}

TEST_F(JobStatus, OverflowWhenTheEliminationGrows) {
  Eigen::MatrixXd a(2, 2);
  a << 1e-5, 1, 1, 1;
  bench_.load(a, Eigen::Vector2d(1, 2));
  bench_.job.leaf_size = 1;
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_OVERFLOW);
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_OVERFLOW);
  EXPECT_EQ(bench_.result().fault_block_start, 0u);
  EXPECT_EQ(bench_.result().fault_block_size, 1u);
}

TEST_F(JobStatus, OverflowWhenTheAccumulatorsDo) {
  inject(DruOpcode::kHpMvm, DruStatus::kOverflow);
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_OVERFLOW);
}

TEST_F(JobStatus, DeviceErrorForEveryOtherStatusOfTheDru) {
  for (const DruStatus status :
       {DruStatus::kBadDescriptor, DruStatus::kBadCommand, DruStatus::kBadOperand, DruStatus::kBusError,
        DruStatus::kWatchdog, DruStatus::kAborted, DruStatus::kProgramFailed}) {
    for (const DruOpcode opcode :
         {DruOpcode::kProgram, DruOpcode::kLoad, DruOpcode::kInv, DruOpcode::kStore}) {
      inject_always(opcode, status);
      const auto& r = bench_.run();
      EXPECT_EQ(r.status, MHO_JOB_STATUS_DEVICE_ERROR);
      EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(status));
      EXPECT_EQ(r.x_address, 0u);
    }
  }
}

TEST_F(JobStatus, DeviceErrorWhenTheSchurUnitFails) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  inject_always(DruOpcode::kRankUpdate, DruStatus::kBusError);
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_DEVICE_ERROR);
  EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(MHO_DRU_STATUS_BUS_ERROR));
}

TEST_F(JobStatus, TooLargeForTheVectorMemory) {
  inject(DruOpcode::kLoad, DruStatus::kOutOfSram, 2);
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_TOO_LARGE);
}

TEST_F(JobStatus, TooLargeForTheWorkspaceAtEverySizeWithoutAnOverrun) {
  bench_.load(random_dominant(12, 0.6, 11), random_vector(12, 12));
  bench_.job.leaf_size = 3;
  bool has_fitted = false;
  for (std::uint32_t bytes = 0; bytes < 40 << 10; bytes += 64) {
    bench_.job.workspace_bytes = bytes;
    const ReferenceDru::Ram before = bench_.dru.ram;
    const auto& r = bench_.run();
    ASSERT_EQ(r.status, has_fitted || r.status == MHO_JOB_STATUS_CONVERGED ? MHO_JOB_STATUS_CONVERGED
                                                                           : MHO_JOB_STATUS_TOO_LARGE)
        << bytes;
    has_fitted |= r.status == MHO_JOB_STATUS_CONVERGED;
    ASSERT_TRUE(bench_.has_kept_to_its_memory(before)) << bytes;
    if (has_fitted && bytes % 4096 != 0) bytes += 1024;
  }
  EXPECT_TRUE(has_fitted);
}

TEST_F(JobStatus, TooLargeWithMoreRowsThanTheDriverTakes) {
  SparseSystem s;
  for (std::uint32_t i = 0; i < 2049; ++i) {
    s.column.push_back(i);
    s.value.push_back(1.0);
    s.rhs.push_back(1.0);
    s.row_start.push_back(i + 1);
  }
  bench_.load(s);
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_TOO_LARGE);
}

TEST_F(JobStatus, TooLargeForCellsThatCannotHoldADigit) {
  DriverBench coarse({.levels = 4, .ram_bytes = kRam});
  coarse.load(random_dominant(9, 0.6, 1), random_vector(9, 2));
  EXPECT_EQ(coarse.run().status, MHO_JOB_STATUS_TOO_LARGE);
}

}  // namespace
}  // namespace mho::test
