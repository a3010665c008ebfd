// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/claim.hpp"

#include <fmt/format.h>

#include <cmath>

namespace mho::platform {

using registers::job::JobStatus;

std::optional<WrongClaim> wrong_claim(const Assessment& assessment, std::uint32_t tolerance_bits) {
  // The residual is the quotient of rounded norms.
  constexpr double kRounding = 1.0 + 0x1p-20;
  const double tolerance = std::ldexp(1.0, -static_cast<int>(tolerance_bits));
  const double residual = assessment.relative_residual_true.value_or(0);
  if (residual > tolerance * kRounding) {
    return WrongClaim{
        JobStatus::kWrongResidual,
        fmt::format("the firmware says converged, but its answer leaves a relative residual of {:.2e}",
                    residual)};
  }
  const double error = assessment.relative_error.value_or(0);
  if (error <= 2 * tolerance) return std::nullopt;
  return WrongClaim{
      JobStatus::kNotConverged,
      fmt::format("the firmware says converged, but its answer has a relative error of {:.2e}", error)};
}

}  // namespace mho::platform
