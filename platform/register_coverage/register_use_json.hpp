// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The file of a RegisterCoverage. Registers, windows and fields go by their names; what was never touched is
// left out, since the descriptions know of it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "platform/register_coverage/register_use.hpp"

namespace mho::platform::register_coverage {

nlohmann::ordered_json to_json(const RegisterCoverage& coverage);

/// @throws InputError  not such a file, or one of other blocks, registers, windows, fields, values of
///                     enumerations or interrupts than this program knows
RegisterCoverage read_coverage(const std::string& file);

}  // namespace mho::platform::register_coverage
