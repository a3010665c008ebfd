// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/self_test.h"

#include <string.h>

#include "firmware/libmho/calibrate.h"
#include "firmware/libmho/command.h"
#include "firmware/libmho/list_timeout.h"
#include "firmware/libmho/self_test_trial.h"

enum { kLooks = 100 };  // at the clock, microseconds in all

typedef struct {
  mho_device_t* device;
  const mho_self_test_options_t* options;
  mho_macro_set_t* bad;
  mho_self_test_t* report;
  bool has_good_converters;
  mho_dru_command_t* list;
  mho_dru_tile_t* tiles;
} tester_t;

// --- lists

// @param[out] status  NOT_RUN: it did not end in time
static mho_result_t run_list(tester_t* t, uint32_t count, mho_dru_status_t* status) {
  mho_ticket_t ticket;
  mho_completion_t completion;
  const uint32_t limit_us = t->options->time_limit_us;
  mho_result_t result = mho_submit(t->device, t->list, count, t->options->job_id, limit_us, &ticket);
  if (result != MHO_OK) return MHO_NO_DEVICE;
  result = mho_wait(t->device, ticket, mho_list_timeout_us(limit_us), &completion);
  *status = result == MHO_OK ? completion.status : MHO_DRU_STATUS_NOT_RUN;
  return MHO_OK;
}

static mho_result_t reset(tester_t* t) {
  const mho_device_config_t config = t->device->config;
  return mho_device_init(t->device, &config);
}

static mho_result_t test_ring(tester_t* t) {
  const volatile uint32_t* const interrupts = t->options->interrupts;
  const uint32_t before = interrupts == NULL ? 0u : *interrupts;
  uint32_t count = 0;
  mho_dru_status_t status = MHO_DRU_STATUS_NOT_RUN;
  (void)mho_command_append(t->list, &count, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  const mho_result_t result = run_list(t, count, &status);
  if (result != MHO_OK) return result;
  t->report->is_ring_broken = status != MHO_DRU_STATUS_OK;
  // The completion is in memory before the line rises.
  for (uint32_t look = 0; interrupts != NULL && *interrupts == before && look < kLooks; ++look)
    (void)mho_time_ns(t->device);
  t->report->is_interrupt_lost = interrupts != NULL && *interrupts == before;
  return MHO_OK;
}

// --- one macro

static mho_defect_t defect_of(mho_dru_status_t status) {
  switch (status) {
    case MHO_DRU_STATUS_NOT_RUN:
    case MHO_DRU_STATUS_WATCHDOG:
      return MHO_DEFECT_HANGS;
    case MHO_DRU_STATUS_PROGRAM_FAILED:
      return MHO_DEFECT_CELLS;
    case MHO_DRU_STATUS_UNSTABLE:
      return MHO_DEFECT_UNSTABLE;
    case MHO_DRU_STATUS_SATURATED:
      return MHO_DEFECT_SATURATES;
    case MHO_DRU_STATUS_WRONG_READ:
      return MHO_DEFECT_WRONG;
    default:
      return MHO_DEFECT_REFUSED;
  }
}

static mho_result_t note(tester_t* t, const mho_trial_t* trial, uint32_t macro, mho_defect_t defect,
                         mho_dru_status_t status) {
  mho_self_test_t* const report = t->report;
  if (report->bad_macros < MHO_REPORTED_MACROS) {
    report->macros[report->bad_macros] =
        (mho_bad_macro_t){.kind = trial->kind, .index = macro, .defect = defect, .dru_status = status};
  }
  ++report->bad_macros;
  return mho_macro_set_add(t->bad, trial->kind, macro, 1u);
}

static mho_result_t test_macro(tester_t* t, const mho_trial_t* trial, uint32_t macro) {
  mho_dru_status_t status = MHO_DRU_STATUS_NOT_RUN;
  const uint32_t count = mho_trial_write(trial, t->list, t->tiles, macro, t->has_good_converters);
  ++t->report->tested_macros;
  const mho_result_t result = run_list(t, count, &status);
  if (result != MHO_OK) return result;
  if (status != MHO_DRU_STATUS_OK) {
    const mho_result_t noted = note(t, trial, macro, defect_of(status), status);
    // Slots hold what the list has left in them, and a list that got stuck is still there.
    return noted == MHO_OK ? reset(t) : noted;
  }
  if (!t->has_good_converters || mho_trial_is_right(trial)) return MHO_OK;
  return note(t, trial, macro, MHO_DEFECT_WRONG, status);
}

static mho_result_t test_kind(tester_t* t, mho_macro_kind_t kind, uint32_t macros, mho_arena_t arena) {
  if (macros == 0u) return MHO_OK;
  mho_trial_t trial;
  mho_result_t result = mho_trial_make(&trial, t->device, kind, &arena);
  for (uint32_t i = 0; result == MHO_OK && i < macros; ++i) {
    if (!mho_macro_set_has(t->bad, kind, i)) result = test_macro(t, &trial, i);
  }
  return result;
}

// --- all of it

static mho_result_t take_memory(tester_t* t, mho_arena_t* arena) {
  t->list = mho_arena_take(arena, MHO_TRIAL_COMMANDS, sizeof *t->list);
  t->tiles = mho_arena_take(arena, MHO_TRIAL_COMMANDS, sizeof *t->tiles);
  return t->tiles == NULL ? MHO_NO_MEMORY : MHO_OK;
}

static mho_result_t run_steps(tester_t* t, mho_arena_t arena) {
  mho_result_t result = test_ring(t);
  if (result != MHO_OK || t->report->is_ring_broken) return result;
  t->report->has_no_converters = !mho_can_calibrate(t->device);
  if (!t->report->has_no_converters) result = mho_self_test_converters(t->device, t->report);
  t->has_good_converters = t->report->bad_adc_channels == 0u && t->report->bad_dac_channels == 0u;
  if (result == MHO_OK) result = test_kind(t, MHO_MACRO_INV, t->options->inv_macros, arena);
  if (result == MHO_OK) result = test_kind(t, MHO_MACRO_MVM, t->options->mvm_macros, arena);
  return result == MHO_OK ? test_kind(t, MHO_MACRO_GINV, t->options->ginv_macros, arena) : result;
}

mho_result_t mho_self_test(mho_device_t* device, const mho_self_test_options_t* options, mho_macro_set_t* bad,
                           mho_self_test_t* report) {
  memset(report, 0, sizeof *report);
  const mho_dru_capabilities_t* const c = &device->capabilities;
  if (options->inv_macros > c->inv_count || options->mvm_macros > c->mvm_count ||
      options->ginv_macros > c->ginv_count || options->time_limit_us == 0u || options->job_id == 0u ||
      options->workspace_address % 64u != 0u || device->config.is_context || device->open_contexts != 0u ||
      !mho_memory_holds(&device->config.memory, options->workspace_address, MHO_SELF_TEST_BYTES)) {
    return MHO_BAD_ARGUMENT;
  }
  uint8_t* const first = mho_pointer(&device->config.memory, options->workspace_address);
  mho_arena_t arena = {first, first + MHO_SELF_TEST_BYTES};
  tester_t t = {.device = device, .options = options, .bad = bad, .report = report};
  mho_result_t result = take_memory(&t, &arena);
  const uint64_t start_ns = mho_time_ns(device), start_pj = mho_energy_pj(device);
  // A list that got stuck before would be in the way.
  if (result == MHO_OK) result = reset(&t);
  if (result == MHO_OK) result = run_steps(&t, arena);
  report->time_ns = mho_time_ns(device) - start_ns;
  report->energy_pj = mho_energy_pj(device) - start_pj;
  return result;
}
