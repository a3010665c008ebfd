// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// High-precision reads that are wrong: found, forgotten or harmless, and never called converged otherwise.
#include <gtest/gtest.h>

#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

using registers::dru::DruCommand;
using registers::dru::DruOpcode;
using registers::dru::DruStatus;

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

}  // namespace
}  // namespace mho::test
