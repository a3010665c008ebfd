// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How fast `mho solve` converges on random general matrices, against theory and against simulations of the
// method outside this project.
//
// The matrices are A = Q1 · diag(κ^(−i/(n−1))) · Q2 with random orthogonal Q1 and Q2: of every condition
// number asked for and without any structure. Up to 8 rows are one leaf, so that the matrix A0 on the INV
// array follows from A alone, and with it the rate of convergence: each step multiplies the residual by
// I − A·A0⁻¹. The test derives A0 in floating point; the driver does it in fixed point.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "models/base/random.hpp"
#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using Arguments = std::vector<std::string>;

constexpr int kSeeds = 20;

int seeds() {
  return std::min(kSeeds, MHO_MOST_SEEDS);
}

double median(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  std::ranges::sort(values);
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// @param stream  separates the draws of one seed
Eigen::MatrixXd random_orthogonal(int n, std::uint64_t seed, std::uint32_t stream) {
  const Random random(seed);
  Eigen::MatrixXd gaussian(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const RandomCoordinates at{stream, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(j)};
      gaussian(i, j) = random.normal(RandomPurpose::kTest, at, static_cast<std::uint32_t>(n));
    }
  return gaussian.householderQr().householderQ();
}

Eigen::MatrixXd random_general(int n, double kappa, std::uint64_t seed) {
  Eigen::VectorXd singular(n);
  for (int i = 0; i < n; ++i) singular(i) = std::pow(kappa, -static_cast<double>(i) / (n - 1));
  return random_orthogonal(n, seed, 0) * singular.asDiagonal() * random_orthogonal(n, seed, 1);
}

std::string matrix_market(const Eigen::MatrixXd& a) {
  std::ostringstream text;
  text << "%%MatrixMarket matrix array real general\n" << a.rows() << ' ' << a.cols() << '\n';
  text << std::setprecision(17);
  for (const double value : a.reshaped()) text << value << '\n';
  return text.str();
}

/// What lies on the INV array, in the units of A: balanced (Ruiz 2001), rounded to 7 levels of either sign,
/// scaled back.
Eigen::MatrixXd array_matrix(const Eigen::MatrixXd& a) {
  // Every step takes the square root of what is left of the imbalance.
  constexpr int kSteps = 60;
  constexpr double kTopLevel = 7;
  Eigen::VectorXd r = Eigen::VectorXd::Ones(a.rows());
  Eigen::VectorXd c = Eigen::VectorXd::Ones(a.cols());
  Eigen::MatrixXd balanced = a;
  for (int step = 0; step < kSteps; ++step) {
    const Eigen::VectorXd rows = balanced.cwiseAbs().rowwise().maxCoeff();
    const Eigen::VectorXd columns = balanced.cwiseAbs().colwise().maxCoeff();
    r.array() /= rows.array().sqrt();
    c.array() /= columns.array().sqrt();
    balanced = r.asDiagonal() * a * c.asDiagonal();
  }
  const double unit = balanced.cwiseAbs().maxCoeff() / kTopLevel;
  const Eigen::MatrixXd levels = (balanced / unit).array().round();
  return r.cwiseInverse().asDiagonal() * (unit * levels) * c.cwiseInverse().asDiagonal();
}

double spectral_radius(const Eigen::MatrixXd& a) {
  return a.eigenvalues().cwiseAbs().maxCoeff();
}

/// Bits gained a step in the long run.
double expected_rate(const Eigen::MatrixXd& a) {
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(a.rows(), a.cols());
  return -std::log2(spectral_radius(identity - a * array_matrix(a).inverse()));
}

/// Bits gained a step from iteration 3 on: a line of least squares through log2 of the relative residuals
/// above `floor`. @returns NaN for fewer than three of them
double measured_rate(const std::vector<double>& history, double floor) {
  constexpr std::size_t kFirst = 2;
  constexpr double kFewest = 3;
  double count = 0, sum_k = 0, sum_y = 0, sum_kk = 0, sum_ky = 0;
  for (std::size_t index = kFirst; index < history.size() && history[index] > floor; ++index) {
    const double k = static_cast<double>(index);
    const double y = std::log2(history[index]);
    count += 1, sum_k += k, sum_y += y, sum_kk += k * k, sum_ky += k * y;
  }
  if (count < kFewest) return std::nan("");
  return -(count * sum_ky - sum_k * sum_y) / (count * sum_kk - sum_k * sum_k);
}

SolveResult solve_matrix(const Eigen::MatrixXd& a, int seed, const Arguments& options) {
  const TemporaryFolder folder;
  Arguments arguments{folder.write("A.mtx", matrix_market(a)), "--method", "refine", "--seed",
                      std::to_string(seed)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return solve(arguments);
}

Arguments settings(std::initializer_list<const char*> values) {
  Arguments arguments;
  for (const char* value : values) arguments.insert(arguments.end(), {"--set", value});
  return arguments;
}

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// INV macros with this Gaussian error of each cell and nothing else: without write-verify a cell ends at its
/// level plus this error. Operational amplifiers as good as ideal.
/// @param sigma  of full scale
Arguments array_with_cell_error(const std::string& sigma) {
  const std::string write_sigma = "inv.write_sigma=" + sigma;
  return settings(
      {"inv.write_verify=false", write_sigma.c_str(), "opamp.offset_sigma_volt=0", "opamp.gain=1e12"});
}

Arguments exact_array() {
  return array_with_cell_error("0");
}

/// Converters that only round, and finely. 12 bits: the error of a step is far below that of the 3-bit cells.
Arguments ideal_converters() {
  return settings({"dac.bits=15", "dac.noise_sigma_lsb=0", "dac.offset_sigma_lsb=0", "dac.gain_sigma=0",
                   "adc.bits=12", "adc.low_precision_bits=12", "adc.noise_sigma_lsb=0",
                   "adc.offset_sigma_lsb=0", "adc.gain_sigma=0"});
}

Arguments four_bit_converters() {
  return settings({"dac.bits=4", "adc.low_precision_bits=4"});
}

Arguments ideal_chip() {
  return exact_array() + ideal_converters();
}

struct RateCase {
  const char* name;
  int n;
  double kappa;
  Arguments options;
  double tolerance;  ///< of the median of measured over expected rate, around 1
};
void PrintTo(const RateCase& rate, std::ostream* out) {
  *out << rate.name;
}

class Rate : public testing::TestWithParam<RateCase> {};

TEST_P(Rate, FollowsFromTheMatrixOnTheArray) {
  const RateCase& rate = GetParam();
  // The most that can be asked for: more steps to measure. No rate is promised below.
  constexpr const char* kBits = "26";
  constexpr double kFloor = 0x1p-26;
  std::vector<double> ratios;
  for (int seed = 1; seed <= seeds(); ++seed) {
    const Eigen::MatrixXd a = random_general(rate.n, rate.kappa, static_cast<std::uint64_t>(seed));
    SCOPED_TRACE(testing::Message() << rate.name << ", seed " << seed);
    const double expected = expected_rate(a);
    const SolveResult result = solve_matrix(a, seed, rate.options + Arguments{"--tolerance-bits", kBits});
    ASSERT_TRUE(result.json.contains("history")) << result.program.err;
    const double measured = measured_rate(result.json["history"].get<std::vector<double>>(), kFloor);
    if (!std::isnan(measured)) ratios.push_back(measured / expected);
  }
  // The median of a few says little about the ensemble.
  ASSERT_GE(static_cast<double>(ratios.size()), 0.75 * seeds());
  RecordProperty("median_ratio", std::to_string(median(ratios)));
  EXPECT_NEAR(median(ratios), 1, rate.tolerance);
}

// The converters' rounding and the cells' errors add to I − A·A0⁻¹, less than the levels do: with 8 bits, and
// on the default chip with all its imperfections, the rate may differ by a quarter.
INSTANTIATE_TEST_SUITE_P(Ensembles, Rate,
                         testing::Values(RateCase{"IdealConverters4", 4, 4, ideal_chip(), 0.10},
                                         RateCase{"IdealConverters8", 8, 4, ideal_chip(), 0.10},
                                         RateCase{"DefaultConverters4", 4, 4, exact_array(), 0.25},
                                         RateCase{"DefaultConverters8", 8, 4, exact_array(), 0.25},
                                         RateCase{"DefaultChip4", 4, 4, {}, 0.25},
                                         RateCase{"DefaultChip8", 8, 4, {}, 0.25}),
                         [](const auto& test) { return std::string(test.param.name); });

struct ReachCase {
  const char* name;
  int n;
  double kappa;
  Arguments options;
  double share;       ///< of the matrices, solved to 2^-24 in 40 iterations
  double iterations;  ///< median
};
void PrintTo(const ReachCase& reach, std::ostream* out) {
  *out << reach.name;
}

class Reach : public testing::TestWithParam<ReachCase> {};

TEST_P(Reach, AgreesWithTheIndependentSimulation) {
  const ReachCase& reach = GetParam();
  // The simulations stop on the residual; here the last correction must be small too.
  constexpr double kLastCorrection = 1;
  // The limit of the simulations.
  constexpr const char* kIterationLimit = "40";
  // The share is of 200 matrices, here of 20: one of them more or less is chance.
  constexpr double kOneSeed = 0.05;
  // Other random matrices, a chip's number formats and scales instead of floating point.
  constexpr double kIterationTolerance = 0.25;
  std::vector<double> iterations;
  for (int seed = 1; seed <= seeds(); ++seed) {
    const Eigen::MatrixXd a = random_general(reach.n, reach.kappa, static_cast<std::uint64_t>(seed));
    SCOPED_TRACE(testing::Message() << reach.name << ", seed " << seed);
    const SolveResult result =
        solve_matrix(a, seed, reach.options + Arguments{"--max-iterations", kIterationLimit});
    if (result.status() == "converged") iterations.push_back(result.json["iterations"].get<double>());
  }
  EXPECT_GE(static_cast<double>(iterations.size()), (reach.share - kOneSeed) * seeds());
  ASSERT_FALSE(iterations.empty());
  RecordProperty("converged", std::to_string(iterations.size()));
  RecordProperty("median_iterations", std::to_string(median(iterations)));
  const double expected = reach.iterations + kLastCorrection;
  EXPECT_NEAR(median(iterations), expected, kIterationTolerance * expected);
}

// facts.md §5 (D), 200 random matrices a row simulated in floating point.
INSTANTIATE_TEST_SUITE_P(Ensembles, Reach,
                         testing::Values(ReachCase{"General4Condition4", 4, 4, ideal_chip(), 1.00, 8},
                                         ReachCase{"General4Condition8FourBits", 4, 8,
                                                   exact_array() + four_bit_converters(), 0.97, 11},
                                         ReachCase{"General8Condition4FourBitsInexactCells", 8, 4,
                                                   array_with_cell_error("0.02") + four_bit_converters(),
                                                   1.00, 11}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(General, SolvesMatricesWithPoorLeadingBlocksByAnotherOrderOfRows) {
  constexpr int kSize = 32, kBlock = 8;
  constexpr double kCondition = 100;
  for (int seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const TemporaryFolder folder;
    Eigen::MatrixXd a = random_general(kSize, kCondition, static_cast<std::uint64_t>(seed));
    // The second row of the leading block is nearly its first.
    a.block(1, 0, 1, kBlock) = a.block(0, 0, 1, kBlock) * 1.0001;
    const Arguments arguments{folder.write("A.mtx", matrix_market(a)), "--seed", std::to_string(seed)};
    const SolveResult result = solve(arguments);
    EXPECT_EQ(result.status(), "converged");
    EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-24);
    EXPECT_GT(result.json["plan"]["reordered_rows"].get<int>(), 0);
    EXPECT_NE(solve(arguments + settings({"solver.reorder_rows=false"})).status(), "converged");
  }
}

}  // namespace
}  // namespace mho::test
