// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// INV macros whose levels lie evenly, in constant ratio or as listed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;
using Keys = std::vector<std::string>;

constexpr double kConverged = 0x1p-24;

Keys arguments_of(const char* matrix, const Keys& keys) {
  Keys arguments{data_file(matrix)};
  for (const std::string& key : keys) {
    arguments.emplace_back("--set");
    arguments.push_back(key);
  }
  return arguments;
}

SolveResult solve_with(const char* matrix, const char* method, const Keys& keys) {
  Keys arguments = arguments_of(matrix, keys);
  arguments.emplace_back("--method");
  arguments.emplace_back(method);
  return solve(arguments);
}

/// Closer at small conductances than at large ones, but less so than in constant ratio.
const Keys kListed{"inv.level_spacing=listed",
                   "inv.level_list_siemens=[5e-7, 2e-6, 5e-6, 9e-6, 14e-6, 20e-6, 27e-6, 35e-6]"};
const Keys kGeometric{"inv.level_spacing=geometric"};

TEST(LevelGrid, OfAnyKindSolves) {
  for (const Keys& grid : {kGeometric, kListed}) {
    for (const char* matrix : {"cage3.mtx", "b1_ss.mtx", "cage5.mtx", "mesh1e1.mtx"}) {
      for (const char* method : {"refine", "gmres"}) {
        SCOPED_TRACE(grid.front() + " " + matrix + " " + method);
        const SolveResult result = solve_with(matrix, method, grid);
        EXPECT_EQ(result.status(), "converged");
        EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
      }
    }
  }
}

TEST(LevelGrid, OfConstantRatioMayHaveOneToSixBits) {
  for (const char* matrix : {"cage5.mtx", "mesh1e1.mtx"}) {
    std::vector<int> iterations;
    for (const char* levels : {"2", "4", "8", "16", "32", "64"}) {
      SCOPED_TRACE(std::string(matrix) + " " + levels);
      const SolveResult result =
          solve_with(matrix, "refine", {kGeometric.front(), std::string("inv.levels=") + levels});
      EXPECT_EQ(result.status(), "converged");
      EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
      iterations.push_back(result.json["iterations"].get<int>());
    }
    EXPECT_LT(iterations.back(), iterations[2]) << "finer levels approximate the inverse better";
    EXPECT_LT(iterations[2], iterations.front());
  }
}

TEST(LevelGrid, ListedEvenlyTakesAsManyIterationsAsEven) {
  const SolveResult even = solve_with("cage5.mtx", "refine", {"inv.levels=4"});
  const SolveResult listed =
      solve_with("cage5.mtx", "refine",
                 {"inv.level_spacing=listed", "inv.level_list_siemens=[5e-7, 12e-6, 23.5e-6, 35e-6]"});
  ASSERT_EQ(even.status(), "converged");
  EXPECT_EQ(listed.json["iterations"], even.json["iterations"]);
  EXPECT_EQ(listed.json["plan"], even.json["plan"]);
}

TEST(LevelGrid, IsTakenFromAChipFile) {
  const TemporaryFolder folder;
  const std::string chip = folder.write("chip.yaml",
                                        "inv:\n  level_spacing: listed\n  level_list_siemens:\n"
                                        "    - 5e-7\n    - 4e-6\n    - 12e-6\n    - 35e-6\n");
  EXPECT_EQ(run_mho({"config", "--check", chip}).exit_code, 0);
  EXPECT_EQ(solve({data_file("cage3.mtx"), "-c", chip, "--method", "gmres"}).status(), "converged");
}

TEST(LevelGrid, ThatCannotBeIsRefusedInOneLine) {
  std::string too_many = "inv.level_list_siemens=[5e-7";
  for (int k = 6; k <= 69; ++k) {
    too_many += ',';
    too_many += std::to_string(k);
    too_many += "e-7";
  }
  too_many += ']';
  const std::string listed = "inv.level_spacing=listed";
  const struct {
    Keys keys;
    const char* message;
  } cases[] = {
      {{listed}, "has 0 numbers"},
      {{listed, "inv.level_list_siemens=[5e-7,35e-6]", "inv.levels=8"}, "has 2 numbers, but inv.levels = 8"},
      {{listed, "inv.level_list_siemens=[5e-7,9e-6,8e-6,35e-6]"}, "must ascend"},
      {{listed, "inv.level_list_siemens=[1e-6,35e-6]"}, "must begin at cell.g_min_siemens"},
      {{listed, "inv.level_list_siemens=5e-7"}, "is not a list such as [1, 2]"},
      {{listed, too_many}, "has 65 numbers"},
      {{"inv.level_list_siemens=[5e-7,35e-6]"}, "needs inv.level_spacing = listed"},
      {{"inv.level_spacing=geometric", "inv.slices=2"}, "needs inv.slices = 1"},
      {{"inv.level_spacing=geometric", "cell.levels=65"}, "at most 64"},
      {{"inv.level_spacing=uneven"}, "is not a choice"},
  };
  for (const auto& bad : cases) {
    SCOPED_TRACE(bad.message);
    Keys arguments = arguments_of("cage3.mtx", bad.keys);
    arguments.insert(arguments.begin(), "solve");
    const ProgramResult result = run_mho(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr(bad.message));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

}  // namespace
}  // namespace mho::test
