// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A job stays on the chip while right-hand sides come now and then, and conductances drift meanwhile.
//     refresh [after [pause]]     microseconds: age at which macros are programmed anew, 0: never; default: 0
//                                 between two right-hand sides; default: 20000
// Prints the iterations of each. Exit code 0: all answers are right; 1: not; 2: no AMC.
#include <stdio.h>
#include <stdlib.h>

#include "../chip.h"
#include "../diffusion.h"

enum { kUnknowns = 12, kRhs = 4, kRingEntries = 8, kWorkspaceBytes = 4 << 20 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(64) uint8_t workspace[kWorkspaceBytes];
static mho_device_t device;
static diffusion_t diffusion;
static mho_job_result_t results[kRhs];
static mho_job_t job;

static uint32_t argument(int argc, char** argv, int index, uint32_t otherwise) {
  return argc > index ? (uint32_t)strtoul(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char** argv) {
  mho_device_config_t config = chip_configuration(ring, kRingEntries);
  config.contexts_base = 0;  // one right-hand side after the other, with or without refreshes
  config.hooks.wait_until = mho_nap_until;
  config.hooks.now_us = mho_time_us;
  if (mho_device_init(&device, &config) != MHO_OK || !chip_enable_interrupt(&device)) return 2;
  diffusion_make(&diffusion, kUnknowns, kRhs, 0.3);
  const mho_job_block_t block =
      diffusion_job(&config.memory, &diffusion, results, workspace, sizeof workspace);
  const uint32_t after_us = argument(argc, argv, 1, 0), pause_us = argument(argc, argv, 2, 20000);
  mho_job_start(&job, &device, &block, results);
  if (after_us != 0) mho_job_refresh(&job, after_us);
  uint32_t answered = 0;
  while (mho_job_step(&job) != MHO_JOB_HAS_ENDED) {
    mho_job_wait(&job);
    if (mho_job_answered(&job) == answered) continue;
    answered = mho_job_answered(&job);
    mho_sleep_us(pause_us);
  }
  for (uint32_t k = 0; k < kRhs; ++k)
    printf("right-hand side %u: status %u, %u iterations\n", (unsigned)k + 1u, (unsigned)results[k].status,
           (unsigned)results[k].iterations);
  printf("%u refreshes\n", (unsigned)mho_job_usage(&job).refreshes);
  bool is_right = mho_job_has_converged(&job);
  for (uint32_t k = 0; is_right && k < kRhs; ++k)
    is_right = diffusion_error(&config.memory, &diffusion, &results[k], k) < DIFFUSION_TOLERANCE;
  puts(is_right ? "all right" : "not all right");
  return is_right ? 0 : 1;
}
