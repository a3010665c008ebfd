// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_config.hpp"

#include <filesystem>
#include <string>

#include "models/base/error.hpp"
#include "platform/config/chip_sections.hpp"
#include "platform/config/component_costs.hpp"
#include "platform/config/fault_map.hpp"
#include "platform/config/level_checks.hpp"
#include "platform/config/pair_checks.hpp"
#include "platform/config/read_check.hpp"

namespace mho::platform {
namespace {

namespace job = registers::job;

void expect_slices_in_use(const Settings& settings, const ChipConfig& chip) {
  const std::string& head = settings.place_to_mend({"solver.inv_slices", "inv.slices"});
  require(chip.solver.inv_slices <= chip.amc.inv_slices,
          "{}: {} needs macros with as many pairs of arrays, and they have {}; see inv.slices", head,
          described(settings, "solver.inv_slices", head), chip.amc.inv_slices);
}

void expect_ginv_macros(const Settings& settings, const ChipConfig& chip) {
  const std::string& head = settings.place_to_mend({"solver.least_squares", "ginv.count"});
  require(chip.solver.least_squares != job::JobLeastSquares::kGinv || chip.amc.ginv_count > 0,
          "{}: {} needs GINV macros, and the chip has none; choose ginv.count of 1 or more", head,
          described(settings, "solver.least_squares", head));
}

double derived_input_conductance(const amc::AmcParams& amc) {
  const double span_siemens =
      amc::step_siemens(amc, amc::MacroKind::kInv) * (cell_params(amc, amc::MacroKind::kInv).levels - 1);
  return span_siemens * amc.adc.v_full_scale_volt / amc.dac.v_full_scale_volt;
}

/// Puts a plan in the place of what is 0.
void validate_and_plan_reads(const Settings& settings, amc::AmcParams& amc) {
  amc::GivenReads given;
  if (amc.rows_per_read != 0) given.rows = amc.rows_per_read;
  if (amc.input_bits != 0) given.input_bits = amc.input_bits;
  amc.rows_per_read = given.rows.value_or(1);
  amc.input_bits = given.input_bits.value_or(1);
  amc::validate(amc);
  if (given.rows && given.input_bits) return;
  const amc::ReadPlan plan = plan_exact_reads(settings, amc, given);
  amc.rows_per_read = plan.rows;
  amc.input_bits = plan.input_bits;
}

}  // namespace

ChipConfig chip_config(const Settings& settings) {
  check_pairs(settings);
  check_levels(settings);
  ChipConfig chip;
  SettingReader reader(settings);
  read_machine(reader, chip.machine);
  read_macros(reader, chip.amc);
  read_cells(reader, chip.amc);
  read_circuits(reader, chip.amc);
  read_converters(reader, chip.amc);
  read_dru(reader, chip.amc.dru);
  read_solver(reader, chip.solver);
  expect_possible_precision(settings, chip.solver, amc::digit_bits(chip.amc));
  reader.read("seed", chip.seed);
  if (chip.amc.inv_slices == 0) chip.amc.inv_slices = amc::holds_two_slices(chip.amc) ? 2 : 1;
  expect_slices_in_use(settings, chip);
  expect_ginv_macros(settings, chip);
  if (chip.amc.g_in_siemens == 0) chip.amc.g_in_siemens = derived_input_conductance(chip.amc);
  const cost::ComponentTable table(reader.is("cost.profile", "aggressive") ? cost::Profile::kAggressive
                                                                           : cost::Profile::kSurvey);
  apply_costs(table, chip.machine);
  apply_costs(table, chip.amc);
  if (reader.is("adc.kind", "flash")) use_flash_converters(settings, chip.amc);
  bool requires_exact_reads = true;
  reader.read("mvm.requires_exact_reads", requires_exact_reads);
  const std::filesystem::path fault_map = reader.file("faults.map");
  reader.expect_all_used();
  validate_and_plan_reads(settings, chip.amc);
  if (!fault_map.empty()) chip.amc.faults = load_fault_map(fault_map, chip.amc);
  if (requires_exact_reads) expect_exact_reads(settings, chip.amc);
  chip.machine.seed = chip.seed;
  chip.hash = settings.hash();
  chip.area = amc::chip_area(chip.amc, table);
  return chip;
}

}  // namespace mho::platform
