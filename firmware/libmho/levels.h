// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the levels of a cell are worth. A level is a number of a conductance, and the conductance above that
// of level 0, in steps of full scale / (levels − 1), is its value. On an even grid both are the same; on any
// other a table tells (CAP_INV_LEVEL_VALUE).
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Value of each level in units of 2^-16 steps: ascending, 0 for level 0, level · 2^16 for the highest. NULL:
/// evenly spaced.
typedef const uint32_t* mho_level_values_t;

/// @param level  signed; within the table in magnitude
/// @returns      its value with its sign, units of 2^-16 steps
static inline int32_t mho_level_value(mho_level_values_t values, int8_t level) {
  if (values == NULL) return level * 65536;
  return level < 0 ? -(int32_t)values[-level] : (int32_t)values[level];
}

/// The level whose value is nearest to top · magnitude / max; the higher one of two at equal distance.
/// @param top        highest level, 1 to 127; with a table at most 63
/// @param magnitude  at most max
/// @param max        not 0
uint32_t mho_nearest_level(mho_level_values_t values, uint32_t top, uint32_t magnitude, uint32_t max);

#ifdef __cplusplus
}
#endif
