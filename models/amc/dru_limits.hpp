// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How much of the refinement unit there can be.
#pragma once

#include "registers/memory_map.hpp"

namespace mho::amc {

/// Contexts that the memory map has pages for: the first and those behind it.
inline constexpr unsigned kMostContexts = 1 + registers::memory_map::kDruContextCount;

}  // namespace mho::amc
