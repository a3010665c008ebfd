// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/assessment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/numeric/least_squares.hpp"

namespace mho::platform {
namespace {

using numeric::ExactSolution;
using numeric::ExactStatus;
using numeric::Real;
using numeric::SparseMatrix;

int scale(const std::vector<std::int32_t>& scales, std::size_t i) {
  return scales.empty() ? 0 : scales[i];
}

/// In the chip's scaling.
std::vector<Real> exact_x(const JobAnswer& answer) {
  std::vector<Real> x(answer.x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    x[j] = ldexp(Real(answer.x[j]), answer.block.x_exponent);
    if (!answer.x_low.empty()) x[j] += ldexp(Real(answer.x_low[j]), answer.block.x_low_exponent);
  }
  return x;
}

/// The unknowns that are x.
std::vector<Real> part_of(const std::vector<Real>& all, const SparseMatrix& a) {
  if (all.empty()) return {};
  const auto first = all.begin() + numeric::augmented_place(a.rows, a.columns).first_of_x;
  return {first, first + a.columns};
}

std::vector<Real> users_x(const JobAnswer& answer, const SparseMatrix& a) {
  std::vector<Real> x = exact_x(answer);
  for (std::size_t j = 0; j < x.size(); ++j) x[j] = ldexp(x[j], scale(answer.column_scale, j));
  return part_of(x, a);
}

Real square_of(const std::vector<Real>& x) {
  Real sum = 0;
  for (const Real& e : x) sum += e * e;
  return sum;
}

std::string remark_on(const ExactSolution& solution, const char* what, const SparseMatrix& a) {
  switch (solution.status) {
    case ExactStatus::kSingular:
      return std::string(what) +
             (a.rows == a.columns ? " is exactly singular" : " does not have full rank: x is not determined");
    case ExactStatus::kUnresolved:
      return std::string(what) + " is too ill-conditioned for the exact reference";
    case ExactStatus::kNotComputed:
    case ExactStatus::kSolved:
      break;
  }
  return {};
}

/// The system on the chip: integers, those of the matrix in doubles, which hold them.
struct ChipSystem {
  SparseMatrix a;
  std::vector<std::int64_t> b;
};

ChipSystem chip_system(const JobAnswer& answer) {
  const auto n = static_cast<std::uint32_t>(answer.b.size());
  return {numeric::compress(answer.a, n, n), answer.b};
}

double root_of_quotient(const Real& a, const Real& b) {
  if (a == 0) return 0;
  if (b == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(Real(sqrt(a / b)));
}

/// In the user's scaling: row i of the residual is 2^−R_i (b̂_i − Σ_j Â_ij x̂_j).
double residual_on_chip(const JobAnswer& answer, const ChipSystem& system) {
  const std::vector<Real> x = exact_x(answer);
  Real residual = 0;
  Real size = 0;
  for (std::uint32_t i = 0; i < system.a.rows; ++i) {
    const Real b = ldexp(Real(system.b[i]), answer.b_exponent);
    Real product = 0;
    for (auto k = system.a.row_start[i]; k < system.a.row_start[i + 1]; ++k) {
      product += Real(system.a.value[k]) * x[system.a.column[k]];
    }
    const Real r = b - ldexp(product, answer.a_exponent);
    const int turn_back = -2 * scale(answer.row_scale, i);
    residual += ldexp(Real(r * r), turn_back);
    size += ldexp(Real(b * b), turn_back);
  }
  return root_of_quotient(residual, size);
}

double one_norm(const SparseMatrix& a) {
  std::vector<double> sums(a.columns, 0);
  for (std::size_t k = 0; k < a.nonzeros(); ++k) sums[a.column[k]] += std::abs(a.value[k]);
  return *std::ranges::max_element(sums);
}

std::optional<double> leading_condition(const JobAnswer& answer, const SparseMatrix& a) {
  const std::uint64_t rows = std::uint64_t{answer.block.fault_block_start} + answer.block.fault_block_size;
  if (answer.status != registers::job::JobStatus::kOverflow || answer.block.fault_block_size == 0 ||
      rows > a.rows) {
    return std::nullopt;
  }
  std::vector<std::int64_t> entries;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < rows; ++j) {
      const std::size_t column = answer.column_order.empty() ? j : answer.column_order[j];
      entries.push_back(answer.a[i * a.columns + column]);
    }
  }
  const auto m = static_cast<std::uint32_t>(rows);
  const SparseMatrix leading = numeric::compress(entries, m, m);
  return numeric::estimate_condition(leading).one_norm * one_norm(a) / one_norm(leading);
}

void assess_chip_system(Assessment& out, const JobAnswer& answer, const SparseMatrix& a) {
  const ChipSystem system = chip_system(answer);
  out.condition = numeric::estimate_condition(system.a).two_norm;
  out.leading_condition = leading_condition(answer, system.a);
  if (out.x.empty()) return;
  out.relative_residual_true = residual_on_chip(answer, system);
  const ExactSolution exact = numeric::solve_exactly_for(system.a, system.b);
  if (exact.status != ExactStatus::kSolved) {
    out.remark = remark_on(exact, "the system on the chip", a);
    return;
  }
  std::vector<Real> reference(exact.x.size());
  for (std::size_t j = 0; j < reference.size(); ++j) {
    const int exponent = answer.b_exponent - answer.a_exponent + scale(answer.column_scale, j);
    reference[j] = ldexp(exact.x[j], exponent);
  }
  out.relative_error = numeric::relative_difference(out.x, part_of(reference, a));
}

void assess_given_system(Assessment& out, const SparseMatrix& a, std::span<const double> b) {
  if (out.x.empty()) return;
  const ExactSolution exact = numeric::solve_exactly(numeric::augment(a), numeric::augment_vector(a, b));
  if (exact.status == ExactStatus::kSolved) {
    out.relative_error_given = numeric::relative_difference(out.x, part_of(exact.x, a));
  } else {
    out.remark = remark_on(exact, "the matrix as given", a);
  }
}

}  // namespace

Assessment assess(const JobAnswer& answer, const SparseMatrix& a, std::span<const double> b) {
  Assessment out;
  out.x = users_x(answer, a);
  if (answer.has_system()) assess_chip_system(out, answer, a);
  assess_given_system(out, a, b);
  if (out.x.empty()) return out;
  const std::vector<Real> all = exact_x(answer);
  out.unknowns_over_x = root_of_quotient(square_of(all), square_of(part_of(all, a)));
  const Real size = square_of(out.x);
  if (!answer.corrections.empty()) {
    const Real last = answer.corrections.back();
    out.relative_correction = root_of_quotient(Real(last * last), size);
  }
  if (answer.block.error_norm2_mantissa > 0) {
    const Real error = ldexp(Real(answer.block.error_norm2_mantissa), answer.block.error_norm2_exponent);
    out.relative_error_estimated = root_of_quotient(error, size);
  }
  return out;
}

std::vector<double> rounded(std::span<const Real> x) {
  std::vector<double> out;
  out.reserve(x.size());
  for (const Real& e : x) out.push_back(static_cast<double>(e));
  return out;
}

}  // namespace mho::platform
