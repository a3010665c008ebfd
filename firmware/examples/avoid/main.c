// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Solves a system on what works of the chip, without a self-test: a job that fails names the macros that it
// failed on, and the next one does without them. Exit code 0: one of them has converged; 1: one failed and
// named nobody, or there are no macros left; 2: no AMC.
#include <stdio.h>

#include "../chip.h"
#include "../diffusion.h"

enum { kUnknowns = 12, kRingEntries = 8, kWorkspaceBytes = 4 << 20 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(64) uint8_t workspace[kWorkspaceBytes];
static mho_device_t device;
static mho_macro_set_t bad;
static diffusion_t diffusion;
static mho_job_result_t result;

// One job, and whom it suspects.
static bool solve(mho_suspects_t* suspects) {
  static mho_job_t job;
  const mho_memory_t* const ram = &device.config.memory;
  const mho_job_block_t block = diffusion_job(ram, &diffusion, &result, workspace, sizeof workspace);
  mho_job_start(&job, &device, &block, &result);
  while (mho_job_step(&job) != MHO_JOB_HAS_ENDED) mho_job_wait(&job);
  *suspects = mho_job_suspects(&job);
  printf("status %u, DRU %u\n", (unsigned)result.status, (unsigned)result.dru_status);
  return mho_job_has_converged(&job);
}

static void print(const mho_suspects_t* suspects) {
  static const char* const kKinds[] = {"inv", "mvm", "ginv"};
  for (uint32_t i = 0; i < suspects->count; ++i)
    printf("  from now on without %s%u\n", kKinds[suspects->kind], (unsigned)suspects->index[i]);
}

int main(void) {
  mho_device_config_t config = chip_configuration(ring, kRingEntries);
  config.hooks.wait_until = mho_nap_until;
  config.hooks.now_us = mho_time_us;
  config.share.avoided = &bad;  // the health map: empty, and filled by jobs that fail
  if (mho_device_init(&device, &config) != MHO_OK || !chip_enable_interrupt(&device)) return 2;
  diffusion_make(&diffusion, kUnknowns, 1, 0.3);
  mho_suspects_t suspects;
  while (!solve(&suspects)) {
    if (!mho_macro_set_add_suspects(&bad, &suspects)) return 1;
    print(&suspects);
  }
  return diffusion_error(&device.config.memory, &diffusion, &result, 0) < DIFFUSION_TOLERANCE ? 0 : 1;
}
