// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/code_widths.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {

Eigen::VectorXd CodeWidths::inl_lsb(Eigen::Index n, const Random& random, RandomPurpose purpose,
                                    std::uint32_t unit, std::uint16_t channel) const {
  Eigen::VectorXd inl = Eigen::VectorXd::Zero(n);
  if (dnl_sigma_lsb > 0.0) {
    std::array<double, 4> draws{};
    for (Eigen::Index k = 1; k < n; ++k) {
      const auto lane = static_cast<std::size_t>(k % 4);
      if (lane == 0 || k == 1) {
        draws = random.normals(purpose, {.unit = unit, .row = channel, .column = 0},
                               static_cast<std::uint32_t>(k / 4));
      }
      inl[k] = inl[k - 1] + dnl_sigma_lsb * draws[lane];
    }
    inl -= Eigen::VectorXd::LinSpaced(n, 0.0, inl[n - 1]).eval();
  }
  for (Eigen::Index k = 0; k < n; ++k) {
    const double u = 2.0 * static_cast<double>(k) / static_cast<double>(n - 1) - 1.0;
    inl[k] += bow_lsb * (1.0 - u * u);
    if (!profile_lsb.empty()) inl[k] += profile_lsb[static_cast<std::size_t>(k)];
  }
  return inl;
}

void validate_code_widths(const char* converter, double bow_lsb, double dnl_sigma_lsb,
                          std::span<const double> profile_lsb, int max_code, std::size_t entries) {
  require(std::abs(bow_lsb) <= 0.25 * max_code, "{}: inl_bow_lsb is {}; choose a value within ±{}", converter,
          bow_lsb, 0.25 * max_code);
  require(dnl_sigma_lsb >= 0.0 && dnl_sigma_lsb <= 1.0, "{}: dnl_sigma_lsb is {}; choose a value in 0 ... 1",
          converter, dnl_sigma_lsb);
  require(profile_lsb.empty() || profile_lsb.size() == entries,
          "{}: inl_profile_lsb has {} entries; at this resolution it needs {}", converter, profile_lsb.size(),
          entries);
  for (std::size_t k = 0; k < profile_lsb.size(); ++k) {
    require(std::abs(profile_lsb[k]) <= max_code,
            "{}: entry {} of inl_profile_lsb is {}; choose a value within ±{}", converter, k, profile_lsb[k],
            max_code);
  }
}

}  // namespace mho::circuit
