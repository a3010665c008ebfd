// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_arrays.hpp"

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;

const MatrixXd& checked(const MatrixXd& positive, const MatrixXd* negative) {
  const bool is_pair =
      negative == nullptr || (negative->rows() == positive.rows() && negative->cols() == positive.cols());
  require(positive.rows() == positive.cols() && is_pair,
          "INV loop: arrays of {}x{} and {}x{} cells; both must be square and equal", positive.rows(),
          positive.cols(), negative == nullptr ? positive.rows() : negative->rows(),
          negative == nullptr ? positive.cols() : negative->cols());
  return positive;
}

}  // namespace

InvArrays::InvArrays(const MatrixXd& positive_siemens, const MatrixXd* negative_siemens,
                     const LineParams& line_params)
    : g_positive(positive_siemens),
      g_negative(negative_siemens),
      lines(line_params),
      positive(checked(positive_siemens, negative_siemens), line_params) {
  if (g_negative == nullptr) return;
  require_cells(*g_negative);
  if (g_negative->maxCoeff() > 0.0) negative.emplace(*g_negative, lines);
}

}  // namespace mho::circuit
