// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/read_plan.hpp"

#include <algorithm>

#include "models/amc/read_budget.hpp"
#include "models/numeric/bit_slices.hpp"

namespace mho::amc {
namespace {

constexpr unsigned kWordBits = 31;

unsigned quotient_rounded_up(unsigned a, unsigned b) {
  return (a + b - 1) / b;
}

/// Rows of exact reads of digits of `params.input_bits` bits; 0: none.
unsigned exact_rows(const AmcParams& params, const std::optional<unsigned>& given) {
  const ReadBudgets budgets(params);
  if (!given) return budgets.largest_exact_group();
  return budgets.of(*given).is_exact() ? *given : 0;
}

}  // namespace

unsigned reads_of_vector(const ReadPlan& plan, unsigned size) {
  return quotient_rounded_up(size, plan.rows) * quotient_rounded_up(kWordBits, plan.input_bits);
}

std::optional<ReadPlan> plan_reads(const AmcParams& params, const GivenReads& given) {
  const unsigned least = given.input_bits.value_or(1);
  const unsigned most = given.input_bits.value_or(std::min(numeric::kMostDigitBits, params.dac.bits - 1));
  std::optional<ReadPlan> best;
  AmcParams candidate = params;
  for (unsigned bits = least; bits <= most; ++bits) {
    candidate.input_bits = bits;
    const unsigned rows = exact_rows(candidate, given.rows);
    if (rows == 0) continue;
    const ReadPlan plan{.rows = rows, .input_bits = bits};
    if (!best || reads_of_vector(plan, params.mvm_size) < reads_of_vector(*best, params.mvm_size))
      best = plan;
  }
  return best;
}

}  // namespace mho::amc
