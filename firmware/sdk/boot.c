// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// From the zeroed memory that start.S leaves to main and from there to exit.
#include <stddef.h>
#include <stdlib.h>

#include "firmware/sdk/arguments.h"
#include "firmware/sdk/process.h"
#include "registers/memory_map.h"

int main(int argc, char** argv);
void __libc_init_array(void);
_Noreturn void mho_boot(uint32_t hart, uintptr_t argument);

static uintptr_t boot_argument;

uintptr_t mho_boot_argument(void) {
  return boot_argument;
}

const mho_job_block_t* mho_job(void) {
  const uintptr_t at = boot_argument;
  // A pointer outside of RAM is not followed.
  if (at < MHO_RAM_BASE || at - MHO_RAM_BASE >= MHO_RAM_SIZE || at % 4 != 0) return NULL;
  const mho_job_block_t* const job = (const mho_job_block_t*)at;
  return job->magic == MHO_JOB_MAGIC ? job : NULL;
}

void mho_boot(uint32_t hart, uintptr_t argument) {
  (void)hart;
  boot_argument = argument;
  __libc_init_array();
  char** argv = NULL;
  const int argc = mho_arguments(&argv);
  exit(main(argc, argv));
}
