// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/dru.h"

#include "firmware/hal/mmio.h"

#define MAX_RING_ENTRIES 4096u

static uint32_t read(const mho_dru_t* dru, uint32_t offset) {
  return mho_mmio_read32(dru->base + offset);
}
static void write(const mho_dru_t* dru, uint32_t offset, uint32_t value) {
  mho_mmio_write32(dru->base + offset, value);
}

static mho_hal_result_t read_to(const mho_dru_t* dru, uint32_t offset, uint32_t* value) {
  if (dru == NULL || value == NULL) return MHO_HAL_BAD_ARGUMENT;
  *value = read(dru, offset);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_check(const mho_dru_t* dru) {
  if (dru == NULL) return MHO_HAL_BAD_ARGUMENT;
  return read(dru, MHO_DRU_ID_OFFSET) == MHO_DRU_ID_VALUE ? MHO_HAL_OK : MHO_HAL_WRONG_BLOCK;
}

mho_hal_result_t mho_dru_reset(const mho_dru_t* dru) {
  if (dru == NULL) return MHO_HAL_BAD_ARGUMENT;
  write(dru, MHO_DRU_CTRL_OFFSET, MHO_DRU_CTRL_RESET_MASK);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_get_capabilities(const mho_dru_t* dru, mho_dru_capabilities_t* capabilities) {
  if (dru == NULL || capabilities == NULL) return MHO_HAL_BAD_ARGUMENT;
  capabilities->inv_count = read(dru, MHO_DRU_CAP_INV_COUNT_OFFSET);
  capabilities->inv_size = read(dru, MHO_DRU_CAP_INV_SIZE_OFFSET);
  capabilities->mvm_count = read(dru, MHO_DRU_CAP_MVM_COUNT_OFFSET);
  capabilities->mvm_size = read(dru, MHO_DRU_CAP_MVM_SIZE_OFFSET);
  capabilities->rows_per_read = read(dru, MHO_DRU_CAP_ROWS_PER_READ_OFFSET);
  capabilities->levels = read(dru, MHO_DRU_CAP_LEVELS_OFFSET);
  capabilities->sram_words = read(dru, MHO_DRU_CAP_SRAM_WORDS_OFFSET);
  capabilities->g_min_ps = read(dru, MHO_DRU_CAP_G_MIN_PS_OFFSET);
  capabilities->g_step_ps = read(dru, MHO_DRU_CAP_G_STEP_PS_OFFSET);
  capabilities->g_in_ps = read(dru, MHO_DRU_CAP_G_IN_PS_OFFSET);
  capabilities->inv_unit = read(dru, MHO_DRU_CAP_INV_UNIT_OFFSET);
  capabilities->mvm_unit = read(dru, MHO_DRU_CAP_MVM_UNIT_OFFSET);
  capabilities->max_retries = read(dru, MHO_DRU_CAP_MAX_RETRIES_OFFSET);
  capabilities->inv_levels = read(dru, MHO_DRU_CAP_INV_LEVELS_OFFSET);
  capabilities->inv_slices = read(dru, MHO_DRU_CAP_INV_SLICES_OFFSET);
  capabilities->hp_rows = read(dru, MHO_DRU_CAP_HP_ROWS_OFFSET);
  capabilities->digit_bits = read(dru, MHO_DRU_CAP_DIGIT_BITS_OFFSET);
  capabilities->input_bits = read(dru, MHO_DRU_CAP_INPUT_BITS_OFFSET);
  capabilities->inv_diagonal_cells = read(dru, MHO_DRU_CAP_INV_DIAGONAL_CELLS_OFFSET);
  capabilities->contexts = read(dru, MHO_DRU_CAP_CONTEXTS_OFFSET);
  capabilities->ginv_count = read(dru, MHO_DRU_CAP_GINV_COUNT_OFFSET);
  capabilities->ginv_size = read(dru, MHO_DRU_CAP_GINV_SIZE_OFFSET);
  capabilities->inv_is_uneven = read(dru, MHO_DRU_CAP_INV_IS_UNEVEN_OFFSET);
  if (capabilities->inv_is_uneven == 0u) return MHO_HAL_OK;
  for (uint32_t k = 0; k < MHO_DRU_CAP_INV_LEVEL_VALUE_COUNT; ++k) {
    capabilities->inv_level_values[k] = read(dru, MHO_DRU_CAP_INV_LEVEL_VALUE_AT(k));
  }
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_set_ring(const mho_dru_t* dru, mho_dru_ring_t ring) {
  if (dru == NULL || ring.address == 0 || ring.address % MHO_DRU_DESCRIPTOR_BYTES != 0) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  if (ring.entries == 0 || ring.entries > MAX_RING_ENTRIES) return MHO_HAL_BAD_ARGUMENT;
  if ((read(dru, MHO_DRU_CTRL_OFFSET) & MHO_DRU_CTRL_ENABLE_MASK) != 0) return MHO_HAL_BUSY;
  write(dru, MHO_DRU_RING_ENTRIES_OFFSET, ring.entries);
  // Last, because it clears HEAD.
  write(dru, MHO_DRU_RING_BASE_OFFSET, ring.address);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_set_enabled(const mho_dru_t* dru, bool enabled) {
  if (dru == NULL) return MHO_HAL_BAD_ARGUMENT;
  write(dru, MHO_DRU_CTRL_OFFSET, enabled ? MHO_DRU_CTRL_ENABLE_MASK : 0);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_ring_doorbell(const mho_dru_t* dru, uint32_t ready) {
  if (dru == NULL) return MHO_HAL_BAD_ARGUMENT;
#if defined(__riscv)
  __asm__ volatile("fence" : : : "memory");
#endif
  write(dru, MHO_DRU_DOORBELL_OFFSET, ready);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_get_head(const mho_dru_t* dru, uint32_t* head) {
  return read_to(dru, MHO_DRU_HEAD_OFFSET, head);
}

mho_hal_result_t mho_dru_get_state(const mho_dru_t* dru, mho_dru_state_t* state) {
  if (dru == NULL || state == NULL) return MHO_HAL_BAD_ARGUMENT;
  *state = (mho_dru_state_t)MHO_FIELD_GET(read(dru, MHO_DRU_STATUS_OFFSET), MHO_DRU_STATUS_STATE);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_abort(const mho_dru_t* dru) {
  if (dru == NULL) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t enabled = read(dru, MHO_DRU_CTRL_OFFSET) & MHO_DRU_CTRL_ENABLE_MASK;
  write(dru, MHO_DRU_CTRL_OFFSET, enabled | MHO_DRU_CTRL_ABORT_MASK);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_set_watchdog(const mho_dru_t* dru, uint32_t limit_us) {
  if (dru == NULL || limit_us == 0) return MHO_HAL_BAD_ARGUMENT;
  write(dru, MHO_DRU_WATCHDOG_US_OFFSET, limit_us);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_get_last_completion(const mho_dru_t* dru, mho_dru_completion_t* completion) {
  if (dru == NULL || completion == NULL) return MHO_HAL_BAD_ARGUMENT;
  completion->status = (mho_dru_status_t)read(dru, MHO_DRU_LAST_STATUS_OFFSET);
  completion->job_id = read(dru, MHO_DRU_LAST_JOB_OFFSET);
  completion->fault_command = read(dru, MHO_DRU_FAULT_COMMAND_OFFSET);
  completion->fault_detail = read(dru, MHO_DRU_FAULT_DETAIL_OFFSET);
  completion->iterations = read(dru, MHO_DRU_ITERATION_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_get_counters(const mho_dru_t* dru, mho_dru_counters_t* counters) {
  if (dru == NULL || counters == NULL) return MHO_HAL_BAD_ARGUMENT;
  counters->inv = read(dru, MHO_DRU_COUNT_INV_OFFSET);
  counters->mvm = read(dru, MHO_DRU_COUNT_MVM_OFFSET);
  counters->hp_reads = read(dru, MHO_DRU_COUNT_HP_READS_OFFSET);
  counters->program = read(dru, MHO_DRU_COUNT_PROGRAM_OFFSET);
  counters->retries = read(dru, MHO_DRU_COUNT_RETRIES_OFFSET);
  counters->clips = read(dru, MHO_DRU_COUNT_CLIPS_OFFSET);
  // The low half latches the high one.
  const uint32_t low = read(dru, MHO_DRU_COUNT_DIGITAL_LO_OFFSET);
  const uint32_t high = read(dru, MHO_DRU_COUNT_DIGITAL_HI_OFFSET);
  counters->digital = ((uint64_t)high << 32) | low;
  counters->max_writes_per_cell = read(dru, MHO_DRU_MAX_WRITES_PER_CELL_OFFSET);
  counters->checksum_mismatches = read(dru, MHO_DRU_COUNT_CHECKSUM_MISMATCHES_OFFSET);
  counters->repeated_reads = read(dru, MHO_DRU_COUNT_REPEATED_READS_OFFSET);
  counters->ginv = read(dru, MHO_DRU_COUNT_GINV_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_get_signal_value(const mho_dru_t* dru, uint32_t* value) {
  return read_to(dru, MHO_DRU_SIGNAL_VALUE_OFFSET, value);
}

mho_hal_result_t mho_dru_irq_pending(const mho_dru_t* dru, uint32_t* causes) {
  if (dru == NULL || causes == NULL) return MHO_HAL_BAD_ARGUMENT;
  *causes = read(dru, MHO_DRU_IRQ_STATE_OFFSET) & MHO_DRU_IRQ_ALL;
  return MHO_HAL_OK;
}

static mho_hal_result_t write_causes(const mho_dru_t* dru, uint32_t offset, uint32_t causes) {
  if (dru == NULL || (causes & ~MHO_DRU_IRQ_ALL) != 0) return MHO_HAL_BAD_ARGUMENT;
  write(dru, offset, causes);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dru_irq_acknowledge(const mho_dru_t* dru, uint32_t causes) {
  return write_causes(dru, MHO_DRU_IRQ_STATE_OFFSET, causes);
}
mho_hal_result_t mho_dru_irq_enable(const mho_dru_t* dru, uint32_t causes) {
  return write_causes(dru, MHO_DRU_IRQ_ENABLE_OFFSET, causes);
}
mho_hal_result_t mho_dru_irq_force(const mho_dru_t* dru, uint32_t causes) {
  return write_causes(dru, MHO_DRU_IRQ_TEST_OFFSET, causes);
}
