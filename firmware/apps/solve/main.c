// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The program behind `mho solve`: takes the job block that the host has put into memory, runs it, leaves the
// result blocks. Exit code 0: all converged; 1: any other end; 2: there is no job or no AMC;
// 3: the job block contradicts its CRC.
#include "firmware/libmho/chip.h"
#include "firmware/libmho/job.h"
#include "firmware/sdk/console.h"
#include "firmware/sdk/interrupt.h"
#include "firmware/sdk/process.h"
#include "firmware/sdk/timer.h"

enum { kRingEntries = 8 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static mho_device_t device;

static void on_dru_interrupt(void* context) {
  (void)mho_acknowledge(context);
}

// Long enough to cost nothing, short enough to be no loss of time after an interrupt that never came.
enum { kLongestNap_us = 1000 };

static void wait_until(bool (*is_done)(void* context), void* context) {
  (void)mho_wait_until_for(is_done, context, kLongestNap_us);
}

static mho_device_config_t configuration(const mho_job_block_t* job) {
  // The host has put the job into memory, however much of it the chip has: nothing else lies above its base.
  const mho_memory_t ram = {(uint8_t*)MHO_RAM_BASE, MHO_RAM_BASE, 0u - MHO_RAM_BASE};
  mho_device_config_t config = mho_whole_chip(ram, ring, kRingEntries);
  config.hooks.now_us = mho_time_us;
  if (job->wait == MHO_JOB_WAIT_INTERRUPT) config.hooks.wait_until = wait_until;
  return config;
}

int main(void) {
  const mho_job_block_t* const given = mho_job();
  if (given == NULL) {
    mho_console_text("solve: no job block in memory; the host puts it there (mho solve)\n");
    return 2;
  }
  static mho_job_block_t copy;
  copy = *given;
  const mho_job_block_t* const job = &copy;
  // Not even the address of the result can be trusted.
  if (!mho_job_block_is_intact(job)) {
    mho_console_text("solve: the job block contradicts its CRC\n");
    return MHO_JOB_EXIT_CORRUPT;
  }
  const mho_device_config_t config = configuration(job);
  if (mho_device_init(&device, &config) != MHO_OK) return 2;
  if (job->wait == MHO_JOB_WAIT_INTERRUPT) {
    if (!mho_interrupt_set_external_handler(MHO_DRU_IRQ, on_dru_interrupt, &device)) return 2;
    (void)mho_interrupts_enable();
  }
  const uint32_t count = job->rhs_count <= MHO_JOB_MAX_RHS ? job->rhs_count : 1u;
  const uint32_t bytes = (count == 0u ? 1u : count) * (uint32_t)sizeof(mho_job_result_t);
  if (!mho_memory_holds(&config.memory, job->result_address, bytes)) return 2;
  return mho_job_run(&device, job, mho_pointer(&config.memory, job->result_address)) ? 0 : 1;
}
