// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Solves a system, tests the chip and solves the system again without the macros that the test has found bad.
//     self_test [INV macros [MVM macros [GINV macros]]]       how many are tested; default: 4 24 0
// The job uses the first macros that are left. Exit code 0: it converges after the test, and the test has
// found the reason if it did not before; 1: not; 2: refused, or no AMC.
#include <stdio.h>
#include <stdlib.h>

#include "../chip.h"
#include "../diffusion.h"
#include "firmware/libmho/self_test.h"

enum { kUnknowns = 12, kRingEntries = 8, kWorkspaceBytes = 4 << 20, kTimeLimit_us = 20000, kJobId = 5 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(64) uint8_t workspace[kWorkspaceBytes];
static mho_device_t device;
static mho_macro_set_t bad;
static diffusion_t diffusion;
static volatile uint32_t interrupts;

static void on_interrupt(void* context) {
  (void)mho_acknowledge(context);
  ++interrupts;
}

static uint32_t argument(int argc, char** argv, int index, uint32_t otherwise) {
  return argc > index ? (uint32_t)strtoul(argv[index], NULL, 10) : otherwise;
}

static bool solve(const char* when) {
  static mho_job_result_t result;
  const mho_memory_t* const ram = &device.config.memory;
  const mho_job_block_t job = diffusion_job(ram, &diffusion, &result, workspace, sizeof workspace);
  const bool has_converged = mho_job_run(&device, &job, &result) &&
                             diffusion_error(ram, &diffusion, &result, 0) < DIFFUSION_TOLERANCE;
  printf("%s: status %u, DRU %u, %u iterations\n", when, (unsigned)result.status, (unsigned)result.dru_status,
         (unsigned)result.iterations);
  return has_converged;
}

static void print_macros(const mho_self_test_t* report) {
  static const char* const kKinds[] = {"inv", "mvm", "ginv"};
  static const char* const kDefects[] = {"",          "hangs", "cells fail",        "unstable",
                                         "saturates", "wrong", "refused by the DRU"};
  for (uint32_t i = 0; i < report->bad_macros && i < MHO_REPORTED_MACROS; ++i) {
    const mho_bad_macro_t* const macro = &report->macros[i];
    printf("  %s%u: %s\n", kKinds[macro->kind], (unsigned)macro->index, kDefects[macro->defect]);
  }
}

static void print_report(const mho_self_test_t* report) {
  printf("self-test: %u of %u macros bad, %u channels tested, %u us, %u nJ\n", (unsigned)report->bad_macros,
         (unsigned)report->tested_macros, (unsigned)report->tested_channels,
         (unsigned)(report->time_ns / 1000), (unsigned)(report->energy_pj / 1000));
  print_macros(report);
  if (report->is_ring_broken) puts("  the ring does not work");
  if (report->is_interrupt_lost) puts("  the interrupt does not come");
  if (report->bad_adc_channels != 0)
    printf("  %u ADC channels bad, first: lane %u, channel %u\n", (unsigned)report->bad_adc_channels,
           (unsigned)report->first_bad_adc_lane, (unsigned)report->first_bad_adc_channel);
  if (report->bad_dac_channels != 0)
    printf("  %u DAC channels bad, first: bank %u, channel %u\n", (unsigned)report->bad_dac_channels,
           (unsigned)report->first_bad_dac_bank, (unsigned)report->first_bad_dac_channel);
}

int main(int argc, char** argv) {
  mho_device_config_t config = chip_configuration(ring, kRingEntries);
  config.hooks.wait_until = mho_nap_until;
  config.hooks.now_us = mho_time_us;
  config.share.avoided = &bad;  // the health map: empty until the test has filled it
  if (mho_device_init(&device, &config) != MHO_OK) return 2;
  if (!mho_interrupt_set_external_handler(MHO_DRU_IRQ, on_interrupt, &device)) return 2;
  (void)mho_interrupts_enable();
  diffusion_make(&diffusion, kUnknowns, 1, 0.3);
  const bool did_converge = solve("before");
  const mho_self_test_options_t options = {.inv_macros = argument(argc, argv, 1, 4),
                                           .mvm_macros = argument(argc, argv, 2, 24),
                                           .ginv_macros = argument(argc, argv, 3, 0),
                                           .workspace_address = mho_address(&config.memory, workspace),
                                           .time_limit_us = kTimeLimit_us,
                                           .job_id = kJobId,
                                           .interrupts = &interrupts};
  mho_self_test_t report;
  const mho_result_t result = mho_self_test(&device, &options, &bad, &report);
  if (result != MHO_OK) {
    printf("refused (%d)\n", (int)result);
    return 2;
  }
  print_report(&report);
  const bool has_found = report.bad_macros + report.bad_adc_channels + report.bad_dac_channels != 0;
  const bool does_converge = solve("after");
  return does_converge && (did_converge || has_found) ? 0 : 1;
}
