// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/solve_json.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace mho::platform {
namespace {

using Json = nlohmann::ordered_json;
namespace job = registers::job;

double seconds(std::uint64_t ps) {
  return static_cast<double>(ps) * 1e-12;
}

Json number(const std::optional<double>& value) {
  return value.has_value() ? Json(*value) : Json(nullptr);
}

std::string_view method_name(job::JobMethod method) {
  switch (method) {
    case job::JobMethod::kRefine:
      return "refine";
    case job::JobMethod::kGmres:
      return "gmres";
    case job::JobMethod::kAuto:
      return "auto";
  }
  return "unknown";
}

/// Null: beyond 2^32 − 2.
Json condition(std::uint32_t estimate) {
  return estimate == std::numeric_limits<std::uint32_t>::max() ? Json(nullptr) : Json(estimate);
}

/// Of leaves and blocks, of which a plan for a GINV macro puts none on macros.
void add_leaves(Json& json, const job::JobResult& block) {
  json["leaves"] = block.leaves;
  json["reordered_leaves"] = block.reordered_leaves;
  json["unstable_leaves"] = block.unstable_leaves;
  json["split_leaves"] = block.split_leaves;
  json["smallest_margin"] = block.smallest_margin * 0x1p-16;
  json["worst_leaf"] = {{"condition", condition(block.worst_leaf_condition)},
                        {"start", block.worst_leaf_start}};
  json["worst_block"] = {{"condition", condition(block.worst_block_condition)},
                         {"start", block.worst_block_start},
                         {"size", block.worst_block_size}};
}

/// What the driver says about its plan.
Json plan_of(const job::JobResult& block) {
  Json json;
  if (block.ginv_macros_used == 0) add_leaves(json, block);
  json["tiles"] = block.tiles;
  json["reordered_rows"] = block.reordered_rows;
  json["reordered_columns"] = block.reordered_columns;
  json["inv_slices"] = block.inv_slices;
  json["commands"] = block.commands;
  return json;
}

/// What the driver measured after trimming.
Json calibration_of(const job::JobResult& block) {
  return {{"channels", block.calibrated_channels},
          {"limited", block.calibration_limited},
          {"conversions", block.calibration_conversions},
          {"time_s", block.calibration_time_ns * 1e-9},
          {"energy_J", static_cast<double>(block.calibration_energy_pj) * 1e-12},
          {"adc_offset_lsb", block.adc_offset_residual * 0x1p-12},
          {"adc_gain", block.adc_gain_residual * 0x1p-20},
          {"dac_offset_lsb", block.dac_offset_residual * 0x1p-12},
          {"dac_gain", block.dac_gain_residual * 0x1p-20},
          {"opamp_offset_volt", block.opamp_offset_residual * 1e-9}};
}

Json flags_of(const job::JobResult& block) {
  return {{"saturated", (block.flags & job::kResultSaturated) != 0},
          {"clipped", (block.flags & job::kResultClipped) != 0},
          {"unstable", (block.flags & job::kResultUnstable) != 0},
          {"verified", (block.flags & job::kResultVerified) != 0}};
}

void add_outcome(Json& json, const SolveReport& r) {
  const JobAnswer& answer = r.answer;
  json["status"] = r.status;
  json["firmware_status"] = answer.is_valid ? Json(to_string(answer.status)) : Json(nullptr);
  json["message"] = r.message;
  json["n"] = r.n;
  json["m"] = r.m;
  json["nonzeros"] = r.nonzeros;
  json["is_complex"] = r.is_complex;
  json["method"] = method_name(r.solver.method);
  json["iterations"] = answer.block.iterations;
  json["bits"] = r.solver.bits;
  json["tolerance_bits"] = r.solver.tolerance_bits;
  json["relative_error"] = number(r.assessment.relative_error);
  json["relative_error_estimated"] = number(r.assessment.relative_error_estimated);
  json["relative_error_given"] = number(r.assessment.relative_error_given);
  json["relative_residual"] = answer.residuals.empty() ? Json(nullptr) : Json(answer.residuals.back());
  json["relative_residual_true"] = number(r.assessment.relative_residual_true);
  json["relative_correction"] = number(r.assessment.relative_correction);
  json["condition_equilibrated"] = number(r.assessment.condition);
  json["remark"] = r.assessment.remark;
  json["history"] = answer.residuals;
}

void add_solutions(Json& json, const SolveReport& r) {
  if (r.solutions.empty()) return;
  json["right_hand_sides"] = r.solutions.size();
  Json all = Json::array();
  for (const Solution& s : r.solutions) {
    const auto& residuals = s.answer.residuals;
    all.push_back({{"status", s.status},
                   {"message", s.message},
                   {"iterations", s.answer.block.iterations},
                   {"relative_error", number(s.assessment.relative_error)},
                   {"relative_error_given", number(s.assessment.relative_error_given)},
                   {"relative_residual", residuals.empty() ? Json(nullptr) : Json(residuals.back())},
                   {"relative_residual_true", number(s.assessment.relative_residual_true)}});
  }
  json["solutions"] = std::move(all);
}

/// What stood for the inverse of a rectangular system; null for a square one.
Json least_squares_of(const SolveReport& r) {
  if (r.m == r.n) return nullptr;
  const job::JobResult& block = r.answer.block;
  if (block.ginv_macros_used == 0) return {{"circuit", "inv"}};
  return {{"circuit", "ginv"}, {"damping", block.ginv_damping}};
}

void add_plan(Json& json, const SolveReport& r) {
  if (!r.answer.is_valid) return;
  const job::JobResult& block = r.answer.block;
  json["gmres"] = {{"from_iteration", block.gmres_from}, {"restart", block.restart}};
  json["least_squares"] = least_squares_of(r);
  json["flags"] = flags_of(block);
  json["plan"] = plan_of(block);
  json["recoveries"] = block.recoveries;
  json["refreshes"] = block.refreshes;
  if (block.calibrated_channels != 0) json["calibration"] = calibration_of(block);
  if (block.fault_block_size != 0) {
    json["fault_block"] = {{"start", block.fault_block_start}, {"size", block.fault_block_size}};
    if (block.fault_block_columns != 0) {
      json["fault_block"]["column"] = block.fault_block_column;
      json["fault_block"]["columns"] = block.fault_block_columns;
    }
    if (r.assessment.leading_condition)
      json["fault_block"]["leading_condition"] = *r.assessment.leading_condition;
  }
}

void add_cost(Json& json, const SolveReport& r) {
  json["simulated_time_s"] = seconds(r.run.simulated_time_ps);
  for (std::size_t i = 0; i < r.phases.size(); ++i) {
    json["phases"][std::string(cost::to_string(static_cast<cost::Phase>(i)))] = {
        {"time_s", seconds(r.phases[i].time_ps)}, {"energy_J", r.phases[i].energy.in_joules()}};
  }
  json["cpu_instructions"] = r.run.cpu_instructions;
  json["cpu_cycles"] = r.run.cpu_cycles;
  json["energy_J"]["total"] = r.run.energy.in_joules();
  for (const auto& [component, energy] : r.run.energy_by_component) {
    json["energy_J"]["by_component"][component] = energy.in_joules();
  }
  json["energy_J"]["by_purpose"] = {{"transactions", r.for_transactions.in_joules()},
                                    {"execution", r.for_execution.in_joules()},
                                    {"background", r.in_background.in_joules()}};
}

/// What solving and verifying takes for each right-hand side, and how much of it went on at the same time.
void add_batch(Json& json, const SolveReport& r) {
  const auto time_of = [&](cost::Phase phase) { return r.phases[static_cast<std::size_t>(phase)].time_ps; };
  const std::uint64_t elapsed_ps =
      time_of(cost::Phase::kSolve) + time_of(cost::Phase::kReprogram) + time_of(cost::Phase::kVerify);
  const std::uint64_t solving_ps =
      std::accumulate(r.solving_ps.begin(), r.solving_ps.end(), std::uint64_t{0});
  if (elapsed_ps == 0) return;
  json["batch"] = {{"contexts", r.solving_ps.size()},
                   {"time_per_right_hand_side_s",
                    seconds(elapsed_ps) / static_cast<double>(std::max<std::size_t>(1, r.solutions.size()))},
                   {"lists_at_once", static_cast<double>(solving_ps) / static_cast<double>(elapsed_ps)}};
}

void add_counts(Json& json, const SolveReport& r) {
  const amc::DruCounters& c = r.counters;
  json["analog_ops"] = {{"inv", c.inv},
                        {"mvm", c.mvm},
                        {"ginv", c.ginv},
                        {"hp_reads", c.hp_reads},
                        {"program", c.program},
                        {"retries", c.retries},
                        {"clips", c.clips},
                        {"checksum_mismatches", c.checksum_mismatches},
                        {"repeated_reads", c.repeated_reads}};
  json["digital_ops"] = c.digital + r.answer.block.digital_ops;
  json["digital_ops_by_unit"] = {{"cpu", r.answer.block.digital_ops}, {"dru", c.digital}};
  const auto& b = r.answer.block;
  json["plan_ops"] = {
      {"cpu", b.plan_cpu_ops},           {"dru", b.plan_dru_ops},      {"inv", b.plan_inv},
      {"hp_reads", b.plan_hp_reads},     {"program", b.plan_programs}, {"analogue_parts", b.analogue_parts},
      {"refused_parts", b.refused_parts}};
  json["schur"] = {{"unit", to_string(r.solver.schur_unit)},
                   {"time_s", static_cast<double>(b.schur_time_ns) * 1e-9},
                   {"energy_J", static_cast<double>(b.schur_energy_pj) * 1e-12}};
  json["macros_used"] = r.inv_macros_used + r.mvm_macros_used + r.ginv_macros_used;
  json["macros_used_by_kind"] = {
      {"inv", r.inv_macros_used}, {"mvm", r.mvm_macros_used}, {"ginv", r.ginv_macros_used}};
  json["max_writes_per_cell"] = c.max_writes_per_cell;
  json["rows_per_read"] = r.rows_per_read;
  json["input_bits"] = r.input_bits;
}

}  // namespace

nlohmann::ordered_json to_json(const SolveReport& report, std::string_view version) {
  Json json;
  add_outcome(json, report);
  add_solutions(json, report);
  add_plan(json, report);
  add_cost(json, report);
  add_batch(json, report);
  add_counts(json, report);
  json["exit_cause"] = to_string(report.run.exit_cause);
  json["guest_code"] = report.run.exit_code;
  json["wall_s"] = report.run.wall_s;
  json["mips"] = report.run.mips();
  json["seed"] = report.seed;
  json["config_hash"] = report.config_hash;
  json["version"] = version;
  return json;
}

}  // namespace mho::platform
