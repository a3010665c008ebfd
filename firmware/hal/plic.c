// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/plic.h"

#include <stddef.h>

#include "firmware/hal/mmio.h"
#include "registers/plic.h"

static bool is_source(uint32_t source) {
  return source >= 1 && source < MHO_PLIC_SOURCES;
}

mho_hal_result_t mho_plic_set_priority(const mho_plic_t* plic, uint32_t source, uint32_t priority) {
  if (plic == NULL || !is_source(source) || priority > MHO_PLIC_MAX_PRIORITY) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(plic->base + MHO_PLIC_PRIORITY_AT(source), priority);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_plic_set_enabled(const mho_plic_t* plic, uint32_t source, bool enabled) {
  if (plic == NULL || !is_source(source)) return MHO_HAL_BAD_ARGUMENT;
  const uintptr_t address = plic->base + MHO_PLIC_ENABLE_AT(source / 32);
  const uint32_t bit = 1u << (source % 32);
  const uint32_t before = mho_mmio_read32(address);
  mho_mmio_write32(address, enabled ? before | bit : before & ~bit);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_plic_set_threshold(const mho_plic_t* plic, uint32_t priority) {
  if (plic == NULL || priority > MHO_PLIC_MAX_PRIORITY) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(plic->base + MHO_PLIC_THRESHOLD_OFFSET, priority);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_plic_is_pending(const mho_plic_t* plic, uint32_t source, bool* pending) {
  if (plic == NULL || pending == NULL || !is_source(source)) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t word = mho_mmio_read32(plic->base + MHO_PLIC_PENDING_AT(source / 32));
  *pending = ((word >> (source % 32)) & 1u) != 0;
  return MHO_HAL_OK;
}

uint32_t mho_plic_claim(const mho_plic_t* plic) {
  return mho_mmio_read32(plic->base + MHO_PLIC_CLAIM_OFFSET);
}

void mho_plic_complete(const mho_plic_t* plic, uint32_t source) {
  mho_mmio_write32(plic->base + MHO_PLIC_CLAIM_OFFSET, source);
}
