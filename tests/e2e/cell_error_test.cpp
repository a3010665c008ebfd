// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Neither analogue part is decorative: cells that are far off, in the arrays that invert or in those that
// multiply, spoil a solve, and nobody calls it converged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

/// Iterations that the listed solves take with the default cells, at most.
constexpr int kUsual = 20;

struct BrokenInverse {
  const char* matrix;
  int seeds;         ///< 1 to this
  bool ever_solves;  ///< a small system may have a lucky draw of cells, which many iterations bring through
};
void PrintTo(const BrokenInverse& e, std::ostream* out) {
  *out << e.matrix;
}

class InverseWithCellsOffByFortyPercent : public testing::TestWithParam<BrokenInverse> {};

TEST_P(InverseWithCellsOffByFortyPercent, DoesNotSolve) {
  const BrokenInverse& expected = GetParam();
  const int seeds = std::min(expected.seeds, MHO_MOST_SEEDS);
  for (int seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(testing::Message() << expected.matrix << ", seed " << seed);
    std::vector<std::string> arguments{
        data_file(expected.matrix), "--method", "refine", "--seed", std::to_string(seed), "--set",
        "inv.write_sigma=0.4"};
    if (expected.ever_solves) arguments.insert(arguments.end(), {"--max-iterations", std::to_string(kUsual)});
    const SolveResult result = solve(arguments);
    EXPECT_NE(result.json["firmware_status"], "converged");
    EXPECT_NE(result.status(), "converged");
    EXPECT_EQ(result.program.exit_code, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, InverseWithCellsOffByFortyPercent,
                         testing::Values(BrokenInverse{"cage3.mtx", 50, true},
                                         BrokenInverse{"b1_ss.mtx", 50, true},
                                         BrokenInverse{"cage5.mtx", 30, false},
                                         BrokenInverse{"mesh1e1.mtx", 30, false},
                                         BrokenInverse{"Trefethen_500.mtx", 2, false}));

TEST(ReadsOffByTwoPercent, AreNeverCalledConverged) {
  for (const char* name : {"cage3.mtx", "b1_ss.mtx", "cage5.mtx", "mesh1e1.mtx"}) {
    for (const char* seed : {"1", "2", "3", "4", "5"}) {
      SCOPED_TRACE(testing::Message() << name << ", seed " << seed);
      const SolveResult result = solve({data_file(name), "--seed", seed, "--set", "mvm.write_sigma=0.02"});
      EXPECT_NE(result.json["firmware_status"], "converged");
      EXPECT_NE(result.status(), "converged");
    }
  }
}

// Few reads are wrong: the iteration ends as if all were well, and the firmware's own check has to notice.
TEST(ReadsThatAreSeldomWrong, AreFoundByTheFirmwareItself) {
  int found = 0;
  for (const char* seed : {"1", "2", "3", "4", "5", "6", "7", "8"}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const SolveResult result =
        solve({data_file("b1_ss.mtx"), "--seed", seed, "--set", "mvm.write_sigma=0.006"});
    EXPECT_EQ(result.json["firmware_status"], result.status()) << "mho had to correct the firmware";
    found += result.status() == "wrong_residual" ? 1 : 0;
  }
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace mho::test
