// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/clint.h"

#include "firmware/hal/mmio.h"
#include "registers/clint.h"

uint64_t mho_clint_time(const mho_clint_t* clint) {
  uint32_t high = mho_mmio_read32(clint->base + MHO_CLINT_MTIME_HI_OFFSET);
  for (;;) {
    const uint32_t low = mho_mmio_read32(clint->base + MHO_CLINT_MTIME_LO_OFFSET);
    const uint32_t again = mho_mmio_read32(clint->base + MHO_CLINT_MTIME_HI_OFFSET);
    if (again == high) return ((uint64_t)high << 32) | low;
    high = again;
  }
}

void mho_clint_set_compare(const mho_clint_t* clint, uint64_t ticks) {
  // With all ones in the high half the other writes cannot make the comparison true.
  mho_mmio_write32(clint->base + MHO_CLINT_MTIMECMP_HI_OFFSET, 0xffffffffu);
  mho_mmio_write32(clint->base + MHO_CLINT_MTIMECMP_LO_OFFSET, (uint32_t)ticks);
  mho_mmio_write32(clint->base + MHO_CLINT_MTIMECMP_HI_OFFSET, (uint32_t)(ticks >> 32));
}

void mho_clint_set_software_interrupt(const mho_clint_t* clint, bool pending) {
  mho_mmio_write32(clint->base + MHO_CLINT_MSIP_OFFSET, pending ? MHO_CLINT_MSIP_PENDING_MASK : 0);
}
