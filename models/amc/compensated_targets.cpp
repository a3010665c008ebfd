// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/compensated_targets.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "models/circuit/wires/compensation.hpp"

namespace mho::amc {
namespace {

/// Empty if an entry is not a level.
std::optional<std::string> key_of(const Eigen::MatrixXd& steps) {
  constexpr double kMostSteps = 127;
  std::string key = std::to_string(steps.rows()) + ' ';
  key.reserve(key.size() + static_cast<std::size_t>(steps.size()));
  for (const double step : steps.reshaped()) {
    if (std::abs(step) > kMostSteps || step != std::trunc(step)) return std::nullopt;
    key.push_back(static_cast<char>(static_cast<signed char>(step)));
  }
  return key;
}

}  // namespace

CompensatedTargets::CompensatedTargets(const device::CellParams& cell, const circuit::LineParams& lines,
                                       double scale_siemens, std::size_t most_bytes)
    : cell_(cell), lines_(lines), scale_siemens_(scale_siemens), most_bytes_(most_bytes) {}

CompensatedTarget CompensatedTargets::of(const Eigen::MatrixXd& steps) {
  const auto key = key_of(steps);
  if (!key) return find(steps);
  if (const auto found = kept_.find(*key); found != kept_.end()) return unpack(found->second);
  CompensatedTarget target = find(steps);
  const std::size_t bytes = key->size() + static_cast<std::size_t>(steps.size()) * sizeof(double);
  if (bytes <= most_bytes_ - bytes_) {
    bytes_ += bytes;
    kept_.emplace(*key, pack(target));
  }
  return target;
}

CompensatedTarget CompensatedTargets::find(const Eigen::MatrixXd& steps) const {
  auto found = circuit::compensate_lines(
      steps, cell_, lines_, {.scale_siemens = scale_siemens_, .tolerance_steps = kToleranceSteps});
  return {.cells = std::move(found.target),
          .is_uncompensated = found.status != circuit::CompensationStatus::kOk};
}

CompensatedTarget CompensatedTargets::unpack(const Kept& kept) const {
  const double g_min = cell_.g_min_siemens;
  const auto above = [g_min](double heavier) { return heavier > 0.0 ? heavier : g_min; };
  const auto below = [g_min](double heavier) { return heavier < 0.0 ? -heavier : g_min; };
  return {.cells = {.positive = kept.heavier_siemens.unaryExpr(above),
                    .negative = kept.heavier_siemens.unaryExpr(below)},
          .is_uncompensated = kept.is_uncompensated};
}

CompensatedTargets::Kept CompensatedTargets::pack(const CompensatedTarget& target) const {
  const auto& cells = target.cells;
  return {.heavier_siemens =
              (cells.positive.array() > cell_.g_min_siemens).select(cells.positive, -cells.negative),
          .is_uncompensated = target.is_uncompensated};
}

}  // namespace mho::amc
