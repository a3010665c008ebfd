// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The schema as texts for people.
#pragma once

#include <string>
#include <string_view>

namespace mho::platform {

/// Everything about one key, or about all keys of a section.
/// @throws InputError that names the nearest key when there is neither
std::string explain(std::string_view key);

/// The reference page of the configuration.
std::string configuration_markdown();

/// The page of what is assumed: structural_assumptions.md, the keys of trust A, the component figures.
std::string assumptions_markdown();

/// "the paper itself", … @throws InternalError for a letter that is none
std::string_view meaning_of_trust(char letter);

}  // namespace mho::platform
