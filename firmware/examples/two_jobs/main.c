// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Two command lists in flight: first one behind the other on one ring, then on two contexts of the DRU, where
// one list uses the bus while the other one computes. The CPU sleeps until both have completed. Exit code 0:
// both times the right sums, the second time sooner; 1: not; 2: no AMC or one context only.
#include <stdio.h>
#include <stdlib.h>

#include "../chip.h"

enum { kRingEntries = 4, kWords = 512, kRounds = 16, kJobs = 2, kCommands = 7 };

typedef struct {
  mho_dru_vector_t head;
  int32_t words[kWords];
} vector_t;

typedef struct {
  vector_t input;
  volatile vector_t sum;
  _Alignas(32) mho_dru_command_t list[kCommands];
} job_t;

static _Alignas(64) mho_dru_descriptor_t rings[kJobs][kRingEntries];
static mho_device_t devices[kJobs];
static job_t jobs[kJobs];
static mho_ticket_t tickets[kJobs];

static uint32_t address(const volatile void* pointer) {
  return (uint32_t)(uintptr_t)pointer;
}

static void must(mho_result_t result, const char* step) {
  if (result == MHO_OK) return;
  printf("%s: refused (%d)\n", step, (int)result);
  exit(2);
}

// sum = kRounds times input: each round loads the input and adds it.
static void make_job(job_t* job, int32_t first) {
  job->input.head = (mho_dru_vector_t){.exponent = 0, .length = kWords};
  for (int i = 0; i < kWords; ++i) job->input.words[i] = first + i;
  const mho_dru_command_t list[kCommands] = {
      {.opcode = MHO_DRU_OPCODE_CLEAR, .dst = 0, .arg = {kWords}},
      {.opcode = MHO_DRU_OPCODE_LOAD, .dst = 1, .arg = {address(&job->input), kWords}},
      {.opcode = MHO_DRU_OPCODE_ADD, .dst = 0, .a = 0, .b = 1},
      {.opcode = MHO_DRU_OPCODE_LOOP, .arg = {1, kRounds}},
      {.opcode = MHO_DRU_OPCODE_STORE, .a = 0, .arg = {address(&job->sum)}},
      {.opcode = MHO_DRU_OPCODE_CLEAR, .dst = 0, .arg = {0}},
      {.opcode = MHO_DRU_OPCODE_END},
  };
  for (int i = 0; i < kCommands; ++i) job->list[i] = list[i];
}

static bool is_right(const job_t* job) {
  const int shift = -(int)job->sum.head.exponent;  // results are normalised to 31 bits
  for (int i = 0; i < kWords; ++i) {
    if (job->sum.words[i] >> shift != kRounds * job->input.words[i]) return false;
  }
  return true;
}

// Submits both, waits for both. @returns the time that it took [ns], 0 if a sum is wrong
static uint64_t run(mho_device_t* first, mho_device_t* second, const char* how) {
  mho_device_t* const of[kJobs] = {first, second};
  mho_completion_t completions[kJobs];
  const uint64_t start_ns = mho_time_ns(first);
  for (uint32_t i = 0; i < kJobs; ++i) {
    must(mho_submit(of[i], jobs[i].list, kCommands, i + 1u, 0, &tickets[i]), "submit");
  }
  for (uint32_t i = 0; i < kJobs; ++i) must(mho_wait(of[i], tickets[i], 0, &completions[i]), "wait");
  const uint64_t time_ns = mho_time_ns(first) - start_ns;
  bool are_right = true;
  for (uint32_t i = 0; i < kJobs; ++i) {
    are_right = are_right && completions[i].status == MHO_DRU_STATUS_OK && is_right(&jobs[i]);
    printf("%s: job %u took %u ns\n", how, (unsigned)i + 1u, (unsigned)completions[i].duration_ns);
    jobs[i].sum.words[0] = 0;
  }
  printf("%s: both after %u ns\n", how, (unsigned)time_ns);
  return are_right ? time_ns : 0;
}

int main(void) {
  mho_device_config_t config = chip_configuration(rings[0], kRingEntries);
  config.hooks.wait_until = mho_wait_until;
  must(mho_device_init(&devices[0], &config), "device");
  must(mho_context_open(&devices[1], &devices[0], 1, address(rings[1]), kRingEntries), "second context");
  if (!chip_enable_interrupt(&devices[0])) return 2;
  make_job(&jobs[0], -100);
  make_job(&jobs[1], 1000);
  const uint64_t one_ring_ns = run(&devices[0], &devices[0], "one ring");
  const uint64_t contexts_ns = run(&devices[0], &devices[1], "two contexts");
  mho_contexts_close(&devices[0]);
  const bool is_good = one_ring_ns != 0 && contexts_ns != 0 && contexts_ns < one_ring_ns;
  puts(is_good ? "two jobs passed" : "two jobs failed");
  return is_good ? 0 : 1;
}
