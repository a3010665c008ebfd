// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Several right-hand sides of a job in flight. Internal to job*.c.
#pragma once

#include "firmware/libmho/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Contexts and vectors for as many right-hand sides as the DRU, the program and the workspace have room for,
/// at least for one: in job->flights, NULL where there is no room for anything.
void mho_job_open_flights(mho_job_t* job);

/// Starts right-hand sides while there is room in flight. @returns that of the one under way, which is
/// selected
mho_flight_t* mho_job_next_flight(mho_job_t* job);

/// The first one in flight whose list was submitted and that nobody waits for or has; NULL: there is none.
mho_flight_t* mho_job_unawaited_flight(mho_job_t* job);

/// Gives their contexts back; their lists have ended, or are stuck. Right-hand sides go one by one from here
/// on.
void mho_job_close_flights(mho_job_t* job);

#ifdef __cplusplus
}
#endif
