// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs on a share of the chip: nothing is placed on macros that are avoided, and everything still converges.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/firmware/libmho/broken_macro.hpp"
#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

class AvoidedMacros : public JobStatus {
 protected:
  AvoidedMacros() : broken_(bench_.dru) { bench_.share.avoided = &avoided_; }
  void avoid(mho_macro_kind_t kind, std::uint32_t first, std::uint32_t count) {
    ASSERT_EQ(mho_macro_set_add(&avoided_, kind, first, count), MHO_OK);
  }
  void expect_good_on_others() {
    const auto& r = bench_.run();
    EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(bench_.relative_error(), kTolerance);
    for (const auto& [kind, macro] : broken_.programmed()) {
      const bool is_inv = kind == BrokenMacros::Kind::kInv;
      EXPECT_FALSE(mho_macro_set_has(&avoided_, is_inv ? MHO_MACRO_INV : MHO_MACRO_MVM, macro)) << macro;
    }
  }
  mho_macro_set_t avoided_{};
  BrokenMacros broken_;
};

TEST_F(AvoidedMacros, HoldNothing) {
  avoid(MHO_MACRO_INV, 0, 2);
  avoid(MHO_MACRO_MVM, 0, 5);
  avoid(MHO_MACRO_MVM, 7, 1);
  expect_good_on_others();
}

TEST_F(AvoidedMacros, HoldNothingWhereMacrosFormTheComplements) {
  bench_.job.schur_unit = MHO_JOB_UNIT_ANALOGUE;
  avoid(MHO_MACRO_INV, 0, 1);
  avoid(MHO_MACRO_MVM, 1, 3);
  expect_good_on_others();
}

TEST_F(AvoidedMacros, AreReplacedByReprogrammingWhereFewAreLeft) {
  // One INV macro and one MVM macro are enough for any system.
  avoid(MHO_MACRO_INV, 0, 40);
  avoid(MHO_MACRO_INV, 41, 23);
  avoid(MHO_MACRO_MVM, 0, 500);
  avoid(MHO_MACRO_MVM, 501, 203);
  expect_good_on_others();
  EXPECT_EQ(broken_.programmed().size(), 2U);
}

TEST_F(AvoidedMacros, EndAJobThatHasNoOthers) {
  avoid(MHO_MACRO_INV, 0, 64);
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_TOO_FEW_MACROS);
  EXPECT_EQ(bench_.dru.lists, 0U);
}

TEST_F(AvoidedMacros, EndAJobThatHasNoOthersForItsProducts) {
  avoid(MHO_MACRO_MVM, 0, 704);
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_TOO_FEW_MACROS);
  EXPECT_EQ(bench_.dru.lists, 0U);
}

TEST_F(JobStatus, AShareWithTooFewTilesIsTooSmall) {
  bench_.share.tiles = 2;
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_TOO_LARGE);
}

TEST_F(JobStatus, TilesOfAShareHaveNumbersOfTheirOwn) {
  bench_.share.first_tile = 1000;
  bench_.share.tiles = 500;
  std::uint32_t least = 0xffff, most = 0;
  bench_.dru.inject = [&](const registers::dru::DruCommand& c) {
    if (static_cast<registers::dru::DruOpcode>(c.opcode) == registers::dru::DruOpcode::kProgram) {
      least = std::min<std::uint32_t>(least, c.b);
      most = std::max<std::uint32_t>(most, c.b);
    }
    return registers::dru::DruStatus::kNotRun;
  };
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_LE(bench_.relative_error(), kTolerance);
  EXPECT_EQ(least, 1000U);
  EXPECT_LT(most, 1500U);
}

}  // namespace
}  // namespace mho::test
