// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Values of the configuration that are each in range but have to fit each other.
#pragma once

#include "platform/config/settings.hpp"

namespace mho::platform {

/// @throws InputError  two values do not fit; the message names both keys and where they were set
void check_pairs(const Settings& settings);

}  // namespace mho::platform
