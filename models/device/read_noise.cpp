// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/read_noise.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"
#include "models/device/temperature.hpp"

namespace mho::device {

void validate(const ThermalNoiseParams& noise) {
  require(noise.bandwidth_hz >= 0.0 && std::isfinite(noise.bandwidth_hz),
          "thermal noise: bandwidth is {} Hz; it must not be negative", noise.bandwidth_hz);
}

double thermal_current_sigma_ampere(const ThermalNoiseParams& noise, double g_siemens, double kelvin) {
  require(g_siemens >= 0.0 && std::isfinite(g_siemens),
          "thermal noise: a conductance of {} S; it must not be negative", g_siemens);
  require_temperature(kelvin);
  return std::sqrt(4.0 * kBoltzmann_joule_per_kelvin * kelvin * g_siemens * noise.bandwidth_hz);
}

Eigen::MatrixXd thermal_noise(const ThermalNoiseParams& noise,
                              const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, double volt, double kelvin,
                              const Random& random, std::uint32_t unit, std::uint32_t read) {
  validate(noise);
  require(volt > 0.0 && std::isfinite(volt), "thermal noise: read voltage is {} V; it must be positive",
          volt);
  require(g_siemens.rows() <= 65535 && g_siemens.cols() <= 65535,
          "thermal noise: {}x{} cells; at most 65535 each way", g_siemens.rows(), g_siemens.cols());
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(g_siemens.rows(), g_siemens.cols());
  if (!is_on(noise)) return out;
  const double unit_sigma = thermal_current_sigma_ampere(noise, 1.0, kelvin) / volt;
  // Four neighbours of a row share one generator call.
  for (Eigen::Index col = 0; col < out.cols(); col += 4) {
    const Eigen::Index lanes = std::min<Eigen::Index>(4, out.cols() - col);
    for (Eigen::Index row = 0; row < out.rows(); ++row) {
      const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      const auto draws = random.normals(RandomPurpose::kReadNoise, at, read);
      for (Eigen::Index lane = 0; lane < lanes; ++lane) {
        out(row, col + lane) =
            unit_sigma * std::sqrt(g_siemens(row, col + lane)) * draws[static_cast<std::size_t>(lane)];
      }
    }
  }
  return out;
}

}  // namespace mho::device
