// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/opamp.hpp"

#include <cmath>
#include <numbers>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

void require_positive(double value, const char* name) {
  require(value > 0.0 && std::isfinite(value), "op-amp: {} is {}; it must be positive", name, value);
}

}  // namespace

void validate(const OpampParams& opamp) {
  require(opamp.gain > 1.0, "op-amp: gain is {}; it must be above 1", opamp.gain);
  require_positive(opamp.gbw_hz, "gbw_hz");
  require_positive(opamp.v_sat_volt, "v_sat_volt");
  require_positive(opamp.slew_rate_volt_per_s, "slew_rate_volt_per_s");
  require(opamp.offset_sigma_volt >= 0.0 && std::isfinite(opamp.offset_sigma_volt),
          "op-amp: offset_sigma_volt is {}; it must not be negative", opamp.offset_sigma_volt);
  require(opamp.noise_volt_per_sqrt_hz >= 0.0 && std::isfinite(opamp.noise_volt_per_sqrt_hz),
          "op-amp: noise_volt_per_sqrt_hz is {}; it must not be negative", opamp.noise_volt_per_sqrt_hz);
  require_positive(opamp.supply_volt, "supply_volt");
  require_positive(opamp.load_farad, "load_farad");
  require_positive(opamp.gm_over_id_per_volt, "gm_over_id_per_volt");
  require_positive(opamp.branches, "branches");
}

double bias_power_watt(const OpampParams& opamp) {
  const double gm = 2.0 * std::numbers::pi * opamp.gbw_hz * opamp.load_farad;
  return opamp.supply_volt * opamp.branches * gm / opamp.gm_over_id_per_volt;
}

Eigen::VectorXd draw_offsets(const OpampParams& opamp, Eigen::Index count, const Random& random,
                             std::uint32_t unit) {
  validate(opamp);
  require(count >= 0 && count <= 65536, "op-amp: {} offsets asked for; at most 65536 in one block", count);
  Eigen::VectorXd offsets(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const RandomCoordinates at{.unit = unit, .row = static_cast<std::uint16_t>(i), .column = 0};
    offsets[i] = opamp.offset_sigma_volt * random.normal(RandomPurpose::kOpampOffset, at, 0);
  }
  return offsets;
}

namespace {

/// ln sinh u for u > 0, also where sinh u is beyond a double.
double log_sinh(double u) {
  return u > 20.0 ? u - std::numbers::ln2 : std::log(std::sinh(u));
}

}  // namespace

double settling_with_slew_s(const OpampParams& opamp, double tau_s, double step_volt, double epsilon) {
  require(epsilon > 0.0 && epsilon < 1.0, "op-amp: settling epsilon is {}; choose a value in (0, 1)",
          epsilon);
  const double u = std::abs(step_volt) / (opamp.slew_rate_volt_per_s * tau_s);
  return tau_s * (u > 0.0 ? log_sinh(u) - log_sinh(epsilon * u) : std::log(1.0 / epsilon));
}

double remaining_with_slew_volt(const OpampParams& opamp, double tau_s, double error_volt,
                                double duration_s) {
  const double unit_volt = opamp.slew_rate_volt_per_s * tau_s, decay = duration_s / tau_s;
  const double u = std::abs(error_volt) / unit_volt;
  if (u < 1e-6) return error_volt * std::exp(-decay);  // also without a limit, where u is 0
  const double log_sinh_left = log_sinh(u) - decay;
  const double left =
      log_sinh_left > 20.0 ? log_sinh_left + std::numbers::ln2 : std::asinh(std::exp(log_sinh_left));
  return std::copysign(unit_volt * left, error_volt);
}

}  // namespace mho::circuit
