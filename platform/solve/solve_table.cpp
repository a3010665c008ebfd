// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/solve_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace mho::platform {
namespace {

constexpr int kLabel = 24;
constexpr int kNumber = 12;

std::string line(std::string_view label, std::string_view text) {
  return fmt::format("{:<{}}{}\n", label, kLabel, text);
}

/// "3.1e-08  2^-24.94"
std::string accuracy(double value) {
  if (value == 0) return "0";
  if (!std::isfinite(value)) return "infinite";
  return fmt::format("{:<{}.3g}2^{:.2f}", value, kNumber, std::log2(value));
}

std::string accuracy_line(std::string_view label, const std::optional<double>& value,
                          std::string_view remark) {
  if (!value.has_value()) return "";
  return line(label, fmt::format("{:<24}{}", accuracy(*value), remark));
}

std::string gmres_remark(std::uint32_t from) {
  if (from == 0) return "";
  return from == 1 ? ", by GMRES" : fmt::format(", by GMRES from {} on", from);
}

std::string outcome(const SolveReport& r) {
  std::string text = line("status", r.status);
  if (!r.solutions.empty()) {
    const auto converged = std::ranges::count_if(r.solutions, &Solution::has_converged);
    text += line(
        "", fmt::format("{} of {} right-hand sides converged; the worst:", converged, r.solutions.size()));
  }
  if (!r.message.empty()) text += line("", r.message);
  const auto& residuals = r.answer.residuals;
  if (!residuals.empty()) {
    // A residual of zero has no logarithm.
    const double bits = r.bits_per_iteration();
    const std::string rate = bits == 0 ? "" : fmt::format(" ({:.2f} bits each)", bits);
    text += line("iterations", fmt::format("{}{}{}", r.answer.block.iterations, rate,
                                           gmres_remark(r.answer.block.gmres_from)));
  }
  text += accuracy_line("relative error", r.assessment.relative_error,
                        fmt::format("against the {}-bit system on the chip", r.solver.bits));
  text += accuracy_line("", r.assessment.relative_error_given, "against the matrix as given");
  if (!residuals.empty())
    text += accuracy_line("relative residual", residuals.back(), "as the chip measured it");
  text += accuracy_line("", r.assessment.relative_residual_true, "recomputed exactly");
  if (r.assessment.condition.has_value()) {
    text += line("condition number", fmt::format("{:.3g} after equilibration", *r.assessment.condition));
  }
  if (!r.assessment.remark.empty()) text += line("", r.assessment.remark);
  return text;
}

std::string phases(const SolveReport& r) {
  std::string text =
      fmt::format("\n{:<{}}{:>{}}{:>{}}\n", "phase", kLabel, "time", kNumber, "energy", kNumber);
  const auto row = [&](std::string_view name, double time_s, double energy_J) {
    text += fmt::format("{:<{}}{:>{}}{:>{}}\n", name, kLabel, with_prefix(time_s, "s"), kNumber,
                        with_prefix(energy_J, "J"), kNumber);
  };
  for (std::size_t i = 0; i < r.phases.size(); ++i) {
    if (r.phases[i].time_ps == 0) continue;
    row(cost::to_string(static_cast<cost::Phase>(i)), static_cast<double>(r.phases[i].time_ps) * 1e-12,
        r.phases[i].energy.in_joules());
  }
  row("total", static_cast<double>(r.run.simulated_time_ps) * 1e-12, r.run.energy.in_joules());
  return text;
}

std::string components(const SolveReport& r) {
  std::string text =
      fmt::format("\n{:<{}}{:>{}}{:>{}}\n", "component", kLabel, "energy", kNumber, "share", kNumber);
  auto sorted = r.run.energy_by_component;
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  const double total = r.run.energy.in_joules();
  for (const auto& [name, energy] : sorted) {
    if (energy == Energy{}) continue;
    text += fmt::format("{:<{}}{:>{}}{:>{}}\n", name, kLabel, with_prefix(energy.in_joules(), "J"), kNumber,
                        fmt::format("{:.1f} %", 100 * energy.in_joules() / total), kNumber);
  }
  return text;
}

std::string work(const SolveReport& r) {
  const amc::DruCounters& c = r.counters;
  std::string text = "\n";
  const auto with_ginv = [](std::uint64_t count, std::string_view rest) {
    return count == 0 ? std::string(rest) : fmt::format("{} GINV, {}", count, rest);
  };
  text += line(
      "analogue operations",
      with_ginv(c.ginv, fmt::format("{} INV, {} MVM, {} high-precision reads, {} done again in another range",
                                    c.inv, c.mvm, c.hp_reads, c.retries)));
  if (c.checksum_mismatches != 0) {
    text += line("wrong reads", fmt::format("{} found by their checksum, {} reads done again",
                                            c.checksum_mismatches, c.repeated_reads));
  }
  text +=
      line("macros",
           with_ginv(r.ginv_macros_used,
                     fmt::format("{} INV and {} MVM in use, {} programmed, at most {} writes per cell",
                                 r.inv_macros_used, r.mvm_macros_used, c.program, c.max_writes_per_cell)));
  if (c.ginv != 0 && r.answer.block.ginv_macros_used == 0)
    text += line("least squares",
                 "INV macros took over from the GINV macro, whose loop did not settle or saturated");
  if (r.answer.block.calibrated_channels != 0) {
    text += line("calibration",
                 fmt::format("{} channels, {} trims at their limit, in {}",
                             r.answer.block.calibrated_channels, r.answer.block.calibration_limited,
                             with_prefix(r.answer.block.calibration_time_ns * 1e-9, "s")));
  }
  text += line("digital operations",
               fmt::format("{} on the DRU, {} on the CPU", with_prefix(static_cast<double>(c.digital), ""),
                           with_prefix(static_cast<double>(r.answer.block.digital_ops), "")));
  const auto& b = r.answer.block;
  if (b.schur_time_ns != 0) {
    text += line("Schur complements",
                 fmt::format("{} and {} of planning, solver.schur_unit: {}",
                             with_prefix(static_cast<double>(b.schur_time_ns) * 1e-9, "s"),
                             with_prefix(static_cast<double>(b.schur_energy_pj) * 1e-12, "J"),
                             to_string(r.solver.schur_unit)));
  }
  if (b.analogue_parts + b.refused_parts != 0) {
    text +=
        line("", fmt::format("{} half steps by macros, {} left to the CPU; {} INV, {} reads, {} programmed",
                             b.analogue_parts, b.refused_parts, with_prefix(b.plan_inv, ""),
                             with_prefix(b.plan_hp_reads, ""), b.plan_programs));
  }
  text += line("CPU", fmt::format("{} instructions, {} cycles",
                                  with_prefix(static_cast<double>(r.run.cpu_instructions), ""),
                                  with_prefix(static_cast<double>(r.run.cpu_cycles), "")));
  text += line("host", fmt::format("{} wall, {:.0f} MIPS", with_prefix(r.run.wall_s, "s"), r.run.mips()));
  return text;
}

}  // namespace

std::string with_prefix(double value, std::string_view unit) {
  if (value == 0) return unit.empty() ? "0" : fmt::format("0 {}", unit);
  constexpr std::array<std::string_view, 11> kPrefixes{"a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T"};
  constexpr int kNone = 6;
  // Rounded first, so that 999.96 becomes 1.000 of the next prefix.
  const double magnitude = std::abs(value);
  int power = static_cast<int>(std::floor(std::log10(magnitude) / 3));
  if (fmt::format("{:.4g}", magnitude / std::pow(1000.0, power)) == "1000") ++power;
  power = std::clamp(power, -kNone, static_cast<int>(kPrefixes.size()) - 1 - kNone);
  const std::string_view prefix = kPrefixes[static_cast<std::size_t>(power + kNone)];
  const std::string number = fmt::format("{:.4g}", value / std::pow(1000.0, power));
  if (prefix.empty() && unit.empty()) return number;
  return fmt::format("{} {}{}", number, prefix, unit);
}

std::string to_table(const SolveReport& report, std::string_view matrix) {
  const std::string size =
      report.m == report.n ? fmt::format("n = {}", report.n) : fmt::format("{} x {}", report.m, report.n);
  std::string text =
      fmt::format("{}: {}, {}{} entries; chip {}, seed {}\n\n", matrix, size, report.nonzeros,
                  report.is_complex ? " complex" : "", report.config_hash.substr(0, 8), report.seed);
  return text + outcome(report) + phases(report) + components(report) + work(report);
}

}  // namespace mho::platform
