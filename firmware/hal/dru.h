// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Digital refinement unit: descriptor ring, doorbell, interrupt causes, counters. What a command list says is
// the driver's business (firmware/libmho); layouts are in registers/dru.h.
//
// A handle is one context of the unit: each has a page of registers, and what this header says of the unit is
// said of the context.
//
// Order of use: check, reset, set_ring, enable; then per job fill descriptors and ring the doorbell. The
// CPU's stores to memory are visible to the unit when the doorbell is written.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/result.h"
#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A digital refinement unit; `base` is the address of its first register.
typedef struct mho_dru {
  uintptr_t base;
} mho_dru_t;

/// A descriptor ring in memory.
typedef struct mho_dru_ring {
  uint32_t address;  ///< of its first descriptor, a multiple of MHO_DRU_DESCRIPTOR_BYTES, not 0
  uint32_t entries;  ///< 1 to 4096
} mho_dru_ring_t;

/// What this chip has. See the CAP_ registers for the meaning of each.
typedef struct mho_dru_capabilities {
  uint32_t inv_count, inv_size;
  uint32_t ginv_count, ginv_size;
  uint32_t mvm_count, mvm_size;
  uint32_t rows_per_read;
  uint32_t levels;
  uint32_t sram_words;
  uint32_t g_min_ps, g_step_ps, g_in_ps;  ///< [pS]
  uint32_t inv_unit, mvm_unit;            ///< [2^-16]
  uint32_t max_retries;
  uint32_t inv_levels;
  uint32_t inv_slices;
  uint32_t inv_is_uneven;
  uint32_t hp_rows;
  uint32_t digit_bits, input_bits;
  uint32_t inv_diagonal_cells;
  uint32_t contexts;
  uint32_t inv_level_values[MHO_DRU_CAP_INV_LEVEL_VALUE_COUNT];  ///< [2^-16 steps], if inv_is_uneven
} mho_dru_capabilities_t;

/// The last completed descriptor.
typedef struct mho_dru_completion {
  mho_dru_status_t status;
  uint32_t job_id;
  uint32_t fault_command;  ///< index of the command at which the last failing list stopped
  uint32_t fault_detail;   ///< tile index, bus address or slot
  uint32_t iterations;     ///< LOOP commands taken by the running or last list
} mho_dru_completion_t;

/// Event counters since reset.
typedef struct mho_dru_counters {
  uint32_t inv, mvm, ginv, hp_reads, program, retries, clips;
  uint64_t digital;
  uint32_t max_writes_per_cell;
  uint32_t checksum_mismatches, repeated_reads;
} mho_dru_counters_t;

/// Every interrupt cause: JOB_DONE, JOB_ERROR, SIGNAL.
#define MHO_DRU_IRQ_ALL \
  (MHO_DRU_IRQ_STATE_JOB_DONE_MASK | MHO_DRU_IRQ_STATE_JOB_ERROR_MASK | MHO_DRU_IRQ_STATE_SIGNAL_MASK)

/// OK if the block is a digital refinement unit, otherwise WRONG_BLOCK.
MHO_MUST_CHECK mho_hal_result_t mho_dru_check(const mho_dru_t* dru);

/// Everything but the macros returns to its reset state, in a context behind the first what is its own only;
/// a running list is dropped without a completion.
MHO_MUST_CHECK mho_hal_result_t mho_dru_reset(const mho_dru_t* dru);

/// @param[out] capabilities  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dru_get_capabilities(const mho_dru_t* dru,
                                                         mho_dru_capabilities_t* capabilities);

/// Chooses the ring and starts counting at 0. BUSY: the unit is enabled. BAD_ARGUMENT: alignment or size.
MHO_MUST_CHECK mho_hal_result_t mho_dru_set_ring(const mho_dru_t* dru, mho_dru_ring_t ring);

/// Lets the unit fetch descriptors, or not; a list that runs then still finishes.
MHO_MUST_CHECK mho_hal_result_t mho_dru_set_enabled(const mho_dru_t* dru, bool enabled);

/// Says that `ready` descriptors in all have been filled since the ring was set up (modulo 2^32). At most the
/// number of entries ahead of mho_dru_get_head(); the unit answers more with JOB_ERROR.
MHO_MUST_CHECK mho_hal_result_t mho_dru_ring_doorbell(const mho_dru_t* dru, uint32_t ready);

/// Descriptors completed since the ring was set up, modulo 2^32. @param[out] head  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dru_get_head(const mho_dru_t* dru, uint32_t* head);

/// What the sequencer is doing. @param[out] state  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dru_get_state(const mho_dru_t* dru, mho_dru_state_t* state);

/// Ends the running list at its next command with status ABORTED. Keeps the unit enabled or disabled as it
/// is.
MHO_MUST_CHECK mho_hal_result_t mho_dru_abort(const mho_dru_t* dru);

/// Time limit [us] of lists whose descriptor gives none. BAD_ARGUMENT: 0.
MHO_MUST_CHECK mho_hal_result_t mho_dru_set_watchdog(const mho_dru_t* dru, uint32_t limit_us);

/// @param[out] completion  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dru_get_last_completion(const mho_dru_t* dru,
                                                            mho_dru_completion_t* completion);

/// @param[out] counters  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dru_get_counters(const mho_dru_t* dru, mho_dru_counters_t* counters);

/// Argument of the last SIGNAL command. @param[out] value  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dru_get_signal_value(const mho_dru_t* dru, uint32_t* value);

/// Pending causes. @param[out] causes  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dru_irq_pending(const mho_dru_t* dru, uint32_t* causes);
/// Clears pending causes. BAD_ARGUMENT: a bit that is no cause.
MHO_MUST_CHECK mho_hal_result_t mho_dru_irq_acknowledge(const mho_dru_t* dru, uint32_t causes);
/// Exactly these causes drive the interrupt line. BAD_ARGUMENT: a bit that is no cause.
MHO_MUST_CHECK mho_hal_result_t mho_dru_irq_enable(const mho_dru_t* dru, uint32_t causes);
/// Makes causes pending as if they had happened. BAD_ARGUMENT: a bit that is no cause.
MHO_MUST_CHECK mho_hal_result_t mho_dru_irq_force(const mho_dru_t* dru, uint32_t causes);

#ifdef __cplusplus
}
#endif
