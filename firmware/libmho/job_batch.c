// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Several right-hand sides under way at once, each on a context of the DRU with vectors of its own. They are
// started and finished in order, so that the answers do not depend on who is done first.
#include "firmware/libmho/job_run.h"

// A list that runs and one that resumes it.
enum { kRingEntries = 2 };

// A right-hand side under way.
typedef struct {
  mho_device_t* device;
  mho_device_t context;  // its handle, unless it is the first
  int32_t* b;
  int32_t* b_low;
  int32_t b_exponent;
  mho_solve_t solve;
  bool is_answered;  // without the DRU
  mho_job_status_t status;
} flight_t;

static bool take_b(mho_run_t* run, flight_t* flight) {
  const mho_system_t* const s = &run->plan.system;
  const uint32_t n = s->n;
  flight->b = mho_arena_take(&run->arena, s->b_low == NULL ? n : 2u * n, sizeof(int32_t));
  flight->b_low = s->b_low == NULL || flight->b == NULL ? NULL : flight->b + n;
  return flight->b != NULL;
}

// A context with a ring and a right-hand side of its own.
static bool open_flight(mho_run_t* run, flight_t* flight, uint32_t number) {
  const uint32_t entries = kRingEntries;
  mho_dru_descriptor_t* const ring = mho_arena_take(&run->arena, entries, sizeof *ring);
  if (ring == NULL || !take_b(run, flight)) return false;
  flight->device = &flight->context;
  return mho_context_open(&flight->context, run->device, number,
                          mho_address(&run->device->config.memory, ring), entries) == MHO_OK;
}

// NULL: there is no room for any.
static flight_t* open_flights(mho_run_t* run, uint32_t* count) {
  flight_t* const flights = mho_arena_take(&run->arena, run->program.parallel, sizeof *flights);
  if (flights == NULL) return NULL;
  flights[0].device = run->device;
  flights[0].b = run->plan.system.b;
  flights[0].b_low = run->plan.system.b_low;
  for (*count = 1; *count < run->program.parallel; ++*count) {
    if (!open_flight(run, &flights[*count], *count)) break;
  }
  return flights;
}

static void select_flight(mho_run_t* run, const flight_t* flight, uint32_t index) {
  run->context = flight->device;
  run->plan.system.b = flight->b;
  run->plan.system.b_low = flight->b_low;
  run->plan.system.b_exponent = flight->b_exponent;
  mho_program_select(&run->program, index);
}

static void begin(mho_run_t* run, flight_t* flight, uint32_t k) {
  const mho_result_t loaded = mho_run_load_rhs(run, k);
  flight->b_exponent = run->plan.system.b_exponent;
  flight->is_answered = true;
  if (loaded != MHO_OK) {
    flight->status = mho_status_of(run, loaded);
  } else if (!mho_run_answers_zero(run, &flight->status)) {
    flight->is_answered = false;
    flight->solve = mho_run_start(run);
  }
}

bool mho_run_batch(mho_run_t* run, mho_job_result_t* results, uint32_t first) {
  uint32_t count = 1;
  flight_t one = {.device = run->device, .b = run->plan.system.b, .b_low = run->plan.system.b_low};
  flight_t* const opened = open_flights(run, &count);
  flight_t* const flights = opened == NULL ? &one : opened;
  bool has_converged = true;
  uint32_t begun = first;
  for (uint32_t k = first; k < run->job->rhs_count; ++k) {
    for (; begun < run->job->rhs_count && begun < k + count; ++begun) {
      flight_t* const next = &flights[begun % count];
      select_flight(run, next, begun % count);
      mho_run_begin_result(run, &results[begun]);
      begin(run, next, begun);
    }
    const flight_t* const flight = &flights[k % count];
    select_flight(run, flight, k % count);
    run->result = &results[k];
    const mho_job_status_t status = flight->is_answered ? flight->status : mho_run_finish(run, flight->solve);
    has_converged = mho_run_end_result(run, k, status) && has_converged;
  }
  mho_contexts_close(run->device);
  return has_converged;
}
