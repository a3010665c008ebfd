// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/levels.h"

enum { kValueBits = 16 };

uint32_t mho_nearest_level(mho_level_values_t values, uint32_t top, uint32_t magnitude, uint32_t max) {
  if (values == NULL) return (uint32_t)(((uint64_t)magnitude * (2u * top) + max) / ((uint64_t)2u * max));
  // Twice the wanted value times max, as are the middles between neighbours below: no division, no rounding.
  const uint64_t wanted = (uint64_t)magnitude * ((uint64_t)top << (kValueBits + 1));
  uint32_t low = 0, high = top;
  while (low < high) {
    const uint32_t level = (low + high + 1u) / 2u;
    if ((uint64_t)max * (values[level - 1u] + values[level]) <= wanted) {
      low = level;
    } else {
      high = level - 1u;
    }
  }
  return low;
}
