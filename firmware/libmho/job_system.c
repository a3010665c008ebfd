// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// From the matrix and the right-hand sides of a job to the real square system that is planned and solved.
#include <string.h>

#include "firmware/libmho/complex.h"
#include "firmware/libmho/job_run.h"
#include "firmware/libmho/least_squares.h"

static mho_augmented_t augmented(const mho_job_block_t* job) {
  return mho_augmented(mho_parts(job) * mho_given_rows(job), mho_parts(job) * job->n);
}

// As given, or as the real system that a complex one is embedded in.
static mho_result_t real_system(mho_run_t* run, mho_sparse_system_t* real) {
  const mho_memory_t* const memory = &run->device->config.memory;
  const mho_job_block_t* const job = run->job;
  const mho_sparse_system_t source = {.rows = mho_given_rows(job),
                                      .columns = job->n,
                                      .row_start = mho_pointer(memory, job->row_start_address),
                                      .column = mho_pointer(memory, job->column_address),
                                      .value = mho_pointer(memory, job->value_address),
                                      .rhs = mho_pointer(memory, job->rhs_address)};
  if (source.row_start[source.rows] != job->nonzeros) return MHO_BAD_ARGUMENT;
  *real = source;
  return job->is_complex != 0u ? mho_complex_embed(real, &source, &run->arena) : MHO_OK;
}

mho_result_t mho_run_load_system(mho_run_t* run) {
  mho_sparse_system_t system;
  mho_result_t result = real_system(run, &system);
  if (result != MHO_OK) return result;
  const mho_sparse_system_t real = system;
  if (mho_is_rectangular(run->job)) result = mho_augment(&system, &real, &run->arena);
  if (result != MHO_OK) return result;
  if (run->job->is_complex != 0u || mho_is_rectangular(run->job)) run->rhs = (uint64_t*)system.rhs;
  result = mho_system_load(&run->plan.system, &system, run->job->bits, &run->arena);
  if (result != MHO_OK || !mho_is_rectangular(run->job)) return result;
  mho_augmented_make_room(&run->plan.system, real.rows, real.columns);
  run->plan.system.first_of_x = augmented(run->job).first_of_x;
  run->plan.system.size_of_x = real.columns;
  return MHO_OK;
}

void mho_run_choose_circuit(mho_run_t* run) {
  const mho_job_block_t* const job = run->job;
  const mho_dru_capabilities_t* const c = &run->device->capabilities;
  const uint32_t rows = mho_parts(job) * mho_given_rows(job), columns = mho_parts(job) * job->n;
  mho_plan_options_t* const o = &run->plan.options;
  const uint32_t ginv_macros = mho_share_macros(&run->device->config.share, MHO_MACRO_GINV, c->ginv_count);
  o->uses_ginv = 0;
  if (job->least_squares != MHO_JOB_LEAST_SQUARES_GINV || ginv_macros == 0u || c->inv_is_uneven != 0u ||
      !mho_ginv_holds(rows, columns, c->ginv_size)) {
    return;
  }
  mho_arena_t scratch = run->arena;
  mho_ginv_levels_t trial;
  if (mho_ginv_levels(&trial, &run->plan.system, rows, columns, o->leaf_options.top_level, &scratch) !=
      MHO_OK)
    return;
  o->uses_ginv = 1;
  o->ginv_rows = rows;
  o->ginv_columns = columns;
}

// The two copies of A differ by the errors of their cells, so KᵀK on the chip may have a negative eigenvalue
// where A's least singular value is about as small as they are: a level and then four of damping lift it
// (A).
bool mho_run_damp_ginv(mho_run_t* run) {
  enum { kFirstDamping = 1, kMostDamping = 4 };
  mho_plan_options_t* const o = &run->plan.options;
  if (o->ginv_damping >= kMostDamping) return false;
  o->ginv_damping = (uint8_t)(o->ginv_damping == 0u ? kFirstDamping : kMostDamping);
  return true;
}

mho_result_t mho_run_load_rhs(mho_run_t* run, uint32_t k) {
  const mho_job_block_t* const job = run->job;
  const uint32_t rows = mho_given_rows(job);
  const uint64_t* const all = mho_pointer(&run->device->config.memory, job->rhs_address);
  const uint64_t* const rhs = all + (size_t)k * mho_parts(job) * rows;
  if (run->rhs == NULL) return mho_system_load_rhs(&run->plan.system, rhs);
  // Elements outside the given ones are 0 and stay so.
  uint64_t* const to = run->rhs + (mho_is_rectangular(job) ? augmented(job).first_of_rhs : 0u);
  if (job->is_complex != 0u) {
    mho_complex_embed_rhs(to, rhs, rows);
  } else {
    memcpy(to, rhs, rows * sizeof *rhs);
  }
  return mho_system_load_rhs(&run->plan.system, run->rhs);
}
