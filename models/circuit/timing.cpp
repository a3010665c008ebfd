// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/timing.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

void require_positive_time(double value, const char* name) {
  require(value > 0.0 && std::isfinite(value), "timing: {} is {} s; it must be positive", name, value);
}

void require_epsilon(double value, const char* name) {
  require(value > 0.0 && value < 1.0, "timing: {} is {}; choose a value in (0, 1)", name, value);
}

}  // namespace

void validate(const TimingParams& timing) {
  require_positive_time(timing.measured_inv_s, "measured_inv_s");
  require_positive_time(timing.measured_mvm_s, "measured_mvm_s");
  require_epsilon(timing.settle_epsilon, "settle_epsilon");
  require_epsilon(timing.settle_epsilon_read, "settle_epsilon_read");
}

double inv_duration_s(const TimingParams& timing, double theory_s) {
  return timing.mode == TimingParams::Mode::kTheory ? theory_s : std::max(theory_s, timing.measured_inv_s);
}

double mvm_duration_s(const TimingParams& timing, double theory_s) {
  return timing.mode == TimingParams::Mode::kTheory ? theory_s : std::max(theory_s, timing.measured_mvm_s);
}

}  // namespace mho::circuit
