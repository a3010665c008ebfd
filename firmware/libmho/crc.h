// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// CRC-32 of IEEE 802.3 (polynomial 0x04C11DB7, reflected, start and final inversion): of "123456789" it is
// 0xCBF43926. It protects what driver and host hand to each other (models/registers/job.yaml).
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The CRC of nothing, to begin with.
#define MHO_CRC_START 0u

/// The CRC of what `crc` is of, followed by `bytes` bytes.
uint32_t mho_crc32(uint32_t crc, const void* data, size_t bytes);

/// As it stands in a block, where 0 means that there is none.
static inline uint32_t mho_crc_word(uint32_t crc) {
  return crc == 0u ? UINT32_MAX : crc;
}

#ifdef __cplusplus
}
#endif
