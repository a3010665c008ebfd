// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mho::platform::cli {

/// Writes indented JSON with full double precision to `file`, or to stdout when that is "-". A file appears
/// complete or not at all.
/// @throws InputError when it cannot be written
void write_json(const std::string& file, const nlohmann::ordered_json& json);

}  // namespace mho::platform::cli
