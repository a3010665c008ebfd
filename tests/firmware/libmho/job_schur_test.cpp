// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Schur complements formed by macros.
#include "firmware/libmho/job_schur.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "registers/telemetry.h"
#include "tests/firmware/libmho/job_status_bench.hpp"
#include "tests/firmware/libmho/job_steps_bench.hpp"

namespace mho::test {
namespace {

using registers::dru::DruCommand;
using registers::dru::DruOpcode;
using registers::dru::DruStatus;

constexpr std::uint32_t kWordBits = 26;

// ---- the update by itself

/// C, A and W as the planner lays them out, in the memory of a device that is ready.
class Update : public testing::Test {
 protected:
  void start(const ReferenceDruOptions& options, std::uint32_t n, std::uint32_t depth) {
    bench_ = std::make_unique<DriverBench>(options);
    guard_ = std::make_unique<Connected>(bench_->dru);
    auto& ram = bench_->dru.ram;
    mho_device_config_t config{};
    config.dru_base = ReferenceDru::kDruBase;
    config.telemetry_base = ReferenceDru::kTelemetryBase;
    config.memory = {ram.data(), ReferenceDru::kRamAddress, static_cast<std::uint32_t>(ram.size())};
    config.ring_address = ReferenceDru::kRamAddress;
    config.ring_entries = DriverBench::kRingEntries;
    ASSERT_EQ(mho_device_init(&device_, &config), MHO_OK);
    std::memset(&run_, 0, sizeof run_);
    run_.device = run_.context = &device_;
    run_.job = &bench_->job;
    run_.result = &result_;
    run_.arena = {ram.data() + 4096, ram.data() + ram.size()};
    const auto& c = device_.capabilities;
    run_.plan.options.hp_rows = c.hp_rows;
    run_.plan.options.digit_bits = c.digit_bits;
    run_.plan.options.max_slices = std::min<std::uint32_t>(c.mvm_count, MHO_DRU_MAX_SLICES);
    matrix_ = static_cast<std::int32_t*>(mho_arena_take(&run_.arena, n * n, sizeof(std::int32_t)));
    Draws draws(n);
    for (std::uint32_t k = 0; k < n * n; ++k)
      matrix_[k] = static_cast<std::int32_t>(draws.integer(-(1 << kWordBits), 1 << kWordBits));
    update_ = {.c = matrix_ + depth * n + depth,
               .a = matrix_ + depth * n,
               .w = matrix_ + depth,
               .stride = n,
               .rows = n - depth,
               .columns = n - depth,
               .depth = depth,
               .shift = kWordBits};
    expected_.assign(matrix_, matrix_ + n * n);
    mho_rank_update_t by_cpu = update_;
    by_cpu.c = expected_.data() + depth * n + depth;
    mho_plan_t plan{};
    ASSERT_EQ(mho_rank_update_cpu(&plan, &by_cpu), MHO_OK);
  }
  /// Every word as the CPU has it, entries of C to `units`.
  void expect_updated(std::int32_t units) const {
    for (std::size_t k = 0; k < expected_.size(); ++k)
      EXPECT_LE(std::abs(matrix_[k] - expected_[k]), units) << k;
  }
  std::unique_ptr<DriverBench> bench_;
  std::unique_ptr<Connected> guard_;
  mho_device_t device_{};
  mho_run_t run_{};
  mho_job_result_t result_{};
  std::int32_t* matrix_ = nullptr;
  mho_rank_update_t update_{};
  std::vector<std::int32_t> expected_;
};

TEST_F(Update, IsThatOfTheCpuToAUnit) {
  start({.ram_bytes = kRam}, 30, 8);
  ASSERT_EQ(mho_schur_update(&run_, &update_), MHO_OK);
  expect_updated(1);
  EXPECT_EQ(run_.analogue_parts, 1u);
  EXPECT_EQ(run_.plan.refused_parts, 0u);
  EXPECT_EQ(bench_->dru.programs,
            2u);  // 27 bits are nine digits of 3: eight of them on a tile, one on the next
}

TEST_F(Update, TakesItsTilesInTurnsWhereMacrosAreFew) {
  // Three strips of rows, three groups of digits each, one group on the chip at a time.
  start({.mvm_count = 4, .hp_rows = 8, .ram_bytes = kRam}, 30, 8);
  ASSERT_EQ(mho_schur_update(&run_, &update_), MHO_OK);
  expect_updated(3);  // passes round
  EXPECT_EQ(bench_->dru.programs, 9u);
  EXPECT_EQ(run_.plan.refused_parts, 0u);
}

TEST_F(Update, LeavesToTheCpuWhatFailsItsChecksum) {
  start({.ram_bytes = kRam}, 30, 8);
  bench_->dru.corrupt = [count = 0](std::size_t row, int128_t& value) mutable {
    if (row == 3 && ++count == 5) value += int128_t{1} << (kWordBits + 10);
  };
  ASSERT_EQ(mho_schur_update(&run_, &update_), MHO_OK);
  expect_updated(0);
  EXPECT_EQ(run_.analogue_parts, 0u);
  EXPECT_EQ(run_.plan.refused_parts, 1u);
}

TEST_F(Update, RunsNothingForZeros) {
  start({.ram_bytes = kRam}, 30, 8);
  for (std::uint32_t i = 8; i < 30; ++i) std::fill_n(matrix_ + i * 30, 8, 0);
  const std::vector<std::int32_t> before(matrix_, matrix_ + 900);
  ASSERT_EQ(mho_schur_update(&run_, &update_), MHO_OK);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), matrix_));
  EXPECT_EQ(bench_->dru.lists, 0u);
}

TEST_F(Update, OverflowsWhereTheCpuDoes) {
  start({.ram_bytes = kRam}, 30, 8);
  update_.shift = 4;
  EXPECT_EQ(mho_schur_update(&run_, &update_), MHO_OVERFLOW);
  EXPECT_EQ(run_.plan.refused_parts, 1u);
}

// ---- whole jobs

struct Case {
  Eigen::Index n;
  std::uint32_t leaf_size;
};

TEST(AnalogueSchur, SolvesAsTheOtherUnitsDo) {
  for (const Case& c : {Case{1, 0}, Case{8, 0}, Case{9, 0}, Case{20, 0}, Case{33, 5}, Case{40, 1}}) {
    SCOPED_TRACE(c.n);
    const ReferenceDruOptions options{.cell_tolerance = 0.02, .ram_bytes = kRam};
    DriverBench dru(options), analogue(options);
    for (DriverBench* bench : {&dru, &analogue}) {
      bench->load(random_dominant(c.n, 0.7, 21), random_vector(c.n, 22));
      bench->job.leaf_size = c.leaf_size;
      bench->job.method = MHO_JOB_METHOD_AUTO;
    }
    dru.job.schur_unit = MHO_JOB_UNIT_DRU;
    analogue.job.schur_unit = MHO_JOB_UNIT_ANALOGUE;
    ASSERT_EQ(dru.run().status, MHO_JOB_STATUS_CONVERGED);
    const auto& r = analogue.run();
    ASSERT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(analogue.relative_error(), kTolerance);
    EXPECT_NEAR(r.iterations, dru.result().iterations, 1);
    EXPECT_EQ(r.leaves, dru.result().leaves);
    EXPECT_EQ(r.analogue_parts, 2 * (r.leaves - 1));
    EXPECT_EQ(r.refused_parts, 0u);
    EXPECT_EQ(dru.result().analogue_parts, 0u);
  }
}

TEST_F(JobStatus, TimesEverySchurComplementOnce) {
  constexpr std::uint64_t kLook_ns = 1000;
  bench_.dru.time_per_look_ns = kLook_ns;
  bench_.job.schur_unit = MHO_JOB_UNIT_CPU;
  const auto result = bench_.run();
  ASSERT_EQ(result.status, MHO_JOB_STATUS_CONVERGED);
  ASSERT_EQ(result.reordered_rows, 0u) << "eliminations for an order of the rows would count, too";
  // The clock moves once between the two looks at it, and behind the last leaf is nothing left.
  EXPECT_EQ(result.schur_time_ns, (result.leaves - 1) * kLook_ns);
}

TEST_F(JobStatus, TimesWhatTheDruDoesBesideUntilItHasEnded) {
  constexpr std::uint64_t kLook_ns = 1000;
  bench_.dru.time_per_look_ns = kLook_ns;
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  std::uint64_t busy_ns = 0;
  bench_.dru.inject = [&](const DruCommand& c) {
    if (static_cast<DruOpcode>(c.opcode) == DruOpcode::kRankUpdate) {
      bench_.dru.time_ns += 7 * kLook_ns;
      busy_ns += 7 * kLook_ns;
    }
    return DruStatus::kNotRun;
  };
  const auto result = bench_.run();
  ASSERT_EQ(result.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_GT(busy_ns, 0u);
  EXPECT_GE(result.schur_time_ns, busy_ns + (result.leaves - 1) * kLook_ns);
  // The driver looks at the clock a few times while it waits for each.
  EXPECT_LE(result.schur_time_ns, busy_ns + 10 * result.leaves * kLook_ns);
}

TEST_F(JobSteps, TimeAnUpdateThatACancelledJobLeavesBehind) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  start();
  while (mho_job_step(&job_) != MHO_JOB_IS_WAITING) {
  }
  bench_.dru.time_ns += 5000;
  mho_job_cancel(&job_);
  step_to_the_end();
  EXPECT_EQ(results()->status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CANCELLED));
  EXPECT_EQ(results()->schur_time_ns, 5000u);
}

class AnalogueJob : public JobStatus {
 protected:
  AnalogueJob() { bench_.job.schur_unit = MHO_JOB_UNIT_ANALOGUE; }
};

TEST_F(AnalogueJob, PlansInPhasePlan) {
  std::vector<std::uint32_t> phases;
  bench_.dru.inject = [&](const DruCommand& c) {
    if (static_cast<DruOpcode>(c.opcode) == DruOpcode::kInv) phases.push_back(bench_.dru.phase);
    return DruStatus::kNotRun;
  };
  ASSERT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
  const auto first = std::find(phases.begin(), phases.end(), std::uint32_t{MHO_PHASE_SOLVE});
  EXPECT_GT(first - phases.begin(), 16);  // at least one for each of 12 and 4 columns
  EXPECT_TRUE(std::all_of(phases.begin(), first, [](auto phase) { return phase == MHO_PHASE_PLAN; }));
  EXPECT_TRUE(std::all_of(first, phases.end(), [](auto phase) { return phase == MHO_PHASE_SOLVE; }));
}

TEST_F(AnalogueJob, ConvergesOnAChipOfFewMacros) {
  DriverBench bench({.inv_count = 1, .mvm_count = 3, .mvm_size = 8, .hp_rows = 6, .ram_bytes = kRam});
  bench.load(random_dominant(20, 0.6, 11), random_vector(20, 12));
  bench.job.schur_unit = MHO_JOB_UNIT_ANALOGUE;
  EXPECT_EQ(bench.run().status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(bench.result().refused_parts, 0u);
  EXPECT_LE(bench.relative_error(), kTolerance);
}

TEST_F(AnalogueJob, LeavesALeafThatDoesNotSettleToTheCpu) {
  for (const DruStatus status :
       {DruStatus::kUnstable, DruStatus::kSaturated, DruStatus::kOverflow, DruStatus::kWrongRead}) {
    inject(status == DruStatus::kWrongRead ? DruOpcode::kHpMvm : DruOpcode::kInv, status);
    const auto& r = bench_.run();
    EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_EQ(r.refused_parts, 1u);
    EXPECT_EQ(r.flags, static_cast<std::uint32_t>(MHO_JOB_RESULT_VERIFIED));
    EXPECT_LE(bench_.relative_error(), kTolerance);
  }
}

TEST_F(AnalogueJob, EndsAsDeviceErrorWhereTheDeviceFails) {
  for (const DruOpcode opcode : {DruOpcode::kProgram, DruOpcode::kInv, DruOpcode::kHpEnd}) {
    inject_always(opcode, DruStatus::kBusError);
    const auto& r = bench_.run();
    EXPECT_EQ(r.status, MHO_JOB_STATUS_DEVICE_ERROR);
    EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(MHO_DRU_STATUS_BUS_ERROR));
  }
}

TEST_F(AnalogueJob, IsNotMisledByWrongReadsOfThePlan) {
  // One row of each product of the plan, off by far more than the checksum lets pass.
  bench_.dru.corrupt = [this](std::size_t row, int128_t& value) {
    if (bench_.dru.phase == MHO_PHASE_PLAN && row == 2) value += value / 16 + (int128_t{1} << 40);
  };
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_GE(r.refused_parts, 2u);
  EXPECT_LE(bench_.relative_error(), kTolerance);
}

TEST_F(AnalogueJob, ReportsSingularMatricesAsTheOtherUnitsDo) {
  Eigen::MatrixXd a = random_dominant(20, 0.6, 11);
  a.row(12) = a.row(4);
  bench_.load(a, Eigen::VectorXd::Ones(20));
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  const auto expected = bench_.run().status;
  bench_.job.schur_unit = MHO_JOB_UNIT_ANALOGUE;
  EXPECT_EQ(bench_.run().status, expected);
  EXPECT_NE(expected, MHO_JOB_STATUS_CONVERGED);
}

TEST_F(AnalogueJob, FitsOrIsTooLargeInEveryWorkspace) {
  bool has_fitted = false;
  for (std::uint32_t bytes = 8 << 10; bytes < 160 << 10; bytes += 1984) {
    bench_.job.workspace_bytes = bytes / 64 * 64;
    const ReferenceDru::Ram before = bench_.dru.ram;
    const auto status = bench_.run().status;
    ASSERT_EQ(status, has_fitted || status == MHO_JOB_STATUS_CONVERGED ? MHO_JOB_STATUS_CONVERGED
                                                                       : MHO_JOB_STATUS_TOO_LARGE)
        << bytes;
    has_fitted = has_fitted || status == MHO_JOB_STATUS_CONVERGED;
    ASSERT_TRUE(bench_.has_kept_to_its_memory(before)) << bytes;
  }
  EXPECT_TRUE(has_fitted);
}

}  // namespace
}  // namespace mho::test
