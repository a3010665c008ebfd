// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/dma.h"

#include "firmware/hal/mmio.h"

static uint32_t read(const mho_dma_t* dma, uint32_t offset) {
  return mho_mmio_read32(dma->base + offset);
}
static void write(const mho_dma_t* dma, uint32_t offset, uint32_t value) {
  mho_mmio_write32(dma->base + offset, value);
}

mho_hal_result_t mho_dma_check(const mho_dma_t* dma) {
  if (dma == NULL) return MHO_HAL_BAD_ARGUMENT;
  return read(dma, MHO_DMA_ID_OFFSET) == MHO_DMA_ID_VALUE ? MHO_HAL_OK : MHO_HAL_WRONG_BLOCK;
}

/// Whether the last byte of a stretch has an address.
static bool fits(uint32_t start, uint32_t bytes) {
  return start <= UINT32_MAX - (bytes - 1);
}

mho_hal_result_t mho_dma_start(const mho_dma_t* dma, mho_dma_transfer_t transfer) {
  if (dma == NULL || transfer.bytes == 0) return MHO_HAL_BAD_ARGUMENT;
  if (!fits(transfer.source, transfer.bytes) || !fits(transfer.destination, transfer.bytes)) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  if ((read(dma, MHO_DMA_STATUS_OFFSET) & MHO_DMA_STATUS_BUSY_MASK) != 0) return MHO_HAL_BUSY;
  write(dma, MHO_DMA_SOURCE_OFFSET, transfer.source);
  write(dma, MHO_DMA_DESTINATION_OFFSET, transfer.destination);
  write(dma, MHO_DMA_BYTES_OFFSET, transfer.bytes);
  write(dma, MHO_DMA_CTRL_OFFSET, MHO_DMA_CTRL_START_MASK);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dma_get_status(const mho_dma_t* dma, mho_dma_status_t* status) {
  if (dma == NULL || status == NULL) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t value = read(dma, MHO_DMA_STATUS_OFFSET);
  status->is_busy = (value & MHO_DMA_STATUS_BUSY_MASK) != 0;
  status->result = (mho_dma_result_t)MHO_FIELD_GET(value, MHO_DMA_STATUS_RESULT);
  status->fault_address = read(dma, MHO_DMA_FAULT_ADDRESS_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dma_irq_pending(const mho_dma_t* dma, uint32_t* causes) {
  if (dma == NULL || causes == NULL) return MHO_HAL_BAD_ARGUMENT;
  *causes = read(dma, MHO_DMA_IRQ_STATE_OFFSET) & MHO_DMA_IRQ_ALL;
  return MHO_HAL_OK;
}

static mho_hal_result_t write_causes(const mho_dma_t* dma, uint32_t offset, uint32_t causes) {
  if (dma == NULL || (causes & ~MHO_DMA_IRQ_ALL) != 0) return MHO_HAL_BAD_ARGUMENT;
  write(dma, offset, causes);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dma_irq_acknowledge(const mho_dma_t* dma, uint32_t causes) {
  return write_causes(dma, MHO_DMA_IRQ_STATE_OFFSET, causes);
}
mho_hal_result_t mho_dma_irq_enable(const mho_dma_t* dma, uint32_t causes) {
  return write_causes(dma, MHO_DMA_IRQ_ENABLE_OFFSET, causes);
}
mho_hal_result_t mho_dma_irq_force(const mho_dma_t* dma, uint32_t causes) {
  return write_causes(dma, MHO_DMA_IRQ_TEST_OFFSET, causes);
}
