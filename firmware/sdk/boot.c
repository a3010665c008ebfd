// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// From the zeroed memory that start.S leaves to main and from there to exit.
#include <stddef.h>
#include <stdlib.h>

#include "firmware/sdk/process.h"
#include "registers/boot.h"
#include "registers/memory_map.h"

int main(int argc, char** argv);
void __libc_init_array(void);
_Noreturn void mho_boot(uint32_t hart, uintptr_t argument);

static uintptr_t boot_argument;

/// The block a1 points to if its first word is `magic`. A pointer outside of RAM is not followed.
static const void* block_with_magic(uint32_t magic) {
  const uintptr_t at = boot_argument;
  if (at < MHO_RAM_BASE || at - MHO_RAM_BASE >= MHO_RAM_SIZE || at % 4 != 0) return NULL;
  return *(const uint32_t*)at == magic ? (const void*)at : NULL;
}

uintptr_t mho_boot_argument(void) {
  return boot_argument;
}

const mho_job_block_t* mho_job(void) {
  return block_with_magic(MHO_JOB_MAGIC);
}

void mho_boot(uint32_t hart, uintptr_t argument) {
  (void)hart;
  boot_argument = argument;
  __libc_init_array();
  static char name[] = "firmware";
  static char* no_arguments[] = {name, NULL};
  int argc = 1;
  char** argv = no_arguments;
  const mho_boot_arguments_t* arguments = block_with_magic(MHO_BOOT_ARGUMENTS_MAGIC);
  if (arguments != NULL) {
    argc = (int)arguments->count;
    argv = (char**)(uintptr_t)arguments->argv_address;
  }
  exit(main(argc, argv));
}
