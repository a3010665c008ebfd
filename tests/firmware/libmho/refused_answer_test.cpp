// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Answers that the list calls converged and the digital estimate does not: the driver has the list go on.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr double kTolerance = 0x1p-24;
constexpr std::uint32_t kListsWithoutRefusal = 2;  // program and solve

// Where steps are small, what the analogue inverse finds missing is a small part of what is.
struct Setting {
  std::uint32_t method;
  Eigen::Index n;
  double cell_tolerance;
};

class Refused : public testing::TestWithParam<Setting> {
 protected:
  static constexpr double kCondition = 1e4;
  static constexpr std::uint64_t kSeeds = 60;

  Eigen::MatrixXd matrix(std::uint64_t seed) const {
    const auto& [method, n, cell_tolerance] = GetParam();
    return method == MHO_JOB_METHOD_REFINE ? random_spd(n, kCondition, seed)
                                           : random_general(n, kCondition, seed);
  }
  void set_up(DriverBench& bench) const {
    bench.job.method = GetParam().method;
    // Divided, the leaves of the others would be too good.
    bench.job.split_leaves = GetParam().method == MHO_JOB_METHOD_REFINE ? 1 : 0;
    bench.job.max_iterations = 400;
  }
  ReferenceDruOptions chip(std::uint64_t seed) const {
    return {.cell_tolerance = GetParam().cell_tolerance, .seed = seed, .ram_bytes = 8 << 20};
  }
};

TEST_P(Refused, AreIteratedUntilTheEstimateAgrees) {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    DriverBench bench(chip(seed));
    const Eigen::MatrixXd a = matrix(seed);
    bench.load(a, a * random_vector(a.rows(), seed));
    set_up(bench);
    const mho_job_result_t& r = bench.run();
    if (bench.dru.lists <= kListsWithoutRefusal) continue;
    ++refused;
    EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(bench.relative_error(), kTolerance);
    EXPECT_TRUE((r.flags & MHO_JOB_RESULT_VERIFIED) != 0);
  }
  EXPECT_GE(refused, 3);
}

// The end of a list that will be run again puts all tiles back; going on has to fetch them once more.
class RefusedOnFewMacros : public Refused {};

TEST_P(RefusedOnFewMacros, AreIteratedUntilTheEstimateAgrees) {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 4 * kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    ReferenceDruOptions options = chip(seed);
    options.inv_count = 1;
    options.mvm_count = 9;
    options.mvm_size = 8;
    DriverBench bench(options);
    const Eigen::MatrixXd a = matrix(seed);
    const Eigen::VectorXd b = a * random_vector(a.rows(), seed);
    SparseSystem system(a, b);
    system.rhs.insert(system.rhs.end(), b.begin(), b.end());
    bench.load(system);
    bench.job.rhs_count = 2;
    bench.job.leaf_size = static_cast<std::uint32_t>(a.rows() / 2);
    set_up(bench);
    bench.run();
    if (bench.dru.lists <= kListsWithoutRefusal + 1) continue;
    ++refused;
    for (std::uint32_t k = 0; k < 2; ++k) {
      bench.select(k);
      EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
      EXPECT_LE(bench.relative_error(), kTolerance);
    }
  }
  EXPECT_GE(refused, 2);
}

// A list goes on where it ended, with the guard bits of its right-hand side only.
class RefusedOnContexts : public Refused {};

TEST_P(RefusedOnContexts, AreIteratedUntilTheEstimateAgrees) {
  constexpr std::uint32_t kRhs = 4, kContexts = 3;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    ReferenceDruOptions options = chip(seed);
    options.contexts = kContexts;
    DriverBench bench(options);
    const Eigen::MatrixXd a = matrix(seed);
    const Eigen::VectorXd b = a * random_vector(a.rows(), seed);
    SparseSystem system(a, b);
    for (std::uint32_t k = 1; k < kRhs; ++k) system.rhs.insert(system.rhs.end(), b.begin(), b.end());
    bench.load(system);
    bench.job.rhs_count = kRhs;
    set_up(bench);
    bench.run();
    if (bench.dru.lists_of_context[1] <= 1) continue;
    ++refused;
    for (std::uint32_t k = 0; k < kRhs; ++k) {
      bench.select(k);
      EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
      EXPECT_LE(bench.relative_error(), kTolerance);
    }
  }
  EXPECT_GE(refused, 1);
}

std::string name_of(const testing::TestParamInfo<Setting>& info) {
  constexpr std::array<const char*, 3> kMethods{"Refine", "Gmres", "Auto"};
  return kMethods.at(info.param.method);
}

constexpr Setting kRefine{MHO_JOB_METHOD_REFINE, 4, 0.02};
constexpr Setting kGmres{MHO_JOB_METHOD_GMRES, 8, 0.3};
constexpr Setting kAuto{MHO_JOB_METHOD_AUTO, 8, 0.3};

INSTANTIATE_TEST_SUITE_P(Methods, Refused, testing::Values(kRefine, kGmres, kAuto), name_of);
INSTANTIATE_TEST_SUITE_P(Methods, RefusedOnContexts, testing::Values(kRefine, kGmres, kAuto), name_of);
INSTANTIATE_TEST_SUITE_P(Methods, RefusedOnFewMacros, testing::Values(kGmres, kAuto), name_of);

}  // namespace
}  // namespace mho::test
