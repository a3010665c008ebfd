// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Complex systems on the default chip. Oracle: Eigen's complex LU of the same matrix.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <complex>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "models/numeric/matrix_market.hpp"
#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Complex = std::complex<double>;

constexpr Eigen::Index kSize = 12;

/// Uniform entries in the unit square with `diagonal` added to those on the diagonal.
Eigen::MatrixXcd random_complex(std::uint64_t seed, Complex diagonal) {
  std::mt19937_64 draw(seed);
  const auto uniform = [&] { return static_cast<double>(draw() >> 11) * 0x1p-52 - 1.0; };
  Eigen::MatrixXcd a(kSize, kSize);
  for (Complex& v : a.reshaped()) {
    const double real = uniform();
    v = {real, uniform()};
  }
  a.diagonal().array() += diagonal;
  return a;
}

std::string coordinates(const Eigen::MatrixXcd& a, const std::string& symmetry) {
  std::string lines;
  int count = 0;
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < (symmetry == "general" ? a.cols() : i + 1); ++j, ++count)
      lines += fmt::format("{} {} {:.17g} {:.17g}\n", i + 1, j + 1, a(i, j).real(), a(i, j).imag());
  }
  return fmt::format("%%MatrixMarket matrix coordinate complex {}\n{} {} {}\n{}", symmetry, a.rows(),
                     a.cols(), count, lines);
}

std::string column_file(const Eigen::VectorXcd& b) {
  std::string text = fmt::format("%%MatrixMarket matrix array complex general\n{} 1\n", b.size());
  for (const Complex& v : b) text += fmt::format("{:.17g} {:.17g}\n", v.real(), v.imag());
  return text;
}

Eigen::MatrixXcd read_complex(const std::string& path) {
  const auto file = numeric::read_vectors(path, 4096);
  EXPECT_TRUE(file.is_complex());
  Eigen::MatrixXcd x(file.rows, file.columns);
  for (std::size_t k = 0; k < file.values.size(); ++k)
    x.reshaped()[static_cast<Eigen::Index>(k)] = {file.values[k], file.imaginary[k]};
  return x;
}

/// The answer of `mho solve` to A x = b, and that it is right to 2^-bits.
void expect_solved(const Eigen::MatrixXcd& a, const std::string& symmetry, int bits) {
  const TemporaryFolder folder;
  Eigen::VectorXcd b(a.rows());
  for (Eigen::Index i = 0; i < b.size(); ++i)
    b[i] = {std::sin(1.0 + static_cast<double>(i)), std::cos(3.0 * static_cast<double>(i))};
  const SolveResult result =
      solve({folder.write("a.mtx", coordinates(a, symmetry)), folder.write("b.mtx", column_file(b)), "-o",
             folder.path("x.mtx"), "--tolerance-bits", std::to_string(bits)});
  ASSERT_EQ(result.status(), "converged") << result.json["message"];
  EXPECT_EQ(result.json["n"], a.rows());
  EXPECT_EQ(result.json["is_complex"], true);
  EXPECT_LE(result.json["relative_error"].get<double>(), std::ldexp(1.0, -bits));
  const Eigen::VectorXcd expected = a.partialPivLu().solve(b);
  const double error = (read_complex(folder.path("x.mtx")) - expected).norm() / expected.norm();
  // Rounding A to `bits` bits costs κ times as much; Eigen's own error is far below 2^-40.
  const double kappa = result.json["condition_equilibrated"].get<double>();
  EXPECT_LE(error, std::max(kappa * std::ldexp(2.0, -bits), 0x1p-40));
}

TEST(ComplexSystem, GeneralOnesAreSolved) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    expect_solved(random_complex(seed, {6, 3}), "general", 24);
  }
}

TEST(ComplexSystem, SymmetricAndHermitianFilesAreExpanded) {
  const Eigen::MatrixXcd a = random_complex(4, {0, 0});
  const Eigen::MatrixXcd symmetric =
      a + a.transpose() + Complex(9, 4) * Eigen::MatrixXcd::Identity(kSize, kSize);
  expect_solved(symmetric, "symmetric", 24);
  const Eigen::MatrixXcd hermitian =
      a + a.adjoint() + Complex(12, 0) * Eigen::MatrixXcd::Identity(kSize, kSize);
  expect_solved(hermitian, "hermitian", 24);
}

TEST(ComplexSystem, AnImaginaryMatrixHasARealPartOfZeroToDivideBy) {
  const Eigen::MatrixXcd real = random_complex(5, {6, 0}).real().cast<Complex>();
  expect_solved(Complex(0, 1) * real, "general", 24);
}

TEST(ComplexSystem, IsSolvedTo53Bits) {
  expect_solved(random_complex(6, {6, -3}), "general", 53);
}

TEST(ComplexSystem, TheInverseIsComplex) {
  const TemporaryFolder folder;
  const Eigen::MatrixXcd a = random_complex(7, {5, 5});
  const SolveResult result = solve(
      {folder.write("a.mtx", coordinates(a, "general")), "--inverse", "-o", folder.path("inverse.mtx")});
  ASSERT_EQ(result.status(), "converged") << result.json["message"];
  const Eigen::MatrixXcd product = a * read_complex(folder.path("inverse.mtx"));
  EXPECT_LE((product - Eigen::MatrixXcd::Identity(kSize, kSize)).norm(), 1e-5);
}

TEST(ComplexSystem, ARealRightHandSideHasNoImaginaryPart) {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.mtx", "%%MatrixMarket matrix array complex general\n1 1\n3 4\n");
  const std::string b = folder.write("b.mtx", "%%MatrixMarket matrix array real general\n1 1\n25\n");
  ASSERT_EQ(solve({a, b, "-o", folder.path("x.mtx"), "--x-exact", folder.path("x.csv")}).status(),
            "converged");
  const Eigen::MatrixXcd x = read_complex(folder.path("x.mtx"));
  EXPECT_NEAR(x(0, 0).real(), 3, 1e-6);
  EXPECT_NEAR(x(0, 0).imag(), -4, 1e-6);
  EXPECT_THAT(read_text(folder.path("x.csv")),
              StartsWith("row,column,mantissa,exponent,imaginary mantissa,imaginary exponent\n1,1,"));
}

TEST(ComplexSystem, IsItsEmbeddingToTheChip) {
  const TemporaryFolder folder;
  const Eigen::MatrixXcd a = random_complex(8, {6, 3});
  const SolveResult complex = solve({folder.write("a.mtx", coordinates(a, "general"))});
  // The same real system, embedded beforehand.
  Eigen::MatrixXd real(2 * kSize, 2 * kSize);
  real << a.real(), -a.imag(), a.imag(), a.real();
  std::string text = fmt::format("%%MatrixMarket matrix array real general\n{0} {0}\n", 2 * kSize);
  for (const double v : real.reshaped()) text += fmt::format("{:.17g}\n", v);
  const SolveResult embedded = solve({folder.write("real.mtx", text)});
  EXPECT_EQ(complex.json["history"], embedded.json["history"]);
  EXPECT_EQ(complex.json["phases"]["solve"], embedded.json["phases"]["solve"]);
}

}  // namespace
}  // namespace mho::test
