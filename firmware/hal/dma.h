// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// DMA controller: copies one stretch of memory at a time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/result.h"
#include "registers/dma.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A DMA controller; `base` is the address of its first register.
typedef struct mho_dma {
  uintptr_t base;
} mho_dma_t;

/// What to copy. The stretches may have any alignment; where they overlap the result is unspecified.
typedef struct mho_dma_transfer {
  uint32_t source;       ///< address
  uint32_t destination;  ///< address
  uint32_t bytes;        ///< 1 or more; neither stretch may wrap around
} mho_dma_transfer_t;

/// The current or last transfer.
typedef struct mho_dma_status {
  bool is_busy;
  mho_dma_result_t result;  ///< NONE while busy or before the first transfer
  uint32_t fault_address;   ///< where a bus error occurred; 0: none
} mho_dma_status_t;

/// Interrupt causes: MHO_DMA_IRQ_STATE_DONE_MASK, MHO_DMA_IRQ_STATE_ERROR_MASK.
#define MHO_DMA_IRQ_ALL (MHO_DMA_IRQ_STATE_DONE_MASK | MHO_DMA_IRQ_STATE_ERROR_MASK)

/// OK if the block is a DMA controller, otherwise WRONG_BLOCK.
MHO_MUST_CHECK mho_hal_result_t mho_dma_check(const mho_dma_t* dma);

/// Starts a transfer and returns at once. BUSY: one is under way. BAD_ARGUMENT: no bytes, or a stretch wraps.
MHO_MUST_CHECK mho_hal_result_t mho_dma_start(const mho_dma_t* dma, mho_dma_transfer_t transfer);

/// @param[out] status  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dma_get_status(const mho_dma_t* dma, mho_dma_status_t* status);

/// Pending causes. @param[out] causes  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dma_irq_pending(const mho_dma_t* dma, uint32_t* causes);
/// Clears pending causes. BAD_ARGUMENT: a bit that is no cause.
MHO_MUST_CHECK mho_hal_result_t mho_dma_irq_acknowledge(const mho_dma_t* dma, uint32_t causes);
/// Exactly these causes drive the interrupt line. BAD_ARGUMENT: a bit that is no cause.
MHO_MUST_CHECK mho_hal_result_t mho_dma_irq_enable(const mho_dma_t* dma, uint32_t causes);
/// Makes causes pending as if they had happened. BAD_ARGUMENT: a bit that is no cause.
MHO_MUST_CHECK mho_hal_result_t mho_dma_irq_force(const mho_dma_t* dma, uint32_t causes);

#ifdef __cplusplus
}
#endif
