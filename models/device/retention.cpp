// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/retention.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"
#include "models/device/temperature.hpp"

namespace mho::device {
namespace {

constexpr double kBoltzmann_ev_per_kelvin = 8.617333262e-5;

}  // namespace

void validate(const RetentionParams& retention) {
  for (const double rate : {retention.low_siemens_per_efold, retention.high_siemens_per_efold}) {
    require(std::isfinite(rate), "retention: a drift rate is {} S per e-fold; it must be finite", rate);
  }
  require(retention.sigma_siemens_per_efold >= 0.0 && std::isfinite(retention.sigma_siemens_per_efold),
          "retention: the spread of the drift is {} S per e-fold; it must not be negative",
          retention.sigma_siemens_per_efold);
  require(retention.t0_s > 0.0 && std::isfinite(retention.t0_s), "retention: t0 is {} s; it must be positive",
          retention.t0_s);
  require(retention.activation_ev >= 0.0 && retention.activation_ev <= 3.0,
          "retention: activation energy is {} eV; choose 0 ... 3", retention.activation_ev);
  require_temperature(retention.reference_kelvin);
}

double equivalent_age_s(const RetentionParams& retention, double duration_s, double kelvin) {
  require(duration_s >= 0.0 && std::isfinite(duration_s),
          "retention: {} s since programming; it must not be negative", duration_s);
  require_temperature(kelvin);
  return duration_s * std::exp(retention.activation_ev / kBoltzmann_ev_per_kelvin *
                               (1.0 / retention.reference_kelvin - 1.0 / kelvin));
}

Eigen::MatrixXd drifted(const RetentionParams& retention, const CellParams& cell,
                        const Eigen::Ref<const Eigen::MatrixXd>& programmed_siemens, double age_s,
                        const Random& random, std::uint32_t unit, std::uint32_t write_counter) {
  validate(retention);
  require(age_s >= 0.0 && std::isfinite(age_s), "retention: age is {} s; it must not be negative", age_s);
  require(programmed_siemens.rows() <= 65535 && programmed_siemens.cols() <= 65535,
          "retention: {}x{} cells; at most 65535 each way", programmed_siemens.rows(),
          programmed_siemens.cols());
  Eigen::MatrixXd g = programmed_siemens;
  if (!is_on(retention) || age_s == 0.0) return g;
  const double efolds = std::log1p(age_s / retention.t0_s);
  const double slope =
      (retention.high_siemens_per_efold - retention.low_siemens_per_efold) / full_scale_siemens(cell);
  // Four neighbours of a row share one generator call.
  for (Eigen::Index col = 0; col < g.cols(); col += 4) {
    const Eigen::Index lanes = std::min<Eigen::Index>(4, g.cols() - col);
    for (Eigen::Index row = 0; row < g.rows(); ++row) {
      const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      const auto draws = random.normals(RandomPurpose::kCellRetention, at, write_counter);
      for (Eigen::Index lane = 0; lane < lanes; ++lane) {
        double& value = g(row, col + lane);
        const double rate = retention.low_siemens_per_efold + slope * (value - cell.g_min_siemens) +
                            retention.sigma_siemens_per_efold * draws[static_cast<std::size_t>(lane)];
        value = std::max(value + rate * efolds, 0.0);
      }
    }
  }
  return g;
}

}  // namespace mho::device
