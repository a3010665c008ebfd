// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Makes a job of its own, diffusion with drift in one dimension, and has the driver solve it while the CPU
// sleeps between interrupts. b is A times the numbers 1, 2, …, so the answer is known. Exit code 0: converged
// and right; 1: not; 2: no AMC.
#include <stdio.h>

#include "../chip.h"
#include "../diffusion.h"

enum { kUnknowns = 12, kRingEntries = 8, kWorkspaceBytes = 4 << 20 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(64) uint8_t workspace[kWorkspaceBytes];
static mho_device_t device;
static diffusion_t diffusion;

int main(void) {
  static mho_job_result_t result;
  mho_device_config_t config = chip_configuration(ring, kRingEntries);
  config.hooks.wait_until = mho_wait_until;
  if (mho_device_init(&device, &config) != MHO_OK || !chip_enable_interrupt(&device)) return 2;
  diffusion_make(&diffusion, kUnknowns, 1, 0.3);
  const mho_job_block_t job = diffusion_job(&config.memory, &diffusion, &result, workspace, sizeof workspace);
  if (!mho_job_run(&device, &job, &result)) {
    printf("not solved: status %u\n", (unsigned)result.status);
    return 1;
  }
  for (uint32_t j = 0; j < kUnknowns; ++j)
    printf("x%-2u = %.9f\n", (unsigned)j + 1u, diffusion_unknown(&config.memory, &result, j));
  const double error = diffusion_error(&config.memory, &diffusion, &result, 0);
  printf("%u iterations, largest relative error %.1e, %.1f us, %.1f nJ\n", (unsigned)result.iterations, error,
         (double)mho_time_ns(&device) * 1e-3, (double)mho_energy_pj(&device) * 1e-3);
  return error < DIFFUSION_TOLERANCE ? 0 : 1;
}
