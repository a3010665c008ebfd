// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/temperature.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::device {

void validate(const TemperatureParams& temperature) {
  for (const double coefficient : {temperature.low_per_kelvin, temperature.high_per_kelvin}) {
    require(std::abs(coefficient) <= 0.02,
            "cell temperature: a coefficient is {} per kelvin; choose -0.02 ... 0.02", coefficient);
  }
  require_temperature(temperature.reference_kelvin);
}

void require_temperature(double kelvin) {
  require(kelvin >= kMinTemperature_kelvin && kelvin <= kMaxTemperature_kelvin,
          "cell temperature: {} K; choose {} ... {}", kelvin, kMinTemperature_kelvin, kMaxTemperature_kelvin);
}

double temperature_factor(const TemperatureParams& temperature, const CellParams& cell, double g_siemens,
                          double kelvin) {
  const double place = std::clamp((g_siemens - cell.g_min_siemens) / full_scale_siemens(cell), 0.0, 1.0);
  const double coefficient =
      temperature.low_per_kelvin + (temperature.high_per_kelvin - temperature.low_per_kelvin) * place;
  return std::max(1.0 + coefficient * (kelvin - temperature.reference_kelvin), 0.0);
}

}  // namespace mho::device
