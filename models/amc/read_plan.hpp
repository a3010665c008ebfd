// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How a chip takes its high-precision reads: how many rows at once, driven by digits of how many bits. Both
// multiply the span of a read (facts.md §1), so that a converter has room for few bits on many rows or for
// many bits on few; most errors grow with the digits, and those drawn for each cell with the root of the rows
// only. An MVM macro of N rows takes ⌈N / rows⌉ · ⌈31 / bits⌉ reads for a vector of 31-bit words.
#pragma once

#include <optional>

#include "models/amc/amc_params.hpp"

namespace mho::amc {

struct ReadPlan {
  unsigned rows = 1;        ///< as AmcParams::rows_per_read
  unsigned input_bits = 1;  ///< as AmcParams::input_bits

  bool operator==(const ReadPlan&) const = default;
};

/// Reads of an MVM macro of `size` rows for a vector whose digits are not all zero anywhere.
unsigned reads_of_vector(const ReadPlan& plan, unsigned size);

/// What of a plan is given; the rest is to be chosen.
struct GivenReads {
  std::optional<unsigned> rows, input_bits;
};

/// The plan with the fewest reads among those whose reads are exact by their budget (read_budget.hpp); of
/// plans with as many reads the one of fewer bits, whose drivers and amplifiers take less.
/// @param params  valid; its rows_per_read and input_bits are not used
/// @returns  nothing if no plan is exact
/// Cost: the budgets of each number of bits to choose from.
std::optional<ReadPlan> plan_reads(const AmcParams& params, const GivenReads& given);

}  // namespace mho::amc
