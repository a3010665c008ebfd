// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Who forms the Schur complements of a job: the CPU, the vector unit of the DRU, or the macros. Internal to
// job.c and job_schur*.c.
#pragma once

#include "firmware/libmho/job_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Sets solver and updater of the plan as job->schur_unit says.
void mho_schur_choose(mho_run_t* run, mho_plan_options_t* options);

/// For a job that ends while a list of its plan was under way.
void mho_schur_abandon(mho_run_t* run);

/// Runs a list for the plan. Nothing goes into the result block unless it fails.
/// @param placing        what else has put tiles on macros that the list uses
/// @param[out] end_code  where OK is returned
/// @returns MHO_OK; MHO_UNSTABLE: the macros cannot do it: they do not settle, saturate, contradict their
/// checksums or leave their integers; MHO_JOB_FAILED: anything else, with run->completion and run->suspects
MHO_NODISCARD mho_result_t mho_schur_list(mho_run_t* run, mho_commands_t list, mho_commands_t placing,
                                          uint32_t* end_code);

/// A column solver: each column of D·W = R is refined to 2^-24 around D's own tile, D having been programmed
/// once for all of them. Its macros lose what they held.
mho_result_t mho_schur_columns(void* run, const mho_plan_t* plan, const mho_leaf_t* leaf, mho_real_t* w,
                               mho_arena_t scratch);

/// An updater: C − A·W by exact products with A on MVM macros, column by column; what fails its checksum
/// is done by the CPU instead. An entry may differ by one from that of the other updaters.
mho_result_t mho_schur_update(void* run, const mho_rank_update_t* update);

#ifdef __cplusplus
}
#endif
