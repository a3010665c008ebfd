// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/line_solver.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;

void validate(const LineSolverOptions& options) {
  require(options.tolerance >= 1e-15 && options.tolerance <= 1.0,
          "line solver: tolerance is {}; choose a value in 1e-15 … 1", options.tolerance);
  require(options.max_iterations >= 1, "line solver: {} iterations allowed; choose at least 1",
          options.max_iterations);
}

}  // namespace

/// Vectors of the extended array, by row, and the outcome.
struct LineSolver::Work {
  explicit Work(const SweptArray& array)
      : size(array.size()),
        storage(6 * (size + kVectorOffset)),
        row_volt(static_cast<std::size_t>(array.extended_rows()), 0.0),
        column_volt(static_cast<std::size_t>(array.stride()), 0.0) {}
  double* vector(std::size_t k) { return storage.data() + k * (size + kVectorOffset); }
  ConjugateGradientVectors cg() {
    return {.z = vector(0),
            .cz = vector(1),
            .p = vector(2),
            .sp = vector(3),
            .solution = vector(4),
            .residual = vector(5)};
  }

  std::size_t size;
  LaneVector storage;
  LaneVector source;                 // beside the cells; empty for none
  LaneVector row_volt, column_volt;  // in the order of the sweeps
  LineStatus status = LineStatus::kOk;
  int iterations = 0;
  double error_estimate = 0.0;
};

LineSolver::LineSolver(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines)
    : array_(g_siemens, lines) {}

void LineSolver::order_ports(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                             const Eigen::Ref<const Eigen::VectorXd>& column_volt, Work& work) const {
  require(row_volt.size() == rows() && column_volt.size() == cols(),
          "line solver: {} row and {} column voltages for {}x{} cells", row_volt.size(), column_volt.size(),
          rows(), cols());
  require(row_volt.allFinite() && column_volt.allFinite(), "line solver: a port voltage is not finite");
  for (Index i = 0; i < rows(); ++i)
    work.row_volt[static_cast<std::size_t>(array_.swept_row(i))] = row_volt[i];
  for (Index j = 0; j < cols(); ++j)
    work.column_volt[static_cast<std::size_t>(array_.swept_column(j))] = column_volt[j];
}

/// What does not come through the cells into the nodes of the row lines, in place of or beside `injected`.
void LineSolver::inject(const Work& work, double* injected) const {
  for (std::size_t k = 0; k < work.source.size(); ++k) injected[k] -= work.source[k];
  for (Index i = 0; i < rows(); ++i)
    injected[i * array_.stride() + cols() - 1] +=
        array_.row_far_siemens() * work.row_volt[static_cast<std::size_t>(i)];
}

/// First guess M⁻¹f, whose residual is C M⁻¹f. Returns Σ g b², the square of what errors are relative to.
double LineSolver::guess(Work& work) const {
  const SweepCoefficients array = array_.coefficients();
  const ConjugateGradientVectors cg = work.cg();
  std::fill_n(cg.z, work.size, 0.0);
  inject(work, cg.z);
  couple_through_rows(array, cg.z, work.row_volt.data(), cg.solution);
  for (std::size_t k = 0; k < work.source.size(); ++k) cg.solution[k] += work.source[k];
  for (Index j = 0; j < cols(); ++j)
    cg.solution[(rows() - 1) * array.stride + j] +=
        array_.column_far_siemens() * work.column_volt[static_cast<std::size_t>(j)];
  descend_columns(array, cg.solution, cg.solution);
  ascend_columns(array, cg.solution, work.column_volt.data());
  double reference = 0.0;
  for (std::size_t k = 0; k < work.size; ++k) {
    cg.z[k] = array_.cells()[k] * cg.solution[k];
    reference += cg.z[k] * cg.solution[k];
  }
  couple_through_rows(array, cg.z, nullptr, cg.residual);
  descend_columns(array, cg.residual, cg.z);
  return reference;
}

void LineSolver::iterate(const LineSolverOptions& options, Work& work) const {
  validate(options);
  const SweepCoefficients array = array_.coefficients();
  const ConjugateGradientVectors cg = work.cg();
  const double reference = guess(work);
  const double enough = options.tolerance * options.tolerance * reference;
  double dots[2];
  precondition_and_apply(array, cg, dots);
  double rho = dots[0], alpha = rho > 0.0 ? rho / dots[1] : 0.0, beta = 0.0;
  while (rho > enough && work.iterations < options.max_iterations) {
    ++work.iterations;
    update_and_descend(array, alpha, beta, cg);
    precondition_and_apply(array, cg, dots);
    beta = dots[0] / rho;
    rho = dots[0];
    const double curvature = dots[1] - beta * rho / alpha;
    if (!(curvature > 0.0)) break;  // nothing is left but rounding
    alpha = rho / curvature;
  }
  // Written so that a NaN does not pass.
  work.status = rho <= enough ? LineStatus::kOk : LineStatus::kNotConverged;
  if (!(array_.largest_drop() <= kLargestDrop)) work.status = LineStatus::kOutOfRange;
  work.error_estimate = reference > 0.0 ? std::sqrt(rho / reference) : 0.0;
  find_cell_currents(work);
}

/// What remains in `residual` is the current of each cell.
void LineSolver::find_cell_currents(Work& work) const {
  const ConjugateGradientVectors cg = work.cg();
  for (std::size_t k = 0; k < work.size; ++k) cg.cz[k] = cg.z[k] = array_.cells()[k] * cg.solution[k];
  inject(work, cg.z);
  couple_through_rows(array_.coefficients(), cg.z, work.row_volt.data(), cg.residual);
  for (std::size_t k = 0; k < work.size; ++k) cg.residual[k] -= cg.cz[k];
  for (std::size_t k = 0; k < work.source.size(); ++k) cg.residual[k] += work.source[k];
}

LineSolution LineSolver::solution(Work& work) const {
  LineSolution result;
  result.status = work.status;
  result.iterations = work.iterations;
  result.error_estimate = work.error_estimate;
  result.column_volt.resize(rows(), cols());
  result.cell_ampere.resize(rows(), cols());
  const ConjugateGradientVectors cg = work.cg();
  for (Index j = 0; j < cols(); ++j) {
    for (Index i = 0; i < rows(); ++i) {
      result.column_volt(i, j) = cg.solution[array_.place(i, j)];
      result.cell_ampere(i, j) = cg.residual[array_.place(i, j)];
    }
  }
  result.row_ampere = result.cell_ampere.rowwise().sum();
  result.column_ampere = -result.cell_ampere.colwise().sum();
  return result;
}

LineSolution LineSolver::solve(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                               const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                               const LineSolverOptions& options) const {
  Work work(array_);
  order_ports(row_volt, column_volt, work);
  iterate(options, work);
  return solution(work);
}

LineSolution LineSolver::solve_with_sources(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                                            const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                                            const Eigen::Ref<const Eigen::MatrixXd>& cell_source_ampere,
                                            const LineSolverOptions& options) const {
  require(cell_source_ampere.rows() == rows() && cell_source_ampere.cols() == cols() &&
              cell_source_ampere.allFinite(),
          "line solver: {}x{} cell sources for {}x{} cells; all must be finite", cell_source_ampere.rows(),
          cell_source_ampere.cols(), rows(), cols());
  Work work(array_);
  order_ports(row_volt, column_volt, work);
  work.source.assign(work.size, 0.0);
  for (Index j = 0; j < cols(); ++j) {
    for (Index i = 0; i < rows(); ++i) work.source[array_.place(i, j)] = cell_source_ampere(i, j);
  }
  iterate(options, work);
  return solution(work);
}

LineStatus LineSolver::solve_ports(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                                   const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                                   const LineSolverOptions& options, Eigen::VectorXd& row_ampere,
                                   Eigen::VectorXd& column_ampere) const {
  Work work(array_);
  order_ports(row_volt, column_volt, work);
  iterate(options, work);
  const double* const cell_ampere = work.cg().residual;
  row_ampere = Eigen::VectorXd::Zero(rows());
  Eigen::VectorXd into_columns = Eigen::VectorXd::Zero(cols());  // in the order of the sweeps
  for (Index i = 0; i < rows(); ++i) {
    const Eigen::Map<const Eigen::VectorXd> ampere(cell_ampere + array_.swept_row(i) * array_.stride(),
                                                   cols());
    row_ampere[i] = ampere.sum();
    into_columns -= ampere;
  }
  column_ampere = array_.swept_column(0) == 0 ? into_columns : into_columns.reverse();
  return work.status;
}

}  // namespace mho::circuit
