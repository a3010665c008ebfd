// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A job under way. Its owner gives the memory; the fields are the driver's, who asks job.h.
#pragma once

#include "firmware/libmho/compile.h"
#include "firmware/libmho/device.h"
#include "firmware/libmho/plan.h"
#include "firmware/libmho/suspects.h"
#include "registers/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What the phases of a job share.
typedef struct {
  mho_device_t* device;
  const mho_job_block_t* job;
  mho_job_result_t* result;  ///< of the right-hand side under way
  mho_arena_t arena;
  mho_plan_t plan;
  mho_program_t program;
  mho_completion_t completion;
  mho_device_t* context;        ///< of the DRU, where the right-hand side under way is solved
  const int32_t* column_scale;  ///< in the order of the user's unknowns; NULL: there is no plan
  void* unknowns[2];            ///< where the parts of x go in that order; NULL: it is the chip's
  uint64_t* rhs;     ///< the right-hand side under way as doubles of the real square system; NULL: as given
  bool has_answers;  ///< results that refer to the plan as it is: rows keep their order
  bool is_updating;  ///< a list of the plan is under way
  mho_ticket_t update;        ///< that list
  mho_dru_counters_t before;  ///< when the plan under way began
  uint64_t ops_before;
  uint32_t parts_before;
  mho_dru_counters_t plan_counts;  ///< what plans have taken of the DRU: inv, hp_reads, program, digital
  uint64_t plan_cpu_ops;           ///< and of the CPU
  struct {
    uint64_t time_ns, energy_pj;              ///< what Schur complements have taken
    uint64_t began_time_ns, began_energy_pj;  ///< when the one under way began
  } schur;
  uint32_t analogue_parts;         ///< see struct job_result
  uint32_t scale_crc, answer_crc;  ///< of the column scales; of these and x, see struct job_result
  uint32_t recoveries;             ///< so far
  uint32_t refreshes;              ///< likewise
  uint64_t list_time_ns;           ///< that lists of the job have taken
  mho_result_t awaited;            ///< how the last list ended: MHO_OK, MHO_JOB_FAILED or MHO_TIMED_OUT
  mho_suspects_t suspects;         ///< whom the last list points at, if it has failed
  bool is_stuck;                   ///< a list has not ended in time, and its context was not reset since
  uint32_t own_contexts;           ///< open ones that are the job's, for right-hand sides in flight
  bool solves_at_once;             ///< several right-hand sides
  bool has_no_plan;  ///< a leaf was unstable on the chip, and a plan with more margin was not found
} mho_run_t;

/// A solve list that was submitted, or could not be.
typedef struct {
  mho_result_t submitted;
  mho_ticket_t ticket;
} mho_solve_t;

/// A right-hand side under way beside others, on a context of the DRU with vectors of its own.
typedef struct {
  mho_device_t* device;
  mho_device_t context;  ///< its handle, unless it is the first
  int32_t* b;
  int32_t* b_low;
  int32_t b_exponent;
  mho_solve_t solve;
  bool is_answered;  ///< without the DRU
  bool is_awaited;   ///< somebody waits for its list, or has
  mho_job_status_t status;
} mho_flight_t;

/// What the next step of a job does.
typedef enum {
  MHO_JOB_LOADS,       ///< checks the block, turns the matrix into integers
  MHO_JOB_PLANS,       ///< chooses circuits and the order of the rows
  MHO_JOB_ELIMINATES,  ///< divides, quantises, orders and eliminates, leaf by leaf
  MHO_JOB_COMPILES,    ///< writes the command lists
  MHO_JOB_BEGINS,      ///< takes the next right-hand sides
  MHO_JOB_PROGRAMS,    ///< calibrates if it is to, submits the list that writes the macros
  MHO_JOB_PROGRAMMED,  ///< that list has ended
  MHO_JOB_SOLVED,      ///< a solve list has ended: verifies
  MHO_JOB_DRAINS,      ///< after one in flight that failed: ends the others and recovers
  MHO_JOB_PLANS_ANEW,  ///< with more margin
  MHO_JOB_PUBLISHES,   ///< the result blocks
  MHO_JOB_ENDED,
} mho_job_stage_t;

/// A job, from mho_job_start() on.
typedef struct {
  mho_run_t run;
  mho_job_stage_t stage;
  mho_job_result_t* results;
  uint32_t rhs;                  ///< number of the right-hand side under way, all before it being answered
  bool is_planned;               ///< there is a plan, and a result block for each right-hand side
  bool is_programmed;            ///< the macros hold what the plan puts there
  bool has_converged;            ///< all answers so far have
  bool is_cancelled;             ///< and not ended yet
  mho_result_t listed;           ///< what became of the list that the stage is about
  uint32_t guard_bits;           ///< see mho_list_t
  mho_job_status_t left;         ///< what a plan with more margin is to do better
  mho_suspects_t left_suspects;  ///< of that
  mho_suspects_t suspects;       ///< of the last answer that was not found, or of the plan

  const mho_device_t* waits_for;  ///< context of the list that the next step needs; NULL: none
  mho_ticket_t ticket;
  uint64_t deadline_us;

  mho_flight_t* flights;  ///< right-hand sides in flight; NULL: one after the other
  uint32_t flight_count;
  uint32_t begun;  ///< right-hand sides

  uint64_t refresh_after_ns;  ///< age at which macros are programmed anew; 0: never
  uint64_t programmed_ns;     ///< when they were
  uint32_t programmed_for;  ///< one more than the number of the right-hand side for which they were; 0: none

  bool is_metered;
  uint64_t start_ns, end_ns;
  uint64_t start_pj, end_pj;  ///< charged to the lists of the job's share
} mho_job_t;

#ifdef __cplusplus
}
#endif
