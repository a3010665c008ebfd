// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/nonlinear_array.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"
#include "models/circuit/wires/line_solver.hpp"

namespace mho::circuit {
namespace {

using Eigen::ArrayXXd;
using Eigen::Index;

/// The law at one set of voltages.
struct Tangent {
  ArrayXXd volt, ampere, slope;

  Tangent(const CellLaw& law, ArrayXXd at) : volt(std::move(at)), ampere(volt), slope(volt) {
    law(volt, ampere, slope);
    require(ampere.rows() == volt.rows() && slope.rows() == volt.rows() && ampere.cols() == volt.cols() &&
                slope.cols() == volt.cols() && ampere.allFinite() && slope.allFinite() &&
                slope.minCoeff() >= 0.0,
            "non-linear array: the cell law gives a current that is not finite or a slope that is negative");
  }
};

}  // namespace

NonlinearSolution solve_nonlinear_array(Index rows, Index cols, const CellLaw& law, const LineParams& lines,
                                        const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                                        const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                                        const NonlinearOptions& options) {
  require(rows >= 1 && cols >= 1 && row_volt.size() == rows && column_volt.size() == cols,
          "non-linear array: {} row and {} column voltages for {}x{} cells", row_volt.size(),
          column_volt.size(), rows, cols);
  require(row_volt.allFinite() && column_volt.allFinite(), "non-linear array: a port voltage is not finite");
  require(options.tolerance >= 1e-13 && options.tolerance <= 0.1,
          "non-linear array: tolerance is {}; choose a value in 1e-13 … 0.1", options.tolerance);
  require(options.max_iterations >= 1, "non-linear array: {} iterations allowed; choose at least 1",
          options.max_iterations);

  NonlinearSolution result;
  Tangent tangent(law, row_volt.replicate(1, cols) - column_volt.transpose().replicate(rows, 1));
  while (true) {
    ++result.iterations;
    const LineSolver solver(tangent.slope.matrix(), lines);
    const ArrayXXd source = tangent.ampere - tangent.slope * tangent.volt;
    const LineSolution wires = solver.solve_with_sources(
        row_volt, column_volt, source.matrix(), {.tolerance = std::max(0.1 * options.tolerance, 1e-14)});
    result.cell_ampere = wires.cell_ampere.array();
    result.row_ampere = wires.row_ampere;
    result.column_ampere = wires.column_ampere;
    // An open cell has no tangent to read its voltage from, and needs none.
    ArrayXXd volt = (tangent.slope > 0.0).select((result.cell_ampere - source) / tangent.slope, tangent.volt);
    Tangent next(law, volt);
    const double scale = std::max(result.cell_ampere.abs().maxCoeff(), next.ampere.abs().maxCoeff());
    const double error = (next.ampere - result.cell_ampere).abs().maxCoeff();
    result.residual = scale > 0.0 ? error / scale : 0.0;
    result.cell_volt = next.volt;
    result.slope_siemens = next.slope;
    const bool obeys_kirchhoff = wires.status == LineStatus::kOk;
    if (result.residual <= options.tolerance && obeys_kirchhoff) return result;
    // A tangent far from the solution may be steeper than the wire solver vouches for; the last one may not.
    const bool may_go_on = obeys_kirchhoff || wires.status == LineStatus::kOutOfRange;
    if (result.iterations == options.max_iterations || !may_go_on) {
      result.status = NonlinearStatus::kNotConverged;
      return result;
    }
    tangent = std::move(next);
  }
}

}  // namespace mho::circuit
