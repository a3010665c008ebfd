// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A firmware may be wrong about its own answer. Where its system is known, its word is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/solve/assessment.hpp"
#include "registers/job.hpp"  // generated

namespace mho::platform {

struct WrongClaim {
  registers::job::JobStatus status;  ///< what it should have said
  std::string message;
};

/// What is wrong with a `converged` to 2^-tolerance_bits, if anything that is known of the answer is: its
/// residual is larger, or its error more than twice as large.
std::optional<WrongClaim> wrong_claim(const Assessment& assessment, std::uint32_t tolerance_bits);

}  // namespace mho::platform
