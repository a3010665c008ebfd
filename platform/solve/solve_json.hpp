// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <nlohmann/json.hpp>

#include "platform/solve/solve_run.hpp"

namespace mho::platform {

/// The JSON of `mho solve`. Numbers that do not exist (no x, no history, infinite) are null. Everything but
/// wall_s and mips is a function of system, configuration, firmware and version.
nlohmann::ordered_json to_json(const SolveReport& report, std::string_view version);

}  // namespace mho::platform
