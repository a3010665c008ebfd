// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One job under way: what its phases share. Internal to job.c and job_*.c.
#pragma once

#include "firmware/libmho/compile.h"
#include "firmware/libmho/job.h"
#include "firmware/libmho/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Real numbers that make one up: two for a complex job.
static inline uint32_t mho_parts(const mho_job_block_t* job) {
  return job->is_complex != 0u ? 2u : 1u;
}

/// Rows of A as given.
static inline uint32_t mho_given_rows(const mho_job_block_t* job) {
  return job->rows == 0u ? job->n : job->rows;
}

static inline bool mho_is_rectangular(const mho_job_block_t* job) {
  return mho_given_rows(job) != job->n;
}

/// Rows of the real square system that is solved for a job.
static inline uint32_t mho_rows(const mho_job_block_t* job) {
  return mho_parts(job) * (mho_is_rectangular(job) ? mho_given_rows(job) + job->n : job->n);
}

/// Job ids of the lists, which the ledger charges.
enum { MHO_LIST_PLAN = 1, MHO_LIST_PROGRAM = 2, MHO_LIST_SOLVE = 3, MHO_LIST_CALIBRATE = 4 };

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
  mho_dru_counters_t plan_counts;  ///< what plans have taken of the DRU: inv, hp_reads, program, digital
  uint64_t plan_cpu_ops;           ///< and of the CPU
  uint32_t analogue_parts;         ///< see struct job_result
  uint32_t scale_crc, answer_crc;  ///< of the column scales; of these and x, see struct job_result
  uint32_t recoveries;             ///< so far
  mho_result_t awaited;            ///< how the last list ended: MHO_OK, MHO_JOB_FAILED or MHO_TIMED_OUT
  bool has_no_plan;  ///< a leaf was unstable on the chip, and a plan with more margin was not found
} mho_run_t;

/// Runs one command list; its outcome goes into run->completion and the result block.
mho_result_t mho_run_list(mho_run_t* run, const mho_dru_command_t* list, uint32_t commands, uint32_t job_id,
                          uint32_t watchdog_us);
/// The status that a result other than MHO_OK gives the job.
mho_job_status_t mho_status_of(const mho_run_t* run, mho_result_t result);

/// Fills plan.system with the job's matrix and its first right-hand side, complex and rectangular ones as the
/// real square system that stands for them.
/// @returns as mho_system_load()
mho_result_t mho_run_load_system(mho_run_t* run);
/// Has a GINV macro approximate the inverse where the job asks for it, the system is a rectangular one, and a
/// macro holds it.
void mho_run_choose_circuit(mho_run_t* run);
/// More damping for a GINV macro whose loop did not settle. False: it has the most already.
bool mho_run_damp_ginv(mho_run_t* run);
/// Right-hand side k of the job into plan.system.
mho_result_t mho_run_load_rhs(mho_run_t* run, uint32_t k);

/// A solve list that was submitted, or could not be.
typedef struct {
  mho_result_t submitted;
  mho_ticket_t ticket;
} mho_solve_t;

/// Starts to solve for the right-hand side in plan.system.b on run->context, in phase solve.
mho_solve_t mho_run_start(mho_run_t* run);
/// Waits for it and verifies, in the phases solve and verify; goes on until the answer holds or cannot.
mho_job_status_t mho_run_finish(mho_run_t* run, mho_solve_t solve);

/// Another result block: that of the right-hand side under way.
void mho_run_begin_result(mho_run_t* run, mho_job_result_t* result);
/// b = 0 needs no hardware: x = 0 is exact. True: it was, and `status` is the answer's.
bool mho_run_answers_zero(mho_run_t* run, mho_job_status_t* status);
/// Puts the answer to right-hand side `k` on record. False: it has not converged.
bool mho_run_end_result(mho_run_t* run, uint32_t k, mho_job_status_t status);

/// The right-hand sides from `first` on, as many at once as there are contexts for: while the DRU solves
/// some, the CPU verifies another. @returns true: all have converged
bool mho_run_batch(mho_run_t* run, mho_job_result_t* results, uint32_t first);
/// The answer is put where the next solve does not overwrite it. MHO_NO_MEMORY: there is no room for it.
mho_result_t mho_run_keep_answer(mho_run_t* run);

/// Room for x and its scales in the user's order, where the plan has another. MHO_NO_MEMORY: there is none.
mho_result_t mho_unknowns_prepare(mho_run_t* run);
/// The words of a part of x, 0 or 1, in the user's order.
const void* mho_unknowns_words(const mho_run_t* run, uint32_t part, mho_dru_vector_t* x);

/// Puts the column scales as they are now under the protection of answer_crc, x of the right-hand side under
/// way, and the finished block, whose magic word it writes.
void mho_run_protect_scale(mho_run_t* run);
void mho_run_protect_x(mho_run_t* run);
void mho_run_publish(mho_job_result_t* result);

/// Whether the data that the job block points to are those of its data_crc, or it has none. The addresses are
/// legal.
bool mho_job_data_is_intact(const mho_memory_t* memory, const mho_job_block_t* job);

/// When to give up a list with the time limit `watchdog_us`, 0: the device's default. The DRU ends it at that
/// limit; one that goes on for a millisecond has got stuck.
static inline uint32_t mho_list_timeout_us(uint32_t watchdog_us) {
  const uint32_t grace_us = 1000u;
  const uint32_t limit_us = watchdog_us == 0u ? MHO_DRU_WATCHDOG_US_RESET : watchdog_us;
  return limit_us > UINT32_MAX - grace_us ? UINT32_MAX : limit_us + grace_us;
}
/// Waits for a list with that time limit; the outcome goes into run->completion and the result block.
mho_result_t mho_run_await(mho_run_t* run, const mho_device_t* device, mho_ticket_t ticket,
                           uint32_t watchdog_us);
/// Resets the DRU after a list that a passing fault may have ended, once in a job. False: that would not
/// help, or was done already. True: macros and lists have to be programmed and run anew.
bool mho_run_recover(mho_run_t* run);

/// What the result block says of system, plan and iteration.
void mho_report(mho_run_t* run);

#ifdef __cplusplus
}
#endif
