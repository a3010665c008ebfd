// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How good an answer of the chip is, seen from outside: against the exact solution of the integers that were
// put on the chip, and against that of the matrix as given. Uses no number that the chip computed about
// itself.
//
//     Â = a · 2^a_exponent = 2^R A_B 2^C,  b̂ = b · 2^b_exponent = 2^R b_B      (A_B, b_B: rounded to B bits)
//     x_j = (x[j] · 2^x_exponent + x_low[j] · 2^x_low_exponent) · 2^C_j,
//     x*_j = (a⁻¹ b)_j · 2^(b_exponent − a_exponent + C_j)
// A rectangular matrix is on the chip as the square one that stands for it (numeric/least_squares.hpp). Then
// x and x* are the unknowns of that system that the user has asked for; its residual counts all of its rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/numeric/exact_reference.hpp"
#include "models/numeric/sparse_matrix.hpp"
#include "platform/solve/job_answer.hpp"

namespace mho::platform {

struct Assessment {
  std::vector<numeric::Real> x;  ///< [n] the chip's x, exactly; empty: there is none
  /// ‖all unknowns of the chip's system‖₂/‖those that are x‖₂ in its scaling: by so much more than in a
  /// square system rounding may cost in x.
  double unknowns_over_x = 1;
  /// ‖x − x*‖₂/‖x*‖₂ against the system on the chip. Nothing without an x, an exact system, or a solution.
  std::optional<double> relative_error;
  /// The same against the system as given.
  std::optional<double> relative_error_given;
  /// ‖b_B − A_B x‖₂/‖b_B‖₂: what the chip's own relative residual should be.
  std::optional<double> relative_residual_true;
  /// ‖last correction‖₂/‖x‖₂ as the chip took it.
  std::optional<double> relative_correction;
  /// The driver's own estimate of the relative error, ‖Â⁻¹ r‖₂/‖x‖₂ by the factors of its elimination.
  /// Nothing where it made none.
  std::optional<double> relative_error_estimated;
  /// κ₂ of Â: of the equilibrated matrix.
  std::optional<double> condition;
  /// ‖L⁻¹‖₁‖Â‖₁, estimate, of the leading rows and columns L of Â up to the end of the block that an overflow
  /// is about: how much larger than Â the Schur complement behind L may become. Nothing for other statuses.
  std::optional<double> leading_condition;
  /// Why relative_error or relative_error_given is missing although there is an x; empty when none is.
  std::string remark;
};

/// @param a, b    as given, m × n and [m]
/// @param answer  valid
Assessment assess(const JobAnswer& answer, const numeric::SparseMatrix& a, std::span<const double> b);

/// Rounded to doubles.
std::vector<double> rounded(std::span<const numeric::Real> x);

}  // namespace mho::platform
