// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Tolerances beyond those of 32-bit words, on the default chip with its default imperfections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <string>
#include <tuple>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;

class Precision : public testing::TestWithParam<std::tuple<const char*, const char*, int>> {
 protected:
  SolveResult run(std::vector<std::string> more = {}) const {
    const auto& [matrix, method, bits] = GetParam();
    std::vector<std::string> arguments{data_file(matrix), "--method", method, "--tolerance-bits",
                                       std::to_string(bits)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return solve(arguments);
  }
  int bits() const { return std::get<2>(GetParam()); }
};

TEST_P(Precision, IsReachedAndVerified) {
  const SolveResult result = run();
  ASSERT_EQ(result.status(), "converged") << result.json["message"];
  EXPECT_EQ(result.program.exit_code, 0);
  EXPECT_EQ(result.json["bits"], bits());
  const double limit = std::ldexp(1.0, -bits());
  EXPECT_LE(result.json["relative_error"].get<double>(), limit);
  EXPECT_LE(result.json["relative_residual_true"].get<double>(), limit);
  // Rounding a matrix of that many bits costs κ·2^(1−B).
  EXPECT_LE(result.json["relative_error_given"].get<double>(),
            2 * limit * result.json["condition_equilibrated"].get<double>());
  // The chip's own word for the residual, to the 31 bits of a norm.
  EXPECT_NEAR(
      result.json["relative_residual"].get<double>() / result.json["relative_residual_true"].get<double>(),
      1.0, 0x1p-20);
}

INSTANTIATE_TEST_SUITE_P(Shipped, Precision,
                         testing::Combine(testing::Values("cage3.mtx", "b1_ss.mtx", "cage5.mtx",
                                                          "mesh1e1.mtx"),
                                          testing::Values("auto", "refine"), testing::Values(32, 48, 53)));

TEST(PrecisionOfAll, HardMatricesReach53BitsByTheDefaultMethod) {
  for (const char* name : {"LFAT5.mtx", "bfwa62.mtx", "bcsstk02.mtx"}) {
    SCOPED_TRACE(name);
    const SolveResult result = solve({data_file(name), "--tolerance-bits", "53"});
    EXPECT_EQ(result.status(), "converged") << result.json["message"];
    EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-53);
  }
}

TEST(PrecisionOfAll, GmresAloneReaches53Bits) {
  for (const char* name : {"cage3.mtx", "mesh1e1.mtx", "bfwa62.mtx"}) {
    SCOPED_TRACE(name);
    const SolveResult result = solve({data_file(name), "--method", "gmres", "--tolerance-bits", "53"});
    EXPECT_EQ(result.status(), "converged") << result.json["message"];
    EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-53);
  }
}

TEST(PrecisionOfAll, SloppyCellsAreCaught) {
  const SolveResult result =
      solve({data_file("cage5.mtx"), "--tolerance-bits", "48", "--set", "mvm.write_tolerance=0.02"});
  EXPECT_NE(result.status(), "converged");
  EXPECT_EQ(result.program.exit_code, 1);
}

TEST(PrecisionOfAll, TilesOfBothPartsAreTimeMultiplexed) {
  const SolveResult result = solve(
      {data_file("cage5.mtx"), "--tolerance-bits", "53", "--set", "inv.count=2", "--set", "mvm.count=8"});
  EXPECT_EQ(result.status(), "converged") << result.json["message"];
  EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-53);
}

TEST(PrecisionOfAll, SeveralRightHandSidesShareOnePlan) {
  const SolveResult result = solve({data_file("cage3.mtx"), "--tolerance-bits", "53", "--inverse"});
  EXPECT_EQ(result.status(), "converged") << result.json["message"];
  EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-53);
}

/// 3·x0 = 1 and x1 = 5: what is written of x0 errs by no more than the reported error of x, which a double of it
/// would exceed where the report has more bits.
TEST(PrecisionOfAll, ExactXHasMoreBitsThanADouble) {
  const TemporaryFolder folder;
  const std::string a =
      folder.write("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 3\n2 2 1\n");
  const std::string b = folder.write("b.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n5\n");
  const std::string x = folder.path("x.csv");
  const SolveResult result = solve({a, b, "--tolerance-bits", "53", "--x-exact", x});
  ASSERT_EQ(result.status(), "converged");
  std::istringstream lines(read_text(x));
  std::string header, first;
  std::getline(lines, header);
  std::getline(lines, first);
  long long mantissa = 0;
  int row = 0, column = 0, exponent = 0;
  ASSERT_EQ(std::sscanf(first.c_str(), "%d,%d,%lld,%d", &row, &column, &mantissa, &exponent), 4) << first;
  ASSERT_LT(exponent, -54) << "a double near 1/3 is a multiple of 2^-54";
  using Big = boost::multiprecision::cpp_int;
  // |3·mantissa − 2^k| / 2^k is the relative error of x0; ‖x‖ = √226 / 3.
  const Big error = abs(Big(3) * mantissa - (Big(1) << -exponent));
  const double relative = std::ldexp(static_cast<double>(error), exponent);
  EXPECT_LE(relative, result.json["relative_error"].get<double>() * std::sqrt(226.0) * (1 + 1e-9));
  EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-54);
}

TEST(PrecisionOfAll, WhatIsNotSupportedIsRefused) {
  const auto refused = [](std::vector<std::string> more) {
    std::vector<std::string> arguments{"solve", data_file("cage3.mtx")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = run_mho(arguments);
    EXPECT_EQ(result.exit_code, 2);
    return result.err;
  };
  EXPECT_THAT(refused({"--tolerance-bits", "54"}), HasSubstr("allowed: 1 to 53"));
  EXPECT_THAT(refused({"--set", "solver.bits=54"}), HasSubstr("allowed: 0 to 53"));
  EXPECT_THAT(refused({"--tolerance-bits", "27", "--set", "solver.bits=24"}),
              HasSubstr("leave solver.bits at 0"));
  EXPECT_THAT(refused({"--set", "solver.bits=23"}), HasSubstr("slices of 3"));
}

TEST(PrecisionOfAll, AMatrixOfMoreBitsMayBeSolvedToFewer) {
  const SolveResult result = solve({data_file("cage5.mtx"), "--set", "solver.bits=53"});
  EXPECT_EQ(result.status(), "converged") << result.json["message"];
  EXPECT_LE(result.json["relative_error_given"].get<double>(), 0x1p-24);
}

}  // namespace
}  // namespace mho::test
