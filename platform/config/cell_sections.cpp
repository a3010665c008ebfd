// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

namespace mho::platform {
namespace {

/// What cells do beside holding a conductance, under a read.
void read_cell_model(SettingReader& reader, circuit::CellModel& model) {
  reader.read("cell.nonlinearity_volt", model.iv.v0_volt);
  circuit::Nmos1Params access;
  reader.read("access.width_metre", access.width_metre);
  reader.read("access.length_metre", access.length_metre);
  reader.read("access.vto_volt", access.vto_volt);
  reader.read("access.kp_ampere_per_volt2", access.kp_ampere_per_volt2);
  reader.read("access.lambda_per_volt", access.lambda_per_volt);
  reader.read("access.gamma_sqrt_volt", access.gamma_sqrt_volt);
  reader.read("access.phi_volt", access.phi_volt);
  reader.read("access.gate_volt", access.v_gate_volt);
  access.is_at_row = reader.is("access.side", "row");
  if (reader.is("access.model", "nmos1")) model.access = access;
}

void read_faults(SettingReader& reader, device::CellEffects& effects) {
  reader.read("faults.stuck_on_rate", effects.faults.on_rate);
  reader.read("faults.stuck_off_rate", effects.faults.off_rate);
  reader.read("faults.stuck_at_level_rate", effects.faults.level_rate);
  reader.read("endurance.half_window_writes", effects.endurance.half_window_writes);
  reader.read("endurance.exponent", effects.endurance.exponent);
  reader.read("endurance.device_sigma", effects.endurance.device_sigma);
  reader.read("endurance.margin", effects.endurance.margin);
  reader.read("endurance.top_share", effects.endurance.top_share);
  reader.read("endurance.variability_growth", effects.endurance.variability_growth);
}

void read_retention(SettingReader& reader, amc::AmcParams& amc) {
  device::RetentionParams& retention = amc.effects.retention;
  reader.read("retention.low_siemens_per_efold", retention.low_siemens_per_efold);
  reader.read("retention.high_siemens_per_efold", retention.high_siemens_per_efold);
  reader.read("retention.sigma_siemens_per_efold", retention.sigma_siemens_per_efold);
  reader.read("retention.t0_s", retention.t0_s);
  reader.read("retention.activation_ev", retention.activation_ev);
  reader.read("retention.reference_kelvin", retention.reference_kelvin);
  reader.read("retention.refresh_change", amc.refresh_change);
  reader.read("temperature.kelvin", amc.kelvin);
  reader.read("temperature.reference_kelvin", amc.effects.temperature.reference_kelvin);
  reader.read("temperature.low_per_kelvin", amc.effects.temperature.low_per_kelvin);
  reader.read("temperature.high_per_kelvin", amc.effects.temperature.high_per_kelvin);
}

void read_noise(SettingReader& reader, device::CellEffects& effects) {
  reader.read("noise.thermal_bandwidth_hz", effects.thermal.bandwidth_hz);
  reader.read("noise.trap_probability", effects.telegraph.trap_probability);
  reader.read("noise.trap_amplitude", effects.telegraph.amplitude);
  reader.read("noise.trap_exponent", effects.telegraph.exponent);
  reader.read("noise.trap_spread", effects.telegraph.spread);
  reader.read("noise.trap_tau_min_s", effects.telegraph.tau_min_s);
  reader.read("noise.trap_tau_max_s", effects.telegraph.tau_max_s);
  reader.read("noise.trap_amplitude_limit", effects.telegraph.amplitude_limit);
  reader.read("noise.trap_slot_s", effects.telegraph.slot_s);
}

void read_writing(SettingReader& reader, device::WriteVerifyParams& write) {
  reader.read("write.aim", write.aim);
  reader.read("write.pulse_sigma", write.pulse_sigma);
  reader.read("write.coarse_threshold", write.coarse_threshold);
  reader.read("write.coarse_voltage_volt", write.coarse.voltage_volt);
  reader.read("write.coarse_width_s", write.coarse.width_s);
  reader.read("write.coarse_max_step", write.coarse.max_step);
  reader.read("write.fine_voltage_volt", write.fine.voltage_volt);
  reader.read("write.fine_width_s", write.fine.width_s);
  reader.read("write.fine_max_step", write.fine.max_step);
  reader.read("write.pulse_limit", write.pulse_limit);
  reader.read("write.stall_limit", write.stall_limit);
  reader.read("write.set_response", write.set_response);
  reader.read("write.reset_response", write.reset_response);
  reader.read("write.saturation", write.saturation);
  reader.read("write.device_sigma", write.device_sigma);
  reader.read("write.adapt", write.adapt);
  reader.read("write.reset_voltage_factor", write.reset_voltage_factor);
  write.mode = reader.is("write.mode", "loop") ? device::WriteMode::kLoop : device::WriteMode::kStatistical;
  reader.read("write.verify_sigma", write.verify_sigma);
  reader.read("write.verify_voltage_volt", write.verify_voltage_volt);
  reader.read("write.verify_time_s", write.verify_time_s);
  reader.read("write.round_overhead_s", write.round_overhead_s);
}

void read_tolerances(SettingReader& reader, amc::AmcParams& amc) {
  reader.read("inv.write_tolerance", amc.inv_write.tolerance);
  reader.read("inv.write_sigma", amc.inv_write.write_sigma);
  reader.read("inv.write_verify", amc.inv_write.bounded);
  reader.read("mvm.write_tolerance", amc.mvm_write.tolerance);
  reader.read("mvm.write_sigma", amc.mvm_write.write_sigma);
  reader.read("mvm.write_verify", amc.mvm_write.bounded);
}

}  // namespace

void read_cells(SettingReader& reader, amc::AmcParams& amc) {
  read_cell_model(reader, amc.cell_model);
  read_faults(reader, amc.effects);
  read_retention(reader, amc);
  read_noise(reader, amc.effects);
  read_writing(reader, amc.inv_write);
  read_writing(reader, amc.mvm_write);
  read_tolerances(reader, amc);
}

}  // namespace mho::platform
