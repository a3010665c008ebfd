// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/self_test.h"

#include <gtest/gtest.h>

#include "tests/firmware/libmho/broken_macro.hpp"
#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

using Kind = BrokenMacros::Kind;
using Status = BrokenMacros::Status;

class SelfTest : public testing::Test {
 protected:
  SelfTest()
      : bench_({.inv_count = 6,
                .ginv_count = 2,
                .ginv_size = 16,
                .mvm_count = 20,
                .cell_tolerance = 0.01,
                .ram_bytes = 2 << 20}),
        broken_(bench_.dru) {
    bench_.load(random_dominant(20, 0.6, 11), random_vector(20, 12));
    options_.inv_macros = 6;
    options_.mvm_macros = 20;
    options_.ginv_macros = 2;
    options_.workspace_address = bench_.job.workspace_address;
    options_.time_limit_us = 1000;
    options_.job_id = 7;
  }
  mho_result_t run() {
    const Connected guard(bench_.dru);
    const mho_device_config_t config = bench_.config();
    if (mho_device_init(&device_, &config) != MHO_OK) return MHO_NO_DEVICE;
    return mho_self_test(&device_, &options_, &bad_, &report_);
  }
  std::uint32_t count_bad() const {
    std::uint32_t count = 0;
    for (const mho_macro_kind_t kind : {MHO_MACRO_INV, MHO_MACRO_MVM, MHO_MACRO_GINV}) {
      for (std::uint32_t i = 0; i < 64; ++i) count += mho_macro_set_has(&bad_, kind, i) ? 1 : 0;
    }
    return count;
  }
  void expect_found(mho_macro_kind_t kind, std::uint32_t index, mho_defect_t defect) {
    ASSERT_EQ(run(), MHO_OK);
    ASSERT_EQ(report_.bad_macros, 1U);
    EXPECT_EQ(report_.macros[0].kind, kind);
    EXPECT_EQ(report_.macros[0].index, index);
    EXPECT_EQ(report_.macros[0].defect, defect);
    EXPECT_TRUE(mho_macro_set_has(&bad_, kind, index));
    EXPECT_EQ(count_bad(), 1U);
  }

  DriverBench bench_;
  BrokenMacros broken_;
  mho_device_t device_{};
  mho_self_test_options_t options_{};
  mho_macro_set_t bad_{};
  mho_self_test_t report_{};
};

TEST_F(SelfTest, FindsNothingOnAGoodChip) {
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.tested_macros, 28U);
  EXPECT_EQ(report_.bad_macros, 0U);
  EXPECT_FALSE(report_.is_ring_broken);
  EXPECT_TRUE(report_.has_no_converters);
  EXPECT_EQ(count_bad(), 0U);
  EXPECT_EQ(broken_.programmed().size(), 28U);
}

TEST_F(SelfTest, NamesAMacroWhoseCellsFail) {
  broken_.refuse(Kind::kInv, 4, Status::kProgramFailed);
  expect_found(MHO_MACRO_INV, 4, MHO_DEFECT_CELLS);
}

TEST_F(SelfTest, NamesAMacroThatHangs) {
  broken_.refuse(Kind::kMvm, 19, Status::kWatchdog);
  expect_found(MHO_MACRO_MVM, 19, MHO_DEFECT_HANGS);
}

TEST_F(SelfTest, NamesAMacroThatIsReadWrongly) {
  broken_.falsify(7);
  expect_found(MHO_MACRO_MVM, 7, MHO_DEFECT_WRONG);
}

TEST_F(SelfTest, NamesAGinvMacroWhoseCellsFail) {
  broken_.refuse(Kind::kGinv, 1, Status::kProgramFailed);
  expect_found(MHO_MACRO_GINV, 1, MHO_DEFECT_CELLS);
}

TEST_F(SelfTest, NamesLoopsThatGiveAnotherInverse) {
  // Cells that miss by half of the range.
  DriverBench sloppy({.inv_count = 1, .mvm_count = 1, .cell_tolerance = 0.5, .ram_bytes = 2 << 20});
  const Connected guard(sloppy.dru);
  const mho_device_config_t config = sloppy.config();
  ASSERT_EQ(mho_device_init(&device_, &config), MHO_OK);
  options_.inv_macros = 1;
  options_.mvm_macros = options_.ginv_macros = 0;
  ASSERT_EQ(mho_self_test(&device_, &options_, &bad_, &report_), MHO_OK);
  ASSERT_EQ(report_.bad_macros, 1U);
  EXPECT_EQ(report_.macros[0].defect, MHO_DEFECT_WRONG);
}

TEST_F(SelfTest, LeavesAloneWhatIsKnownToBeBad) {
  ASSERT_EQ(mho_macro_set_add(&bad_, MHO_MACRO_MVM, 2, 3), MHO_OK);
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.tested_macros, 25U);
  EXPECT_FALSE(broken_.programmed().contains({Kind::kMvm, 3}));
}

TEST_F(SelfTest, NoticesAnInterruptThatDoesNotCome) {
  volatile std::uint32_t interrupts = 0;
  options_.interrupts = &interrupts;
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_TRUE(report_.is_interrupt_lost);
}

TEST_F(SelfTest, EndsWithABrokenRing) {
  bench_.dru.inject = [](const registers::dru::DruCommand&) { return Status::kBusError; };
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_TRUE(report_.is_ring_broken);
  EXPECT_EQ(report_.tested_macros, 0U);
}

TEST_F(SelfTest, RefusesOptionsOutOfRange) {
  const mho_self_test_options_t good = options_;
  const auto expect_refused = [&] {
    EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
    EXPECT_EQ(bench_.dru.lists, 0U);
    options_ = good;
  };
  options_.inv_macros = 7;
  expect_refused();
  options_.mvm_macros = 21;
  expect_refused();
  options_.ginv_macros = 3;
  expect_refused();
  options_.workspace_address += 4;
  expect_refused();
  options_.workspace_address = ReferenceDru::kRamAddress + (2 << 20) - 64;
  expect_refused();
  options_.time_limit_us = 0;
  expect_refused();
  options_.job_id = 0;
  expect_refused();
}

// What the self-test is for.
TEST_F(SelfTest, TellsAJobWhichMacrosToAvoid) {
  broken_.refuse(Kind::kMvm, 3, Status::kProgramFailed);
  broken_.refuse(Kind::kInv, 0, Status::kProgramFailed);
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_DEVICE_ERROR);
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.bad_macros, 2U);
  bench_.share.avoided = &bad_;
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_LE(bench_.relative_error(), 0x1p-24);
}

TEST_F(SelfTest, IsRefusedOnAContext) {
  device_.config.is_context = true;
  const Connected guard(bench_.dru);
  mho_device_config_t config = bench_.config();
  config.is_context = true;
  ASSERT_EQ(mho_device_init(&device_, &config), MHO_OK);
  EXPECT_EQ(mho_self_test(&device_, &options_, &bad_, &report_), MHO_BAD_ARGUMENT);
}

TEST_F(SelfTest, BeginsWithAReset) {
  const Connected guard(bench_.dru);
  const mho_device_config_t config = bench_.config();
  ASSERT_EQ(mho_device_init(&device_, &config), MHO_OK);
  const mho_dru_command_t end{};
  device_.submitted = bench_.kRingEntries;  // as many lists as the ring has room for, and none has ended
  mho_ticket_t ticket;
  ASSERT_EQ(mho_submit(&device_, &end, 1, 1, 0, &ticket), MHO_BUSY);
  EXPECT_EQ(mho_self_test(&device_, &options_, &bad_, &report_), MHO_OK);
  EXPECT_FALSE(report_.is_ring_broken);
}

}  // namespace
}  // namespace mho::test
