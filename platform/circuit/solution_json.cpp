// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <cmath>
#include <nlohmann/json.hpp>

#include "platform/circuit/solution.hpp"

namespace mho::platform {
namespace {

using Json = nlohmann::ordered_json;

Json list(const Eigen::VectorXd& values) {
  return std::vector<double>(values.begin(), values.end());
}

/// JSON has no infinity: null is "never".
Json time_or_null(double seconds) {
  return std::isfinite(seconds) ? Json(seconds) : Json(nullptr);
}

Json rows_of(const Eigen::MatrixXd& values) {
  Json rows = Json::array();
  for (Eigen::Index i = 0; i < values.rows(); ++i) rows.push_back(list(values.row(i).transpose()));
  return rows;
}

Json bands(const std::array<double, 3>& times) {
  return {
      {"1e-2", time_or_null(times[0])}, {"1e-3", time_or_null(times[1])}, {"1e-4", time_or_null(times[2])}};
}

}  // namespace

Json to_json(const CircuitProblem& problem, const CircuitSolution& solution) {
  const bool has_values =
      solution.status == CircuitStatus::kOk || solution.status == CircuitStatus::kSaturated;
  Json json;
  json["status"] = name_of(solution.status);
  json["kind"] = name_of(problem.kind);
  json["stable"] = solution.is_stable;
  if (!solution.message.empty()) json["message"] = solution.message;
  if (solution.has_eigenvalue) {
    json["eigenvalue"] = {{"re", solution.eigenvalue_rad_per_s.real()},
                          {"im", solution.eigenvalue_rad_per_s.imag()}};
  }
  if (solution.has_growth) json["growth"] = solution.growth_rad_per_s;
  if (has_values) {
    json[problem.has_amplifiers ? "o" : "I_out"] = list(solution.answer);
    if (problem.has_amplifiers) json["s"] = list(solution.summing);
    if (solution.noise_volt.size() > 0) json["noise"] = list(solution.noise_volt);
    if (problem.supply_volt > 0.0)
      json["power"] = {{"bias", solution.bias_watt}, {"load", solution.load_watt}};
    if (solution.n_saturated > 0) json["n_saturated"] = solution.n_saturated;
    const bool has_speed = problem.has_gbw || problem.wants_modes;
    if (solution.has_eigenvalue && has_speed) json["settle_modes_s"] = bands(solution.settle_modes_s);
    if (solution.times_s.size() > 0) {
      json["settle_s"] = bands(solution.settle_s);
      json["t"] = list(solution.times_s);
      json["waveform"] = rows_of(solution.waveform);
    }
  }
  if (solution.cells_siemens.size() > 0) json["G_cells"] = rows_of(solution.cells_siemens);
  if (solution.cells_neg_siemens.size() > 0) json["G_neg_cells"] = rows_of(solution.cells_neg_siemens);
  json["solve_s"] = solution.solve_s;
  json["stability_s"] = solution.stability_s;
  if (!solution.notes.empty()) json["notes"] = solution.notes;
  return json;
}

}  // namespace mho::platform
