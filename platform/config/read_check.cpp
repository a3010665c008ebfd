// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/read_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/amc/read_budget.hpp"
#include "models/base/error.hpp"
#include "models/circuit/wires/read_error.hpp"
#include "models/numeric/bit_slices.hpp"

namespace mho::platform {
namespace {

constexpr double kAllowedSteps = 0.1;

Eigen::VectorXd worst_error(const amc::AmcParams& amc, unsigned size) {
  return circuit::worst_read_error_steps(static_cast<Eigen::Index>(size),
                                         cell_params(amc, amc::MacroKind::kMvm), amc.lines) *
         numeric::largest_digit(amc.input_bits);
}

std::string advice(const amc::AmcParams& amc) {
  for (unsigned size = amc.mvm_size; size >= 2; size /= 2) {
    const Eigen::VectorXd error = worst_error(amc, size);
    const auto rows = std::min<std::ptrdiff_t>((error.array() <= kAllowedSteps).count(), amc.rows_per_read);
    if (rows > 0) return fmt::format("mvm.size={} with mvm.rows_per_read={} reads rightly", size, rows);
  }
  return "no smaller macro reads rightly either";
}

}  // namespace

void expect_exact_reads(const Settings& settings, const amc::AmcParams& amc) {
  if (amc::is_compensated(amc, amc::MacroKind::kMvm) || circuit::is_ideal(amc.lines)) return;
  const double steps = worst_error(amc, amc.mvm_size)[static_cast<Eigen::Index>(amc.rows_per_read) - 1];
  require(
      steps <= kAllowedSteps,
      "{}: mvm.line_compensation = false: the lines take up to {:.2g} steps from a read of {} rows of a "
      "{}x{} array, and {} is the limit for integers; {}; or set mvm.requires_exact_reads=false to see it "
      "fail",
      settings.place("mvm.line_compensation"), steps, amc.rows_per_read, amc.mvm_size, amc.mvm_size,
      kAllowedSteps, advice(amc));
}

amc::ReadPlan plan_exact_reads(const Settings& settings, const amc::AmcParams& amc,
                               const amc::GivenReads& given) {
  if (const auto plan = amc::plan_reads(amc, given)) return *plan;
  const char* const key = given.rows ? "mvm.input_bits" : "mvm.rows_per_read";
  const unsigned rows = given.rows.value_or(1);
  const std::string reads = fmt::format(
      "{}: {} = 0: {} read exactly", settings.place(key), key,
      rows == 1 ? "not even one row at a time is" : fmt::format("{} rows at a time are not", rows));
  const amc::ReadBudget least = amc::ReadBudgets(amc).of(rows);
  const char* const remedy = given.rows ? "; mvm.rows_per_read = 0 chooses the rows as well" : "";
  require(least.is_in_range,
          "{}: codes may exceed what converter or amplifiers reach; enlarge adc.bits or opamp.v_sat_volt{}",
          reads, remedy);
  throw InputError(
      fmt::format("{}: errors reach {:.2g} steps, and half a step is the limit; most is due to {}{}", reads,
                  least.worst_steps(), least.largest().cause, remedy));
}

}  // namespace mho::platform
