// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the program was started with, and how it ends.
#pragma once

#include <stdint.h>

#include "registers/job.h"

/// Register a1 at reset, whatever it points to; 0 for nothing.
uintptr_t mho_boot_argument(void);

/// The job block that the host hands over, or NULL when a1 does not point to one. Only the magic is checked.
const mho_job_block_t* mho_job(void);

/// Exit code of abort() and of a failed assert().
#define MHO_EXIT_ABORT 134

/// Ends the program at once through the finisher, without atexit functions. exit() and returning from main do
/// the same after them. Codes 0 … 65535; others count as 65535.
_Noreturn void mho_exit_now(int code);
