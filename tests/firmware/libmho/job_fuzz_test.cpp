// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Job blocks and arrays full of rubbish: whatever they say, the driver ends with a status and writes nowhere
// but into ring, result block and workspace. Reads outside memory show in the sanitised build.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kRam = 256 << 10;
constexpr std::uint32_t kBase = ReferenceDru::kRamAddress;

/// A job that may be fine, on a chip that may be small.
DriverBench start(Draws& draws) {
  DriverBench bench({.inv_count = static_cast<std::uint32_t>(draws.integer(1, 6)),
                     .inv_size = static_cast<std::uint32_t>(draws.integer(1, 8)),
                     .mvm_count = static_cast<std::uint32_t>(draws.integer(1, 20)),
                     .mvm_size = static_cast<std::uint32_t>(draws.integer(1, 16)),
                     .ram_bytes = kRam});
  const Eigen::Index n = draws.integer(1, 14);
  bench.load(random_dominant(n, draws.uniform(), draws.word64()), random_vector(n, draws.word64()));
  bench.job.max_iterations = 12;
  return bench;
}

std::uint32_t interesting_word(Draws& draws) {
  constexpr std::array<std::uint32_t, 16> kWords{0,
                                                 1,
                                                 2,
                                                 3,
                                                 7,
                                                 63,
                                                 64,
                                                 4096,
                                                 0x7fffffff,
                                                 0x80000000,
                                                 kBase,
                                                 kBase + 4096,
                                                 kBase + kRam - 64,
                                                 kBase + kRam,
                                                 0xfffffff8,
                                                 0xffffffff};
  if (draws.uniform() < 0.7) return kWords[draws.word64() % kWords.size()];
  return static_cast<std::uint32_t>(draws.word64()) >> draws.integer(0, 31);
}

void expect_sane_end(DriverBench& bench) {
  const ReferenceDru::Ram before = bench.dru.ram;
  bench.dru.lists = 0;
  // The address of the result block is the caller's business.
  bench.job.result_address = kBase + 2048;
  const std::uint32_t workspace_bytes = bench.job.workspace_bytes;
  const mho_job_result_t r = bench.run();
  EXPECT_EQ(r.magic, MHO_JOB_RESULT_MAGIC);
  EXPECT_GT(r.status, static_cast<std::uint32_t>(MHO_JOB_STATUS_NOT_RUN));
  EXPECT_LE(r.status, static_cast<std::uint32_t>(MHO_JOB_STATUS_OVERFLOW));
  EXPECT_NE(r.status, static_cast<std::uint32_t>(MHO_JOB_STATUS_DEVICE_ERROR)) << "DRU " << r.dru_status;
  EXPECT_NE(r.status, static_cast<std::uint32_t>(MHO_JOB_STATUS_WRONG_RESIDUAL));
  EXPECT_EQ(bench.job.workspace_bytes, workspace_bytes);
  if (r.status == MHO_JOB_STATUS_BAD_JOB) {
    EXPECT_EQ(bench.dru.lists, 0u);
    // A workspace that was refused must not be written either, but then the window means nothing.
    if (bench.job.workspace_address % 64 != 0) bench.job.workspace_bytes = 0;
  }
  EXPECT_TRUE(bench.has_kept_to_its_memory(before));
}

TEST(Fuzz, OfTheFieldsOfAJobBlockEndsWithAStatus) {
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    DriverBench bench = start(draws);
    auto* words = reinterpret_cast<std::uint32_t*>(&bench.job);
    for (auto changes = draws.integer(1, 3); changes > 0; --changes) {
      // Mostly beyond magic and version, which end it at once.
      const std::uint64_t field = draws.uniform() < 0.05 ? draws.word64() % 2 : 2 + draws.word64() % 20;
      words[field] = interesting_word(draws);
    }
    bench.job.max_iterations = std::min(bench.job.max_iterations, 50u);
    expect_sane_end(bench);
  }
}

TEST(Fuzz, OfOptionsThatAreLegalEndsWithAStatus) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    DriverBench bench = start(draws);
    const bool is_wide = draws.integer(0, 3) == 0;
    bench.job.bits = static_cast<std::uint32_t>(is_wide ? draws.integer(25, 53) : 3 * draws.integer(1, 8));
    bench.job.tolerance_bits = static_cast<std::uint32_t>(draws.integer(1, is_wide ? 53 : 26));
    bench.job.max_iterations = static_cast<std::uint32_t>(draws.integer(1, 30));
    bench.job.schur_unit = static_cast<std::uint32_t>(draws.integer(0, 2));
    bench.job.wait = static_cast<std::uint32_t>(draws.integer(0, 1));
    bench.job.verify = static_cast<std::uint32_t>(draws.integer(0, 1));
    bench.job.leaf_size = static_cast<std::uint32_t>(draws.integer(0, 8));
    bench.job.stability_margin = static_cast<std::uint32_t>(draws.integer(0, 65536));
    bench.job.workspace_bytes >>= draws.integer(0, 6);
    expect_sane_end(bench);
  }
}

TEST(Fuzz, OfIndicesEndsWithAStatus) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    DriverBench bench = start(draws);
    for (auto changes = draws.integer(1, 4); changes > 0; --changes) {
      const bool rows = draws.uniform() < 0.5;
      const std::uint32_t address = rows ? bench.job.row_start_address : bench.job.column_address;
      const std::uint32_t count = rows ? bench.job.n + 1 : bench.job.nonzeros;
      const std::uint32_t word = draws.uniform() < 0.5
                                     ? interesting_word(draws)
                                     : static_cast<std::uint32_t>(draws.integer(0, bench.job.n));
      std::memcpy(bench.dru.ram.data() + (address - kBase) + 4 * (draws.word64() % count), &word, 4);
    }
    expect_sane_end(bench);
  }
}

TEST(Fuzz, OfValuesEndsWithAStatus) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::array<double, 14> values{0.0,  -0.0,  5e-324, -5e-324, 2.2e-308, 1e-300,    1.0,
                                      -1.0, 0.999, 1e300,  1.7e308, -1.7e308, kInfinity, std::nan("")};
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    DriverBench bench = start(draws);
    for (auto changes = draws.integer(1, 12); changes > 0; --changes) {
      const bool rhs = draws.uniform() < 0.3;
      const std::uint32_t address = rhs ? bench.job.rhs_address : bench.job.value_address;
      const std::uint32_t count = rhs ? bench.job.n : bench.job.nonzeros;
      double value = values[draws.word64() % (draws.uniform() < 0.1 ? values.size() : values.size() - 2)];
      if (draws.uniform() < 0.2) {
        const std::uint64_t bits = draws.word64();
        std::memcpy(&value, &bits, 8);
      }
      std::memcpy(bench.dru.ram.data() + (address - kBase) + 8 * (draws.word64() % count), &value, 8);
    }
    expect_sane_end(bench);
  }
}

TEST(Fuzz, OfSmallIntegerMatricesConvergesToTheirSolutionOrSaysWhyNot) {
  int converged = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    const Eigen::Index n = draws.integer(1, 12);
    Eigen::MatrixXd a(n, n);
    for (Eigen::Index i = 0; i < n * n; ++i) a(i) = static_cast<double>(draws.integer(-2, 2));
    DriverBench bench({.ram_bytes = kRam});
    bench.load(a, random_vector(n, seed));
    bench.job.leaf_size = static_cast<std::uint32_t>(draws.integer(0, 8));
    expect_sane_end(bench);
    if (bench.result().status != MHO_JOB_STATUS_CONVERGED) continue;
    ++converged;
    EXPECT_LE(bench.relative_error(), 0x1p-24);
    EXPECT_GT(std::fabs(a.determinant()), 0.5) << "a singular system converged";
  }
  EXPECT_GE(converged, 30);
}

}  // namespace
}  // namespace mho::test
