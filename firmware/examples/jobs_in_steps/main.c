// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Two jobs in flight, driven by one loop in steps that never wait for the DRU. Each runs on a context of its
// own with half of the macros, tiles and ids. Then a third job is cancelled while it is solved, and the next
// one works. Exit code 0: all that; 1: not; 2: no AMC, or too few contexts.
#include <stdio.h>
#include <stdlib.h>

#include "../chip.h"
#include "../diffusion.h"

enum { kRingEntries = 8, kWorkspaceBytes = 4 << 20, kJobs = 2, kTiles = MHO_DRU_TILES / kJobs };

static _Alignas(64) mho_dru_descriptor_t rings[1 + kJobs][kRingEntries];
static _Alignas(64) uint8_t workspaces[kJobs][kWorkspaceBytes];
static mho_device_t device;
static mho_device_t contexts[kJobs];
static mho_macro_set_t avoided[kJobs];
static diffusion_t diffusions[kJobs];
static mho_job_block_t blocks[kJobs];
static mho_job_result_t results[kJobs][DIFFUSION_MOST_RHS];
static mho_job_t jobs[kJobs];

static void must(mho_result_t result, const char* step) {
  if (result == MHO_OK) return;
  printf("%s: refused (%d)\n", step, (int)result);
  exit(2);
}

// The macros of a kind that belong to the other job.
static void avoid_half(uint32_t job, mho_macro_kind_t kind, uint32_t count) {
  const uint32_t half = count / 2;
  must(mho_macro_set_add(&avoided[job], kind, job == 0 ? half : 0, job == 0 ? count - half : half), "macros");
}

// Contexts behind the first: a job that has to reset its context then disturbs nobody.
static void open_context(uint32_t job) {
  const uint32_t ring = mho_address(&device.config.memory, rings[1 + job]);
  must(mho_context_open(&contexts[job], &device, 1 + job, ring, kRingEntries), "context");
  avoid_half(job, MHO_MACRO_INV, device.capabilities.inv_count);
  avoid_half(job, MHO_MACRO_MVM, device.capabilities.mvm_count);
  avoid_half(job, MHO_MACRO_GINV, device.capabilities.ginv_count);
  const mho_share_t share = {.avoided = &avoided[job],
                             .first_tile = job * kTiles,
                             .tiles = kTiles,
                             .first_list_id = (1 + job) * MHO_JOB_LISTS};
  must(mho_device_set_share(&contexts[job], &share), "share");
}

static void start(uint32_t job) {
  blocks[job] = diffusion_job(&device.config.memory, &diffusions[job], results[job], workspaces[job],
                              sizeof workspaces[job]);
  mho_job_start(&jobs[job], &contexts[job], &blocks[job], results[job]);
}

static bool is_right(uint32_t job) {
  bool is_right = mho_job_has_converged(&jobs[job]);
  for (uint32_t k = 0; is_right && k < diffusions[job].rhs_count; ++k)
    is_right =
        diffusion_error(&device.config.memory, &diffusions[job], &results[job][k], k) < DIFFUSION_TOLERANCE;
  const mho_job_usage_t usage = mho_job_usage(&jobs[job]);
  printf("job %u: %s, %u us, %u us of lists, %u nJ, recoveries: %u\n", (unsigned)job + 1u,
         is_right ? "right" : "wrong", (unsigned)(usage.time_ns / 1000),
         (unsigned)(usage.list_time_ns / 1000), (unsigned)(usage.energy_pj / 1000),
         (unsigned)usage.recoveries);
  return is_right && usage.energy_pj != 0 && usage.list_time_ns != 0;
}

// The main loop. A program with more to do would do it here, or sleep where both jobs are waiting.
static bool run_both(void) {
  uint32_t steps = 0, both_wait = 0;
  for (;;) {
    const mho_job_progress_t first = mho_job_step(&jobs[0]), second = mho_job_step(&jobs[1]);
    ++steps;
    if (first == MHO_JOB_IS_WAITING && second == MHO_JOB_IS_WAITING) ++both_wait;
    if (first == MHO_JOB_HAS_ENDED && second == MHO_JOB_HAS_ENDED) break;
  }
  printf("%u rounds, in %u of them both jobs waited for the DRU\n", (unsigned)steps, (unsigned)both_wait);
  return both_wait > 0;
}

static bool cancel_while_solving(void) {
  start(0);
  while (mho_job_stage(&jobs[0]) != MHO_JOB_SOLVED) {
    if (mho_job_step(&jobs[0]) == MHO_JOB_HAS_ENDED) return false;
  }
  mho_job_cancel(&jobs[0]);
  while (mho_job_step(&jobs[0]) != MHO_JOB_HAS_ENDED) mho_job_wait(&jobs[0]);
  printf("cancelled: status %u\n", (unsigned)results[0][0].status);
  return results[0][0].status == MHO_JOB_STATUS_CANCELLED;
}

int main(void) {
  mho_device_config_t config = chip_configuration(rings[0], kRingEntries);
  config.hooks.wait_until = mho_nap_until;
  config.hooks.now_us = mho_time_us;
  must(mho_device_init(&device, &config), "device");
  for (uint32_t job = 0; job < kJobs; ++job) open_context(job);
  if (!chip_enable_interrupt(&device)) return 2;
  diffusion_make(&diffusions[0], 12, 1, 0.3);
  diffusion_make(&diffusions[1], 16, 3, 0.1);
  for (uint32_t job = 0; job < kJobs; ++job) start(job);
  bool is_good = run_both();
  for (uint32_t job = 0; job < kJobs; ++job) is_good = is_right(job) && is_good;
  is_good = cancel_while_solving() && is_good;
  start(0);
  while (mho_job_step(&jobs[0]) != MHO_JOB_HAS_ENDED) mho_job_wait(&jobs[0]);
  is_good = is_right(0) && is_good;
  mho_contexts_close(&device);
  puts(is_good ? "jobs in steps passed" : "jobs in steps failed");
  return is_good ? 0 : 1;
}
