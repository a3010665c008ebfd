// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/exact_reference.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/base/error.hpp"
#include "models/base/int128.hpp"

namespace mho::numeric {
namespace {

namespace mp = boost::multiprecision;

template <unsigned Bits>
using Wide = mp::number<mp::cpp_bin_float<Bits, mp::digit_base_2, void, std::int32_t>, mp::et_off>;

constexpr int kWantedBits = 180;  // stop of the refinement, well beyond kExactBits
constexpr int kMaxRefinements = 60;
constexpr double kSlowest = 0.25;  // a factorisation that gains less than 2 bits a step is given up
constexpr double kSafeReciprocalCondition = 0x1p-40;  // n · 2^-53 and the estimate's factor 3 are far below
constexpr std::uint32_t kLargestFor2048Bits = 128;

/// 2^row[i] · A · 2^column[j] has rows and columns with a largest magnitude in [1/2, 2).
struct Scales {
  std::vector<int> row, column;
};

Scales equilibrate(const SparseMatrix& a) {
  constexpr int kUnset = std::numeric_limits<int>::min();
  Scales s{std::vector<int>(a.rows, 0), std::vector<int>(a.columns, 0)};
  std::vector<int> largest(a.columns, kUnset);
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    int top = kUnset;
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) top = std::max(top, std::ilogb(a.value[k]));
    s.row[i] = top == kUnset ? 0 : -top;
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) {
      largest[a.column[k]] = std::max(largest[a.column[k]], std::ilogb(a.value[k]) + s.row[i]);
    }
  }
  for (std::uint32_t j = 0; j < a.columns; ++j) s.column[j] = largest[j] == kUnset ? 0 : -largest[j];
  return s;
}

Eigen::MatrixXd dense(const SparseMatrix& a, const Scales& s) {
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(a.rows, a.columns);
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) {
      m(i, a.column[k]) = std::ldexp(a.value[k], s.row[i] + s.column[a.column[k]]);
    }
  }
  return m;
}

/// 2^row · (b − A · 2^column · y), every operation in T.
template <typename T, typename Element>
std::vector<T> scaled_residual(const SparseMatrix& a, const Scales& s, std::span<const Element> b,
                               const std::vector<T>& y) {
  std::vector<T> x(y.size());
  for (std::size_t j = 0; j < y.size(); ++j) x[j] = ldexp(y[j], s.column[j]);
  std::vector<T> r(b.size());
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    T sum(b[i]);
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) sum -= T(a.value[k]) * x[a.column[k]];
    r[i] = ldexp(sum, s.row[i]);
  }
  return r;
}

template <typename T>
T max_norm(const std::vector<T>& v) {
  T largest = 0;
  for (const T& e : v) largest = std::max(largest, T(abs(e)));
  return largest;
}

template <typename T>
int exponent_of(const T& value) {
  int exponent = 0;
  (void)frexp(value, &exponent);
  return exponent;
}

/// 1 / κ₁, Higham's estimate. Eigen's own estimate skips zero pivots and would call diag(1, 0) perfect.
double reciprocal_condition(const Eigen::PartialPivLU<Eigen::MatrixXd>& lu) {
  const auto pivots = lu.matrixLU().diagonal();
  return pivots.allFinite() && (pivots.array() != 0).all() ? lu.rcond() : 0;
}

/// The LU factors of A in double. The right-hand side is brought into double's range and back.
class DoubleFactors {
 public:
  explicit DoubleFactors(const Eigen::MatrixXd& m) : lu_(m) {}

  bool is_safely_regular() const { return reciprocal_condition(lu_) > kSafeReciprocalCondition; }

  std::vector<Real> solve(const std::vector<Real>& r) const {
    const int exponent = exponent_of(max_norm(r));
    Eigen::VectorXd rhs(static_cast<Eigen::Index>(r.size()));
    for (std::size_t i = 0; i < r.size(); ++i) {
      rhs[static_cast<Eigen::Index>(i)] = static_cast<double>(ldexp(r[i], -exponent));
    }
    const Eigen::VectorXd solved = lu_.solve(rhs);
    if (!solved.allFinite()) return {};
    std::vector<Real> out(r.size());
    for (std::size_t i = 0; i < r.size(); ++i) {
      out[i] = ldexp(Real(solved[static_cast<Eigen::Index>(i)]), exponent);
    }
    return out;
  }

 private:
  Eigen::PartialPivLU<Eigen::MatrixXd> lu_;
};

/// The LU factors of A in T, partial pivoting. A zero pivot leaves the factors unusable: solve() returns {}.
template <typename T>
class WideFactors {
 public:
  WideFactors(const SparseMatrix& a, const Scales& s)
      : n_(a.rows), lu_(std::size_t{a.rows} * a.rows), order_(a.rows) {
    for (std::uint32_t i = 0; i < n_; ++i) {
      order_[i] = i;
      for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) {
        at(i, a.column[k]) = ldexp(T(a.value[k]), s.row[i] + s.column[a.column[k]]);
      }
    }
    for (std::uint32_t k = 0; k < n_ && is_regular_; ++k) eliminate(k);
  }

  std::vector<T> solve(const std::vector<T>& r) const {
    if (!is_regular_) return {};
    std::vector<T> x(n_);
    for (std::uint32_t i = 0; i < n_; ++i) {
      x[i] = r[order_[i]];
      for (std::uint32_t j = 0; j < i; ++j) x[i] -= at(i, j) * x[j];
    }
    for (std::uint32_t i = n_; i-- > 0;) {
      for (std::uint32_t j = i + 1; j < n_; ++j) x[i] -= at(i, j) * x[j];
      x[i] /= at(i, i);
    }
    return x;
  }

 private:
  T& at(std::uint32_t i, std::uint32_t j) { return lu_[std::size_t{i} * n_ + j]; }
  const T& at(std::uint32_t i, std::uint32_t j) const { return lu_[std::size_t{i} * n_ + j]; }

  void eliminate(std::uint32_t k) {
    std::uint32_t pivot = k;
    for (std::uint32_t i = k + 1; i < n_; ++i) {
      if (abs(at(i, k)) > abs(at(pivot, k))) pivot = i;
    }
    is_regular_ = at(pivot, k) != 0;
    if (!is_regular_) return;
    std::swap(order_[k], order_[pivot]);
    for (std::uint32_t j = 0; j < n_; ++j) std::swap(at(k, j), at(pivot, j));
    for (std::uint32_t i = k + 1; i < n_; ++i) {
      if (at(i, k) == 0) continue;
      const T factor = at(i, k) /= at(k, k);
      for (std::uint32_t j = k + 1; j < n_; ++j) at(i, j) -= factor * at(k, j);
    }
  }

  std::uint32_t n_;
  std::vector<T> lu_;
  std::vector<std::uint32_t> order_;
  bool is_regular_ = true;
};

template <typename T>
struct Refined {
  bool has_converged = false;
  std::vector<T> y;
  int steps = 0;
  double bits = 0;
};

/// y ← y + F⁻¹(residual) until the correction is below 2^-kWantedBits of y, or stops shrinking.
template <typename T, typename Element, typename Factors>
Refined<T> refine(const SparseMatrix& a, const Scales& s, std::span<const Element> b,
                  const Factors& factors) {
  Refined<T> out{.has_converged = false, .y = std::vector<T>(b.size(), T(0)), .steps = 0, .bits = 0};
  T last = 0;
  while (out.steps < kMaxRefinements) {
    const auto residual = scaled_residual(a, s, b, out.y);
    if (max_norm(residual) == 0) {
      out.has_converged = true;
      out.bits = std::numeric_limits<double>::infinity();
      return out;
    }
    const auto correction = factors.solve(residual);
    if (correction.empty()) return out;
    for (std::size_t i = 0; i < out.y.size(); ++i) out.y[i] += correction[i];
    ++out.steps;
    const T size = max_norm(correction);
    const T relative = size / max_norm(out.y);
    out.bits = relative > 0 ? -static_cast<double>(log2(relative)) : std::numeric_limits<double>::infinity();
    out.has_converged = out.bits >= kWantedBits;
    if (out.has_converged || (out.steps > 1 && size > kSlowest * last)) return out;
    last = size;
  }
  return out;
}

/// Arithmetic modulo a prime below 2^63.
class Field {
 public:
  explicit Field(std::uint64_t prime) : prime_(prime) {}

  std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const {
    return static_cast<std::uint64_t>(uint128_t{a} * b % prime_);
  }
  std::uint64_t subtract(std::uint64_t a, std::uint64_t b) const { return a >= b ? a - b : a + (prime_ - b); }
  std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const {
    std::uint64_t result = 1;
    for (; exponent != 0; exponent >>= 1, base = multiply(base, base)) {
      if ((exponent & 1) != 0) result = multiply(result, base);
    }
    return result;
  }
  std::uint64_t inverse(std::uint64_t a) const { return power(a, prime_ - 2); }
  /// A double is an integer times a power of two, and both have a remainder.
  std::uint64_t of(double value) const {
    int exponent = 0;
    const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
    exponent -= 53;
    const std::uint64_t magnitude = static_cast<std::uint64_t>(std::abs(mantissa)) % prime_;
    const std::uint64_t two = power(2, static_cast<std::uint64_t>(std::abs(exponent)));
    const std::uint64_t scaled = multiply(magnitude, exponent < 0 ? inverse(two) : two);
    return mantissa < 0 ? subtract(0, scaled) : scaled;
  }

 private:
  std::uint64_t prime_;
};

/// True when the determinant of A is a multiple of the prime.
bool determinant_vanishes(const SparseMatrix& a, std::uint64_t prime) {
  const Field field(prime);
  const std::size_t n = a.rows;
  std::vector<std::uint64_t> m(n * n, 0);
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) m[i * n + a.column[k]] = field.of(a.value[k]);
  }
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    while (pivot < n && m[pivot * n + k] == 0) ++pivot;
    if (pivot == n) return true;
    for (std::size_t j = k; j < n; ++j) std::swap(m[k * n + j], m[pivot * n + j]);
    const std::uint64_t reciprocal = field.inverse(m[k * n + k]);
    for (std::size_t i = k + 1; i < n; ++i) {
      if (m[i * n + k] == 0) continue;
      const std::uint64_t factor = field.multiply(m[i * n + k], reciprocal);
      for (std::size_t j = k; j < n; ++j) {
        m[i * n + j] = field.subtract(m[i * n + j], field.multiply(factor, m[k * n + j]));
      }
    }
  }
  return false;
}

bool is_singular(const SparseMatrix& a) {
  constexpr std::uint64_t kPrime61 = (std::uint64_t{1} << 61) - 1;
  constexpr std::uint64_t kPrime62 = (std::uint64_t{1} << 62) - 57;
  return determinant_vanishes(a, kPrime61) && determinant_vanishes(a, kPrime62);
}

template <typename T>
bool take(ExactSolution& solution, const Refined<T>& refined, const Scales& s, int working_bits) {
  if (!refined.has_converged) return false;
  solution.status = ExactStatus::kSolved;
  solution.refinements = refined.steps;
  solution.working_bits = working_bits;
  solution.achieved_bits = refined.bits;
  solution.x.resize(refined.y.size());
  for (std::size_t j = 0; j < refined.y.size(); ++j) solution.x[j] = Real(ldexp(refined.y[j], s.column[j]));
  return true;
}

template <unsigned Bits, typename Element>
bool solve_wide(ExactSolution& solution, const SparseMatrix& a, const Scales& s, std::span<const Element> b) {
  using T = Wide<Bits>;
  return take(solution, refine<T>(a, s, b, WideFactors<T>(a, s)), s, static_cast<int>(Bits));
}

/// Largest growth of a vector under `apply`, a symmetric positive operator: its largest eigenvalue, from
/// below.
template <typename Apply>
double largest_eigenvalue(Eigen::Index n, Apply apply) {
  constexpr int kMaxSteps = 500;
  constexpr double kSettled = 1e-6;
  Eigen::VectorXd v(n);
  for (Eigen::Index i = 0; i < n; ++i) v[i] = 1.0 + 0.5 * std::cos(1.0 + 2.0 * static_cast<double>(i));
  v.normalize();
  double eigenvalue = 0;
  for (int step = 0; step < kMaxSteps; ++step) {
    v = apply(v);
    const double norm = v.norm();
    if (!std::isfinite(norm) || norm == 0) return std::numeric_limits<double>::infinity();
    v /= norm;
    const bool has_settled = std::abs(norm - eigenvalue) <= kSettled * norm;
    eigenvalue = norm;
    if (has_settled) break;
  }
  return eigenvalue;
}

double relative(const Real& numerator_squared, const Real& denominator_squared) {
  if (numerator_squared == 0) return 0;
  if (denominator_squared == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(Real(sqrt(numerator_squared / denominator_squared)));
}

template <typename Element>
ExactSolution solution_of(const SparseMatrix& a, std::span<const Element> b) {
  require(a.rows == a.columns && a.rows > 0, "an exact solution needs a square matrix, not {} x {}", a.rows,
          a.columns);
  require(b.size() == a.rows, "a right-hand side of length {} does not fit a matrix of {} rows", b.size(),
          a.rows);
  const Scales scales = equilibrate(a);
  ExactSolution solution;
  const DoubleFactors factors(dense(a, scales));
  // A singular matrix whose right-hand side lies in its range would let the refinement converge to one of
  // many solutions, so doubt is settled first.
  if (!factors.is_safely_regular() && is_singular(a)) {
    solution.status = ExactStatus::kSingular;
    return solution;
  }
  if (take(solution, refine<Real>(a, scales, b, factors), scales, 53)) return solution;
  if (solve_wide<512>(solution, a, scales, b)) return solution;
  if (a.rows <= kLargestFor2048Bits && solve_wide<2048>(solution, a, scales, b)) return solution;
  solution.status = ExactStatus::kUnresolved;
  return solution;
}

}  // namespace

ExactSolution solve_exactly(const SparseMatrix& a, std::span<const double> b) {
  return solution_of(a, b);
}

ExactSolution solve_exactly_for(const SparseMatrix& a, std::span<const std::int64_t> b) {
  return solution_of(a, b);
}

ConditionEstimate estimate_condition(const SparseMatrix& a) {
  require(a.rows == a.columns && a.rows > 0, "a condition number needs a square matrix, not {} x {}", a.rows,
          a.columns);
  const Eigen::MatrixXd m = dense(a, {std::vector<int>(a.rows, 0), std::vector<int>(a.columns, 0)});
  const Eigen::PartialPivLU<Eigen::MatrixXd> lu(m);
  const double reciprocal = reciprocal_condition(lu);
  if (!(reciprocal > 0)) {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    return {kInfinite, kInfinite};
  }
  const Eigen::MatrixXd transposed = m.transpose();
  const Eigen::PartialPivLU<Eigen::MatrixXd> lu_transposed(transposed);
  const double largest = largest_eigenvalue(
      m.rows(), [&](const Eigen::VectorXd& v) -> Eigen::VectorXd { return transposed * (m * v); });
  const double inverse_smallest = largest_eigenvalue(
      m.rows(),
      [&](const Eigen::VectorXd& v) -> Eigen::VectorXd { return lu.solve(lu_transposed.solve(v).eval()); });
  return {.one_norm = 1 / reciprocal, .two_norm = std::sqrt(largest) * std::sqrt(inverse_smallest)};
}

double relative_difference(std::span<const Real> x, std::span<const Real> reference) {
  require(x.size() == reference.size(), "vectors of length {} and {} cannot be compared", x.size(),
          reference.size());
  Real difference = 0;
  Real size = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const Real d = x[j] - reference[j];
    difference += d * d;
    size += reference[j] * reference[j];
  }
  return relative(difference, size);
}

double relative_residual(const SparseMatrix& a, std::span<const Real> x, std::span<const double> b) {
  require(x.size() == a.columns && b.size() == a.rows,
          "a {} x {} matrix does not fit x of length {} and b of {}", a.rows, a.columns, x.size(), b.size());
  Real residual = 0;
  Real size = 0;
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    Real r = b[i];
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) r -= Real(a.value[k]) * x[a.column[k]];
    residual += r * r;
    size += Real(b[i]) * Real(b[i]);
  }
  return relative(residual, size);
}

}  // namespace mho::numeric
