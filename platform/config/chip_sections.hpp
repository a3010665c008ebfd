// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What sections of the configuration say, as parameters of the models. Whether they fit each other is checked
// elsewhere, by chip_config().
#pragma once

#include "models/amc/amc_params.hpp"
#include "platform/config/setting_reader.hpp"
#include "platform/config/settings.hpp"
#include "platform/config/solver_params.hpp"
#include "platform/machine.hpp"

namespace mho::platform {

/// Sections cpu, bus and memory.
void read_machine(SettingReader& reader, MachineParams& machine);

/// Sections cell, inv, ginv and mvm, but for how they are written and what their lines are: kinds, sizes and
/// levels of the macros.
void read_macros(SettingReader& reader, amc::AmcParams& amc);

/// What cells are beside their levels, and how they are written: cell.nonlinearity_volt, sections access,
/// faults, endurance, retention, temperature, noise and write, tolerances of macros.
void read_cells(SettingReader& reader, amc::AmcParams& amc);

/// Lines, amplifiers and the time that they take: sections lines, opamp and timing, inv.signs.
void read_circuits(SettingReader& reader, amc::AmcParams& amc);

/// Sections dac and adc, but for adc.kind. Takes read voltage and temperature from `amc`.
/// @throws InputError  a profile that cannot be read or does not fit, adc.low_precision_bits of 1
void read_converters(SettingReader& reader, amc::AmcParams& amc);

/// Makes the ADCs flash converters, with their time and energy. They find all their bits at once, also those
/// that low-precision conversions leave out.
/// @throws InputError  more bits than such a converter has
void use_flash_converters(const Settings& settings, amc::AmcParams& amc);

/// Section dru.
void read_dru(SettingReader& reader, amc::DruParams& dru);

/// Section solver.
void read_solver(SettingReader& reader, SolverParams& solver);

/// @param digit_bits  of the slices that a matrix comes in
/// @throws InputError  solver.bits does not come in whole slices, or is less than solver.tolerance_bits needs
void expect_possible_precision(const Settings& settings, const SolverParams& solver, unsigned digit_bits);

}  // namespace mho::platform
