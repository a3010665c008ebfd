// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/loop_effects.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

void require_not_negative(double value, const char* name) {
  require(value >= 0.0 && std::isfinite(value), "INV loop: {} is {}; it must not be negative", name, value);
}

}  // namespace

void validate(const LoopEffects& effects) {
  require_not_negative(effects.second_pole_hz, "second pole");
  require_not_negative(effects.input_farad, "input capacitance");
  require_not_negative(effects.output_ohm, "output resistance");
  require(effects.inverter_siemens > 0.0 && std::isfinite(effects.inverter_siemens),
          "INV loop: conductance of the inverters is {} S; it must be positive", effects.inverter_siemens);
}

bool has_amplifier_effects(const LoopEffects& effects) {
  return effects.second_pole_hz > 0.0 || effects.input_farad > 0.0 || effects.output_ohm > 0.0;
}

bool is_on(const LoopEffects& effects) {
  return has_amplifier_effects(effects) || effects.signs != InvSigns::kIdealInverters;
}

std::vector<AmplifierModel> amplifiers_with(const LoopEffects& effects, const OpampParams& opamp,
                                            Eigen::Index count, const Eigen::VectorXd& offsets_volt) {
  AmplifierModel model{.gain = opamp.gain,
                       .gbw_hz = opamp.gbw_hz,
                       .output_ohm = effects.output_ohm,
                       .noise_volt_per_sqrt_hz = opamp.noise_volt_per_sqrt_hz};
  if (effects.second_pole_hz > 0.0) model.second_pole_hz = effects.second_pole_hz;
  std::vector<AmplifierModel> all(static_cast<std::size_t>(count), model);
  for (Eigen::Index i = 0; i < offsets_volt.size(); ++i) {
    all[static_cast<std::size_t>(i)].offset_volt = offsets_volt[i];
  }
  return all;
}

CrossbarArray difference(const CrossbarArray& positive, const CrossbarArray& negative) {
  return {.ports = {.transfer_siemens = positive.ports.transfer_siemens - negative.ports.transfer_siemens,
                    .row_self_siemens = positive.ports.row_self_siemens + negative.ports.row_self_siemens,
                    .column_self_siemens =
                        positive.ports.column_self_siemens + negative.ports.column_self_siemens},
          .row_sums_siemens = positive.row_sums_siemens + negative.row_sums_siemens,
          .column_sums_siemens = positive.column_sums_siemens + negative.column_sums_siemens};
}

}  // namespace mho::circuit
