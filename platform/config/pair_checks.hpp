// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Values of the configuration that are each in range but have to fit each other.
#pragma once

#include <string>
#include <string_view>

#include "platform/config/settings.hpp"

namespace mho::platform {

/// "key = value", and where the value comes from unless that is `head`, with which the message begins.
std::string described(const Settings& settings, std::string_view key, std::string_view head);

/// @throws InputError  two values do not fit; the message names both keys and where they were set
void check_pairs(const Settings& settings);

}  // namespace mho::platform
