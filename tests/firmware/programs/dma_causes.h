// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What an interrupt handler of the DMA engine leaves for the program that waits for it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/dma.h"
#include "registers/memory_map.h"

static const mho_dma_t dma = {.base = MHO_DMA_BASE};
/// All that was pending since the program cleared it.
static volatile uint32_t causes_seen;

/// The handler of MHO_DMA_IRQ.
static inline void on_dma(void* context) {
  (void)context;
  uint32_t causes = 0;
  if (mho_dma_irq_pending(&dma, &causes) != MHO_HAL_OK) return;
  if (mho_dma_irq_acknowledge(&dma, causes) != MHO_HAL_OK) return;
  causes_seen = causes_seen | causes;
}

static inline bool any_cause(void* context) {
  (void)context;
  return causes_seen != 0;
}
