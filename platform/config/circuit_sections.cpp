// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

namespace mho::platform {
namespace {

circuit::LineEnd line_end(SettingReader& reader, std::string_view key) {
  if (reader.is(key, "both")) return circuit::LineEnd::kBoth;
  return reader.is(key, "first") ? circuit::LineEnd::kFirst : circuit::LineEnd::kLast;
}

void read_lines(SettingReader& reader, circuit::LineParams& lines) {
  lines.row_end = line_end(reader, "lines.row_end");
  lines.column_end = line_end(reader, "lines.column_end");
  reader.read("lines.row_segment_ohm", lines.row_segment_ohm);
  reader.read("lines.column_segment_ohm", lines.column_segment_ohm);
  reader.read("lines.row_port_ohm", lines.row_port_ohm);
  reader.read("lines.column_port_ohm", lines.column_port_ohm);
}

void read_compensation(SettingReader& reader, amc::AmcParams& amc) {
  reader.read("inv.line_compensation", amc.inv_compensated);
  reader.read("mvm.line_compensation", amc.mvm_compensated);
  reader.read("lines.headroom", amc.headroom);
}

void read_opamp(SettingReader& reader, circuit::OpampParams& opamp) {
  reader.read("opamp.gain", opamp.gain);
  reader.read("opamp.gbw_hz", opamp.gbw_hz);
  reader.read("opamp.v_sat_volt", opamp.v_sat_volt);
  reader.read("opamp.slew_rate_volt_per_s", opamp.slew_rate_volt_per_s);
  reader.read("opamp.offset_sigma_volt", opamp.offset_sigma_volt);
  reader.read("opamp.noise_volt_per_sqrt_hz", opamp.noise_volt_per_sqrt_hz);
  reader.read("opamp.supply_volt", opamp.supply_volt);
  reader.read("opamp.load_farad", opamp.load_farad);
  reader.read("opamp.gm_over_id_per_volt", opamp.gm_over_id_per_volt);
  reader.read("opamp.branches", opamp.branches);
}

void read_loop(SettingReader& reader, circuit::LoopEffects& loop) {
  reader.read("opamp.second_pole_hz", loop.second_pole_hz);
  reader.read("opamp.input_farad", loop.input_farad);
  reader.read("opamp.output_ohm", loop.output_ohm);
  reader.read("inv.inverter_conductance_siemens", loop.inverter_siemens);
  if (reader.is("inv.signs", "inverters")) loop.signs = circuit::InvSigns::kInverters;
  if (reader.is("inv.signs", "compensation")) loop.signs = circuit::InvSigns::kCompensation;
}

void read_timing(SettingReader& reader, circuit::TimingParams& timing) {
  timing.mode = reader.is("timing.mode", "theory") ? circuit::TimingParams::Mode::kTheory
                                                   : circuit::TimingParams::Mode::kMeasured;
  reader.read("timing.measured_inv_s", timing.measured_inv_s);
  reader.read("timing.measured_mvm_s", timing.measured_mvm_s);
  reader.read("timing.settle_epsilon", timing.settle_epsilon);
  reader.read("timing.settle_epsilon_read", timing.settle_epsilon_read);
}

}  // namespace

void read_circuits(SettingReader& reader, amc::AmcParams& amc) {
  read_lines(reader, amc.lines);
  read_compensation(reader, amc);
  read_opamp(reader, amc.opamp);
  read_loop(reader, amc.loop);
  read_timing(reader, amc.timing);
}

}  // namespace mho::platform
