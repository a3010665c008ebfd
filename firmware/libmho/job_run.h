// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One job under way: what its phases share. Internal to job.c and job_*.c.
#pragma once

#include "firmware/libmho/job.h"
#include "firmware/libmho/list_timeout.h"

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

/// Under which id a list is charged.
static inline uint32_t mho_list_id(const mho_run_t* run, mho_job_list_t list) {
  return run->device->config.share.first_list_id + (uint32_t)list;
}

/// The workspace, then mho_run_load_system() where the share of the chip has macros at all.
mho_result_t mho_run_load(mho_run_t* run);
/// Begins a plan for it. @returns as mho_schur_begin()
mho_result_t mho_run_plan(mho_run_t* run);
/// The command lists of the plan. @returns as mho_compile()
mho_result_t mho_run_compile(mho_run_t* run);
/// More margin for the circuits in the next plan. False: there is no more.
bool mho_run_take_more_margin(mho_run_t* run, mho_job_status_t status);
/// Whether a job that would end so might not with more margin.
bool mho_run_lacks_margin(const mho_run_t* run, mho_job_status_t status);
/// mho_plan_begin() and mho_plan_end(); the vector memory is free again afterwards.
mho_result_t mho_schur_begin(mho_run_t* run);
mho_result_t mho_schur_end(mho_run_t* run);
/// Adds what a plan has taken, however it ended.
void mho_schur_count(mho_run_t* run);
/// The next piece of a plan under way. With run->is_updating afterwards a list has to end before the next
/// one, with `listed` as mho_run_take() gives it. @returns as mho_plan_step()
mho_result_t mho_schur_step(mho_run_t* run, mho_result_t listed);

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

/// Starts to solve for the right-hand side in plan.system.b on run->context, in phase solve.
mho_solve_t mho_run_start(mho_run_t* run);
/// Looks at the answer that a list has left (`listed`: mho_run_take() of it), in phase verify.
/// @param[out] missing_bits  with MHO_JOB_STATUS_NOT_CONVERGED: what mho_run_go_on() has to ask for in
///                           addition, 0: going on is of no use
mho_job_status_t mho_run_judge(mho_run_t* run, mho_result_t listed, uint32_t* missing_bits);
/// Has the list go on, for an answer that was called converged too early.
mho_solve_t mho_run_go_on(mho_run_t* run, uint32_t guard_bits);

/// Another result block: that of the right-hand side under way.
void mho_run_begin_result(mho_run_t* run, mho_job_result_t* result);
/// b = 0 needs no hardware: x = 0 is exact. True: it was, and `status` is the answer's.
bool mho_run_answers_zero(mho_run_t* run, mho_job_status_t* status);
/// The end of it, whatever it is: what the block says of system, plan and iteration, in phase verify.
void mho_run_finish(mho_run_t* run, mho_job_status_t status);
/// Puts the answer to right-hand side `k` on record. False: it has not converged.
bool mho_run_end_result(mho_run_t* run, uint32_t k, mho_job_status_t status);

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

/// Takes the outcome of a list, as mho_wait() gave it in run->completion, into the result block.
/// @returns MHO_OK, MHO_JOB_FAILED or MHO_TIMED_OUT
mho_result_t mho_run_take(mho_run_t* run, mho_result_t waited);
/// Resets the context of the job's device, and the whole DRU with the first one; right-hand sides in flight
/// have been closed. Nothing is reset on the first one while contexts are open that are not the job's.
/// @returns MHO_BUSY: not reset, and a list is stuck; MHO_NO_DEVICE
mho_result_t mho_run_reset(mho_run_t* run);
/// Whether mho_run_recover() would try: a passing fault may have ended the last list, the job has not
/// recovered yet, and what is stuck can be reset.
bool mho_run_may_recover(const mho_run_t* run);
/// mho_run_reset() after a list that a passing fault may have ended, once in a job. False: that would not
/// help, or was done already. True: macros and lists have to be programmed and run anew.
bool mho_run_recover(mho_run_t* run);

/// What the result block says of system, plan and iteration.
void mho_report(mho_run_t* run);

#ifdef __cplusplus
}
#endif
