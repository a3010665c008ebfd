// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Keys that say together how the levels of INV macros lie.
#pragma once

#include "platform/config/settings.hpp"

namespace mho::platform {

/// @throws InputError  inv.level_spacing does not go with inv.level_list_siemens, inv.levels, inv.slices or
/// the
///                     window of the cells
void check_levels(const Settings& settings);

}  // namespace mho::platform
