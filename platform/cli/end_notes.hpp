// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What is to be said about a program that mho had to end, or that ended badly.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "platform/machine.hpp"

namespace mho::platform::cli {

/// Function, file and line of an address; empty: the program does not say.
using PlaceOf = std::function<std::string(std::uint32_t address)>;

/// Where a run stood that did not end by itself, as the end of a message; empty: it did. Hangs have said at
/// which pc.
std::string place_of_end(const RunResult& result, const PlaceOf& place_of);

/// The access that a run has ended with, if it is one that failed; a line, or none.
std::vector<std::string> fatal_access(const RunResult& result, Machine& machine, const PlaceOf& place_of);

/// Interrupts that a run which did not end by itself has not attended to, a line each.
std::vector<std::string> left_interrupts(const RunResult& result, Machine& machine);

}  // namespace mho::platform::cli
