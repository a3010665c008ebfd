// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Products with vectors for the inner loops of the integrators, where Eigen's own spend more time on finding
// out what to do than on doing it: of some ten rows and columns.
#pragma once

#include <Eigen/Core>

namespace mho::circuit {

/// y += A·x, bit for bit as Eigen 3.4 adds it without FMA: each row's products are summed from 0 on in the
/// order of the columns, then added to y.
/// @param a  [rows x columns]
/// @param x  [columns], not within y
/// @param y  [rows]
/// The sizes are not checked. Allocates nothing.
void add_product(const Eigen::MatrixXd& a, const double* x, double* y);

}  // namespace mho::circuit
