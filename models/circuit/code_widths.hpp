// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Integral non-linearity of one converter channel over its codes (DAC) or thresholds (ADC), numbered
// k = 0 … n−1:
//     INL(k) = bow · (1 − u²) + Σ_{j<=k} DNL(j) − (line through the ends of the sum) + profile(k)
//     u = 2k/(n−1) − 1,   DNL(j) ~ N(0, dnl_sigma), j = 1 … n−1
// Without a profile it is 0 at both ends: INL refers to the end points, gain and offset are parameters of
// their own.
#pragma once

#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/base/random.hpp"

namespace mho::circuit {

/// Code widths that one bank may hold.
inline constexpr Eigen::Index kMaxCodeWidths = Eigen::Index{1} << 25;

struct CodeWidths {
  double bow_lsb;
  double dnl_sigma_lsb;
  std::span<const double> profile_lsb;  ///< n entries or none

  bool is_linear() const { return bow_lsb == 0.0 && dnl_sigma_lsb == 0.0 && profile_lsb.empty(); }

  /// INL [n, LSB] of channel `channel` of bank `unit`, n >= 2: a pure function of its arguments.
  Eigen::VectorXd inl_lsb(Eigen::Index n, const Random& random, RandomPurpose purpose, std::uint32_t unit,
                          std::uint16_t channel) const;
};

/// Throws InputError, naming the `converter`, unless |bow| <= max_code/4, dnl_sigma is in 0 … 1 and the
/// profile is empty or has `entries` values within ± max_code.
void validate_code_widths(const char* converter, double bow_lsb, double dnl_sigma_lsb,
                          std::span<const double> profile_lsb, int max_code, std::size_t entries);

}  // namespace mho::circuit
