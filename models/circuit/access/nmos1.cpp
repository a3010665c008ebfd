// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/access/nmos1.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

/// √(φ + v_s) as level 1 continues it below v_s = 0, and its derivative.
struct BodyRoot {
  double value, derivative;
};

BodyRoot body_root(double phi, double v_s) {
  const double at_zero = std::sqrt(phi);
  if (v_s >= 0.0) {
    const double root = std::sqrt(phi + v_s);
    return {root, 0.5 / root};
  }
  const double line = at_zero + v_s / (2.0 * at_zero);
  return line > 0.0 ? BodyRoot{line, 0.5 / at_zero} : BodyRoot{0.0, 0.0};
}

/// Current from drain to source for v_d >= v_s, derivatives by drain and source.
BranchCurrent forward_current(const Nmos1Params& p, double v_d, double v_s) {
  const double beta = p.kp_ampere_per_volt2 * p.width_metre / p.length_metre;
  const BodyRoot root = body_root(p.phi_volt, v_s);
  const double v_th = p.vto_volt + p.gamma_sqrt_volt * (root.value - std::sqrt(p.phi_volt));
  const double over = p.v_gate_volt - v_s - v_th, v_ds = v_d - v_s;
  if (over <= 0.0) return {};
  const double over_by_source = -1.0 - p.gamma_sqrt_volt * root.derivative;
  const double modulation = 1.0 + p.lambda_per_volt * v_ds;
  const bool is_linear = v_ds < over;
  const double shape = is_linear ? (over - 0.5 * v_ds) * v_ds : 0.5 * over * over;
  const double shape_by_vds = is_linear ? over - v_ds : 0.0;
  const double shape_by_over = is_linear ? v_ds : over;
  const double by_vds = beta * (p.lambda_per_volt * shape + modulation * shape_by_vds);
  return {.ampere = beta * modulation * shape,
          .by_first_siemens = by_vds,
          .by_second_siemens = -by_vds + beta * modulation * shape_by_over * over_by_source};
}

}  // namespace

void validate(const Nmos1Params& p) {
  const auto require_positive = [](double value, const char* name) {
    require(value > 0.0 && std::isfinite(value), "access: {} is {}; it must be positive", name, value);
  };
  require_positive(p.width_metre, "W");
  require_positive(p.length_metre, "L");
  require_positive(p.kp_ampere_per_volt2, "kp");
  require_positive(p.phi_volt, "phi");
  require(p.lambda_per_volt >= 0.0 && std::isfinite(p.lambda_per_volt),
          "access: lambda is {}; it must not be negative", p.lambda_per_volt);
  require(p.gamma_sqrt_volt >= 0.0 && std::isfinite(p.gamma_sqrt_volt),
          "access: gamma is {}; it must not be negative", p.gamma_sqrt_volt);
  require(std::isfinite(p.vto_volt) && std::isfinite(p.v_gate_volt), "access: vto or v_gate is not finite");
}

BranchCurrent channel_current(const Nmos1Params& params, double v_a, double v_b) {
  if (v_a >= v_b) return forward_current(params, v_a, v_b);
  const BranchCurrent reversed = forward_current(params, v_b, v_a);
  return {.ampere = -reversed.ampere,
          .by_first_siemens = -reversed.by_second_siemens,
          .by_second_siemens = -reversed.by_first_siemens};
}

}  // namespace mho::circuit
