// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Makes a job of its own, diffusion with drift in one dimension, and has the driver solve it while the CPU
// sleeps between interrupts. b is A times the numbers 1, 2, …, so the answer is known. Exit code 0: converged
// and right; 1: not; 2: no AMC.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../chip.h"
#include "firmware/libmho/job.h"

enum { kUnknowns = 12, kEntries = 3 * kUnknowns - 2, kRingEntries = 8, kWorkspaceBytes = 4 << 20 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(64) uint8_t workspace[kWorkspaceBytes];
static mho_device_t device;

// The matrix in compressed rows.
static uint32_t row_start[kUnknowns + 1];
static uint32_t column[kEntries];
static double value[kEntries];
static double rhs[kUnknowns];

static void add_entry(uint32_t row, uint32_t at_column, double entry) {
  const uint32_t index = row_start[row + 1]++;
  column[index] = at_column;
  value[index] = entry;
  rhs[row] += entry * (at_column + 1.0);
}

static void make_system(void) {
  for (uint32_t row = 0; row < kUnknowns; ++row) {
    row_start[row + 1] = row_start[row];
    if (row > 0) add_entry(row, row - 1, -1.3);
    add_entry(row, row, 2.5);
    if (row + 1 < kUnknowns) add_entry(row, row + 1, -0.7);
  }
}

static mho_job_block_t make_job(const mho_memory_t* ram, const mho_job_result_t* result) {
  const mho_job_block_t job = {.magic = MHO_JOB_MAGIC,
                               .version = MHO_JOB_VERSION,
                               .n = kUnknowns,
                               .nonzeros = kEntries,
                               .row_start_address = mho_address(ram, row_start),
                               .column_address = mho_address(ram, column),
                               .value_address = mho_address(ram, value),
                               .rhs_address = mho_address(ram, rhs),
                               .result_address = mho_address(ram, result),
                               .workspace_address = mho_address(ram, workspace),
                               .workspace_bytes = sizeof workspace,
                               .bits = MHO_JOB_MAX_NARROW_BITS,
                               .tolerance_bits = 24,
                               .max_iterations = 100,
                               .method = MHO_JOB_METHOD_AUTO,
                               .wait = MHO_JOB_WAIT_INTERRUPT,
                               .verify = 1,
                               .stability_margin = 1311,  // 0.02
                               .watchdog_us = 1000000,
                               .split_leaves = 1,
                               .rhs_count = 1,
                               .reorder_rows = 1};
  return job;
}

static double unknown(const mho_memory_t* ram, const mho_job_result_t* result, uint32_t j) {
  const int32_t* const x = mho_pointer(ram, result->x_address);
  const int32_t* const scale = mho_pointer(ram, result->column_scale_address);
  double number = ldexp(x[j], result->x_exponent);
  if (result->x_low_address != 0) {
    const int32_t* const low = mho_pointer(ram, result->x_low_address);
    number += ldexp(low[j], result->x_low_exponent);
  }
  return ldexp(number, scale[j]);
}

int main(void) {
  static mho_job_result_t result;
  mho_device_config_t config = chip_configuration(ring, kRingEntries);
  config.hooks.wait_until = mho_wait_until;
  if (mho_device_init(&device, &config) != MHO_OK || !chip_enable_interrupt(&device)) return 2;
  make_system();
  const mho_job_block_t job = make_job(&config.memory, &result);
  if (!mho_job_run(&device, &job, &result)) {
    printf("not solved: status %u\n", (unsigned)result.status);
    return 1;
  }
  double largest_error = 0;
  for (uint32_t j = 0; j < kUnknowns; ++j) {
    const double x = unknown(&config.memory, &result, j);
    printf("x%-2u = %.9f\n", (unsigned)j + 1u, x);
    largest_error = fmax(largest_error, fabs(x - (j + 1.0)) / (j + 1.0));
  }
  printf("%u iterations, largest relative error %.1e, %.1f us, %.1f nJ\n", (unsigned)result.iterations,
         largest_error, (double)mho_time_ns(&device) * 1e-3, (double)mho_energy_pj(&device) * 1e-3);
  // The entries are rounded to 24 bits; the condition number is below 50.
  return largest_error < 50 * 0x1p-23 ? 0 : 1;
}
