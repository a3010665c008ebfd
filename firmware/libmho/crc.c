// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/crc.h"

// Remainders of all half bytes: a table that fits into a few lines of a cache, for two steps a byte.
static const uint32_t remainders[16] = {
    0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
    0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu, 0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};

uint32_t mho_crc32(uint32_t crc, const void* data, size_t bytes) {
  const uint8_t* const p = data;
  uint32_t state = ~crc;
  for (size_t i = 0; i < bytes; ++i) {
    state ^= p[i];
    state = state >> 4 ^ remainders[state & 15u];
    state = state >> 4 ^ remainders[state & 15u];
  }
  return ~state;
}
