// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Calibrates all converters and the first macros of the chip and prints what is left.
//     calibrate [INV macros [MVM macros [repeats]]]       default: 1 8 2
// Exit code 0: done; 1: trims at the end of their range; 2: refused, or no AMC.
#include <stdio.h>
#include <stdlib.h>

#include "../chip.h"
#include "firmware/libmho/calibrate.h"

enum { kRingEntries = 8, kJobId = 1 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];

static uint32_t argument(int argc, char** argv, int index, uint32_t otherwise) {
  return argc > index ? (uint32_t)strtoul(argv[index], NULL, 10) : otherwise;
}

// printf knows no floating point here: thousandths of a unit of 2^-bits.
static unsigned thousandths(uint32_t value, unsigned bits) {
  return (unsigned)(((uint64_t)value * 1000u) >> bits);
}

static unsigned parts_per_million(uint32_t value, unsigned bits) {
  return (unsigned)(((uint64_t)value * 1000000u) >> bits);
}

int main(int argc, char** argv) {
  const mho_device_config_t config = chip_configuration(ring, kRingEntries);
  mho_device_t device;
  if (mho_device_init(&device, &config) != MHO_OK) return 2;
  const mho_calibration_options_t options = {.inv_macros = argument(argc, argv, 1, 1),
                                             .mvm_macros = argument(argc, argv, 2, 8),
                                             .repeats = argument(argc, argv, 3, MHO_CALIBRATION_REPEATS),
                                             .job_id = kJobId};
  mho_calibration_t c;
  const mho_result_t result = mho_calibrate(&device, &options, &c);
  if (result != MHO_OK) {
    printf("refused (%d)\n", (int)result);
    return 2;
  }
  printf("%u channels, %u trims at their limit, %u conversions, %u ns, %u pJ\n", (unsigned)c.channels,
         (unsigned)c.limited, (unsigned)c.conversions, (unsigned)c.time_ns, (unsigned)c.energy_pj);
  printf("left at most: ADC %u/1000 codes, %u ppm; DAC %u/1000 codes, %u ppm; amplifiers %u nV\n",
         thousandths(c.adc_offset_residual, 12), parts_per_million(c.adc_gain_residual, 20),
         thousandths(c.dac_offset_residual, 12), parts_per_million(c.dac_gain_residual, 20),
         (unsigned)c.opamp_offset_residual_nv);
  return c.limited == 0 ? 0 : 1;
}
