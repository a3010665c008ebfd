// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Arithmetic on long vectors (LaneVectors, or a multiple of 2·kLanes elements into one; `n` is such a
// multiple as well): for Krylov methods on the nodes of an array.
#pragma once

#include <cstddef>

namespace mho::circuit {

/// xᵀy
double dot(const double* x, const double* y, std::size_t n);

/// y −= h x; returns zᵀy of the new y (z may be y itself): one pass over the memory.
double subtract_and_dot(double h, const double* x, double* y, const double* z, std::size_t n);

/// y *= factor
void scale(double factor, double* y, std::size_t n);

}  // namespace mho::circuit
