// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// INV macros with a second slice: six bits where one has three.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;

constexpr double kConverged = 0x1p-24;

SolveResult solve_with_slices(const char* matrix, int slices, std::vector<std::string> more) {
  std::vector<std::string> arguments{data_file(matrix), "--set",
                                     "solver.inv_slices=" + std::to_string(slices)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return solve(arguments);
}

TEST(TwoSlices, SaveIterations) {
  for (const char* matrix : {"cage3.mtx", "b1_ss.mtx", "cage5.mtx", "mesh1e1.mtx"}) {
    SCOPED_TRACE(matrix);
    const SolveResult one = solve_with_slices(matrix, 1, {"--method", "refine"});
    const SolveResult two = solve_with_slices(matrix, 2, {"--method", "refine"});
    ASSERT_EQ(two.status(), "converged");
    EXPECT_LE(two.json["relative_error"].get<double>(), kConverged);
    EXPECT_LT(two.json["iterations"], one.json["iterations"]);
  }
}

TEST(TwoSlices, SolveByRefinementWhatThreeBitsCannot) {
  const SolveResult one = solve_with_slices("bfwa62.mtx", 1, {"--method", "refine"});
  EXPECT_NE(one.status(), "converged");
  const SolveResult two = solve_with_slices("bfwa62.mtx", 2, {"--method", "refine"});
  EXPECT_EQ(two.status(), "converged");
  EXPECT_LE(two.json["relative_error"].get<double>(), kConverged);
}

TEST(TwoSlices, SolveEveryShippedMatrixByAuto) {
  for (const char* matrix : {"cage3.mtx", "b1_ss.mtx", "LFAT5.mtx", "cage5.mtx", "mesh1e1.mtx", "bfwa62.mtx",
                             "bcsstk02.mtx", "Trefethen_500.mtx"}) {
    SCOPED_TRACE(matrix);
    const SolveResult result = solve_with_slices(matrix, 2, {"--method", "auto"});
    EXPECT_EQ(result.status(), "converged");
    EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
  }
}

TEST(TwoSlices, AreNotUsedByThePublishedMethod) {
  const SolveResult result = solve({data_file("cage5.mtx"), "--method", "refine"});
  const SolveResult chip_with_one =
      solve({data_file("cage5.mtx"), "--method", "refine", "--set", "inv.slices=1"});
  EXPECT_EQ(result.json["plan"]["inv_slices"], 1);
  EXPECT_EQ(result.json["iterations"], chip_with_one.json["iterations"]);
  EXPECT_EQ(solve({data_file("cage5.mtx")}).json["plan"]["inv_slices"], 2);
}

TEST(TwoSlices, CostTheWritingOfFourArraysAMacro) {
  // At n = 5 there is one leaf and no other low-precision tile, so nothing else differs.
  const SolveResult one = solve_with_slices("cage3.mtx", 1, {});
  const SolveResult two = solve_with_slices("cage3.mtx", 2, {});
  const auto inv_macros_J = [](const SolveResult& r) {
    return r.json["energy_J"]["by_component"]["amc.inv_macros"].get<double>();
  };
  EXPECT_EQ(one.json["macros_used"], two.json["macros_used"]);
  EXPECT_GT(inv_macros_J(two), inv_macros_J(one));
}

TEST(TwoSlices, AreRefusedWithCellsWhoseLevelsDoNotFit) {
  const ProgramResult result =
      run_mho({"solve", data_file("cage3.mtx"), "--set", "inv.slices=2", "--set", "inv.levels=16"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("inv.slices"));
  const SolveResult derived = solve({data_file("cage3.mtx"), "--set", "inv.levels=16"});
  EXPECT_EQ(derived.status(), "converged");
  EXPECT_EQ(derived.json["plan"]["inv_slices"], 1);
}

TEST(TwoSlices, CannotBeUsedWhereThereIsOne) {
  const ProgramResult result =
      run_mho({"solve", data_file("cage3.mtx"), "--set", "inv.slices=1", "--set", "solver.inv_slices=2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("solver.inv_slices = 2"));
}

}  // namespace
}  // namespace mho::test
