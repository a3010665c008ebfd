// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// DMA transfers that firmware starts: polled, by interrupt, refused, and into nothing.
#include <string.h>

#include "check.h"
#include "dma_causes.h"
#include "firmware/sdk/interrupt.h"

enum { kBytes = 5000 };

static uint8_t source[kBytes], destination[kBytes + 2];

static uint32_t address(const void* pointer) {
  return (uint32_t)(uintptr_t)pointer;
}

static mho_dma_result_t wait_for_result(void) {
  mho_dma_status_t status;
  do {
    CHECK(mho_dma_get_status(&dma, &status) == MHO_HAL_OK);
  } while (status.is_busy);
  return status.result;
}

static void check_polled(void) {
  const mho_dma_transfer_t transfer = {address(source + 1), address(destination + 2), kBytes - 1};
  memset(destination, 0, sizeof destination);
  CHECK(mho_dma_start(&dma, transfer) == MHO_HAL_OK);
  CHECK(mho_dma_start(&dma, transfer) == MHO_HAL_BUSY);
  CHECK_EQ(wait_for_result(), MHO_DMA_RESULT_OK);
  CHECK(memcmp(destination + 2, source + 1, kBytes - 1) == 0);
  CHECK(destination[0] == 0 && destination[1] == 0 && destination[kBytes + 1] == 0);
}

static void check_interrupt(void) {
  memset(destination, 0, sizeof destination);
  CHECK(mho_interrupt_set_external_handler(MHO_DMA_IRQ, on_dma, NULL));
  CHECK(mho_dma_irq_acknowledge(&dma, MHO_DMA_IRQ_ALL) == MHO_HAL_OK);
  CHECK(mho_dma_irq_enable(&dma, MHO_DMA_IRQ_ALL) == MHO_HAL_OK);
  (void)mho_interrupts_enable();
  CHECK_EQ(causes_seen, 0);
  const mho_dma_transfer_t transfer = {address(source), address(destination), kBytes};
  CHECK(mho_dma_start(&dma, transfer) == MHO_HAL_OK);
  mho_wait_until(any_cause, NULL);
  CHECK_EQ(causes_seen, MHO_DMA_IRQ_STATE_DONE_MASK);
  CHECK(memcmp(destination, source, kBytes) == 0);

  causes_seen = 0;
  CHECK(mho_dma_irq_force(&dma, MHO_DMA_IRQ_STATE_ERROR_MASK) == MHO_HAL_OK);
  mho_wait_until(any_cause, NULL);
  CHECK_EQ(causes_seen, MHO_DMA_IRQ_STATE_ERROR_MASK);
}

static void check_bus_errors(void) {
  mho_dma_status_t status;
  causes_seen = 0;
  CHECK(mho_dma_start(&dma, (mho_dma_transfer_t){0x06000000, address(destination), 64}) == MHO_HAL_OK);
  mho_wait_until(any_cause, NULL);
  CHECK_EQ(causes_seen, MHO_DMA_IRQ_STATE_ERROR_MASK);
  CHECK_EQ(wait_for_result(), MHO_DMA_RESULT_READ_ERROR);
  CHECK(mho_dma_get_status(&dma, &status) == MHO_HAL_OK);
  CHECK_EQ(status.fault_address, 0x06000000);
  CHECK(mho_dma_start(&dma, (mho_dma_transfer_t){address(source), 0x06000000, 64}) == MHO_HAL_OK);
  CHECK_EQ(wait_for_result(), MHO_DMA_RESULT_WRITE_ERROR);
}

int main(void) {
  CHECK(mho_dma_check(&dma) == MHO_HAL_OK);
  for (unsigned i = 0; i < kBytes; ++i) source[i] = (uint8_t)(i * 7 + (i >> 8));
  check_polled();
  check_interrupt();
  check_bus_errors();
  // The controller works on after an error.
  check_polled();
  puts("dma ok");
  return 0;
}
