// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Chips from a few settings, and how wrong ones are refused.
#pragma once

#include <initializer_list>
#include <string>

#include "models/base/error.hpp"
#include "platform/config/chip_config.hpp"

namespace mho::platform {

/// How these settings are refused, or "accepted".
inline std::string message_of(const Settings& settings) {
  try {
    (void)chip_config(settings);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

inline std::string message_of(std::initializer_list<const char*> assignments) {
  Settings settings;
  for (const char* assignment : assignments) settings.assign(assignment);
  return message_of(settings);
}

/// The chip with these changes, as --set takes them.
inline ChipConfig with(std::initializer_list<const char*> assignments) {
  Settings settings;
  for (const char* assignment : assignments) settings.assign(assignment);
  return chip_config(settings);
}

}  // namespace mho::platform
