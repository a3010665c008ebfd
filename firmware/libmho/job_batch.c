// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Several right-hand sides under way at once, each on a context of the DRU with vectors of its own. They are
// started and finished in order, so that the answers do not depend on who is done first.
#include "firmware/libmho/job_batch.h"

#include "firmware/libmho/job_run.h"

// A list that runs and one that resumes it.
enum { kRingEntries = 2 };

static bool take_b(mho_run_t* run, mho_flight_t* flight) {
  const mho_system_t* const s = &run->plan.system;
  const uint32_t n = s->n;
  flight->b = mho_arena_take(&run->arena, s->b_low == NULL ? n : 2u * n, sizeof(int32_t));
  flight->b_low = s->b_low == NULL || flight->b == NULL ? NULL : flight->b + n;
  return flight->b != NULL;
}

// A context with a ring and a right-hand side of its own.
static bool open_flight(mho_run_t* run, mho_flight_t* flight, uint32_t number) {
  const uint32_t entries = kRingEntries;
  mho_dru_descriptor_t* const ring = mho_arena_take(&run->arena, entries, sizeof *ring);
  if (ring == NULL || !take_b(run, flight)) return false;
  flight->device = &flight->context;
  return mho_context_open(&flight->context, run->device, number,
                          mho_address(&run->device->config.memory, ring), entries) == MHO_OK;
}

void mho_job_open_flights(mho_job_t* job) {
  mho_run_t* const run = &job->run;
  job->flights = mho_arena_take(&run->arena, run->program.parallel, sizeof *job->flights);
  if (job->flights == NULL) {
    run->program.parallel = 1;
    return;
  }
  job->flights[0].device = run->device;
  job->flights[0].b = run->plan.system.b;
  job->flights[0].b_low = run->plan.system.b_low;
  job->flight_count = 1;
  job->begun = job->rhs;
  for (; job->flight_count < run->program.parallel; ++job->flight_count) {
    if (!open_flight(run, &job->flights[job->flight_count], job->flight_count)) break;
    ++run->own_contexts;
  }
}

static mho_flight_t* flight_of(const mho_job_t* job, uint32_t rhs) {
  return &job->flights[rhs % job->flight_count];
}

static void select_flight(mho_job_t* job, uint32_t rhs) {
  mho_run_t* const run = &job->run;
  const mho_flight_t* const flight = flight_of(job, rhs);
  run->context = flight->device;
  run->plan.system.b = flight->b;
  run->plan.system.b_low = flight->b_low;
  run->plan.system.b_exponent = flight->b_exponent;
  mho_program_select(&run->program, rhs % job->flight_count);
}

static void begin(mho_job_t* job, uint32_t rhs) {
  mho_run_t* const run = &job->run;
  mho_flight_t* const flight = flight_of(job, rhs);
  const mho_result_t loaded = mho_run_load_rhs(run, rhs);
  flight->b_exponent = run->plan.system.b_exponent;
  flight->is_answered = true;
  flight->is_awaited = false;
  if (loaded != MHO_OK) {
    flight->status = mho_status_of(run, loaded);
  } else if (!mho_run_answers_zero(run, &flight->status)) {
    flight->is_answered = false;
    flight->solve = mho_run_start(run);
  }
}

mho_flight_t* mho_job_next_flight(mho_job_t* job) {
  for (; job->begun < job->run.job->rhs_count && job->begun < job->rhs + job->flight_count; ++job->begun) {
    select_flight(job, job->begun);
    mho_run_begin_result(&job->run, &job->results[job->begun]);
    begin(job, job->begun);
  }
  select_flight(job, job->rhs);
  job->run.result = &job->results[job->rhs];
  return flight_of(job, job->rhs);
}

void mho_job_close_flights(mho_job_t* job) {
  mho_run_t* const run = &job->run;
  // Contexts that somebody else has opened are not the job's.
  if (run->own_contexts != 0u) mho_contexts_close(run->device);
  run->own_contexts = 0;
  if (job->flights == NULL) return;
  select_flight(job, 0u);
  job->flights = NULL;
  run->program.parallel = 1;
}

mho_flight_t* mho_job_unawaited_flight(mho_job_t* job) {
  for (uint32_t rhs = job->rhs; job->flights != NULL && rhs < job->begun; ++rhs) {
    mho_flight_t* const flight = flight_of(job, rhs);
    if (flight->is_answered || flight->is_awaited || flight->solve.submitted != MHO_OK) continue;
    return flight;
  }
  return NULL;
}
