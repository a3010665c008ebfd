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

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

using registers::dru::DruCommand;
using registers::dru::DruOpcode;
using registers::dru::DruStatus;

constexpr double kTolerance = 0x1p-24;
constexpr std::uint32_t kRam = 2 << 20;

/// A bench with a system that converges if nothing is done to it.
class JobStatus : public testing::Test {
 protected:
  JobStatus() : bench_({.cell_tolerance = 0.02, .ram_bytes = kRam}) {
    bench_.load(random_dominant(20, 0.6, 11), random_vector(20, 12));
  }
  /// Ends the `after`-th command of a kind with a status.
  void inject(DruOpcode opcode, DruStatus status, int after = 0) {
    bench_.dru.inject = [=, count = 0](const DruCommand& c) mutable {
      if (static_cast<DruOpcode>(c.opcode) != opcode) return DruStatus::kNotRun;
      return count++ == after ? status : DruStatus::kNotRun;
    };
  }
  DriverBench bench_;
};

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
  a << 0.01, 1, 1, 1;
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

TEST(WrongRead, NamesThePartOfTheMatrixThatIsReadWrongly) {
  DriverBench bench({.mvm_size = 16, .hp_rows = 14, .cell_tolerance = 0.02, .ram_bytes = kRam});
  bench.load(random_dominant(20, 1.0, 11), random_vector(20, 12));
  EXPECT_EQ(bench.run().status, MHO_JOB_STATUS_CONVERGED);
  // Tiles of 14 and 6 rows by 16 and 4 columns; the product of the third fails.
  bench.dru.inject = [count = 0](const DruCommand& c) mutable {
    const bool is_third = static_cast<DruOpcode>(c.opcode) == DruOpcode::kHpMvm && count++ == 2;
    return is_third ? DruStatus::kWrongRead : DruStatus::kNotRun;
  };
  const auto& r = bench.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_WRONG_READ);
  EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(MHO_DRU_STATUS_WRONG_READ));
  EXPECT_EQ(r.fault_block_start, 14u);
  EXPECT_EQ(r.fault_block_size, 6u);
  EXPECT_EQ(r.fault_block_column, 0u);
  EXPECT_EQ(r.fault_block_columns, 16u);
  EXPECT_EQ(r.x_address, 0u);
}

TEST_F(JobStatus, DeviceErrorForEveryOtherStatusOfTheDru) {
  for (const DruStatus status :
       {DruStatus::kBadDescriptor, DruStatus::kBadCommand, DruStatus::kBadOperand, DruStatus::kBusError,
        DruStatus::kWatchdog, DruStatus::kAborted, DruStatus::kProgramFailed}) {
    for (const DruOpcode opcode :
         {DruOpcode::kProgram, DruOpcode::kLoad, DruOpcode::kInv, DruOpcode::kStore}) {
      inject(opcode, status);
      const auto& r = bench_.run();
      EXPECT_EQ(r.status, MHO_JOB_STATUS_DEVICE_ERROR);
      EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(status));
      EXPECT_EQ(r.x_address, 0u);
    }
  }
}

TEST_F(JobStatus, DeviceErrorWhenTheSchurUnitFails) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  inject(DruOpcode::kRankUpdate, DruStatus::kBusError);
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

// ---- wrong reads

class WrongReads : public JobStatus {
 protected:
  /// Whatever was done to the reads, converged means right.
  void expect_no_lie() {
    const auto& r = bench_.run();
    EXPECT_TRUE(r.status == MHO_JOB_STATUS_CONVERGED || r.status == MHO_JOB_STATUS_WRONG_RESIDUAL ||
                r.status == MHO_JOB_STATUS_NOT_CONVERGED)
        << r.status;
    const bool is_converged = r.status == MHO_JOB_STATUS_CONVERGED;
    EXPECT_TRUE(!is_converged || bench_.relative_error() <= kTolerance);
    EXPECT_EQ((r.flags & MHO_JOB_RESULT_VERIFIED) != 0, is_converged);
  }
};

TEST_F(WrongReads, ThatStayAreFound) {
  // One row of one product off by a constant share: the loop converges to the solution of another system.
  bench_.dru.corrupt = [](std::size_t row, int128_t& value) {
    if (row == 7) value += value / 1024;
  };
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_WRONG_RESIDUAL);
  EXPECT_GT(bench_.relative_error(), kTolerance);
  EXPECT_EQ(r.flags & MHO_JOB_RESULT_VERIFIED, 0u);
  EXPECT_NE(r.verified_norm2_mantissa, 0);
}

TEST_F(WrongReads, ThatStayGoUnnoticedWithoutVerification) {
  bench_.job.verify = 0;
  bench_.dru.corrupt = [](std::size_t row, int128_t& value) {
    if (row == 7) value += value / 1024;
  };
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_GT(bench_.relative_error(), kTolerance);
}

TEST_F(WrongReads, OfOneUnitAreFoundOrHarmless) {
  for (std::size_t row = 0; row < 20; row += 3) {
    for (const int sign : {1, -1}) {
      SCOPED_TRACE(testing::Message() << "row " << row << " sign " << sign);
      for (const int shift : {0, 10, 20, 30, 40, 50}) {
        bench_.dru.corrupt = [=](std::size_t r, int128_t& value) {
          if (r == row) value += static_cast<int128_t>(sign) << shift;
        };
        expect_no_lie();
      }
    }
  }
}

TEST_F(WrongReads, ThatComeAndGoAreFoundOrHarmless) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    const double rate = std::pow(10.0, -1.0 - 2.0 * draws.uniform());
    const auto shift = draws.integer(20, 54);
    bench_.dru.corrupt = [&](std::size_t, int128_t& value) {
      if (draws.uniform() < rate) value += static_cast<int128_t>(draws.integer(-7, 7)) << shift;
    };
    expect_no_lie();
  }
}

TEST_F(WrongReads, InTheFirstIterationsAreForgotten) {
  int reads = 0;
  bench_.dru.corrupt = [&](std::size_t, int128_t& value) {
    if (++reads < 40) value += value / 16;
  };
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_LE(bench_.relative_error(), kTolerance);
}

// ---- malformed jobs

struct BadField {
  const char* name;
  std::function<void(mho_job_block_t&)> spoil;
};

class BadJob : public JobStatus, public testing::WithParamInterface<BadField> {};

TEST_P(BadJob, IsRefusedBeforeAnythingIsSubmitted) {
  GetParam().spoil(bench_.job);
  const ReferenceDru::Ram before = bench_.dru.ram;
  bench_.job.result_address = ReferenceDru::kRamAddress + 2048;
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_BAD_JOB);
  EXPECT_EQ(r.magic, MHO_JOB_RESULT_MAGIC);
  EXPECT_EQ(r.x_address, 0u);
  EXPECT_EQ(r.a_address, 0u);
  EXPECT_EQ(bench_.dru.lists, 0u);
  // Not even the workspace is touched.
  for (std::size_t i = 4096; i < before.size(); ++i) ASSERT_EQ(bench_.dru.ram[i], before[i]);
}

constexpr std::uint32_t kEnd = ReferenceDru::kRamAddress + kRam;

INSTANTIATE_TEST_SUITE_P(
    Fields, BadJob,
    testing::Values(
        BadField{"Magic", [](auto& j) { j.magic ^= 1; }}, BadField{"Version", [](auto& j) { j.version = 2; }},
        BadField{"NoRows", [](auto& j) { j.n = 0; }},
        BadField{"HugeRows", [](auto& j) { j.n = 0xffffffffu; }},
        BadField{"HugeNonzeros", [](auto& j) { j.nonzeros = 0x80000000u; }},
        BadField{"RowStartOutside", [](auto& j) { j.row_start_address = kEnd; }},
        BadField{"RowStartBelow", [](auto& j) { j.row_start_address = ReferenceDru::kRamAddress - 4; }},
        BadField{"RowStartOdd", [](auto& j) { j.row_start_address += 2; }},
        BadField{"ColumnOutside", [](auto& j) { j.column_address = kEnd - 4; }},
        BadField{"ColumnOdd", [](auto& j) { j.column_address += 1; }},
        BadField{"ValueOutside", [](auto& j) { j.value_address = 0; }},
        BadField{"ValueOdd", [](auto& j) { j.value_address += 4; }},
        BadField{"RhsOutside", [](auto& j) { j.rhs_address = 0xfffffff8u; }},
        BadField{"RhsOdd", [](auto& j) { j.rhs_address += 4; }},
        BadField{"WorkspaceOutside", [](auto& j) { j.workspace_address += 64; }},
        BadField{"WorkspaceOdd",
                 [](auto& j) {
                   j.workspace_address += 32;
                   j.workspace_bytes -= 64;
                 }},
        BadField{"WorkspaceHuge", [](auto& j) { j.workspace_bytes = 0xffffffffu; }},
        BadField{"WorkspaceOverInputs", [](auto& j) { j.workspace_address -= 64; }},
        BadField{"WorkspaceOverRing",
                 [](auto& j) {
                   j.workspace_address = ReferenceDru::kRamAddress;
                   j.workspace_bytes = 64;
                 }},
        BadField{"WorkspaceOverResult",
                 [](auto& j) {
                   j.workspace_address = ReferenceDru::kRamAddress + 2048 - 64;
                   j.workspace_bytes = 65;
                 }},
        BadField{"NoBits", [](auto& j) { j.bits = 0; }}, BadField{"OddBits", [](auto& j) { j.bits = 4; }},
        BadField{"ManyBits", [](auto& j) { j.bits = 27; }},
        BadField{"NoTolerance", [](auto& j) { j.tolerance_bits = 0; }},
        BadField{"HugeTolerance", [](auto& j) { j.tolerance_bits = 27; }},
        BadField{"NoIterations", [](auto& j) { j.max_iterations = 0; }},
        BadField{"ManyIterations", [](auto& j) { j.max_iterations = 1001; }},
        BadField{"Method", [](auto& j) { j.method = 3; }},
        BadField{"Restart", [](auto& j) { j.restart = 49; }},
        BadField{"SplitLeaves", [](auto& j) { j.split_leaves = 2; }},
        BadField{"InvSlices", [](auto& j) { j.inv_slices = 2; }},
        BadField{"NoRhs", [](auto& j) { j.rhs_count = 0; }},
        BadField{"ManyRhs", [](auto& j) { j.rhs_count = 4097; }},
        BadField{"SchurUnit", [](auto& j) { j.schur_unit = 2; }},
        BadField{"Wait", [](auto& j) { j.wait = 2; }}, BadField{"Verify", [](auto& j) { j.verify = 2; }},
        BadField{"Calibrate", [](auto& j) { j.calibrate = 2; }},
        BadField{"LeafSize", [](auto& j) { j.leaf_size = 9; }},
        BadField{"Margin", [](auto& j) { j.stability_margin = 65537; }}),
    [](const auto& field) { return std::string(field.param.name); });

TEST_F(JobStatus, BadJobWhereCalibrationHasNoConvertersToReach) {
  bench_.load(random_dominant(6, 0.8, 1), Eigen::VectorXd::Ones(6));
  bench_.job.calibrate = 1;
  EXPECT_EQ(bench_.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_BAD_JOB));
  EXPECT_EQ(bench_.result().calibrated_channels, 0u);
  EXPECT_EQ(bench_.dru.lists, 0u);
}

TEST_F(JobStatus, BadJobForArraysThatContradictThemselves) {
  const SparseSystem good(random_dominant(6, 0.8, 1), Eigen::VectorXd::Ones(6));
  const auto status = [&](auto&& spoil) {
    SparseSystem s = good;
    spoil(s);
    bench_.load(s);
    return bench_.run().status;
  };
  constexpr auto kBad = static_cast<std::uint32_t>(MHO_JOB_STATUS_BAD_JOB);
  EXPECT_EQ(status([](SparseSystem& s) { s.row_start.back() -= 1; }), kBad);
  EXPECT_EQ(status([](SparseSystem& s) { s.row_start.back() += 1; }), kBad);
  EXPECT_EQ(status([](SparseSystem& s) { s.row_start[2] = 0xffffffffu; }), kBad);
  EXPECT_EQ(status([](SparseSystem& s) { s.column[0] = 6; }), kBad);
  EXPECT_EQ(status([](SparseSystem& s) { s.value[3] = std::nan(""); }), kBad);
  EXPECT_EQ(status([](SparseSystem& s) { s.rhs[3] = std::numeric_limits<double>::infinity(); }), kBad);
  EXPECT_EQ(bench_.dru.lists, 0u);
}

}  // namespace
}  // namespace mho::test
