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
#pragma once

#include <stdbool.h>

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
                                         const mho_job_result_t* results);

/// Whether the block is the one that its block_crc is of, or has none. To be asked of a copy, which is then
/// the one to be run: what changes in memory later does no harm.
bool mho_job_block_is_intact(const mho_job_block_t* job);

/// Runs one job to its end, whatever that is: the result blocks are always filled, the magic word of the
/// first one last. A status in them is the answer to its right-hand side; converged is said only after
/// residual and error were verified, or if the job asks for no verification. Where the job ends before there
/// is a plan, the first says so and no other is written.
/// @param job      checked before anything is started
/// @param results  320 bytes for each right-hand side; their arrays lie in the job's workspace
/// @returns true: all have converged
bool mho_job_run(mho_device_t* device, const mho_job_block_t* job, mho_job_result_t* results);

#ifdef __cplusplus
}
#endif
