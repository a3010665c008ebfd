// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Systems that are not square, as files, and their solution by `mho solve` against Eigen's orthogonal
// decomposition of the same matrix.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "models/numeric/matrix_market.hpp"
#include "tests/e2e/program.hpp"

namespace mho::test {

/// Entries uniform in [-1, 1).
inline Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  std::mt19937_64 draw(seed);
  Eigen::MatrixXd a(rows, columns);
  for (double& v : a.reshaped()) v = static_cast<double>(draw() >> 11) * 0x1p-52 - 1.0;
  return a;
}

inline std::string array_file(const Eigen::MatrixXd& a) {
  std::string text = fmt::format("%%MatrixMarket matrix array real general\n{} {}\n", a.rows(), a.cols());
  for (const double v : a.reshaped()) text += fmt::format("{:.17g}\n", v);
  return text;
}

inline Eigen::MatrixXd read_array(const std::string& path) {
  const auto file = numeric::read_vectors(path, 4096);
  return Eigen::Map<const Eigen::MatrixXd>(file.values.data(), file.rows, file.columns);
}

/// Runs `mho solve` on A and b and compares x with the oracle.
inline SolveResult expect_solved(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, int bits,
                                 std::vector<std::string> options = {}) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments{folder.write("a.mtx", array_file(a)),
                                     folder.write("b.mtx", array_file(b)),
                                     "-o",
                                     folder.path("x.mtx"),
                                     "--tolerance-bits",
                                     std::to_string(bits)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  SolveResult result = solve(arguments);
  EXPECT_EQ(result.status(), "converged") << result.json["message"];
  if (result.status() != "converged") return result;
  EXPECT_EQ(result.json["m"], a.rows());
  EXPECT_EQ(result.json["n"], a.cols());
  EXPECT_LE(result.json["relative_error"].get<double>(), std::ldexp(1.0, -bits));
  const Eigen::MatrixXd expected = a.completeOrthogonalDecomposition().solve(b);
  const Eigen::MatrixXd x = read_array(folder.path("x.mtx"));
  // What the host says of x against the matrix as given is what the oracle finds, but for its own rounding.
  const double error = (x - expected).norm() / expected.norm();
  const double said = result.json["relative_error_given"].get<double>();
  if (b.cols() == 1) {
    EXPECT_NEAR(error, said, 0.01 * said + 0x1p-40);
  }
  // Rounding A to `bits` bits costs its condition number times as much in x.
  EXPECT_LE(error, std::max(std::ldexp(200.0, -bits), 0x1p-40));
  return result;
}

}  // namespace mho::test
