// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How much of the refinement unit there can be.
#pragma once

#include <cstddef>

#include "registers/memory_map.hpp"

namespace mho::amc {

/// Operations on macros that a context may have under way at once (our assumption).
inline constexpr unsigned kMostOperations = 4;

/// Contexts that the memory map has pages for: the first and those behind it.
inline constexpr unsigned kMostContexts = 1 + registers::memory_map::kDruContextCount;

/// Stack of a thread that computes matrices, more than SystemC's default: Eigen keeps up to 128 KB of
/// temporaries on it.
inline constexpr std::size_t kThreadStackBytes = 1U << 20;

/// Whoever uses time, bus and converters on its own: the sequencer of a context and each of its operations
/// under way.
inline constexpr unsigned kActorsPerContext = 1 + kMostOperations;
inline constexpr unsigned kMostActors = kMostContexts * kActorsPerContext;

/// The sequencer of a context.
constexpr unsigned sequencer_of(unsigned context) {
  return context * kActorsPerContext;
}

}  // namespace mho::amc
