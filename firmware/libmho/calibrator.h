// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the parts of a calibration share: measurements with the ramp of the ADC's reference, and trims.
// Internal to calibrate*.c and calibrator.c.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/adc.h"
#include "firmware/hal/dac.h"
#include "firmware/libmho/calibrate.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  MHO_LEVEL_BITS = 12,   ///< measured values are in 2^-12 codes
  MHO_GAIN_BITS = 20,    ///< measured gains in 2^-20
  MHO_RAMP_READS = 128,  ///< of a ramp
};

typedef struct {
  const mho_device_t* device;
  mho_adc_t adc;
  mho_dac_t dac;
  uint32_t adc_max;  ///< largest code
  uint32_t adc_full_scale_uv;
  uint32_t repeats;
  const mho_macro_set_t* skipped;
  mho_calibration_t* report;
} mho_calibrator_t;

/// One ramp, or several alike: reads, and the sum over all of them of the reference [2^-15 full scale].
typedef struct {
  uint32_t reads;
  int64_t reference_sum;
  int32_t sums[MHO_ADC_LANES][MHO_ADC_CHANNELS];  ///< of the codes
} mho_measurement_t;

/// A kind of macro: where they are on the bus and for the lanes, and their amplifiers.
typedef struct {
  uintptr_t base;
  mho_adc_source_t source;  ///< of the first
  uint32_t size;
  mho_macro_kind_t name;
} mho_calibrated_kind_t;

/// Hardware that the checks at the beginning have found refuses nothing that is in range.
static inline mho_result_t mho_calibrator_result(mho_hal_result_t result) {
  return result == MHO_HAL_OK ? MHO_OK : MHO_NO_DEVICE;
}

/// a/b to the nearest; b > 0.
int64_t mho_rounded(int64_t a, int64_t b);
/// Largest magnitude so far.
void mho_keep_largest(uint32_t* largest, int64_t value);
/// A trim within ±limit; counts those that would lie beyond.
int32_t mho_limited_trim(mho_calibrator_t* cal, int64_t trim, int32_t limit);

/// Converts the sources of the lanes below `lanes`, with a ramp around the reference code `centre` added.
MHO_NODISCARD mho_result_t mho_measure_ramp(mho_calibrator_t* cal, uint32_t lanes, int32_t centre,
                                            uint32_t reads, mho_measurement_t* out);
/// Sum of what was read beyond the reference [2^-15 codes].
int64_t mho_excess(const mho_calibrator_t* cal, const mho_measurement_t* m, uint32_t lane, uint32_t channel);
/// Its mean [2^-12 codes].
int64_t mho_level(const mho_calibrator_t* cal, const mho_measurement_t* m, uint32_t lane, uint32_t channel);

mho_dac_t mho_dac_of_bank(const mho_calibrator_t* cal, uint32_t bank);

/// The steps of a calibration: each trims and then measures what is left.
MHO_NODISCARD mho_result_t mho_calibrate_adc(mho_calibrator_t* cal);
MHO_NODISCARD mho_result_t mho_calibrate_dacs(mho_calibrator_t* cal);
/// The amplifiers of the first `count` macros of a kind that are not skipped.
MHO_NODISCARD mho_result_t mho_calibrate_macros(mho_calibrator_t* cal, mho_calibrated_kind_t kind,
                                                uint32_t count);

#ifdef __cplusplus
}
#endif
