// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The result block of a right-hand side: begun, answered without the hardware, put on record.
#include <string.h>

#include "firmware/libmho/job_run.h"

static mho_job_status_t answer_zero(mho_run_t* run) {
  const uint32_t bytes = run->plan.system.low_bits == 0u ? sizeof(int32_t) : sizeof(int64_t);
  void* const x = mho_arena_take(&run->arena, mho_rows(run->job), bytes);
  if (x == NULL) return MHO_JOB_STATUS_TOO_LARGE;
  run->result->x_address = mho_address(&run->device->config.memory, x);
  mho_run_protect_x(run);
  run->result->flags |= MHO_JOB_RESULT_VERIFIED;
  return MHO_JOB_STATUS_CONVERGED;
}

static bool is_zero(const int32_t* v, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    if (v[i] != 0) return false;
  }
  return true;
}

bool mho_run_answers_zero(mho_run_t* run, mho_job_status_t* status) {
  if (!is_zero(run->plan.system.b, mho_rows(run->job))) return false;
  *status = answer_zero(run);
  return true;
}

void mho_run_finish(mho_run_t* run, mho_job_status_t status) {
  mho_set_phase(run->device, MHO_PHASE_VERIFY);
  mho_report(run);
  run->result->status = (uint32_t)status;
}

void mho_run_begin_result(mho_run_t* run, mho_job_result_t* result) {
  memset(result, 0, sizeof *result);
  run->result = result;
  run->suspects.count = 0u;
  result->n = mho_rows(run->job);
}

bool mho_run_end_result(mho_run_t* run, uint32_t k, mho_job_status_t status) {
  mho_run_finish(run, status);
  if (run->result->x_address == 0u) run->answer_crc = run->scale_crc;
  run->result->answer_crc = run->answer_crc;
  run->has_answers = true;
  if (k + 1u < run->job->rhs_count && mho_run_keep_answer(run) != MHO_OK) status = MHO_JOB_STATUS_TOO_LARGE;
  run->result->status = (uint32_t)status;
  return status == MHO_JOB_STATUS_CONVERGED;
}
