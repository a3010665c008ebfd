// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What must not change the answer, bit for bit.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kRam = 4 << 20;

struct Answer {
  std::uint32_t status;
  std::uint32_t iterations;
  std::vector<std::int32_t> x;
  std::vector<std::int64_t> history;

  bool operator==(const Answer&) const = default;
};

Answer answer(DriverBench& bench) {
  const auto& r = bench.run();
  return {r.status, r.iterations, bench.x_bits(), bench.history()};
}

struct System {
  Eigen::MatrixXd a;
  Eigen::VectorXd b;
};

std::vector<System> systems() {
  std::vector<System> s;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    s.push_back({random_dominant(30, 0.4, seed), random_vector(30, seed)});
    s.push_back({random_dominant(19, 1.0, seed), random_vector(19, seed)});
    s.push_back({random_general(8, 4.0, seed), random_vector(8, seed)});
  }
  return s;
}

TEST(Answer, IsTheSameOnEveryRun) {
  for (const auto& [a, b] : systems()) {
    const ReferenceDruOptions options{.cell_tolerance = 0.02, .ram_bytes = kRam};
    DriverBench first(options), second(options);
    first.load(a, b);
    second.load(a, b);
    EXPECT_EQ(answer(first), answer(second));
  }
}

TEST(Answer, IsTheSameInAWorkspaceFullOfRubbish) {
  for (const auto& [a, b] : systems()) {
    const ReferenceDruOptions options{.cell_tolerance = 0.02, .ram_bytes = kRam};
    DriverBench clean(options), used(options);
    clean.load(a, b);
    std::fill(used.dru.ram.begin(), used.dru.ram.end(), std::uint8_t{0xdb});
    used.load(a, b);
    EXPECT_EQ(answer(clean), answer(used));
  }
}

TEST(Answer, DoesNotDependOnWhoFormsTheSchurComplements) {
  for (const auto& [a, b] : systems()) {
    const ReferenceDruOptions options{.cell_tolerance = 0.02, .ram_bytes = kRam};
    DriverBench cpu(options), unit(options);
    cpu.load(a, b);
    unit.load(a, b);
    cpu.job.schur_unit = MHO_JOB_UNIT_CPU;
    unit.job.schur_unit = MHO_JOB_UNIT_DRU;
    EXPECT_EQ(answer(cpu), answer(unit));
    EXPECT_EQ(unit.dru.lists, cpu.dru.lists + unit.result().leaves - 1);
  }
}

TEST(Answer, DoesNotDependOnTheNumberOfMacros) {
  // Cells without error: written again they would differ.
  for (const auto& [a, b] : systems()) {
    DriverBench large({.inv_count = 64, .mvm_count = 704, .mvm_size = 8, .ram_bytes = kRam});
    large.load(a, b);
    const Answer expected = answer(large);
    ASSERT_EQ(expected.status, MHO_JOB_STATUS_CONVERGED);
    for (const auto& [inv, mvm] :
         {std::pair{2u, 8u}, std::pair{1u, 1u}, std::pair{3u, 11u}, std::pair{1u, 20u}}) {
      DriverBench small({.inv_count = inv, .mvm_count = mvm, .mvm_size = 8, .ram_bytes = kRam});
      small.load(a, b);
      EXPECT_EQ(answer(small), expected) << inv << " + " << mvm;
      EXPECT_LE(small.result().inv_macros_used, inv);
      EXPECT_LE(small.result().mvm_macros_used, mvm);
      EXPECT_TRUE(small.result().tiles <= mvm || small.dru.programs > large.dru.programs);
    }
  }
}

TEST(Answer, DoesNotDependOnHowTheDriverWaits) {
  for (const auto& [a, b] : systems()) {
    DriverBench polling({.cell_tolerance = 0.02, .ram_bytes = kRam});
    DriverBench sleeping({.cell_tolerance = 0.02, .is_deferred = true, .ram_bytes = kRam});
    polling.load(a, b);
    polling.job.wait = MHO_JOB_WAIT_POLL;
    sleeping.load(a, b);
    sleeping.hooks.wait_until = run_while_waiting;
    EXPECT_EQ(answer(polling), answer(sleeping));
  }
}

TEST(Answer, DoesNotDependOnTheUsersPowerOfTwo) {
  for (const auto& [a, b] : systems()) {
    const ReferenceDruOptions options{.cell_tolerance = 0.02, .ram_bytes = kRam};
    DriverBench plain(options), scaled(options);
    plain.load(a, b);
    scaled.load(std::ldexp(1.0, 400) * a, std::ldexp(1.0, -200) * b);
    const Answer first = answer(plain);
    const Answer second = answer(scaled);
    EXPECT_EQ(first.status, second.status);
    EXPECT_EQ(first.iterations, second.iterations);
    EXPECT_TRUE(std::equal(first.x.begin(), first.x.begin() + a.rows(), second.x.begin()));
  }
}

TEST(Answer, OfOneJobDoesNotDependOnTheJobsBefore) {
  const ReferenceDruOptions options{.ram_bytes = kRam};
  DriverBench fresh(options), used(options);
  used.load(random_dominant(33, 0.7, 8), random_vector(33, 9));
  (void)used.run();
  for (const auto& [a, b] : systems()) {
    fresh.load(a, b);
    used.load(a, b);
    EXPECT_EQ(answer(fresh), answer(used));
  }
}

TEST(Job, KeepsToItsWorkspace) {
  for (const auto& [a, b] : systems()) {
    DriverBench bench({.inv_count = 2, .mvm_count = 8, .mvm_size = 16, .ram_bytes = kRam});
    bench.load(a, b);
    bench.job.workspace_bytes = 512 << 10;
    const ReferenceDru::Ram before = bench.dru.ram;
    EXPECT_EQ(bench.run().status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_TRUE(bench.has_kept_to_its_memory(before));
  }
}

}  // namespace
}  // namespace mho::test
