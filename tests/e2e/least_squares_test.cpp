// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Least squares and shortest solutions on the default chip. Oracle: Eigen's orthogonal decomposition of the
// same matrix.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <complex>
#include <string>

#include "models/numeric/matrix_market.hpp"
#include "tests/e2e/rectangular.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Complex = std::complex<double>;

std::string array_file(const Eigen::MatrixXcd& a) {
  std::string text = fmt::format("%%MatrixMarket matrix array complex general\n{} {}\n", a.rows(), a.cols());
  for (const Complex& v : a.reshaped()) text += fmt::format("{:.17g} {:.17g}\n", v.real(), v.imag());
  return text;
}

TEST(LeastSquares, TallMatricesAreSolved) {
  for (const auto& [rows, columns] : {std::pair{16, 4}, {3, 2}, {40, 31}, {90, 7}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    (void)expect_solved(random_matrix(rows, columns, 1), random_matrix(rows, 1, 2), 24);
  }
}

TEST(LeastSquares, WideMatricesHaveTheShortestSolution) {
  for (const auto& [rows, columns] : {std::pair{4, 16}, {1, 3}, {25, 40}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    (void)expect_solved(random_matrix(rows, columns, 3), random_matrix(rows, 1, 4), 24);
  }
}

TEST(LeastSquares, AreSolvedTo53Bits) {
  (void)expect_solved(random_matrix(20, 6, 5), random_matrix(20, 1, 6), 53);
}

TEST(LeastSquares, AreSolvedOnAChipThatReprogramsItsMacros) {
  const SolveResult result = expect_solved(random_matrix(30, 9, 7), random_matrix(30, 1, 8), 24,
                                           {"--set", "inv.count=2", "--set", "mvm.count=16"});
  EXPECT_GT(result.json["phases"]["reprogram"]["time_s"].get<double>(), 0.0);
}

TEST(LeastSquares, SeveralRightHandSidesShareAPlan) {
  const Eigen::MatrixXd a = random_matrix(24, 5, 9), b = random_matrix(24, 3, 10);
  const SolveResult many = expect_solved(a, b, 24);
  const SolveResult one = expect_solved(a, b.col(0), 24);
  ASSERT_EQ(many.json["solutions"].size(), 3U);
  EXPECT_EQ(many.json["analog_ops"]["program"], one.json["analog_ops"]["program"]);
}

TEST(LeastSquares, TheInverseOfARectangularMatrixIsItsPseudoInverse) {
  for (const auto& [rows, columns] : {std::pair{7, 3}, {3, 7}}) {
    const TemporaryFolder folder;
    const Eigen::MatrixXd a = random_matrix(rows, columns, 11);
    const SolveResult result =
        solve({folder.write("a.mtx", array_file(a)), "--inverse", "-o", folder.path("x.mtx")});
    ASSERT_EQ(result.status(), "converged") << result.json["message"];
    const Eigen::MatrixXd x = read_array(folder.path("x.mtx"));
    const Eigen::MatrixXd expected = a.completeOrthogonalDecomposition().pseudoInverse();
    ASSERT_EQ(x.rows(), columns);
    ASSERT_EQ(x.cols(), rows);
    EXPECT_LE((x - expected).norm(), 1e-5 * expected.norm());
  }
}

TEST(LeastSquares, ComplexOnesAreSolved) {
  const TemporaryFolder folder;
  for (const auto& [rows, columns] : {std::pair{10, 4}, {4, 10}}) {
    const Eigen::MatrixXcd a = random_matrix(rows, columns, 12).cast<Complex>() +
                               Complex(0, 1) * random_matrix(rows, columns, 13).cast<Complex>();
    const Eigen::MatrixXcd b = random_matrix(rows, 1, 14).cast<Complex>() +
                               Complex(0, 1) * random_matrix(rows, 1, 15).cast<Complex>();
    const SolveResult result = solve({folder.write("a.mtx", array_file(a)),
                                      folder.write("b.mtx", array_file(b)), "-o", folder.path("x.mtx")});
    ASSERT_EQ(result.status(), "converged") << result.json["message"];
    EXPECT_EQ(result.json["m"], rows);
    EXPECT_EQ(result.json["n"], columns);
    const auto file = numeric::read_vectors(folder.path("x.mtx"), 4096);
    const Eigen::VectorXcd expected = a.completeOrthogonalDecomposition().solve(b);
    ASSERT_EQ(file.rows, static_cast<std::uint32_t>(columns));
    for (Eigen::Index j = 0; j < columns; ++j) {
      const auto at = static_cast<std::size_t>(j);
      EXPECT_LE(std::abs(Complex(file.values[at], file.imaginary[at]) - expected[j]), 1e-5);
    }
  }
}

TEST(LeastSquares, LinearlyDependentColumnsHaveNoAnswer) {
  const TemporaryFolder folder;
  Eigen::MatrixXd a = random_matrix(9, 3, 16);
  a.col(2) = a.col(0) - 2 * a.col(1);
  const SolveResult result = solve({folder.write("a.mtx", array_file(a))});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_EQ(result.status(), "singular");
  EXPECT_THAT(result.json["message"].get<std::string>(), StartsWith("the matrix does not have full rank"));
}

TEST(LeastSquares, TheTableNamesBothDimensions) {
  const TemporaryFolder folder;
  const ProgramResult result = run_mho({"solve", folder.write("a.mtx", array_file(random_matrix(6, 2, 17)))});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("a.mtx: 6 x 2, 12 entries"));
}

TEST(LeastSquares, WrongReadsAreNotCalledConverged) {
  // Cells of high-precision macros that miss by more than half a step.
  const TemporaryFolder folder;
  const std::string a = folder.write("a.mtx", array_file(random_matrix(40, 8, 18)));
  const SolveResult result = solve({a, "--set", "mvm.write_tolerance=0.02"});
  EXPECT_NE(result.status(), "converged");
  EXPECT_EQ(result.program.exit_code, 1);
}

}  // namespace
}  // namespace mho::test
