// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/line_solver.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Index round_up(Index n, Index multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

/// A row length at which neighbouring rows do not fall on the same lines of a cache.
Index row_stride(Index columns) {
  const Index stride = round_up(columns, kSweepRows);
  return stride % 64 == 0 ? stride + kSweepRows : stride;
}

/// Conductance of the second connection of a line whose voltage is not the port's anyway.
double far_siemens(LineEnd end, double end_ohm) {
  return end == LineEnd::kBoth && end_ohm > 0.0 ? 1.0 / end_ohm : 0.0;
}

void validate(const LineSolverOptions& options) {
  require(options.tolerance >= 1e-15 && options.tolerance <= 1.0,
          "line solver: tolerance is {}; choose a value in 1e-15 … 1", options.tolerance);
  require(options.max_iterations >= 1, "line solver: {} iterations allowed; choose at least 1",
          options.max_iterations);
}

}  // namespace

/// Vectors of the extended array, by row, and the outcome.
struct LineSolver::Work {
  explicit Work(const LineSolver& solver)
      : size(static_cast<std::size_t>(solver.rows_ * solver.stride_)),
        storage(6 * size),
        row_volt(static_cast<std::size_t>(solver.rows_), 0.0),
        column_volt(static_cast<std::size_t>(solver.stride_), 0.0) {
    // The others are written before they are read.
    std::fill_n(cg().p, size, 0.0);
    std::fill_n(cg().sp, size, 0.0);
  }
  double* vector(std::size_t k) { return storage.data() + k * size; }
  ConjugateGradientVectors cg() {
    return {.z = vector(0),
            .sz = vector(1),
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
    : n_(g_siemens.rows()),
      m_(g_siemens.cols()),
      rows_(round_up(n_, kSweepRows)),
      stride_(row_stride(m_)),
      lines_(lines),
      row_far_siemens_(far_siemens(lines.row_end, row_end_ohm(lines))),
      column_far_siemens_(far_siemens(lines.column_end, column_end_ohm(lines))) {
  require_cells(g_siemens);
  validate(lines);
  const double largest_ohm =
      std::max({lines.row_segment_ohm, lines.column_segment_ohm, lines.row_port_ohm, lines.column_port_ohm});
  is_in_range_ = g_siemens.maxCoeff() * largest_ohm <= kLargestDrop;
  const auto size = static_cast<std::size_t>(rows_ * stride_);
  cell_.assign(size, 0.0);
  Eigen::Map<RowMajor, 0, Eigen::OuterStride<>> cells(cell_.data(), n_, m_, Eigen::OuterStride<>(stride_));
  cells = g_siemens;
  // The sweeps want both kinds of ports at index 0.
  if (lines.row_end == LineEnd::kLast) cells = cells.rowwise().reverse().eval();
  if (lines.column_end == LineEnd::kLast) cells = cells.colwise().reverse().eval();
  factor_lines();
}

void LineSolver::factor_lines() {
  const auto size = cell_.size();
  column_factor_.resize(size);
  row_factor_tiled_.resize(size);
  cell_tiled_.resize(size);
  // `towards_end` is c·s of the neighbour away from the port.
  LaneVector towards_end(static_cast<std::size_t>(stride_), 0.0);
  for (Index i = rows_ - 1; i >= 0; --i) {
    const double ohm = i == 0 ? column_end_ohm(lines_) : lines_.column_segment_ohm;
    for (Index j = 0; j < stride_; ++j) {
      const auto at = static_cast<std::size_t>(i * stride_ + j);
      auto& carried = towards_end[static_cast<std::size_t>(j)];
      const double seen = cell_[at] + carried + (i == n_ - 1 ? column_far_siemens_ : 0.0);
      column_factor_[at] = 1.0 / (1.0 + ohm * seen);
      carried = column_factor_[at] * seen;
    }
  }
  for (Index i = 0; i < rows_; ++i) {
    double carried = 0.0;
    for (Index j = stride_ - 1; j >= 0; --j) {
      const auto at = static_cast<std::size_t>(i * stride_ + j);
      const auto tiled = static_cast<std::size_t>(((i / kLanes) * stride_ + j) * kLanes + i % kLanes);
      const double seen = cell_[at] + carried + (j == m_ - 1 ? row_far_siemens_ : 0.0);
      const double factor = 1.0 / (1.0 + (j == 0 ? row_end_ohm(lines_) : lines_.row_segment_ohm) * seen);
      row_factor_tiled_[tiled] = factor;
      cell_tiled_[tiled] = cell_[at];
      carried = factor * seen;
    }
  }
}

SweepCoefficients LineSolver::coefficients() const {
  return {.rows = rows_,
          .stride = stride_,
          .column_factor = column_factor_.data(),
          .row_factor_tiled = row_factor_tiled_.data(),
          .cell_tiled = cell_tiled_.data(),
          .row_segment_ohm = lines_.row_segment_ohm,
          .row_end_ohm = row_end_ohm(lines_),
          .column_segment_ohm = lines_.column_segment_ohm,
          .column_end_ohm = column_end_ohm(lines_)};
}

void LineSolver::iterate(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                         const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                         const LineSolverOptions& options, Work& work) const {
  require(row_volt.size() == n_ && column_volt.size() == m_,
          "line solver: {} row and {} column voltages for {}x{} cells", row_volt.size(), column_volt.size(),
          n_, m_);
  require(row_volt.allFinite() && column_volt.allFinite(), "line solver: a port voltage is not finite");
  validate(options);
  const bool flips_rows = lines_.column_end == LineEnd::kLast;
  const bool flips_columns = lines_.row_end == LineEnd::kLast;
  for (Index i = 0; i < n_; ++i)
    work.row_volt[static_cast<std::size_t>(i)] = row_volt[flips_rows ? n_ - 1 - i : i];
  for (Index j = 0; j < m_; ++j)
    work.column_volt[static_cast<std::size_t>(j)] = column_volt[flips_columns ? m_ - 1 - j : j];

  const SweepCoefficients array = coefficients();
  const ConjugateGradientVectors cg = work.cg();
  const auto inject = [&](const double* volt, double* injected) {
    for (std::size_t k = 0; k < work.size; ++k) injected[k] = cell_[k] * volt[k];
    for (std::size_t k = 0; k < work.source.size(); ++k) injected[k] -= work.source[k];
    for (Index i = 0; i < n_; ++i)
      injected[i * stride_ + m_ - 1] += row_far_siemens_ * work.row_volt[static_cast<std::size_t>(i)];
  };
  // First guess M⁻¹f, whose residual is C M⁻¹f. `p` is still 0: no voltage on the column lines.
  inject(cg.p, cg.z);
  couple_through_rows(array, cg.z, work.row_volt.data(), cg.solution);
  for (std::size_t k = 0; k < work.source.size(); ++k) cg.solution[k] += work.source[k];
  for (Index j = 0; j < m_; ++j)
    cg.solution[(n_ - 1) * stride_ + j] +=
        column_far_siemens_ * work.column_volt[static_cast<std::size_t>(j)];
  descend_columns(array, cg.solution);
  ascend_columns(array, cg.solution, work.column_volt.data());
  for (std::size_t k = 0; k < work.size; ++k) cg.z[k] = cell_[k] * cg.solution[k];
  couple_through_rows(array, cg.z, nullptr, cg.residual);
  std::copy_n(cg.residual, work.size, cg.z);
  descend_columns(array, cg.z);

  double dots[2];
  precondition_and_apply(array, cg, dots);
  double reference = 0.0;
  for (std::size_t k = 0; k < work.size; ++k) reference += cell_[k] * cg.solution[k] * cg.solution[k];
  double rho = dots[0], alpha = rho > 0.0 ? rho / dots[1] : 0.0, beta = 0.0;
  const double enough = options.tolerance * options.tolerance * reference;
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
  if (!is_in_range_) work.status = LineStatus::kOutOfRange;
  work.error_estimate = reference > 0.0 ? std::sqrt(rho / reference) : 0.0;
  // What remains in `residual` is the current of each cell.
  inject(cg.solution, cg.z);
  couple_through_rows(array, cg.z, work.row_volt.data(), cg.residual);
  for (std::size_t k = 0; k < work.size; ++k) cg.residual[k] -= cell_[k] * cg.solution[k];
  for (std::size_t k = 0; k < work.source.size(); ++k) cg.residual[k] += work.source[k];
}

std::size_t LineSolver::place(Index row, Index column) const {
  const Index i = lines_.column_end == LineEnd::kLast ? n_ - 1 - row : row;
  const Index j = lines_.row_end == LineEnd::kLast ? m_ - 1 - column : column;
  return static_cast<std::size_t>(i * stride_ + j);
}

LineSolution LineSolver::solution(Work& work) const {
  LineSolution result;
  result.status = work.status;
  result.iterations = work.iterations;
  result.error_estimate = work.error_estimate;
  result.column_volt.resize(n_, m_);
  result.cell_ampere.resize(n_, m_);
  const ConjugateGradientVectors cg = work.cg();
  for (Index j = 0; j < m_; ++j) {
    for (Index i = 0; i < n_; ++i) {
      result.column_volt(i, j) = cg.solution[place(i, j)];
      result.cell_ampere(i, j) = cg.residual[place(i, j)];
    }
  }
  result.row_ampere = result.cell_ampere.rowwise().sum();
  result.column_ampere = -result.cell_ampere.colwise().sum();
  return result;
}

LineSolution LineSolver::solve(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                               const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                               const LineSolverOptions& options) const {
  Work work(*this);
  iterate(row_volt, column_volt, options, work);
  return solution(work);
}

LineSolution LineSolver::solve_with_sources(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                                            const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                                            const Eigen::Ref<const Eigen::MatrixXd>& cell_source_ampere,
                                            const LineSolverOptions& options) const {
  require(
      cell_source_ampere.rows() == n_ && cell_source_ampere.cols() == m_ && cell_source_ampere.allFinite(),
      "line solver: {}x{} cell sources for {}x{} cells; all must be finite", cell_source_ampere.rows(),
      cell_source_ampere.cols(), n_, m_);
  Work work(*this);
  work.source.assign(work.size, 0.0);
  for (Index j = 0; j < m_; ++j) {
    for (Index i = 0; i < n_; ++i) work.source[place(i, j)] = cell_source_ampere(i, j);
  }
  iterate(row_volt, column_volt, options, work);
  return solution(work);
}

LineStatus LineSolver::solve_ports(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                                   const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                                   const LineSolverOptions& options, Eigen::VectorXd& row_ampere,
                                   Eigen::VectorXd& column_ampere) const {
  Work work(*this);
  iterate(row_volt, column_volt, options, work);
  using Strided = Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>>;
  const Eigen::OuterStride<> stride(stride_);
  const ConjugateGradientVectors cg = work.cg();
  row_ampere = Eigen::VectorXd::Zero(n_);
  column_ampere = Eigen::VectorXd::Zero(m_);
  for (Index i = 0; i < n_; ++i) {
    const auto ampere = Strided(cg.residual, rows_, stride_, stride).row(i).head(m_);
    row_ampere[i] = ampere.sum();
    column_ampere -= ampere.transpose();
  }
  if (lines_.column_end == LineEnd::kLast) row_ampere.reverseInPlace();
  if (lines_.row_end == LineEnd::kLast) column_ampere.reverseInPlace();
  return work.status;
}

}  // namespace mho::circuit
