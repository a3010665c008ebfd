// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The stages of a job. Internal to job*.c.
#pragma once

#include "firmware/libmho/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The piece of work that job->stage names, and which comes next; job->waits_for says whether for a list.
void mho_job_take_stage(mho_job_t* job);

/// In place of it, for a job that is cancelled: waits for one list after the other that is still under way,
/// then puts the end on record.
void mho_job_step_cancelled(mho_job_t* job);

#ifdef __cplusplus
}
#endif
