// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/endurance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

void require_within(double value, double low, double high, const char* name) {
  require(value >= low && value <= high, "endurance: {} is {}; choose a value in {} ... {}", name, value, low,
          high);
}

double damage(const EnduranceParams& endurance, double lifetime_factor, std::uint32_t writes) {
  return std::pow(writes / (endurance.half_window_writes * lifetime_factor), endurance.exponent);
}

}  // namespace

void validate(const EnduranceParams& endurance) {
  require(endurance.half_window_writes == 0.0 ||
              (endurance.half_window_writes >= 1.0 && std::isfinite(endurance.half_window_writes)),
          "endurance: half_window_writes is {}; choose at least 1, or 0 for no wear",
          endurance.half_window_writes);
  require_within(endurance.exponent, 0.1, 4.0, "exponent");
  require_within(endurance.device_sigma, 0.0, 2.0, "device_sigma");
  require_within(endurance.margin, 0.0, 1.0, "margin");
  require_within(endurance.top_share, 0.0, 1.0, "top_share");
  require_within(endurance.variability_growth, 0.0, 100.0, "variability_growth");
}

CellLimits worn_limits(const EnduranceParams& endurance, const CellParams& cell, Eigen::Index rows,
                       Eigen::Index cols, const Random& random, std::uint32_t unit, std::uint32_t writes) {
  validate(endurance);
  validate(cell);
  require(rows >= 0 && cols >= 0 && rows <= 65535 && cols <= 65535,
          "endurance: {}x{} cells; at most 65535 each way", rows, cols);
  CellLimits limits{
      .low_siemens = Eigen::MatrixXd::Zero(rows, cols),
      .high_siemens = Eigen::MatrixXd::Constant(rows, cols, std::numeric_limits<double>::infinity())};
  if (!is_on(endurance)) return limits;
  const double margin = endurance.margin * full_scale_siemens(cell);
  const double low = std::max(cell.g_min_siemens - margin, 0.0), high = cell.g_max_siemens + margin;
  for (Eigen::Index col = 0; col < cols; ++col) {
    for (Eigen::Index row = 0; row < rows; ++row) {
      const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      const double lifetime =
          std::exp(endurance.device_sigma * random.normal(RandomPurpose::kCellEndurance, at, 0));
      const double d = damage(endurance, lifetime, writes);
      const double lost = std::isfinite(d) ? (high - low) * d / (1.0 + d) : high - low;
      limits.low_siemens(row, col) = low + (1.0 - endurance.top_share) * lost;
      // Rounding must not turn a closed window around.
      limits.high_siemens(row, col) =
          std::max(high - endurance.top_share * lost, limits.low_siemens(row, col));
    }
  }
  return limits;
}

WriteVerifyParams worn_write(const EnduranceParams& endurance, WriteVerifyParams write,
                             std::uint32_t writes) {
  validate(endurance);
  if (!is_on(endurance)) return write;
  double growth = 1.0 + endurance.variability_growth * damage(endurance, 1.0, writes);
  if (write.mode == WriteMode::kStatistical) growth = std::exp2(std::round(8.0 * std::log2(growth)) / 8.0);
  write.pulse_sigma *= growth;
  return write;
}

}  // namespace mho::device
