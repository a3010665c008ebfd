// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The system that the examples solve: diffusion with drift in one dimension. b is A times known numbers, so
// the answer is known: unknown j of right-hand side k is j + k + 1.
#pragma once

#include <math.h>

#include "firmware/libmho/job.h"

enum { DIFFUSION_MOST_UNKNOWNS = 16, DIFFUSION_MOST_RHS = 4 };

/// The matrix in compressed rows, and right-hand sides one behind the other.
typedef struct {
  uint32_t unknowns, rhs_count;
  uint32_t row_start[DIFFUSION_MOST_UNKNOWNS + 1];
  uint32_t column[3 * DIFFUSION_MOST_UNKNOWNS];
  double value[3 * DIFFUSION_MOST_UNKNOWNS];
  double rhs[DIFFUSION_MOST_RHS * DIFFUSION_MOST_UNKNOWNS];
} diffusion_t;

static inline void diffusion_add(diffusion_t* d, uint32_t row, uint32_t column, double entry) {
  const uint32_t index = d->row_start[row + 1]++;
  d->column[index] = column;
  d->value[index] = entry;
  for (uint32_t k = 0; k < d->rhs_count; ++k) d->rhs[k * d->unknowns + row] += entry * (column + k + 1.0);
}

/// @param d      zeroed
/// @param drift  0 to 1: how far the neighbours of an unknown differ in weight
static inline void diffusion_make(diffusion_t* d, uint32_t unknowns, uint32_t rhs_count, double drift) {
  d->unknowns = unknowns;
  d->rhs_count = rhs_count;
  for (uint32_t row = 0; row < unknowns; ++row) {
    d->row_start[row + 1] = d->row_start[row];
    if (row > 0) diffusion_add(d, row, row - 1, -1.0 - drift);
    diffusion_add(d, row, row, 2.5);
    if (row + 1 < unknowns) diffusion_add(d, row, row + 1, -1.0 + drift);
  }
}

/// @param results    a block for each right-hand side
/// @param workspace  aligned to 64 bytes
static inline mho_job_block_t diffusion_job(const mho_memory_t* ram, const diffusion_t* d,
                                            const mho_job_result_t* results, void* workspace,
                                            uint32_t bytes) {
  const mho_job_block_t job = {.magic = MHO_JOB_MAGIC,
                               .version = MHO_JOB_VERSION,
                               .n = d->unknowns,
                               .nonzeros = d->row_start[d->unknowns],
                               .row_start_address = mho_address(ram, d->row_start),
                               .column_address = mho_address(ram, d->column),
                               .value_address = mho_address(ram, d->value),
                               .rhs_address = mho_address(ram, d->rhs),
                               .result_address = mho_address(ram, results),
                               .workspace_address = mho_address(ram, workspace),
                               .workspace_bytes = bytes,
                               .bits = MHO_JOB_MAX_NARROW_BITS,
                               .tolerance_bits = 24,
                               .max_iterations = 100,
                               .method = MHO_JOB_METHOD_AUTO,
                               .wait = MHO_JOB_WAIT_INTERRUPT,
                               .verify = 1,
                               .stability_margin = 1311,  // 0.02
                               .watchdog_us = 50000,
                               .split_leaves = 1,
                               .rhs_count = d->rhs_count,
                               .reorder_rows = 1};
  return job;
}

static inline double diffusion_unknown(const mho_memory_t* ram, const mho_job_result_t* result, uint32_t j) {
  const int32_t* const x = mho_pointer(ram, result->x_address);
  const int32_t* const scale = mho_pointer(ram, result->column_scale_address);
  double number = ldexp(x[j], result->x_exponent);
  if (result->x_low_address != 0) {
    const int32_t* const low = mho_pointer(ram, result->x_low_address);
    number += ldexp(low[j], result->x_low_exponent);
  }
  return ldexp(number, scale[j]);
}

/// The largest relative error of the answer to right-hand side k. The entries are rounded to 24 bits and the
/// condition number is below 50: below DIFFUSION_TOLERANCE.
#define DIFFUSION_TOLERANCE (50 * 0x1p-23)
static inline double diffusion_error(const mho_memory_t* ram, const diffusion_t* d,
                                     const mho_job_result_t* result, uint32_t k) {
  double largest = 0;
  for (uint32_t j = 0; j < d->unknowns; ++j) {
    const double expected = j + k + 1.0;
    largest = fmax(largest, fabs(diffusion_unknown(ram, result, j) - expected) / expected);
  }
  return largest;
}
