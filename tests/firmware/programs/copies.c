// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Copies blocks by DMA as a driver does: by interrupt with a time-out, looked after when the interrupt does
// not come, and once more when a copy fails. Whoever runs it compares the two arrays.
#include <stdint.h>
#include <stdio.h>

#include "check.h"
#include "dma_causes.h"
#include "firmware/sdk/interrupt.h"
#include "firmware/sdk/timer.h"

enum { kBlocks = 16, kBlockBytes = 512, kAttempts = 2, kTimeoutUs = 100 };

uint8_t copies_source[kBlocks * kBlockBytes], copies_destination[kBlocks * kBlockBytes];

static unsigned repeated, missed;

static bool copy(unsigned block) {
  const uint32_t offset = block * kBlockBytes;
  const mho_dma_transfer_t transfer = {.source = (uint32_t)(uintptr_t)(copies_source + offset),
                                       .destination = (uint32_t)(uintptr_t)(copies_destination + offset),
                                       .bytes = kBlockBytes};
  causes_seen = 0;
  if (mho_dma_start(&dma, transfer) != MHO_HAL_OK) return false;
  if (!mho_wait_until_for(any_cause, NULL, kTimeoutUs)) {
    ++missed;
    CHECK(mho_dma_irq_acknowledge(&dma, MHO_DMA_IRQ_ALL) == MHO_HAL_OK);
  }
  mho_dma_status_t status;
  CHECK(mho_dma_get_status(&dma, &status) == MHO_HAL_OK);
  return !status.is_busy && status.result == MHO_DMA_RESULT_OK;
}

int main(void) {
  CHECK(mho_dma_check(&dma) == MHO_HAL_OK);
  CHECK(mho_interrupt_set_external_handler(MHO_DMA_IRQ, on_dma, NULL));
  CHECK(mho_dma_irq_enable(&dma, MHO_DMA_IRQ_ALL) == MHO_HAL_OK);
  (void)mho_interrupts_enable();
  for (unsigned i = 0; i < sizeof copies_source; ++i) copies_source[i] = (uint8_t)(i * 7 + (i >> 8) + 1);
  for (unsigned block = 0; block < kBlocks; ++block) {
    unsigned attempts = 1;
    while (!copy(block)) {
      CHECK(attempts++ < kAttempts);
      ++repeated;
    }
  }
  printf("copied, %u repeated, %u interrupts missed\n", repeated, missed);
  return 0;
}
