// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/macro.h"

#include <stddef.h>

#include "firmware/hal/mmio.h"

static uint32_t read(const mho_macro_t* macro, uint32_t offset) {
  return mho_mmio_read32(macro->base + offset);
}
static void write(const mho_macro_t* macro, uint32_t offset, uint32_t value) {
  mho_mmio_write32(macro->base + offset, value);
}

static bool is_within(uint32_t value, uint32_t low, uint32_t high) {
  return value >= low && value <= high;
}

static bool is_busy(const mho_macro_t* macro) {
  return (read(macro, MHO_ARRAY_MACRO_STATUS_OFFSET) & MHO_ARRAY_MACRO_STATUS_BUSY_MASK) != 0;
}

mho_hal_result_t mho_macro_check(const mho_macro_t* macro) {
  if (macro == NULL) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t id = read(macro, MHO_ARRAY_MACRO_ID_OFFSET);
  return id == MHO_ARRAY_MACRO_ID_VALUE ? MHO_HAL_OK : MHO_HAL_WRONG_BLOCK;
}

mho_hal_result_t mho_macro_get_info(const mho_macro_t* macro, mho_macro_info_t* info) {
  if (macro == NULL || info == NULL) return MHO_HAL_BAD_ARGUMENT;
  info->is_mvm = read(macro, MHO_ARRAY_MACRO_KIND_OFFSET) == 1u;
  info->size = read(macro, MHO_ARRAY_MACRO_SIZE_OFFSET);
  return MHO_HAL_OK;
}

/// Four levels at a time where the place in the window allows it.
static void write_row(uintptr_t address, const int8_t* levels, uint32_t columns) {
  uint32_t c = 0;
  while (c < columns) {
    if ((address + c) % 4 == 0 && columns - c >= 4) {
      uint32_t word = 0;
      for (uint32_t byte = 0; byte < 4; ++byte) word |= (uint32_t)(uint8_t)levels[c + byte] << (8 * byte);
      mho_mmio_write32(address + c, word);
      c += 4;
    } else {
      mho_mmio_write8(address + c, (uint8_t)levels[c]);
      c += 1;
    }
  }
}

mho_hal_result_t mho_macro_write_levels(const mho_macro_t* macro, mho_macro_levels_t levels) {
  if (macro == NULL || levels.levels == NULL) return MHO_HAL_BAD_ARGUMENT;
  if (!is_within(levels.size, 1, MHO_ARRAY_MACRO_MAX_SIZE) || !is_within(levels.rows, 1, levels.size) ||
      !is_within(levels.columns, 1, levels.size) || levels.stride < levels.columns) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  for (uint32_t r = 0; r < levels.rows; ++r) {
    const uintptr_t address = macro->base + MHO_ARRAY_MACRO_LEVELS_OFFSET + r * levels.size;
    write_row(address, levels.levels + (size_t)r * levels.stride, levels.columns);
  }
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_set_slices(const mho_macro_t* macro, uint32_t slices) {
  if (macro == NULL || slices > 2) return MHO_HAL_BAD_ARGUMENT;
  write(macro, MHO_ARRAY_MACRO_SLICES_OFFSET, slices);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_start_program(const mho_macro_t* macro, bool hold_bus) {
  if (macro == NULL) return MHO_HAL_BAD_ARGUMENT;
  if (is_busy(macro)) return MHO_HAL_BUSY;
  write(macro, MHO_ARRAY_MACRO_CTRL_OFFSET,
        MHO_ARRAY_MACRO_CTRL_PROGRAM_MASK | (hold_bus ? 0 : MHO_ARRAY_MACRO_CTRL_NOWAIT_MASK));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_start_operate(const mho_macro_t* macro, mho_macro_operation_t operation) {
  if (macro == NULL || !is_within(operation.rows, 1, MHO_ARRAY_MACRO_MAX_SIZE) ||
      !is_within(operation.columns, 1, MHO_ARRAY_MACRO_MAX_SIZE) ||
      !is_within(operation.reads, 1, MHO_ARRAY_MACRO_MAX_READS) ||
      operation.input_range > MHO_ARRAY_MACRO_INPUT_RANGE_MAX ||
      operation.output_gain < MHO_ARRAY_MACRO_OUTPUT_GAIN_MIN ||
      operation.output_gain > (int32_t)MHO_ARRAY_MACRO_OUTPUT_GAIN_MAX) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  if (is_busy(macro)) return MHO_HAL_BUSY;
  write(macro, MHO_ARRAY_MACRO_ROWS_OFFSET, operation.rows);
  write(macro, MHO_ARRAY_MACRO_COLUMNS_OFFSET, operation.columns);
  write(macro, MHO_ARRAY_MACRO_READS_OFFSET, operation.reads);
  write(macro, MHO_ARRAY_MACRO_INPUT_RANGE_OFFSET, operation.input_range);
  write(macro, MHO_ARRAY_MACRO_OUTPUT_GAIN_OFFSET, (uint32_t)operation.output_gain);
  write(macro, MHO_ARRAY_MACRO_CTRL_OFFSET,
        MHO_ARRAY_MACRO_CTRL_OPERATE_MASK | (operation.hold_bus ? 0 : MHO_ARRAY_MACRO_CTRL_NOWAIT_MASK));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_start_zero(const mho_macro_t* macro, mho_macro_zero_t zero) {
  if (macro == NULL || !is_within(zero.columns, 1, MHO_ARRAY_MACRO_MAX_SIZE) ||
      !is_within(zero.reads, 1, MHO_ARRAY_MACRO_MAX_READS) ||
      zero.output_gain > MHO_ARRAY_MACRO_OUTPUT_GAIN_MAX) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  if (is_busy(macro)) return MHO_HAL_BUSY;
  write(macro, MHO_ARRAY_MACRO_COLUMNS_OFFSET, zero.columns);
  write(macro, MHO_ARRAY_MACRO_READS_OFFSET, zero.reads);
  write(macro, MHO_ARRAY_MACRO_OUTPUT_GAIN_OFFSET, zero.output_gain);
  write(macro, MHO_ARRAY_MACRO_CTRL_OFFSET,
        MHO_ARRAY_MACRO_CTRL_ZERO_MASK | (zero.hold_bus ? 0 : MHO_ARRAY_MACRO_CTRL_NOWAIT_MASK));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_set_offset_trim(const mho_macro_t* macro, uint32_t amplifier, int32_t trim) {
  const int32_t limit = (int32_t)MHO_ARRAY_MACRO_OFFSET_TRIM_MAX;
  if (macro == NULL || amplifier >= MHO_ARRAY_MACRO_MAX_SIZE || trim < -limit || trim > limit) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  write(macro, MHO_ARRAY_MACRO_OFFSET_TRIM_AT(amplifier),
        MHO_FIELD_PUT(MHO_ARRAY_MACRO_OFFSET_TRIM_VALUE, trim));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_get_offset_trim(const mho_macro_t* macro, uint32_t amplifier, int32_t* trim) {
  if (macro == NULL || trim == NULL || amplifier >= MHO_ARRAY_MACRO_MAX_SIZE) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t value = read(macro, MHO_ARRAY_MACRO_OFFSET_TRIM_AT(amplifier));
  *trim = MHO_FIELD_GET_SIGNED_12(value, MHO_ARRAY_MACRO_OFFSET_TRIM_VALUE);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_get_status(const mho_macro_t* macro, mho_macro_status_t* status) {
  if (macro == NULL || status == NULL) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t value = read(macro, MHO_ARRAY_MACRO_STATUS_OFFSET);
  status->is_busy = (value & MHO_ARRAY_MACRO_STATUS_BUSY_MASK) != 0;
  status->is_programmed = (value & MHO_ARRAY_MACRO_STATUS_PROGRAMMED_MASK) != 0;
  status->is_unstable = (value & MHO_ARRAY_MACRO_STATUS_UNSTABLE_MASK) != 0;
  status->is_saturated = (value & MHO_ARRAY_MACRO_STATUS_SATURATED_MASK) != 0;
  status->is_drive_limited = (value & MHO_ARRAY_MACRO_STATUS_DRIVE_LIMITED_MASK) != 0;
  status->has_failed_cells = (value & MHO_ARRAY_MACRO_STATUS_FAILED_CELLS_MASK) != 0;
  status->was_rejected = (value & MHO_ARRAY_MACRO_STATUS_REJECTED_MASK) != 0;
  return MHO_HAL_OK;
}

mho_hal_result_t mho_macro_get_figures(const mho_macro_t* macro, mho_macro_figures_t* figures) {
  if (macro == NULL || figures == NULL) return MHO_HAL_BAD_ARGUMENT;
  figures->settling_ps = read(macro, MHO_ARRAY_MACRO_SETTLING_PS_OFFSET);
  figures->program_ns = read(macro, MHO_ARRAY_MACRO_PROGRAM_NS_OFFSET);
  figures->pulses = read(macro, MHO_ARRAY_MACRO_PULSES_OFFSET);
  figures->writes_per_cell = read(macro, MHO_ARRAY_MACRO_WRITES_PER_CELL_OFFSET);
  return MHO_HAL_OK;
}
