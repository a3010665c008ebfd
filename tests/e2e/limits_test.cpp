// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How long a user waits. Times on the wall depend on the machine and on what else it does, so these tests are
// apart from the others: `ctest --preset limits`, on a machine at rest.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

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

TEST(Limits, ASmallSolveTakesTwoSeconds) {
  EXPECT_LT(wall_s({"solve", data_file("mesh1e1.mtx")}), 2.0);
}

TEST(Limits, AProgramStartsInATenthOfASecond) {
  EXPECT_LT(wall_s({"run", firmware_file("hello.elf")}), 0.1);
}

TEST(Limits, FiveHundredUnknownsTakeAMinute) {
  EXPECT_LT(wall_s({"solve", data_file("Trefethen_500.mtx")}), 60.0);
}

#if MHO_HAS_BENCHMARKS
TEST(Limits, TheCpuRunsFourHundredMillionInstructionsASecond) {
  const TemporaryFolder folder;
  const std::string file = folder.path("bench.json");
  // 10 µs is the default quantum.
  ASSERT_EQ(run_mho({"bench", "cpu", "--filter", "plain_loop/quantum_ns:10000$", "--json", file}).exit_code,
            0);
  const auto figures = nlohmann::ordered_json::parse(read_text(file))["figures"];
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_GE(figures[0]["counters"]["user_MIPS"].get<double>(), 400);
}
#endif

}  // namespace
}  // namespace mho::test
