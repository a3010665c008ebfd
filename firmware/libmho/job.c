// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/job.h"

#include <string.h>

#include "firmware/libmho/job_run.h"
#include "firmware/libmho/job_stages.h"

static void begin(mho_job_t* job, mho_device_t* device, const mho_job_block_t* block,
                  mho_job_result_t* results) {
  memset(job, 0, sizeof *job);
  job->run.device = job->run.context = device;
  job->run.job = block;
  job->run.solves_at_once = true;
  job->results = results;
  job->has_converged = true;
  job->stage = MHO_JOB_LOADS;
  mho_run_begin_result(&job->run, results);
  mho_set_phase(device, MHO_PHASE_PLAN);
}

// Charged to the lists of the share of the device, since reset.
static uint64_t charged_pj(const mho_job_t* job) {
  const mho_device_t* const device = job->run.device;
  uint64_t sum_pj = 0;
  for (uint32_t list = 1; list <= MHO_JOB_LISTS; ++list)
    sum_pj += mho_job_energy_pj(device, device->config.share.first_list_id + list);
  return sum_pj;
}

void mho_job_start(mho_job_t* job, mho_device_t* device, const mho_job_block_t* block,
                   mho_job_result_t* results) {
  begin(job, device, block, results);
  job->is_metered = true;
  job->start_ns = mho_time_ns(device);
  job->start_pj = charged_pj(job);
}

// The solve lists use what the program has placed. In the lists of a plan that is waited for in steps no
// macro takes part.
static mho_suspects_t find_suspects(const mho_job_t* job) {
  const mho_program_t* const p = &job->run.program;
  const mho_commands_t none = {NULL, 0u};
  const mho_commands_t program = {p->program, p->program_commands}, solve = {p->solve, p->solve_commands};
  const mho_commands_t failed = job->stage == MHO_JOB_PROGRAMMED ? program
                                : job->stage == MHO_JOB_SOLVED   ? solve
                                                                 : none;
  return mho_find_suspects(job->run.device, &job->run.completion, failed, program);
}

// Whether the list that the job waits for, if any, has ended; its outcome is then taken.
static bool can_step(mho_job_t* job) {
  mho_result_t waited;
  if (job->waits_for == NULL) return true;
  if (!mho_has_ended(job->waits_for, job->ticket, job->deadline_us, &waited, &job->run.completion))
    return false;
  job->waits_for = NULL;
  job->listed = mho_run_take(&job->run, waited);
  if (job->listed == MHO_JOB_FAILED) job->run.suspects = find_suspects(job);
  return true;
}

static void stop_meter(mho_job_t* job) {
  if (!job->is_metered) return;
  job->end_ns = mho_time_ns(job->run.device);
  job->end_pj = charged_pj(job);
}

mho_job_progress_t mho_job_step(mho_job_t* job) {
  if (job->stage == MHO_JOB_ENDED) return MHO_JOB_HAS_ENDED;
  if (!can_step(job)) return MHO_JOB_IS_WAITING;
  if (job->is_cancelled && job->stage != MHO_JOB_PUBLISHES) {
    mho_job_step_cancelled(job);
  } else {
    mho_job_take_stage(job);
  }
  if (job->stage == MHO_JOB_ENDED) {
    stop_meter(job);
    return MHO_JOB_HAS_ENDED;
  }
  return job->waits_for == NULL ? MHO_JOB_GOES_ON : MHO_JOB_IS_WAITING;
}

void mho_job_wait(const mho_job_t* job) {
  mho_completion_t completion;
  if (job->stage == MHO_JOB_ENDED || job->waits_for == NULL) return;
  // The next step looks for itself, also after the time is up.
  const mho_result_t waited = mho_wait_to(job->waits_for, job->ticket, job->deadline_us, &completion);
  (void)waited;
}

bool mho_job_run(mho_device_t* device, const mho_job_block_t* block, mho_job_result_t* results) {
  mho_job_t job;
  begin(&job, device, block, results);
  while (mho_job_step(&job) != MHO_JOB_HAS_ENDED) mho_job_wait(&job);
  return job.has_converged;
}

void mho_job_cancel(mho_job_t* job) {
  if (job->stage == MHO_JOB_ENDED || job->is_cancelled) return;
  job->is_cancelled = true;
  if (job->waits_for != NULL) mho_cancel(job->waits_for);
}

mho_job_stage_t mho_job_stage(const mho_job_t* job) {
  return job->stage;
}

uint32_t mho_job_answered(const mho_job_t* job) {
  return job->rhs;
}

bool mho_job_has_converged(const mho_job_t* job) {
  return job->stage == MHO_JOB_ENDED && job->has_converged;
}

mho_suspects_t mho_job_suspects(const mho_job_t* job) {
  return job->suspects;
}

void mho_job_refresh(mho_job_t* job, uint64_t after_us) {
  job->refresh_after_ns = after_us < UINT64_MAX / 1000u ? after_us * 1000u : UINT64_MAX;
  job->run.solves_at_once = false;
}

mho_job_usage_t mho_job_usage(const mho_job_t* job) {
  const bool has_ended = job->stage == MHO_JOB_ENDED;
  const uint64_t now_ns = has_ended ? job->end_ns : mho_time_ns(job->run.device);
  const uint64_t now_pj = has_ended ? job->end_pj : charged_pj(job);
  return (mho_job_usage_t){.time_ns = now_ns - job->start_ns,
                           .list_time_ns = job->run.list_time_ns,
                           .energy_pj = now_pj - job->start_pj,
                           .recoveries = job->run.recoveries,
                           .refreshes = job->run.refreshes};
}
