// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A GINV macro by hand, DAC → macro → ADC, without the DRU: its outputs v have to solve
//     [F·I, A; −Aᵀ, D·I]·v = −i
// to the accuracy of cells and converters. Exit code 0: they do; 1: not; 2: the hardware refused a step.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "firmware/hal/adc.h"
#include "firmware/hal/dac.h"
#include "firmware/hal/dru.h"
#include "firmware/hal/macro.h"
#include "registers/memory_map.h"

enum { kRows = 3, kColumns = 2, kAll = kRows + kColumns, kFeedback = 8, kDamping = 3, kRange = 1, kLane = 0 };

// Codes of the right-hand side: half a code in each output is worth up to 2.3 of them, and cells may err as
// much.
enum { kTolerance = 5 };

static const int8_t kLevels[kRows * kColumns] = {7, 1, -2, 6, 3, -4};
static const int16_t kIn[kAll] = {60, -40, 30, 50, -20};

static const mho_dac_t dac = {MHO_DAC_BASE};
static const mho_adc_t adc = {MHO_ADC_BASE};
static const mho_dru_t dru = {MHO_DRU_BASE};
static const mho_macro_t macro = {MHO_GINV_BASE_AT(0)};

static void must(mho_hal_result_t result, const char* step) {
  if (result == MHO_HAL_OK) return;
  printf("%s: refused (%d)\n", step, (int)result);
  exit(2);
}

static void expect(bool is_true, const char* what) {
  if (is_true) return;
  printf("unexpected: %s\n", what);
  exit(1);
}

static void program(void) {
  mho_macro_info_t info;
  must(mho_macro_check(&macro), "identity");
  must(mho_macro_get_info(&macro, &info), "information");
  expect(info.kind == MHO_MACRO_GINV, "kind");
  const mho_macro_levels_t target = {
      .levels = kLevels, .rows = kRows, .columns = kColumns, .stride = kColumns, .size = info.size};
  must(mho_macro_write_levels(&macro, target), "levels");
  must(mho_macro_set_slices(&macro, 1), "slices");
  must(mho_macro_set_feedback(&macro, kFeedback, kDamping), "feedback");
  must(mho_macro_start_program(&macro, false), "programming");
  mho_macro_status_t status;
  do {
    must(mho_macro_get_status(&macro, &status), "status");
  } while (status.is_busy);
  mho_macro_figures_t figures;
  must(mho_macro_get_figures(&macro, &figures), "figures");
  expect(status.is_programmed && !status.has_failed_cells && !status.was_rejected, "status of programming");
  expect(figures.writes_per_cell == 1 && figures.pulses > 0 && figures.program_ns > 0, "figures");
}

static void operate(int16_t* out) {
  must(mho_dac_set_digits(&dac, false), "DAC mode");
  must(mho_dac_write_pattern(&dac, 0, kIn, kAll), "DAC pattern");
  const mho_macro_operation_t operation = {
      .rows = kRows, .columns = kColumns, .reads = 1, .input_range = kRange, .hold_bus = true};
  must(mho_macro_start_operate(&macro, operation), "operation");
  mho_macro_status_t status;
  mho_macro_figures_t figures;
  must(mho_macro_get_status(&macro, &status), "status");
  must(mho_macro_get_figures(&macro, &figures), "figures");
  expect(!status.is_unstable && !status.is_saturated && !status.was_rejected, "status of the operation");
  expect(figures.settling_ps > 0, "settling time");
  const mho_adc_source_t source = {.is_mvm = false, .index = MHO_ADC_SOURCE_GINV};
  must(mho_adc_convert(&adc, kLane, source), "conversion");
  must(mho_adc_read_codes(&adc, kLane, 0, out, kAll), "codes");
}

// Row i of the matrix times v, in levels times codes.
static int32_t left_side(const int16_t* v, uint32_t i) {
  int32_t sum = 0;
  if (i < kRows) {
    for (uint32_t c = 0; c < kColumns; ++c) sum += kLevels[i * kColumns + c] * v[kRows + c];
    return sum + kFeedback * v[i];
  }
  for (uint32_t r = 0; r < kRows; ++r) sum -= kLevels[r * kColumns + i - kRows] * v[r];
  return sum + kDamping * v[i];
}

int main(void) {
  int16_t v[kAll];
  mho_dru_capabilities_t chip;
  must(mho_dru_get_capabilities(&dru, &chip), "capabilities");
  expect(chip.ginv_count > 0, "GINV macros of the chip");
  program();
  operate(v);
  // What a level counts where one of two pairs of arrays is in use.
  const int64_t unit = (int64_t)chip.inv_unit * (chip.inv_slices == 2 ? chip.inv_levels : 1);
  bool is_close = true;
  for (uint32_t i = 0; i < kAll; ++i) {
    const int is = (int)((left_side(v, i) * unit) >> (MHO_DRU_UNIT_FRACTION_BITS - kRange));
    printf("row %u: output %4d, left side %4d, -i = %4d\n", (unsigned)i, v[i], is, -kIn[i]);
    is_close = is_close && abs(is + kIn[i]) <= kTolerance;
  }
  puts(is_close ? "ginv passed" : "ginv failed");
  return is_close ? 0 : 1;
}
