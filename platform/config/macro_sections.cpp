// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

namespace mho::platform {

void read_macros(SettingReader& reader, amc::AmcParams& amc) {
  reader.read("cell.levels", amc.cell.levels);
  reader.read("cell.g_min_siemens", amc.cell.g_min_siemens);
  reader.read("cell.g_max_siemens", amc.cell.g_max_siemens);
  reader.read("cell.read_voltage_volt", amc.cell.v_read_volt);
  reader.read("inv.levels", amc.inv_levels);
  if (reader.is("inv.level_spacing", "geometric")) amc.inv_spacing = device::LevelSpacing::kGeometric;
  if (reader.is("inv.level_spacing", "listed")) amc.inv_spacing = device::LevelSpacing::kListed;
  amc.inv_listed_siemens = reader.numbers("inv.level_list_siemens");
  reader.read("inv.slices", amc.inv_slices);
  reader.read("inv.diagonal_cells", amc.inv_diagonal_cells);
  reader.read("inv.slice_correction", amc.inv_slice_correction);
  reader.read("inv.count", amc.inv_count);
  reader.read("inv.size", amc.inv_size);
  reader.read("inv.input_conductance_siemens", amc.g_in_siemens);
  reader.read("ginv.count", amc.ginv_count);
  reader.read("ginv.size", amc.ginv_size);
  reader.read("mvm.count", amc.mvm_count);
  reader.read("mvm.size", amc.mvm_size);
  reader.read("mvm.levels", amc.mvm_levels);
  reader.read("mvm.rows_per_read", amc.rows_per_read);
  reader.read("mvm.input_bits", amc.input_bits);
  amc.mvm_checksum = reader.is("mvm.checksum", "on");
}

void read_dru(SettingReader& reader, amc::DruParams& dru) {
  dru.clock_hz = 1e12 / static_cast<double>(reader.period_ps("dru.clock_hz"));
  reader.read("dru.lanes", dru.lanes);
  reader.read("dru.sram_words", dru.sram_words);
  reader.read("dru.max_retries", dru.max_retries);
  reader.read("dru.command_overhead_cycles", dru.command_overhead_cycles);
  reader.read("dru.prefetch_commands", dru.prefetch_commands);
  reader.read("dru.contexts", dru.contexts);
  reader.read("dru.operations", dru.operations);
}

}  // namespace mho::platform
