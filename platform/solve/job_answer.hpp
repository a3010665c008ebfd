// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the firmware left in memory, read back without trusting it: the guest may be anybody's program, so
// every address, length and exponent is checked before it is used.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/solve/job_image.hpp"
#include "registers/job.hpp"  // generated

namespace mho::platform {

struct JobAnswer {
  /// False when there is no result block or it contradicts itself; `defect` says why, the rest is empty.
  bool is_valid = false;
  std::string defect;

  registers::job::JobStatus status = registers::job::JobStatus::kNotRun;
  registers::job::JobResult block;  ///< as it stands in memory

  std::vector<std::int64_t> x;             ///< [n] or empty: there is no x
  std::vector<std::int64_t> x_low;         ///< [n] words that are added to x, or empty: x has one part
  std::vector<std::int32_t> row_scale;     ///< [n] or empty: zeros
  std::vector<std::int32_t> column_scale;  ///< [n] or empty: zeros
  std::vector<std::uint32_t>
      column_order;  ///< [n] the unknown of each column on the chip; empty: as they are
  /// [n · n, row-major, columns in the order of x] or empty; its two parts as one, if it has two. Every one
  /// is exact in a double.
  std::vector<std::int64_t> a;
  std::vector<std::int64_t> b;    ///< [n] or empty; likewise, up to 62 bits
  std::int32_t a_exponent = 0;    ///< of these integers
  std::int32_t b_exponent = 0;    ///< likewise
  std::vector<double> residuals;  ///< relative to b, after each iteration, as the chip measured them
  std::vector<double> corrections;  ///< ‖correction‖₂ of each iteration, in the user's x; as many, or empty

  bool has_x() const { return !x.empty(); }
  /// True when the integers of the system that was put on the chip are there.
  bool has_system() const { return !a.empty() && !b.empty(); }
};

/// @param n    rows of the real square system that the job stands for
/// @param ram  memory that starts at the base of RAM
/// @param rhs  which right-hand side, below place.rhs_count
JobAnswer read_answer(std::span<const std::uint8_t> ram, const JobPlace& place, std::uint32_t n,
                      std::uint32_t rhs = 0);

/// "converged", "not_converged", … as in the JSON of `mho solve`.
std::string_view to_string(registers::job::JobStatus status);

}  // namespace mho::platform
