// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/system_files.hpp"

#include <cmath>
#include <utility>

#include "models/base/error.hpp"
#include "models/numeric/complex_embedding.hpp"
#include "models/numeric/least_squares.hpp"
#include "platform/solve/job_image.hpp"
#include "platform/solve/workload.hpp"

namespace mho::platform::cli {
namespace {

/// A rectangular matrix takes as many rows on the chip as it has rows and columns.
void check_size(const numeric::MatrixFile& file) {
  const numeric::SparseMatrix& m = file.matrix;
  const std::uint32_t most = kLargestSystem / (file.is_complex() ? 2 : 1);
  const std::uint32_t size = numeric::augmented_place(m.rows, m.columns).size;
  require(size <= most,
          "{}:{}: {} x {} is too large: a matrix that is not square may have up to {} rows and "
          "columns together",
          file.name, file.size_line, m.rows, m.columns, most);
}

}  // namespace

LinearSystem read_system(const SystemFiles& files, std::uint64_t seed) {
  require(!files.inverts || files.right_hand_side.empty(),
          "--inverse and {}: the inverse has right-hand sides of its own; give one of the two",
          files.right_hand_side);
  LinearSystem system;
  numeric::MatrixFile& file = system.file;
  file = numeric::read_matrix(files.matrix, kLargestSystem);
  numeric::check_system(file);
  check_size(file);
  system.a = file.is_complex() ? numeric::embed(file.matrix, file.imaginary) : file.matrix;
  if (files.inverts) {
    system.b = unit_vectors(file.matrix.rows, system.a.rows);
    return system;
  }
  if (files.right_hand_side.empty()) {
    system.b = random_right_hand_side(system.a, seed);
    for (const double value : system.b) {
      require(std::isfinite(value), "{}: A times a random x overflows a double; give a right-hand side",
              files.matrix);
    }
    return system;
  }
  numeric::VectorFile b = numeric::read_vectors(files.right_hand_side, kLargestSystem);
  numeric::check_right_hand_side(b, file);
  require(
      file.is_complex() || !b.is_complex(),
      "{}:{}: b is complex and {} is real; give the real and the imaginary part as columns of a real file",
      b.name, b.size_line, file.name);
  if (file.is_complex()) {
    if (!b.is_complex()) b.imaginary.assign(b.values.size(), 0.0);
    b.values = numeric::embed_vectors(b.values, b.imaginary, file.matrix.rows);
  }
  system.b = std::move(b.values);
  return system;
}

}  // namespace mho::platform::cli
