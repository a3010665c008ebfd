// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs with several right-hand sides: planned and programmed once, each answer that of a job of its own.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kCount = 4;

std::vector<double> right_hand_sides(const Eigen::MatrixXd& a) {
  std::vector<double> all;
  for (std::uint32_t k = 0; k < kCount; ++k) {
    const Eigen::VectorXd b = a * random_vector(a.rows(), 100 + k) * std::exp2(3.0 * k);
    all.insert(all.end(), b.begin(), b.end());
  }
  return all;
}

SparseSystem with(const Eigen::MatrixXd& a, std::vector<double> rhs) {
  SparseSystem system(a, Eigen::VectorXd::Ones(a.rows()));
  system.rhs = std::move(rhs);
  return system;
}

struct Chip {
  const char* name;
  ReferenceDruOptions options;
};

/// A DRU that is deferred runs when the driver waits.
void connect(DriverBench& bench, const ReferenceDruOptions& options) {
  if (options.is_deferred) bench.hooks.wait_until = run_while_waiting;
}

class ManyRhs : public testing::TestWithParam<std::tuple<std::uint32_t, Chip>> {};

TEST_P(ManyRhs, GiveTheAnswersOfSingleJobs) {
  const auto& [method, chip] = GetParam();
  const Eigen::MatrixXd a = random_spd(20, 12.0, 1);
  const auto n = static_cast<std::size_t>(a.rows());
  const std::vector<double> rhs = right_hand_sides(a);
  DriverBench many(chip.options);
  connect(many, chip.options);
  many.load(with(a, rhs));
  many.job.method = method;
  many.job.split_leaves = 1;
  many.job.rhs_count = kCount;
  many.run();
  for (std::uint32_t k = 0; k < kCount; ++k) {
    SCOPED_TRACE(testing::Message() << "right-hand side " << k);
    DriverBench one(chip.options);
    connect(one, chip.options);
    one.load(a, Eigen::Map<const Eigen::VectorXd>(rhs.data() + k * n, a.rows()));
    one.job.method = method;
    one.job.split_leaves = 1;
    one.run();
    many.select(k);
    EXPECT_EQ(many.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
    EXPECT_EQ(many.result().iterations, one.result().iterations);
    EXPECT_EQ(many.x_bits(), one.x_bits());
    EXPECT_EQ(many.history(), one.history());
    EXPECT_LE(many.relative_error(), 0x1p-24);
  }
}

std::string name_of(const testing::TestParamInfo<ManyRhs::ParamType>& info) {
  constexpr std::array<const char*, 3> kMethods{"Refine", "Gmres", "Auto"};
  return std::string(kMethods[std::get<0>(info.param)]) + std::get<1>(info.param).name;
}

const Chip kLarge{"Large", {.cell_tolerance = 0.02, .ram_bytes = 8 << 20}};
const Chip kSmall{"Small", {.inv_count = 2, .mvm_count = 9, .mvm_size = 8, .ram_bytes = 8 << 20}};

// Three contexts for the three behind the first: the last is done before the others.
const Chip kContexts{"Contexts",
                     {.cell_tolerance = 0.02, .is_deferred = true, .contexts = 3, .ram_bytes = 8 << 20}};
const Chip kTwoContexts{"TwoContexts", {.cell_tolerance = 0.02, .contexts = 2, .ram_bytes = 8 << 20}};

INSTANTIATE_TEST_SUITE_P(Methods, ManyRhs,
                         testing::Combine(testing::Values(MHO_JOB_METHOD_REFINE, MHO_JOB_METHOD_GMRES,
                                                          MHO_JOB_METHOD_AUTO),
                                          testing::Values(kLarge, kSmall, kContexts, kTwoContexts)),
                         name_of);

TEST(SeveralRhs, ProgramAChipThatHoldsTheMatrixOnce) {
  const Eigen::MatrixXd a = random_spd(20, 12.0, 1);
  const auto programs = [&](std::uint32_t count) {
    DriverBench bench({.ram_bytes = 8 << 20});
    bench.load(with(a, right_hand_sides(a)));
    bench.job.rhs_count = count;
    bench.run();
    return bench.dru.programs;
  };
  EXPECT_EQ(programs(kCount), programs(1));
}

/// A job of kCount right-hand sides on a chip; its lists of each context.
std::map<std::uint32_t, std::uint64_t> lists_of(ReferenceDruOptions options) {
  options.ram_bytes = 8 << 20;
  const Eigen::MatrixXd a = random_spd(20, 12.0, 1);
  DriverBench bench(options);
  bench.load(with(a, right_hand_sides(a)));
  bench.job.method = MHO_JOB_METHOD_AUTO;
  bench.job.split_leaves = 1;
  bench.job.rhs_count = kCount;
  bench.run();
  for (std::uint32_t k = 0; k < kCount; ++k) {
    bench.select(k);
    EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
  }
  return bench.dru.lists_of_context;
}

TEST(SeveralRhs, AreSpreadOverTheContextsBehindTheFirstOne) {
  auto lists = lists_of({.contexts = 3});
  EXPECT_GE(lists[0], 3u) << "the program, the first right-hand side and one of the others";
  EXPECT_GE(lists[1], 1u);
  EXPECT_GE(lists[2], 1u);
  EXPECT_EQ(lists_of({.contexts = 8}).size(), kCount - 1) << "no more contexts than right-hand sides";
}

TEST(SeveralRhs, StayOnOneContextWhereTilesAreProgrammedMeanwhile) {
  EXPECT_EQ(lists_of({.inv_count = 2, .mvm_count = 9, .mvm_size = 8, .contexts = 4}).size(), 1u);
}

TEST(SeveralRhs, TakeAsManyContextsAsTheVectorMemoryHolds) {
  // 20 unknowns, 20 directions, 20 other vectors: 1200 words each
  EXPECT_EQ(lists_of({.sram_words = 2 * 1200, .contexts = 4}).size(), 2u);
  EXPECT_EQ(lists_of({.sram_words = 2 * 1200 - 1, .contexts = 4}).size(), 1u);
}

TEST(SeveralRhs, OneThatFailsOnItsContextLeavesTheOthersAlone) {
  const Eigen::MatrixXd a = random_spd(20, 12.0, 1);
  DriverBench bench({.contexts = 3, .ram_bytes = 8 << 20});
  bench.load(with(a, right_hand_sides(a)));
  bench.job.split_leaves = 1;
  bench.job.rhs_count = kCount;
  // The second of those that are under way together.
  bench.dru.inject = [&](const registers::dru::DruCommand& command) {
    const bool is_inverse =
        static_cast<registers::dru::DruOpcode>(command.opcode) == registers::dru::DruOpcode::kInv;
    return is_inverse && bench.dru.lists_of_context[1] == 1 && bench.dru.lists_of_context[2] == 0
               ? registers::dru::DruStatus::kSaturated
               : registers::dru::DruStatus::kNotRun;
  };
  bench.run();
  for (std::uint32_t k = 0; k < kCount; ++k) {
    bench.select(k);
    const auto expected = k == 2 ? MHO_JOB_STATUS_SATURATED : MHO_JOB_STATUS_CONVERGED;
    EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(expected)) << k;
  }
}

TEST(SeveralRhs, AnswerZerosWithoutHardwareAndTheRestAsUsual) {
  const Eigen::MatrixXd a = random_dominant(6, 0.5, 1);
  std::vector<double> rhs(18, 0.0);
  const Eigen::VectorXd b = a * random_vector(6, 1);
  std::copy(b.begin(), b.end(), rhs.begin() + 6);
  DriverBench bench({.contexts = 2, .ram_bytes = 8 << 20});
  bench.load(with(a, rhs));
  bench.job.rhs_count = 3;
  bench.run();
  for (std::uint32_t k = 0; k < 3; ++k) {
    bench.select(k);
    EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
    EXPECT_EQ(bench.x().norm() > 0, k == 1);
  }
}

TEST(SeveralRhs, NameTheOneThatIsNoNumber) {
  const Eigen::MatrixXd a = random_dominant(6, 0.5, 1);
  std::vector<double> rhs(12, 1.0);
  rhs[8] = std::numeric_limits<double>::infinity();
  DriverBench bench({.ram_bytes = 8 << 20});
  bench.load(with(a, rhs));
  bench.job.rhs_count = 2;
  bench.run();
  EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
  bench.select(1);
  EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_BAD_JOB));
}

}  // namespace
}  // namespace mho::test
