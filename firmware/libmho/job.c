// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/job.h"

#include <string.h>

#include "firmware/libmho/calibrate.h"
#include "firmware/libmho/crc.h"
#include "firmware/libmho/job_run.h"
#include "firmware/libmho/job_schur.h"

// Margins asked for after a leaf was unstable on the chip, each twice the last: 2^-7 and 2^-6 (A). Twice and
// four times the least that the plan calls stable; half of the leaves of random matrices have the latter as
// it is.
enum { kFirstMargin = 1 << 9, kMostMargin = 1 << 10 };

static uint32_t leaf_size(const mho_run_t* run) {
  const uint32_t macro = run->device->capabilities.inv_size;
  const uint32_t wanted = run->job->leaf_size == 0u ? macro : run->job->leaf_size;
  return wanted < MHO_LEAF_MAX ? wanted : MHO_LEAF_MAX;
}

// Plain refinement is the published method: its inverse is that of the top slice.
static uint32_t slices_in_use(const mho_run_t* run) {
  if (run->job->inv_slices != 0u) return run->job->inv_slices;
  return run->job->method == MHO_JOB_METHOD_REFINE ? 1u : run->device->capabilities.inv_slices;
}

// Two slices hold L² − 1, but then the largest entries leave the lower cells no room to make up for errors of
// the upper ones: up to L(L − 1) + L/2 no lower level exceeds L/2.
static uint32_t top_of_leaves(uint32_t levels, uint32_t slices) {
  return slices == 2u ? levels * (levels - 1u) + levels / 2u : levels - 1u;
}

// Digits in base `levels` that resolve what the leaves do.
static uint32_t block_digits(uint32_t levels, uint32_t top_of_leaves) {
  uint32_t digits = 1u;
  for (uint32_t reach = levels; reach <= top_of_leaves; reach *= levels) ++digits;
  return digits;
}

static mho_plan_options_t plan_options(mho_run_t* run) {
  const mho_dru_capabilities_t* const c = &run->device->capabilities;
  const uint32_t inv_slices = slices_in_use(run);
  mho_plan_options_t o = {.leaf_size = leaf_size(run),
                          .tile_size = c->mvm_size,
                          .hp_rows = c->hp_rows,
                          .top_level = c->levels - 1u,
                          .block_digits = block_digits(c->levels, top_of_leaves(c->inv_levels, inv_slices)),
                          .digit_bits = c->digit_bits,
                          .splits_leaves = run->job->split_leaves != 0u,
                          .reorders_rows = run->job->reorder_rows != 0u,
                          .skips_given_order = mho_is_rectangular(run->job),
                          .max_slices = c->mvm_count < MHO_DRU_MAX_SLICES ? c->mvm_count : MHO_DRU_MAX_SLICES,
                          .inv_slices = inv_slices};
  mho_schur_choose(run, &o);
  o.leaf_options.top_level = top_of_leaves(c->inv_levels, inv_slices);
  o.leaf_options.margin = (int32_t)run->job->stability_margin;
  o.leaf_options.conductances =
      (mho_conductances_t){.g_min_ps = c->g_min_ps,
                           .g_step_ps = c->g_step_ps,
                           .g_in_ps = c->g_in_ps,
                           .columns = c->inv_size,
                           .weight_levels = inv_slices == 2u ? c->inv_levels : 0u,
                           .level_values = c->inv_is_uneven != 0u ? c->inv_level_values : NULL,
                           .diagonal_cells = c->inv_diagonal_cells};
  return o;
}

// The first right-hand side is solved alone.
static uint32_t parallel_solves(const mho_run_t* run) {
  const uint32_t contexts = run->device->config.contexts_base == 0u ? 1u : run->device->capabilities.contexts;
  const uint32_t rest = run->job->rhs_count - 1u;
  if (rest < 2u || contexts < 2u) return 1u;
  return rest < contexts ? rest : contexts;
}

static mho_result_t compile(mho_run_t* run) {
  const mho_dru_capabilities_t* const c = &run->device->capabilities;
  const mho_compile_options_t options = {
      .memory = run->device->config.memory,
      .inv_count = c->inv_count,
      .mvm_count = c->mvm_count,
      .ginv_count = c->ginv_count,
      .sram_words = c->sram_words,
      .method = (mho_job_method_t)run->job->method,
      .restart = run->job->restart == 0u ? MHO_MAX_DIRECTIONS : run->job->restart,
      .tolerance_bits = run->job->tolerance_bits,
      .repeats = run->job->rhs_count > 1u,
      .max_iterations = run->job->max_iterations,
      .parallel = parallel_solves(run)};
  const mho_result_t result = mho_compile(&run->program, &run->plan, &options, &run->arena);
  return result == MHO_OK ? mho_unknowns_prepare(run) : result;
}

static mho_result_t make_plan(mho_run_t* run) {
  mho_result_t result = mho_run_load_system(run);
  if (result != MHO_OK) {
    memset(&run->plan.system, 0, sizeof run->plan.system);  // nothing of it is worth reporting
    return result;
  }
  run->plan.options = plan_options(run);
  mho_run_choose_circuit(run);
  result = mho_schur_plan(run);
  return result == MHO_OK ? compile(run) : result;
}

// The amplifiers of the macros that the program writes, and all converters.
static mho_result_t calibrate(mho_run_t* run) {
  if (run->job->calibrate == 0u) return MHO_OK;
  const uint32_t mvm_macros =
      run->program.programmed_macros - run->program.inv_macros - run->program.ginv_macros;
  const mho_calibration_options_t options = {.inv_macros = run->program.inv_macros,
                                             .mvm_macros = mvm_macros,
                                             .ginv_macros = run->program.ginv_macros,
                                             .repeats = MHO_CALIBRATION_REPEATS,
                                             .job_id = MHO_LIST_CALIBRATE};
  mho_calibration_t calibration;
  const mho_result_t result = mho_calibrate(run->device, &options, &calibration);
  mho_calibration_report(&calibration, run->result);
  return result;
}

static mho_job_status_t answer_zero(mho_run_t* run) {
  const uint32_t bytes = run->plan.system.low_bits == 0u ? sizeof(int32_t) : sizeof(int64_t);
  void* const x = mho_arena_take(&run->arena, mho_rows(run->job), bytes);
  if (x == NULL) return MHO_JOB_STATUS_TOO_LARGE;
  run->result->x_address = mho_address(&run->device->config.memory, x);
  mho_run_protect_x(run);
  run->result->flags |= MHO_JOB_RESULT_VERIFIED;
  return MHO_JOB_STATUS_CONVERGED;
}

static bool is_zero(const int32_t* v, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    if (v[i] != 0) return false;
  }
  return true;
}

static mho_result_t prepare(mho_run_t* run) {
  mho_result_t result = mho_job_check(run->device, run->job, run->result);
  if (result != MHO_OK) return result;
  if (!mho_job_data_is_intact(&run->device->config.memory, run->job)) return MHO_CORRUPT;
  do {
    run->column_scale = NULL;
    run->arena.next = mho_pointer(&run->device->config.memory, run->job->workspace_address);
    run->arena.end = run->arena.next + run->job->workspace_bytes;
    result = make_plan(run);
  } while (result != MHO_OK && mho_run_recover(run));
  if (result == MHO_UNSTABLE) run->result->flags |= MHO_JOB_RESULT_UNSTABLE;
  return result;
}

static mho_result_t program(mho_run_t* run) {
  mho_set_phase(run->device, MHO_PHASE_PROGRAM);
  const mho_result_t result = calibrate(run);
  if (result != MHO_OK) return result;
  return mho_run_list(run, run->program.program, run->program.program_commands, MHO_LIST_PROGRAM,
                      run->job->watchdog_us);
}

// More margin for the circuits: a damped loop of a GINV macro, INV macros in its place where damping does not
// help or makes the inverse too rough, or leaves with a larger margin, by another order or by division.
// False: there is no more.
static bool take_more_margin(mho_run_t* run, mho_job_status_t status) {
  mho_plan_options_t* const o = &run->plan.options;
  if (o->uses_ginv) {
    if (status == MHO_JOB_STATUS_NOT_CONVERGED || !mho_run_damp_ginv(run)) o->uses_ginv = 0;
    return true;
  }
  mho_leaf_options_t* const leaf = &o->leaf_options;
  if (run->job->split_leaves == 0u || leaf->least_margin >= kMostMargin) return false;
  leaf->least_margin = leaf->least_margin == 0 ? kFirstMargin : 2 * leaf->least_margin;
  return true;
}

// A circuit that settles by the plan does not on the chip, because the errors of its cells take more than its
// margin. A GINV macro may also settle so close to where it would not that its outputs saturate, or that the
// method makes no way with its inverse.
static bool lacks_margin(const mho_run_t* run, mho_job_status_t status) {
  if (status == MHO_JOB_STATUS_UNSTABLE || !run->plan.options.uses_ginv)
    return status == MHO_JOB_STATUS_UNSTABLE;
  const bool has_stalled =
      status == MHO_JOB_STATUS_NOT_CONVERGED && run->result->iterations < run->job->max_iterations;
  return status == MHO_JOB_STATUS_SATURATED || has_stalled;
}

// What earlier plans and answers hold stays in the workspace.
static bool plan_with_more_margin(mho_run_t* run, mho_job_status_t status) {
  if (run->has_answers || !take_more_margin(run, status)) return false;
  mho_set_phase(run->device, MHO_PHASE_PLAN);
  run->has_no_plan = mho_schur_plan(run) != MHO_OK || compile(run) != MHO_OK;
  return !run->has_no_plan;
}

bool mho_run_answers_zero(mho_run_t* run, mho_job_status_t* status) {
  if (!is_zero(run->plan.system.b, mho_rows(run->job))) return false;
  *status = answer_zero(run);
  return true;
}

// The system's right-hand side is in plan.system.b. The macros are programmed for the first that needs them.
static mho_job_status_t answer(mho_run_t* run, bool* is_programmed) {
  mho_job_status_t zero = MHO_JOB_STATUS_NOT_RUN;
  if (mho_run_answers_zero(run, &zero)) return zero;
  for (;;) {
    if (!*is_programmed) {
      const mho_result_t result = program(run);
      mho_set_phase(run->device, MHO_PHASE_VERIFY);
      if (result != MHO_OK && mho_run_recover(run)) continue;
      if (result != MHO_OK) return mho_status_of(run, result);
      *is_programmed = true;
    }
    const mho_job_status_t status = mho_run_finish(run, mho_run_start(run));
    if (status == MHO_JOB_STATUS_DEVICE_ERROR && mho_run_recover(run)) {
      *is_programmed = false;
      continue;
    }
    if (!lacks_margin(run, status) || !plan_with_more_margin(run, status)) return status;
    *is_programmed = false;
  }
}

static void finish(mho_run_t* run, mho_job_status_t status) {
  mho_set_phase(run->device, MHO_PHASE_VERIFY);
  mho_report(run);
  run->result->recoveries = run->recoveries;
  run->result->status = (uint32_t)status;
}

void mho_run_begin_result(mho_run_t* run, mho_job_result_t* result) {
  memset(result, 0, sizeof *result);
  run->result = result;
  result->n = mho_rows(run->job);
}

// The first right-hand side was loaded with the matrix.
static mho_job_status_t answer_next(mho_run_t* run, uint32_t k, bool* is_programmed) {
  if (run->has_no_plan) return MHO_JOB_STATUS_UNSTABLE;
  if (k > 0u) {
    const mho_result_t loaded = mho_run_load_rhs(run, k);
    if (loaded != MHO_OK) return mho_status_of(run, loaded);
  }
  return answer(run, is_programmed);
}

bool mho_run_end_result(mho_run_t* run, uint32_t k, mho_job_status_t status) {
  finish(run, status);
  if (run->result->x_address == 0u) run->answer_crc = run->scale_crc;
  run->result->answer_crc = run->answer_crc;
  run->has_answers = true;
  if (k + 1u < run->job->rhs_count && mho_run_keep_answer(run) != MHO_OK) status = MHO_JOB_STATUS_TOO_LARGE;
  run->result->status = (uint32_t)status;
  return status == MHO_JOB_STATUS_CONVERGED;
}

// One by one until an answer has shown that the plan holds on the chip.
static bool answer_all(mho_run_t* run, mho_job_result_t* results) {
  bool is_programmed = false, has_converged = true;
  for (uint32_t k = 0; k < run->job->rhs_count; ++k) {
    if (is_programmed && run->program.parallel > 1u) return mho_run_batch(run, results, k) && has_converged;
    mho_run_begin_result(run, &results[k]);
    const mho_job_status_t status = answer_next(run, k, &is_programmed);
    has_converged = mho_run_end_result(run, k, status) && has_converged;
  }
  return has_converged;
}

bool mho_job_run(mho_device_t* device, const mho_job_block_t* job, mho_job_result_t* results) {
  mho_run_t run;
  memset(&run, 0, sizeof run);
  run.device = run.context = device;
  run.job = job;
  mho_run_begin_result(&run, results);
  mho_set_phase(device, MHO_PHASE_PLAN);
  const mho_result_t prepared = prepare(&run);
  bool has_converged = false;
  if (prepared == MHO_OK) {
    has_converged = answer_all(&run, results);
  } else {
    finish(&run, mho_status_of(&run, prepared));
    results->answer_crc = run.column_scale == NULL ? MHO_CRC_START : run.scale_crc;
  }
  const uint32_t count = prepared == MHO_OK ? job->rhs_count : 1u;
  // Data that changed while they were read may have led to the right answer to another system.
  if (prepared == MHO_OK && !mho_job_data_is_intact(&device->config.memory, job)) {
    has_converged = false;
    for (uint32_t k = 0; k < count; ++k) results[k].status = MHO_JOB_STATUS_CORRUPT;
  }
  for (uint32_t k = count; k-- > 0u;) mho_run_publish(&results[k]);
  return has_converged;
}
