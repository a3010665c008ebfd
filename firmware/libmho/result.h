// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// What every fallible function of the driver returns. One meaning per code.
typedef enum {
  MHO_OK = 0,               ///< done
  MHO_BAD_ARGUMENT = 1,     ///< an argument or a field of the job is out of range; nothing was started
  MHO_NO_MEMORY = 2,        ///< the workspace is too small; nothing was started on the hardware
  MHO_BUSY = 3,             ///< the descriptor ring is full; nothing was written, call again
  MHO_TIMED_OUT = 4,        ///< the hardware did not complete in time; the job was not cancelled
  MHO_SINGULAR = 5,         ///< the matrix is singular in the chip's arithmetic
  MHO_UNSTABLE = 6,         ///< a leaf has no stable row order
  MHO_OVERFLOW = 7,         ///< an intermediate result leaves its integer range
  MHO_NO_DEVICE = 8,        ///< a block is not what it should be; at most its reset was written
  MHO_JOB_FAILED = 9,       ///< the hardware completed the job with an error; see the completion
  MHO_CORRUPT = 10,         ///< data of the job contradict their CRC
  MHO_TOO_FEW_MACROS = 11,  ///< macros to be avoided leave fewer than a job takes; nothing was started
} mho_result_t;

/// Results must be looked at.
#define MHO_NODISCARD __attribute__((warn_unused_result))

#ifdef __cplusplus
}
#endif
