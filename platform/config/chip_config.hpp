// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// From keys and values to the parameter structs of the models. Energies and powers are not keys: they come
// from the component table, in the profile that cost.profile names.
//
//     Settings settings;
//     settings.load("chip.yaml");
//     settings.assign("inv.count=2");
//     const ChipConfig chip = chip_config(settings);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/amc/chip_area.hpp"
#include "platform/config/settings.hpp"
#include "platform/config/solver_params.hpp"
#include "platform/machine.hpp"

namespace mho::platform {

struct ChipConfig {
  MachineParams machine;
  amc::AmcParams amc;
  SolverParams solver;
  std::uint64_t seed = 1;
  std::string hash;                 ///< Settings::hash()
  std::vector<amc::AreaItem> area;  ///< of the AMC; enters no result
};

/// Every key of the schema ends up somewhere in the result.
/// @throws InputError    values that are each in range but do not fit each other; the message names both keys
/// and
///                       where they were set
/// @throws InternalError a key of the schema that nobody reads
ChipConfig chip_config(const Settings& settings);

}  // namespace mho::platform
