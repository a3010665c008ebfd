// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A whole job: A x = b from a job block to a result block (layouts: models/registers/job.yaml). Its phases:
// - plan: equilibrate, divide, eliminate, quantise, order, compile; on the CPU, Schur complements where told
// - program: write the tiles used first into the macros; on the DRU
// - solve: iterate to the tolerance; on the DRU
// - verify: recompute the residual digitally; on the CPU
#pragma once

#include "firmware/libmho/device.h"
#include "firmware/libmho/result.h"
#include "registers/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Whether a job block can be run: every field in the range that models/registers/job.yaml states, inputs in
/// the device's memory, and the workspace apart from them, from both blocks and from the descriptor ring.
/// Reads nothing but the block.
/// @returns MHO_OK; MHO_BAD_ARGUMENT; MHO_NO_MEMORY: legal, but more rows than the driver takes, or cells too
///          coarse for the digits of the matrix
MHO_NODISCARD mho_result_t mho_job_check(const mho_device_t* device, const mho_job_block_t* job,
                                         const mho_job_result_t* result);

/// Runs one job to its end, whatever that is: the result block is always filled, its magic word last. The
/// status in it is the answer; a converged status is given only after the residual was verified, or if the
/// job asks for none.
/// @param job     checked before anything is started
/// @param result  256 bytes; its arrays lie in the job's workspace
void mho_job_run(mho_device_t* device, const mho_job_block_t* job, mho_job_result_t* result);

#ifdef __cplusplus
}
#endif
