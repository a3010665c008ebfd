// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A whole job: A x = b, for one or more b, from a job block to result blocks (layouts:
// models/registers/job.yaml). Its phases:
// - plan: equilibrate, divide, eliminate, quantise, order, compile; on the CPU, Schur complements where told
// - program: write the tiles used first into the macros; on the DRU
// - solve: iterate to the tolerance; on the DRU
// - verify: recompute the residual digitally, estimate the error that it leaves; on the CPU
// Planned and programmed once. The first right-hand side is solved and verified alone, of the others as many
// at once as the DRU has contexts for: while it solves some, the CPU verifies another. A list that programs
// macros keeps them to itself, and there is one after the other.
//
// A job is run in one call, or in steps that the application's main loop takes:
//     mho_job_start(&job, &device, &block, results);
//     while (mho_job_step(&job) != MHO_JOB_HAS_ENDED) …;
// Several jobs may be under way at once, each on a context of its own (mho_context_open()) with a share of
// the chip of its own (mho_share_t).
#pragma once

#include <stdbool.h>

#include "firmware/libmho/device.h"
#include "firmware/libmho/job_state.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/suspects.h"
#include "registers/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Ids under which the command lists of a job are charged, see mho_share_t.
typedef enum {
  MHO_LIST_PLAN = 1,
  MHO_LIST_PROGRAM = 2,
  MHO_LIST_SOLVE = 3,
  MHO_LIST_CALIBRATE = 4
} mho_job_list_t;
enum { MHO_JOB_LISTS = 4 };

/// Whether a job block can be run: every field in the range that models/registers/job.yaml states, inputs in
/// the device's memory, and the workspace apart from them, from both blocks and from the descriptor ring.
/// Reads nothing but the block.
/// @returns MHO_OK; MHO_BAD_ARGUMENT; MHO_NO_MEMORY: legal, but more rows than the driver takes, or cells too
///          coarse for the digits of the matrix
MHO_NODISCARD mho_result_t mho_job_check(const mho_device_t* device, const mho_job_block_t* job,
                                         const mho_job_result_t* results);

/// Whether the block is the one that its block_crc is of, or has none. To be asked of a copy, which is then
/// the one to be run: what changes in memory later does no harm.
bool mho_job_block_is_intact(const mho_job_block_t* job);

/// Runs one job to its end, whatever that is: the result blocks are always filled, the magic word of the
/// first one last. A status in them is the answer to its right-hand side; converged is said only after
/// residual and error were verified, or if the job asks for no verification. Where the job ends before there
/// is a plan, the first says so and no other is written.
/// @param job      checked before anything is started
/// @param results  one struct job_result for each right-hand side; their arrays lie in the job's workspace
/// @returns true: all have converged
bool mho_job_run(mho_device_t* device, const mho_job_block_t* job, mho_job_result_t* results);

/// What to do after a step.
typedef enum {
  MHO_JOB_GOES_ON,     ///< take the next step: the CPU has work to do
  MHO_JOB_IS_WAITING,  ///< the DRU is at work; step again after its interrupt, or now and then
  MHO_JOB_HAS_ENDED,   ///< the result blocks are filled; further steps do nothing
} mho_job_progress_t;

/// Begins a job; nothing is read or started before its first step. The ends are those of mho_job_run(), which
/// is a start and steps.
/// @param job     the caller's, not to be moved or copied until the job has ended
/// @param device  the chip, or a context of it, which runs nothing else meanwhile and whose hooks may be NULL
/// @param block, results  as for mho_job_run(); they, the workspace and the inputs stay until the job has
/// ended
void mho_job_start(mho_job_t* job, mho_device_t* device, const mho_job_block_t* block,
                   mho_job_result_t* results);

/// Does what can be done without waiting for a list, at most one piece of work: loads, plans or compiles,
/// submits a list, or verifies an answer. Looks at the list it waits for by itself, so that a lost interrupt
/// costs nothing but time; a list that does not end in time is noticed where hooks.now_us is given.
/// How long: while the DRU is at work a step takes microseconds. The longest piece is the elimination of a
/// leaf, up to n² times its size multiply-adds with schur_unit CPU; n times the square of its size with DRU.
/// Loading, compiling and verifying take n². Three pieces hold the CPU longer: with schur_unit DRU putting
/// rows into another order waits for a list a leaf, with ANALOGUE the elimination of a leaf runs lists and
/// waits for them, and with calibrate = 1 the step that submits the program calibrates first, some
/// milliseconds. Not for interrupt handlers that must be short, and not to be called again from within.
mho_job_progress_t mho_job_step(mho_job_t* job);

/// Waits, asleep or polling as the hooks allow, until the next step has something to do. At once unless the
/// job is waiting.
void mho_job_wait(const mho_job_t* job);

/// Ends a job in whatever phase it is. Right-hand sides without an answer get the status CANCELLED, answers
/// stay. A list under way is asked to end at its next command; if it has not ended when its time is up, the
/// context is reset, unless it is the first one while others are open that are not the job's. Without
/// hooks.now_us a list that is stuck is waited for. To be followed by steps until the job has ended. Nothing
/// happens to one that has.
void mho_job_cancel(mho_job_t* job);

/// What the next step of a job does, or after what it looks.
mho_job_stage_t mho_job_stage(const mho_job_t* job);

/// Right-hand sides that have been answered: their result blocks are filled but for the magic word.
uint32_t mho_job_answered(const mho_job_t* job);

/// Whether a job that has ended has converged for all right-hand sides.
bool mho_job_has_converged(const mho_job_t* job);

/// The macros that a job has failed on: those of the list with which the plan or the last answer that was not
/// found ended, as mho_find_suspects() says. Nobody, if that was no failure of a list, such as a wrong
/// residual, or the driver cannot tell. Lists that failed before a recovery count as little as those that
/// succeeded. Nothing is avoided by itself:
///     if (!mho_job_has_converged(&job)) {
///       const mho_suspects_t suspects = mho_job_suspects(&job);
///       if (mho_macro_set_add_suspects(&health_map, &suspects)) …  // start the job anew
///     }
mho_suspects_t mho_job_suspects(const mho_job_t* job);

/// Has conductances that drift programmed anew, from the next right-hand side on: when the macros were
/// programmed longer ago than `after_us`, and when an answer is wrong or does not converge that was sought
/// with macros not programmed for it. `refreshes` of the result block counts. Right-hand sides are then
/// solved one after the other. Before the first step.
/// @param after_us  in microseconds, 1 or more; UINT64_MAX / 1000 and beyond: only after such an answer
void mho_job_refresh(mho_job_t* job, uint64_t after_us);

/// What a job has taken, so far or in all.
typedef struct {
  uint64_t time_ns;       ///< since mho_job_start(), other jobs and idle time included
  uint64_t list_time_ns;  ///< that its command lists have run, added up over contexts
  uint64_t energy_pj;     ///< charged to its command lists and its calibration; the CPU is charged to nobody
  uint32_t recoveries;    ///< see struct job_result
  uint32_t refreshes;     ///< likewise
} mho_job_usage_t;

/// Asks for time and energy of a job that mho_job_start() began. Energy is that of the ids of its device's
/// share (mho_share_t), so jobs at the same time need shares with ids of their own.
mho_job_usage_t mho_job_usage(const mho_job_t* job);

#ifdef __cplusplus
}
#endif
