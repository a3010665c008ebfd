// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The transfer matrix of an array to first order in the line resistances, in O(N²):
//     T₁ = G ∘ A,   A_ij = (share of the column port's voltage at cell (i, j)) · (share of the cell's current
//                          that returns through row port i)
// with every other line grounded. What is left out are currents that leave a row line, run along a column
// line and enter another row. Use: to follow small changes of the cells (read noise, telegraph noise, drift)
// without reducing the array again. first_order_array.hpp has the factors for loops.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"

namespace mho::circuit {

/// A [rows x cols], 0 … 1, for cells `g_siemens` (finite, >= 0: not checked, this runs in inner loops).
Eigen::MatrixXd first_order_gain(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines);

/// T₁ [rows x cols, siemens].
Eigen::MatrixXd first_order_transfer(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens,
                                     const LineParams& lines);

/// Change of the transfer matrix when cells change from `before` to `after` [siemens]: T₁(after) −
/// T₁(before). Its error is the relative error of T₁ (about the square of the relative wire drop) times the
/// change.
/// @throws InputError  sizes differ, a conductance negative or not finite
Eigen::MatrixXd transfer_change(const Eigen::Ref<const Eigen::MatrixXd>& before,
                                const Eigen::Ref<const Eigen::MatrixXd>& after, const LineParams& lines);

}  // namespace mho::circuit
