// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The oracle: the solution of A x = b to far more digits than any chip delivers, and measures of how far an
// answer is from it. It shares no code with the firmware or the analogue models.
// Not modelled: anything; not fast: meant for one call per solve, n up to a few hundred.
//
// Method: powers of two equilibrate A (exactly); LU in double; x is refined with residuals in 256-bit binary
// floating point, in which every product of an entry and an unknown is rounded at 2^-256, until the last
// correction is below 2^-180 of the solution. A factor that does not contract (κ beyond about 1e14) is
// replaced by an LU in 512, then 2048 bits. When κ₁ is estimated above 2^40, whether A is singular is decided
// by its determinant modulo two primes near 2^61 and 2^62: a nonzero remainder proves it regular; two zero
// remainders make a mistake improbable (< 1e-15 for a matrix that was not constructed to deceive).
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "models/numeric/sparse_matrix.hpp"

namespace mho::numeric {

/// Binary floating point of 256 bits.
using Real = boost::multiprecision::number<
    boost::multiprecision::cpp_bin_float<256, boost::multiprecision::digit_base_2, void, std::int32_t>,
    boost::multiprecision::et_off>;

enum class ExactStatus : std::uint8_t {
  kNotComputed,
  kSolved,      ///< x holds at least kExactBits correct bits
  kSingular,    ///< A is singular
  kUnresolved,  ///< regular, but too ill-conditioned for its size (κ beyond 2^300, or 2^100 above n = 128)
};

/// Bits of x that kSolved stands for, relative to the largest equilibrated unknown.
inline constexpr int kExactBits = 120;

struct [[nodiscard]] ExactSolution {
  ExactStatus status = ExactStatus::kNotComputed;
  std::vector<Real> x;       ///< [n]; empty unless kSolved
  int refinements = 0;       ///< corrections added
  int working_bits = 0;      ///< of the factorisation that led to x: 53, 512 or 2048
  double achieved_bits = 0;  ///< −log₂ of the last correction relative to x, max norms, equilibrated
};

/// @param a  n × n, finite entries  @param b  [n]
/// @throws InputError when A is not square, empty, or b has another length
ExactSolution solve_exactly(const SparseMatrix& a, std::span<const double> b);
/// The same for a right-hand side of integers, which doubles need not hold.
ExactSolution solve_exactly_for(const SparseMatrix& a, std::span<const std::int64_t> b);

struct ConditionEstimate {
  double one_norm = 0;  ///< κ₁, Higham's estimate: at most the true value, rarely below a third of it
  double two_norm =
      0;  ///< κ₂ from power and inverse iteration: at most the true value, within a few per cent
};

/// Of the matrix as it stands, without equilibration. Infinite when the factorisation in double is singular.
ConditionEstimate estimate_condition(const SparseMatrix& a);

/// ‖x − reference‖₂ / ‖reference‖₂; 0 when both are zero, infinite when only the reference is.
/// @throws InputError when the lengths differ
double relative_difference(std::span<const Real> x, std::span<const Real> reference);

/// ‖b − A x‖₂ / ‖b‖₂ in extended precision; the same conventions for zeros.
double relative_residual(const SparseMatrix& a, std::span<const Real> x, std::span<const double> b);

}  // namespace mho::numeric
