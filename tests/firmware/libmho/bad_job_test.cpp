// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Job blocks that cannot be run are refused before anything is started.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

struct BadField {
  const char* name;
  std::function<void(mho_job_block_t&)> spoil;
};

class MalformedJob : public JobStatus {};

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
        BadField{"OtherRows", [](auto& j) { j.rows = 1; }},
        BadField{"HugeOtherRows", [](auto& j) { j.rows = 0x80000000u; }},
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
        BadField{"ManyBits", [](auto& j) { j.bits = 54; }},
        BadField{"NoTolerance", [](auto& j) { j.tolerance_bits = 0; }},
        BadField{"HugeTolerance", [](auto& j) { j.tolerance_bits = 27; }},
        BadField{"HugeToleranceOfManyBits",
                 [](auto& j) {
                   j.bits = 53;
                   j.tolerance_bits = 54;
                 }},
        BadField{"Complex", [](auto& j) { j.is_complex = 2; }},
        BadField{"NoIterations", [](auto& j) { j.max_iterations = 0; }},
        BadField{"ManyIterations", [](auto& j) { j.max_iterations = 1001; }},
        BadField{"Method", [](auto& j) { j.method = 3; }},
        BadField{"Restart", [](auto& j) { j.restart = 97; }},
        BadField{"SplitLeaves", [](auto& j) { j.split_leaves = 2; }},
        BadField{"ReorderRows", [](auto& j) { j.reorder_rows = 2; }},
        BadField{"InvSlices", [](auto& j) { j.inv_slices = 2; }},
        BadField{"NoRhs", [](auto& j) { j.rhs_count = 0; }},
        BadField{"ManyRhs", [](auto& j) { j.rhs_count = 4097; }},
        BadField{"SchurUnit", [](auto& j) { j.schur_unit = 3; }},
        BadField{"LeastSquares", [](auto& j) { j.least_squares = 2; }},
        BadField{"Wait", [](auto& j) { j.wait = 2; }}, BadField{"Verify", [](auto& j) { j.verify = 2; }},
        BadField{"Calibrate", [](auto& j) { j.calibrate = 2; }},
        BadField{"LeafSize", [](auto& j) { j.leaf_size = 9; }},
        BadField{"Margin", [](auto& j) { j.stability_margin = 65537; }}),
    [](const auto& field) { return std::string(field.param.name); });

TEST_F(MalformedJob, BadWhereCalibrationHasNoConvertersToReach) {
  bench_.load(random_dominant(6, 0.8, 1), Eigen::VectorXd::Ones(6));
  bench_.job.calibrate = 1;
  EXPECT_EQ(bench_.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_BAD_JOB));
  EXPECT_EQ(bench_.result().calibrated_channels, 0u);
  EXPECT_EQ(bench_.dru.lists, 0u);
}

TEST_F(MalformedJob, BadForArraysThatContradictThemselves) {
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
