// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/read_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/amc/read_budget.hpp"
#include "models/base/error.hpp"
#include "models/circuit/wires/read_error.hpp"

namespace mho::platform {
namespace {

constexpr double kAllowedSteps = 0.1;

Eigen::VectorXd worst_error(const amc::AmcParams& amc, unsigned size) {
  return circuit::worst_read_error_steps(static_cast<Eigen::Index>(size), amc.cell, amc.lines);
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

unsigned plan_read_group(const Settings& settings, const amc::AmcParams& amc) {
  const amc::ReadBudgets budgets(amc);
  const unsigned rows = budgets.largest_exact_group();
  if (rows > 0) return rows;
  const amc::ReadBudget single = budgets.of(1);
  require(single.is_in_range,
          "{}: mvm.rows_per_read = 0: the code of a single row may exceed what converter or amplifiers "
          "reach; enlarge "
          "adc.bits or opamp.v_sat_volt",
          settings.place("mvm.rows_per_read"));
  throw InputError(fmt::format(
      "{}: mvm.rows_per_read = 0: not even one row at a time is read exactly: errors reach {:.2g} steps, and "
      "half a step is the limit; most is due to {}",
      settings.place("mvm.rows_per_read"), single.worst_steps(), single.largest().cause));
}

}  // namespace mho::platform
