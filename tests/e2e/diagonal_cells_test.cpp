// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// INV macros with cells in parallel on the diagonal, for matrices whose diagonal would use up the levels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;

constexpr double kConverged = 0x1p-24;

/// Diagonal entries of 12, neighbours on a ring of -1 and small entries that 3 bits lose beside the diagonal.
std::string dominant_matrix(const TemporaryFolder& folder) {
  constexpr int kSize = 24;
  std::string entries;
  int count = 0;
  for (int i = 1; i <= kSize; ++i) {
    for (const int step : {0, 1, 2, 5, 7}) {
      const int j = (i - 1 + step * 3) % kSize + 1;
      const double value =
          step == 0 ? 12.0 : (step % 2 == 0 ? 0.8 : -0.7) * (1 + 0.05 * ((i * 7 + step) % 5));
      entries += std::to_string(i) + " " + std::to_string(j) + " " + std::to_string(value) + "\n";
      ++count;
    }
  }
  return folder.write("dominant.mtx", "%%MatrixMarket matrix coordinate real general\n" +
                                          std::to_string(kSize) + " " + std::to_string(kSize) + " " +
                                          std::to_string(count) + "\n" + entries);
}

SolveResult solve_with(const std::string& matrix, int cells, std::vector<std::string> more) {
  std::vector<std::string> arguments{matrix, "--set", "inv.diagonal_cells=" + std::to_string(cells)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return solve(arguments);
}

TEST(DiagonalCells, SaveIterationsWhereTheDiagonalIsLarge) {
  const TemporaryFolder folder;
  const std::string matrix = dominant_matrix(folder);
  const std::vector<std::string> published{"--method", "refine", "--set", "inv.slices=1"};
  const SolveResult plain = solve_with(matrix, 0, published), wide = solve_with(matrix, 7, published);
  ASSERT_EQ(plain.status(), "converged");
  ASSERT_EQ(wide.status(), "converged");
  EXPECT_LE(wide.json["relative_error"].get<double>(), kConverged);
  EXPECT_LT(wide.json["iterations"], plain.json["iterations"]);
}

TEST(DiagonalCells, AreWrittenAndPaidFor) {
  const std::vector<std::string> published{"--method", "refine", "--set", "inv.slices=1"};
  const SolveResult plain = solve_with(data_file("cage5.mtx"), 0, published),
                    wide = solve_with(data_file("cage5.mtx"), 3, published);
  EXPECT_GT(wide.json["phases"]["program"]["energy_J"], plain.json["phases"]["program"]["energy_J"]);
}

TEST(DiagonalCells, WorkWithEveryMethodAndWithTwoSlices) {
  for (const char* matrix : {"cage3.mtx", "b1_ss.mtx", "cage5.mtx", "mesh1e1.mtx", "bfwa62.mtx"}) {
    for (const char* method : {"gmres", "auto"}) {
      SCOPED_TRACE(std::string(matrix) + ", " + method);
      const SolveResult result = solve_with(data_file(matrix), 1, {"--method", method});
      EXPECT_EQ(result.status(), "converged");
      EXPECT_EQ(result.json["plan"]["inv_slices"], 2);
      EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
    }
  }
}

TEST(DiagonalCells, BeyondWhatALevelIsSentAsAreRefused) {
  const ProgramResult result =
      run_mho({"solve", data_file("cage3.mtx"), "--set", "inv.diagonal_cells=2", "--set", "inv.slices=2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("inv.diagonal_cells = 2 with two slices of 8 levels"));
}

}  // namespace
}  // namespace mho::test
