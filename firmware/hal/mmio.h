// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The only way to a register. On the target these are plain loads and stores; a native program supplies the
// functions itself, which lets a test prove the exact sequence of accesses
// (tests/firmware/hal/mock_mmio.hpp).
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__riscv)

static inline uint8_t mho_mmio_read8(uintptr_t address) {
  return *(const volatile uint8_t*)address;
}
static inline uint16_t mho_mmio_read16(uintptr_t address) {
  return *(const volatile uint16_t*)address;
}
static inline uint32_t mho_mmio_read32(uintptr_t address) {
  return *(const volatile uint32_t*)address;
}
static inline void mho_mmio_write8(uintptr_t address, uint8_t value) {
  *(volatile uint8_t*)address = value;
}
static inline void mho_mmio_write16(uintptr_t address, uint16_t value) {
  *(volatile uint16_t*)address = value;
}
static inline void mho_mmio_write32(uintptr_t address, uint32_t value) {
  *(volatile uint32_t*)address = value;
}

#else

uint8_t mho_mmio_read8(uintptr_t address);
uint16_t mho_mmio_read16(uintptr_t address);
uint32_t mho_mmio_read32(uintptr_t address);
void mho_mmio_write8(uintptr_t address, uint8_t value);
void mho_mmio_write16(uintptr_t address, uint16_t value);
void mho_mmio_write32(uintptr_t address, uint32_t value);

#endif

/// The value of a field in a register's value: MHO_FIELD_GET(value, MHO_DRU_STATUS_STATE).
#define MHO_FIELD_GET(value, field) (((value)&field##_MASK) >> field##_SHIFT)
/// A register's value with only this field set.
#define MHO_FIELD_PUT(field, value) (((uint32_t)(value) << field##_SHIFT) & field##_MASK)
/// The value of a signed field of 12 bits.
#define MHO_FIELD_GET_SIGNED_12(value, field) ((int32_t)((MHO_FIELD_GET(value, field) ^ 0x800u) - 0x800u))

#ifdef __cplusplus
}
#endif
