// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How a chip is brought up: one macro of each kind driven by hand, DAC → macro → ADC, without the DRU. Prints
// what it sees and checks it: an MVM macro must read integers exactly, an INV macro must solve K·y = c to the
// accuracy of its cells and converters. Exit code 0: both did; 1: not; 2: the hardware refused a step.
#include <stdio.h>
#include <stdlib.h>

#include "firmware/hal/adc.h"
#include "firmware/hal/dac.h"
#include "firmware/hal/dru.h"
#include "firmware/hal/macro.h"
#include "registers/memory_map.h"

enum { kRows = 16, kColumns = 12, kOrder = 4, kLane = 0 };

// Half the drive leaves the op-amps of the INV macro room for an inverse larger than 1.
enum { kInvRange = 1 };

static const mho_dac_t dac = {MHO_DAC_BASE};
static const mho_adc_t adc = {MHO_ADC_BASE};
static const mho_dru_t dru = {MHO_DRU_BASE};

static void must(mho_hal_result_t result, const char* step) {
  if (result == MHO_HAL_OK) return;
  printf("%s: refused (%d)\n", step, (int)result);
  exit(2);
}

static void program(const mho_macro_t* macro, const int8_t* levels, uint32_t rows, uint32_t columns) {
  mho_macro_info_t info;
  must(mho_macro_check(macro), "macro identity");
  must(mho_macro_get_info(macro, &info), "macro information");
  const mho_macro_levels_t target = {
      .levels = levels, .rows = rows, .columns = columns, .stride = columns, .size = info.size};
  must(mho_macro_write_levels(macro, target), "levels");
  must(mho_macro_start_program(macro, false), "programming");
  mho_macro_status_t status;
  do {
    must(mho_macro_get_status(macro, &status), "status");
  } while (status.is_busy);
  mho_macro_figures_t figures;
  must(mho_macro_get_figures(macro, &figures), "figures");
  printf("  %s macro of %u x %u programmed: %u pulses, %u ns%s\n", info.kind == MHO_MACRO_MVM ? "MVM" : "INV",
         (unsigned)info.size, (unsigned)info.size, (unsigned)figures.pulses, (unsigned)figures.program_ns,
         status.has_failed_cells ? ", cells failed" : "");
}

// One read: pattern 0 of the DAC bank through the macro into lane 0.
static void convert(const mho_macro_t* macro, const int16_t* in, uint32_t rows, bool is_mvm, int16_t* out,
                    uint32_t columns) {
  const uint32_t range = is_mvm ? 0 : kInvRange;
  must(mho_dac_set_digits(&dac, is_mvm), "DAC mode");
  must(mho_dac_write_pattern(&dac, 0, in, rows), "DAC pattern");
  const mho_macro_operation_t operation = {
      .rows = rows, .columns = columns, .reads = 1, .input_range = range, .hold_bus = true};
  must(mho_macro_start_operate(macro, operation), "operation");
  mho_macro_status_t status;
  must(mho_macro_get_status(macro, &status), "status");
  mho_macro_figures_t figures;
  must(mho_macro_get_figures(macro, &figures), "figures");
  const mho_adc_source_t source = {.is_mvm = is_mvm, .index = 0};
  must(mho_adc_convert(&adc, kLane, source), "conversion");
  mho_adc_status_t converted;
  must(mho_adc_get_status(&adc, kLane, &converted), "conversion status");
  must(mho_adc_read_codes(&adc, kLane, 0, out, columns), "codes");
  printf("  settled in %u ps%s%s, largest code %u, %u clipped\n", (unsigned)figures.settling_ps,
         status.is_unstable ? ", unstable" : "", status.is_saturated ? ", saturated" : "",
         (unsigned)converted.peak, (unsigned)converted.clips);
}

// Signed digits of levels times those of inputs: every output must be the exact integer.
static bool bring_up_mvm(void) {
  static int8_t levels[kRows * kColumns];
  int16_t in[kRows];
  int16_t out[kColumns];
  const mho_macro_t macro = {MHO_MVM_BASE_AT(0)};
  for (int r = 0; r < kRows; ++r) {
    in[r] = (int16_t)(r % 3 - 1);
    for (int c = 0; c < kColumns; ++c) levels[r * kColumns + c] = (int8_t)((r * 7 + c * 4) % 15 - 7);
  }
  puts("MVM macro 0");
  program(&macro, levels, kRows, kColumns);
  convert(&macro, in, kRows, true, out, kColumns);
  bool is_exact = true;
  for (int c = 0; c < kColumns; ++c) {
    int expected = 0;
    for (int r = 0; r < kRows; ++r) expected -= in[r] * levels[r * kColumns + c];
    printf("  column %2d: code %4d, expected %4d\n", c, out[c], expected);
    is_exact = is_exact && out[c] == expected;
  }
  return is_exact;
}

// K·y must come close to c, with y = −code · 2^range · unit. One pair of arrays holds such a K.
static bool bring_up_inv(void) {
  static const int8_t kLevels[kOrder * kOrder] = {7, 2, -1, 0, 1, 6, 0, -2, -2, 1, 7, 1, 0, -1, 2, 5};
  static const int16_t kIn[kOrder] = {100, -60, 35, 80};
  int16_t out[kOrder];
  const mho_macro_t macro = {MHO_INV_BASE_AT(0)};
  mho_dru_capabilities_t chip;
  must(mho_dru_get_capabilities(&dru, &chip), "capabilities");
  const int64_t unit = (int64_t)chip.inv_unit * (chip.inv_slices == 2 ? chip.inv_levels : 1);
  puts("INV macro 0");
  must(mho_macro_set_slices(&macro, 1), "slices");
  program(&macro, kLevels, kOrder, kOrder);
  convert(&macro, kIn, kOrder, false, out, kOrder);
  bool is_close = true;
  for (int i = 0; i < kOrder; ++i) {
    int64_t sum = 0;
    for (int j = 0; j < kOrder; ++j) sum -= (int64_t)kLevels[i * kOrder + j] * out[j] * unit;
    const int row = (int)(sum >> (MHO_DRU_UNIT_FRACTION_BITS - kInvRange));
    printf("  row %d: code %4d, K·y = %4d, c = %4d\n", i, out[i], row, kIn[i]);
    is_close = is_close && abs(row - kIn[i]) <= 12;
  }
  return is_close;
}

int main(void) {
  must(mho_dac_check(&dac), "DAC identity");
  must(mho_adc_check(&adc), "ADC identity");
  must(mho_dru_check(&dru), "DRU identity");
  const bool mvm = bring_up_mvm();
  const bool inv = bring_up_inv();
  printf("bring-up %s\n", mvm && inv ? "passed" : "failed");
  return mvm && inv ? 0 : 1;
}
