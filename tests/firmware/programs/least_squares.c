// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A rectangular system on a GINV macro, which the CPU calibrates by hand first. b is A times 1, 2, …, so that
// nothing is left of b − A·x and the answer is known. Exit code 0: it is that; 1: not; 2: no AMC.
#include <math.h>
#include <stdio.h>

#include "firmware/libmho/chip.h"
#include "firmware/libmho/job.h"

enum { kRows = 12, kColumns = 4, kRingEntries = 8, kWorkspaceBytes = 4 << 20 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(64) uint8_t workspace[kWorkspaceBytes];
static uint32_t row_start[kRows + 1], column[kRows * kColumns];
static double value[kRows * kColumns], b[kRows];
static mho_job_result_t result;

// The condition number is below 2.
static void make_system(void) {
  for (uint32_t i = 0; i < kRows; ++i) {
    b[i] = 0.0;
    for (uint32_t j = 0; j < kColumns; ++j) {
      const uint32_t k = i * kColumns + j;
      column[k] = j;
      value[k] = (i % kColumns == j ? 6.0 : 0.0) + (double)((7u * i + 5u * j) % 11u) - 5.0;
      b[i] += value[k] * (j + 1.0);
    }
    row_start[i + 1] = (i + 1) * kColumns;
  }
}

static mho_job_block_t make_job(const mho_memory_t* ram) {
  return (mho_job_block_t){.magic = MHO_JOB_MAGIC,
                           .version = MHO_JOB_VERSION,
                           .n = kColumns,
                           .rows = kRows,
                           .nonzeros = kRows * kColumns,
                           .row_start_address = mho_address(ram, row_start),
                           .column_address = mho_address(ram, column),
                           .value_address = mho_address(ram, value),
                           .rhs_address = mho_address(ram, b),
                           .result_address = mho_address(ram, &result),
                           .workspace_address = mho_address(ram, workspace),
                           .workspace_bytes = sizeof workspace,
                           .bits = MHO_JOB_MAX_NARROW_BITS,
                           .tolerance_bits = 24,
                           .max_iterations = 100,
                           .method = MHO_JOB_METHOD_AUTO,
                           .verify = 1,
                           .stability_margin = 1311,  // 0.02
                           .watchdog_us = 50000,
                           .split_leaves = 1,
                           .calibrate = 1,
                           .rhs_count = 1,
                           .reorder_rows = 1,
                           .least_squares = MHO_JOB_LEAST_SQUARES_GINV};
}

static double error_of(const mho_memory_t* ram, uint32_t j) {
  const int32_t* const x = mho_pointer(ram, result.x_address);
  const int32_t* const scale = mho_pointer(ram, result.column_scale_address);
  double number = ldexp(x[j], result.x_exponent);
  if (result.x_low_address != 0u) {
    const int32_t* const low = mho_pointer(ram, result.x_low_address);
    number += ldexp(low[j], result.x_low_exponent);
  }
  return fabs(ldexp(number, scale[j]) - (j + 1.0));
}

int main(void) {
  const mho_memory_t ram = {(uint8_t*)MHO_RAM_BASE, MHO_RAM_BASE, MHO_RAM_SIZE};
  const mho_device_config_t config = mho_whole_chip(ram, ring, kRingEntries);
  mho_device_t device;
  if (mho_device_init(&device, &config) != MHO_OK) return 2;
  make_system();
  const mho_job_block_t job = make_job(&ram);
  const bool has_converged = mho_job_run(&device, &job, &result);
  printf("status %u, %u GINV macros, %u channels\n", (unsigned)result.status,
         (unsigned)result.ginv_macros_used, (unsigned)result.calibrated_channels);
  if (!has_converged) return 1;
  double largest = 0.0;
  for (uint32_t j = 0; j < kColumns; ++j) largest = fmax(largest, error_of(&ram, j));
  // Entries up to 11 and x up to 4, rounded to 24 bits.
  puts(largest < 0x1p-18 ? "right" : "wrong");
  return largest < 0x1p-18 ? 0 : 1;
}
