// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a job block must keep to before anything is read through its addresses or started.
#include "firmware/libmho/calibrate.h"
#include "firmware/libmho/compile.h"
#include "firmware/libmho/job.h"
#include "firmware/libmho/job_run.h"

enum {
  kMaxRows = MHO_DRU_MAX_VECTOR,
  kMarginMax = 1 << 16,  // |Re λ(D·G₀)| <= 1
  kMinBits = 3,          // of a matrix
  kMaxDigitBits = 4,
  kWorkspaceAlignment = 64u,  // of the arena and of descriptors, lists and tiles in it
};

// Bytes in memory that the driver reads.
typedef struct {
  uint32_t address;
  uint64_t bytes;
  uint32_t alignment;
} area_t;

// Up to MHO_UPPER_BITS bits of the matrix, which fill their digits, vectors have 32-bit words, and these end
// at 2^-26.
static bool has_legal_precision(const mho_job_block_t* job, uint32_t digit_bits) {
  const bool is_wide = job->bits > MHO_UPPER_BITS;
  const bool has_legal_bits =
      is_wide ? job->bits <= MHO_JOB_MAX_BITS : job->bits >= kMinBits && job->bits % digit_bits == 0u;
  return has_legal_bits && job->tolerance_bits >= 1u &&
         job->tolerance_bits <= (is_wide ? MHO_JOB_MAX_BITS : MHO_JOB_MAX_NARROW_TOLERANCE_BITS);
}

// Converters are common to all contexts.
static bool may_calibrate(const mho_device_t* device) {
  return mho_can_calibrate(device) && !device->config.is_context && device->open_contexts == 0u;
}

static bool has_legal_options(const mho_device_t* device, const mho_job_block_t* job) {
  return has_legal_precision(job, device->capabilities.digit_bits) && job->max_iterations >= 1u &&
         job->max_iterations <= MHO_JOB_MAX_ITERATIONS && job->method <= MHO_JOB_METHOD_AUTO &&
         job->schur_unit <= MHO_JOB_UNIT_ANALOGUE && job->wait <= MHO_JOB_WAIT_POLL &&
         job->least_squares <= MHO_JOB_LEAST_SQUARES_GINV && job->verify <= 1u &&
         (job->calibrate == 0u || (job->calibrate == 1u && may_calibrate(device))) &&
         job->leaf_size <= device->capabilities.inv_size && job->stability_margin <= kMarginMax &&
         job->restart <= MHO_MAX_DIRECTIONS && job->split_leaves <= 1u && job->reorder_rows <= 1u &&
         job->is_complex <= 1u && job->inv_slices <= device->capabilities.inv_slices &&
         job->rhs_count >= 1u && job->rhs_count <= MHO_JOB_MAX_RHS;
}

static bool is_in_memory(const mho_memory_t* memory, area_t area) {
  return area.bytes <= UINT32_MAX && area.address % area.alignment == 0u &&
         mho_memory_holds(memory, area.address, (uint32_t)area.bytes);
}

static bool overlap(uintptr_t a, uint64_t a_bytes, uintptr_t b, uint64_t b_bytes) {
  return a_bytes != 0u && b_bytes != 0u && (a < b ? b - a < a_bytes : a - b < b_bytes);
}

// Inputs in memory, and not where the driver is going to write.
static bool has_legal_addresses(const mho_device_t* device, const mho_job_block_t* job,
                                const mho_job_result_t* results) {
  const mho_memory_t* const memory = &device->config.memory;
  const area_t workspace = {job->workspace_address, job->workspace_bytes, kWorkspaceAlignment};
  if (!is_in_memory(memory, workspace)) return false;
  const uintptr_t first = (uintptr_t)mho_pointer(memory, workspace.address);
  const uint64_t number = mho_parts(job) * sizeof(uint64_t);
  const uint64_t rows = mho_given_rows(job);
  const area_t inputs[] = {
      {job->row_start_address, (rows + 1u) * sizeof(uint32_t), sizeof(uint32_t)},
      {job->column_address, (uint64_t)job->nonzeros * sizeof(uint32_t), sizeof(uint32_t)},
      {job->value_address, (uint64_t)job->nonzeros * number, sizeof(uint64_t)},
      {job->rhs_address, rows * job->rhs_count * number, sizeof(uint64_t)},
      {device->config.ring_address, (uint64_t)device->config.ring_entries * MHO_DRU_DESCRIPTOR_BYTES, 64u},
  };
  for (uint32_t i = 0; i < sizeof inputs / sizeof inputs[0]; ++i) {
    if (!is_in_memory(memory, inputs[i])) return false;
    const uintptr_t input = (uintptr_t)mho_pointer(memory, inputs[i].address);
    if (overlap(first, workspace.bytes, input, inputs[i].bytes)) return false;
  }
  return !overlap(first, workspace.bytes, (uintptr_t)job, sizeof *job) &&
         !overlap(first, workspace.bytes, (uintptr_t)results, (uint64_t)job->rhs_count * sizeof *results);
}

mho_result_t mho_job_check(const mho_device_t* device, const mho_job_block_t* job,
                           const mho_job_result_t* results) {
  const mho_dru_capabilities_t* const chip = &device->capabilities;
  const bool can_hold_digits =
      chip->digit_bits >= 1u && chip->digit_bits <= kMaxDigitBits && chip->levels >> chip->digit_bits != 0u;
  if (!can_hold_digits) return MHO_NO_MEMORY;
  if (job->magic != MHO_JOB_MAGIC || job->version != MHO_JOB_VERSION || job->n == 0u ||
      !has_legal_options(device, job) || !has_legal_addresses(device, job, results)) {
    return MHO_BAD_ARGUMENT;
  }
  const uint32_t most = kMaxRows / mho_parts(job);
  if (job->n > most || mho_given_rows(job) > most || mho_rows(job) > kMaxRows) return MHO_NO_MEMORY;
  return MHO_OK;
}
