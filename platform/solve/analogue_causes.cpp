// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/analogue_causes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "models/amc/read_budget.hpp"

namespace mho::platform {
namespace {

unsigned rows_at_once(const amc::AmcParams& amc, unsigned n) {
  return std::clamp(n, 1u, amc.rows_per_read);
}

int largest_code(const amc::AmcParams& amc) {
  return (1 << (amc.adc.bits - 1)) - 1;
}

bool exceeds_converter(const amc::AmcParams& amc, unsigned rows) {
  return amc::largest_product(amc) * static_cast<int>(rows) > largest_code(amc);
}

std::string beyond_converter(const amc::AmcParams& amc, unsigned rows) {
  return fmt::format(
      "codes of {} rows at once reach ±{} and the converters ±{} (adc.bits, mvm.rows_per_read, "
      "mvm.input_bits)",
      rows, amc::largest_product(amc) * static_cast<int>(rows), largest_code(amc));
}

/// The largest first; what takes less than a tenth is left out.
std::string parts_of(const amc::ReadBudget& budget) {
  constexpr double kWorthNaming = 0.1;
  constexpr std::size_t kMost = 3;
  std::vector<amc::ReadError> errors = budget.errors;
  std::ranges::stable_sort(errors, std::ranges::greater{}, &amc::ReadError::worst_steps);
  const double least = kWorthNaming * budget.worst_steps();
  std::vector<std::string> parts;
  for (const amc::ReadError& error : errors) {
    if (parts.size() == kMost || (!parts.empty() && error.worst_steps() < least)) break;
    parts.push_back(fmt::format("{:.2g} by {}", error.worst_steps(), error.cause));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string remedy(const amc::ReadBudgets& budgets) {
  const unsigned exact = budgets.largest_exact_group();
  if (exact == 0) return "not even single rows stay exact";
  return fmt::format("mvm.rows_per_read=0 chooses {}, which {} exact",
                     exact == 1 ? "1 row" : fmt::format("{} rows", exact), exact == 1 ? "stays" : "stay");
}

}  // namespace

std::string why_reads_err(const amc::AmcParams& amc, unsigned n, double age_s) {
  const amc::ReadBudgets budgets(amc, age_s);
  const unsigned rows = rows_at_once(amc, n);
  const amc::ReadBudget budget = budgets.of(rows);
  if (budget.is_exact()) return "";
  if (exceeds_converter(amc, rows)) return beyond_converter(amc, rows) + "; " + remedy(budgets);
  if (!budget.is_in_range) {
    return fmt::format("reads of {} rows at once reach beyond the amplifiers (opamp.v_sat_volt); {}", rows,
                       remedy(budgets));
  }
  return fmt::format(
      "reads of {} rows at once may be off by {:.2g} steps, and half a step is the limit for integers: {}; "
      "{}",
      rows, budget.worst_steps(), parts_of(budget), remedy(budgets));
}

std::string why_reads_saturate(const amc::AmcParams& amc, unsigned n) {
  const unsigned rows = rows_at_once(amc, n);
  const double code_at_rail = amc.opamp.v_sat_volt / amc.adc.v_full_scale_volt * largest_code(amc);
  // What drives an amplifier to its rail has left the converter's range before.
  if (exceeds_converter(amc, rows) && code_at_rail >= largest_code(amc)) {
    return beyond_converter(amc, rows) + "; " + remedy(amc::ReadBudgets(amc, /*age_s=*/0.0));
  }
  if (amc.dac.v_clip_volt > 0 && amc.dac.v_clip_volt < amc.dac.v_full_scale_volt) {
    return "DACs are at their limit in high-precision reads (dac.clip_volt)";
  }
  return "amplifiers saturate in high-precision reads (opamp.v_sat_volt)";
}

std::string why_cells_fail(const amc::AmcParams& amc) {
  std::vector<std::string> causes;
  std::size_t listed = 0;
  for (const auto& [macro, faults] : amc.faults) listed += faults.positive.size() + faults.negative.size();
  if (listed > 0) causes.push_back(fmt::format("the {} stuck ones of the map (faults.map)", listed));
  const device::FaultParams& rates = amc.effects.faults;
  if (device::is_on(rates)) {
    const double cells = (rates.on_rate + rates.off_rate + rates.level_rate) * 2.0;
    causes.push_back(
        fmt::format("stuck ones, about {:.2g} in an INV macro and {:.2g} in an MVM macro (faults.*_rate)",
                    cells * amc.inv_size * amc.inv_size, cells * amc.mvm_size * amc.mvm_size));
  }
  if (device::is_on(amc.effects.endurance)) {
    causes.emplace_back("worn ones (endurance.half_window_writes)");
  }
  if (amc::is_compensated(amc, amc::MacroKind::kMvm) || amc::is_compensated(amc, amc::MacroKind::kInv)) {
    causes.emplace_back(
        "far ones that would need more than g_max to make up for the lines (lines.headroom, lines.*_ohm)");
  }
  causes.emplace_back("slow ones (write.pulse_limit, write.stall_limit)");
  return fmt::format("cells that cannot be programmed: {}", fmt::join(causes, ", or "));
}

}  // namespace mho::platform
