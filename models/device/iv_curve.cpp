// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/iv_curve.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::device {

void validate(const IvParams& iv) {
  require(iv.v0_volt == 0.0 || (iv.v0_volt >= 1e-3 && std::isfinite(iv.v0_volt)),
          "cell I-V curve: v0 is {} V; choose at least 1e-3, or 0 for an ohmic cell", iv.v0_volt);
}

IvPoint iv_point(const IvParams& iv, double g_siemens, double volt) {
  if (iv.v0_volt == 0.0) return {g_siemens * volt, g_siemens};
  const double limited = std::clamp(volt / iv.v0_volt, -kMaxRatio, kMaxRatio);
  const double slope = g_siemens * std::cosh(limited);
  return {g_siemens * iv.v0_volt * std::sinh(limited) + slope * (volt - limited * iv.v0_volt), slope};
}

double conduction_gain(const IvParams& iv, double volt) {
  return volt == 0.0 ? 1.0 : iv_point(iv, 1.0, volt).current_ampere / volt;
}

double small_signal_siemens(const IvParams& iv, double g_read_siemens, double v_read_volt) {
  return g_read_siemens / conduction_gain(iv, v_read_volt);
}

}  // namespace mho::device
