// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Right-hand sides for whoever gives none.
#pragma once

#include <cstdint>
#include <vector>

#include "models/numeric/sparse_matrix.hpp"

namespace mho::platform {

/// b = A·x in double for x uniform in (−1, 1), a pure function of (seed, n). Random rather than ones: x = 1
/// is exactly representable in few bits and flatters low-resolution converters.
std::vector<double> random_right_hand_side(const numeric::SparseMatrix& a, std::uint64_t seed);

/// The columns of the n × n identity, one behind the other, each followed by as many zeros as make it
/// `length` long.
std::vector<double> unit_vectors(std::uint32_t n, std::uint32_t length);

}  // namespace mho::platform
