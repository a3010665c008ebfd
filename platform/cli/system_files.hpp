// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The system that `mho solve` is given by files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/numeric/matrix_market.hpp"
#include "models/numeric/sparse_matrix.hpp"

namespace mho::platform::cli {

struct SystemFiles {
  std::string matrix;
  std::string right_hand_side;  ///< empty: b = A·x of a random x, or those of the inverse
  bool inverts = false;         ///< the columns of the identity are the right-hand sides
};

/// The real system, and the file that it comes from. Of a complex file it is its embedding.
struct LinearSystem {
  numeric::MatrixFile file;
  numeric::SparseMatrix a;
  std::vector<double> b;  ///< [rows · right-hand sides], one behind the other
};

/// @param seed  of the random x
/// @throws InputError  files that cannot be read, do not fit each other, or are too large for any chip;
///                     `inverts` with a right-hand side
LinearSystem read_system(const SystemFiles& files, std::uint64_t seed);

}  // namespace mho::platform::cli
