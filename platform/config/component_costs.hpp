// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Puts the figures of the component table into the parameter structs that were filled from the configuration.
#pragma once

#include "models/amc/amc_params.hpp"
#include "models/cost/component_table.hpp"
#include "platform/machine.hpp"

namespace mho::platform {

/// Energies and constant powers of CPU, bus, memory and devices. The CPU pays for its own accesses to memory
/// (one word each), because its port books nothing there.
void apply_costs(const cost::ComponentTable& table, MachineParams& machine);

/// Energies of converters, verify reads and digital parts of the AMC, and the conversion times. Beyond 12
/// bits an ADC conversion takes four times the energy per further bit (thermal noise, our assumption); a DAC
/// conversion twice the energy per bit above 8 and half per bit below (capacitive, our assumption).
void apply_costs(const cost::ComponentTable& table, amc::AmcParams& amc);

}  // namespace mho::platform
