// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A system as a job block in the memory of the chip. Layout: models/registers/job.yaml; place: above what the
// boot contract leaves to the firmware (models/registers/boot.yaml), in this order, each part on a multiple
// of 64:
//     job block, result blocks, row starts, columns, values, b, workspace up to the end of RAM
#pragma once

#include <cstdint>
#include <span>

#include "models/numeric/sparse_matrix.hpp"
#include "platform/config/solver_params.hpp"

namespace mho::platform {

/// Most rows of the real square system that a job block is made for: the longest vector of the refinement
/// unit (dru.yaml, MAX_VECTOR).
inline constexpr std::uint32_t kLargestSystem = 4096;

struct JobPlace {
  std::uint32_t job_address = 0;
  std::uint32_t result_address = 0;  ///< of the first result block
  std::uint32_t rhs_count = 1;       ///< right-hand sides, and result blocks
  std::uint32_t bits = 24;  ///< magnitude bits of the matrix, which decide what the results look like
  std::uint32_t workspace_address = 0;
  std::uint32_t workspace_bytes = 0;
};

/// A complex matrix in its two parts, for jobs whose real matrix is its embedding.
struct ComplexMatrix {
  const numeric::SparseMatrix& real;
  std::span<const double> imaginary;  ///< as many as entries of `real`
};

/// Writes job block and system; nothing else in `ram` changes.
/// @param a    m × n, m and n ≥ 1   @param b  [m · k], k right-hand sides one behind the other, 1 ≤ k ≤
/// MAX_RHS
/// @param complex  what a is the embedding of (numeric/complex_embedding.hpp), b likewise: the driver gets
///                 complex numbers and embeds them itself. Null: a and b are real
/// @param ram  memory that starts at the base of RAM
/// @throws InputError when A is empty, b does not fit, or the memory is too small
JobPlace place_job(const numeric::SparseMatrix& a, std::span<const double> b, const SolverParams& solver,
                   std::span<std::uint8_t> ram, const ComplexMatrix* complex = nullptr);

}  // namespace mho::platform
