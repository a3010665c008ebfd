// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How long a user waits. Times on the wall depend on the machine and on what else it does, so these tests are
// apart from the others: `ctest --preset limits`, on a machine at rest.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "models/base/random.hpp"
#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using Seconds = std::chrono::duration<double>;

/// The best of three runs: what else the machine does only adds to it.
double wall_s(const std::vector<std::string>& arguments) {
  Seconds best = Seconds::max();
  for (int run = 0; run < 3; ++run) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(run_mho(arguments).exit_code, 0);
    best = std::min<Seconds>(best, std::chrono::steady_clock::now() - start);
  }
  return best.count();
}

/// Nine entries a row: a dominant diagonal and eight at random places, together half of it.
std::string sparse_system(unsigned n) {
  const Random random(1);
  std::ostringstream text;
  text << "%%MatrixMarket matrix coordinate real general\n" << n << ' ' << n << ' ' << 9 * n << '\n';
  for (unsigned i = 0; i < n; ++i) {
    std::set<unsigned> columns{i};
    for (std::uint32_t draw = 0; columns.size() < 9; ++draw) {
      columns.insert(static_cast<unsigned>(n * random.uniform(RandomPurpose::kTest, {.unit = i}, draw)));
    }
    for (const unsigned j : columns) {
      const double u = random.uniform(RandomPurpose::kTest, {.unit = i, .row = 1}, j);
      text << i + 1 << ' ' << j + 1 << ' ' << (i == j ? 0.8 + 0.4 * u : (2 * u - 1) / 8) << '\n';
    }
  }
  return text.str();
}

struct LargeSolve {
  double wall_s;
  double relative_error;
  double resident_bytes;  ///< of the largest program this test has run
};

/// Once: it takes minutes.
LargeSolve solve_large(unsigned n) {
  const TemporaryFolder folder;
  const std::string file = folder.write("A.mtx", sparse_system(n));
  const auto start = std::chrono::steady_clock::now();
  const SolveResult result = solve({file});
  const Seconds wall = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(result.status(), "converged") << result.program.err;
  rusage usage{};
  EXPECT_EQ(getrusage(RUSAGE_CHILDREN, &usage), 0);
  return {.wall_s = wall.count(),
          .relative_error = result.json.value("relative_error", 1.0),
          .resident_bytes = 1024.0 * static_cast<double>(usage.ru_maxrss)};
}

TEST(Limits, ASmallSolveTakesTwoSeconds) {
  EXPECT_LT(wall_s({"solve", data_file("mesh1e1.mtx")}), 2.0);
}

TEST(Limits, AProgramStartsInATenthOfASecond) {
  EXPECT_LT(wall_s({"run", firmware_file("hello.elf")}), 0.1);
}

TEST(Limits, FiveHundredUnknownsTakeAMinute) {
  EXPECT_LT(wall_s({"solve", data_file("Trefethen_500.mtx")}), 60.0);
}

TEST(Limits, AThousandUnknownsTakeFiveMinutesAndAreExactTo24Bits) {
  const LargeSolve large = solve_large(1024);
  EXPECT_LT(large.wall_s, 300.0);
  EXPECT_LE(large.relative_error, 0x1p-23);
}

TEST(Limits, TwoThousandUnknownsFitEightGibibytes) {
  const LargeSolve large = solve_large(2048);
  EXPECT_LT(large.resident_bytes, 0x1p33);
  EXPECT_LE(large.relative_error, 0x1p-23);
}

#if MHO_HAS_BENCHMARKS
TEST(Limits, TheCpuRunsSevenHundredMillionInstructionsASecond) {
  const TemporaryFolder folder;
  const std::string file = folder.path("bench.json");
  // 10 µs is the default quantum.
  ASSERT_EQ(
      run_mho({"bench", "cpu", "--filter", "matmul_crc_sort/quantum_ns:10000/", "--json", file}).exit_code,
      0);
  const auto figures = nlohmann::ordered_json::parse(read_text(file))["figures"];
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_GE(figures[0]["counters"]["user_MIPS"].get<double>(), 700);
}
#endif

}  // namespace
}  // namespace mho::test
