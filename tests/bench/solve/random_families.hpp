// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Random systems by family. Every draw is a function of the seed.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mho::bench {

enum class Family {
  kGeneral,    ///< Q1 diag(kappa^(-i/(n-1))) Q2 with random orthogonal Q1 and Q2; n the smaller dimension
  kSpd,        ///< Q1 diag(kappa^(-i/(n-1))) Q1^T
  kNormal,     ///< independent standard normal entries; the first draw with a condition number up to kappa
  kToeplitz,   ///< constant diagonals with standard normal values; likewise
  kGram,       ///< H^T H / m with m = 16 n rows of standard normal entries, as in massive MIMO
  kWishart,    ///< the same with m = 4 n
  kPoisson1d,  ///< second differences of a line
  kPoisson2d,  ///< five-point stencil of a square grid; n is a square
  kDense,      ///< independent normal entries of variance 1/n, and 2 more on the diagonal
  kSparse,     ///< a diagonal in 0.8 to 1.2, and up to eight entries in ±1/8 anywhere in each row
};

inline constexpr Family kFamilies[] = {
    Family::kGeneral, Family::kSpd,       Family::kNormal,    Family::kToeplitz, Family::kGram,
    Family::kWishart, Family::kPoisson1d, Family::kPoisson2d, Family::kDense,    Family::kSparse};

/// One of the ensembles; the others are for what systems of a size cost, and made only when asked for.
bool is_of_ensembles(Family family);

std::string_view name_of(Family family);

/// It has matrices of every condition number asked for, or up to that.
bool takes_kappa(Family family);

/// It has rectangular matrices.
bool takes_rows(Family family);

struct Shape {
  int rows = 0, columns = 0;  ///< 2 or more each; the same where the family has square ones only
};

/// @returns nothing where the family has no such matrix: n is no square, or a hundred draws have larger
/// condition numbers
std::optional<Eigen::MatrixXd> random_matrix(Family family, Shape shape, double kappa, std::uint64_t seed);

}  // namespace mho::bench
