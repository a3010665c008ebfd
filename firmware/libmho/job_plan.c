// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What is planned for a job, and with which margins.
#include <string.h>

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
  const uint32_t mvm_macros = mho_share_macros(&run->device->config.share, MHO_MACRO_MVM, c->mvm_count);
  mho_plan_options_t o = {.leaf_size = leaf_size(run),
                          .tile_size = c->mvm_size,
                          .hp_rows = c->hp_rows,
                          .top_level = c->levels - 1u,
                          .block_digits = block_digits(c->levels, top_of_leaves(c->inv_levels, inv_slices)),
                          .digit_bits = c->digit_bits,
                          .splits_leaves = run->job->split_leaves != 0u,
                          .reorders_rows = run->job->reorder_rows != 0u,
                          .skips_given_order = mho_is_rectangular(run->job),
                          .max_slices = mvm_macros < MHO_DRU_MAX_SLICES ? mvm_macros : MHO_DRU_MAX_SLICES,
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
  if (rest < 2u || contexts < 2u || !run->solves_at_once || run->device->open_contexts != 0u) return 1u;
  return rest < contexts ? rest : contexts;
}

mho_result_t mho_run_compile(mho_run_t* run) {
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

// Chips without macros are refused when the plan is compiled.
static bool has_no_macros(const mho_device_t* device) {
  const mho_share_t* const share = &device->config.share;
  if (share->avoided == NULL) return false;
  return mho_share_macros(share, MHO_MACRO_INV, device->capabilities.inv_count) == 0u ||
         mho_share_macros(share, MHO_MACRO_MVM, device->capabilities.mvm_count) == 0u;
}

mho_result_t mho_run_load(mho_run_t* run) {
  const mho_device_t* const device = run->device;
  run->column_scale = NULL;
  run->arena.next = mho_pointer(&device->config.memory, run->job->workspace_address);
  run->arena.end = run->arena.next + run->job->workspace_bytes;
  run->plan.share = &device->config.share;
  // After a recovery the system is in the given order again.
  run->plan.rows = MHO_ROWS_GIVEN;
  run->plan.split_leaves = run->plan.refused_parts = 0;
  if (has_no_macros(device)) return MHO_TOO_FEW_MACROS;
  const mho_result_t result = mho_run_load_system(run);
  if (result != MHO_OK) {
    memset(&run->plan.system, 0, sizeof run->plan.system);  // nothing of it is worth reporting
  }
  return result;
}

mho_result_t mho_run_plan(mho_run_t* run) {
  run->plan.options = plan_options(run);
  mho_run_choose_circuit(run);
  return mho_schur_begin(run);
}

static int32_t next_margin(const mho_run_t* run) {
  const int32_t least = run->plan.options.leaf_options.least_margin;
  return least == 0 ? kFirstMargin : 2 * least;
}

// More margin for the circuits: a damped loop of a GINV macro, INV macros in its place where damping does not
// help or makes the inverse too rough, or leaves with a larger margin, by another order or by division.
// False: there is no more.
bool mho_run_take_more_margin(mho_run_t* run, mho_job_status_t status) {
  mho_plan_options_t* const o = &run->plan.options;
  if (o->uses_ginv) {
    if (status == MHO_JOB_STATUS_NOT_CONVERGED || !mho_run_damp_ginv(run)) o->uses_ginv = 0;
    return true;
  }
  mho_leaf_options_t* const leaf = &o->leaf_options;
  if (run->job->split_leaves == 0u || leaf->least_margin >= kMostMargin) return false;
  leaf->least_margin = next_margin(run);
  return true;
}

// Whether leaves that hardly settle are left. Their inverse may be worth nothing.
static bool has_narrow_leaves(const mho_run_t* run) {
  const int32_t margin = next_margin(run);
  if (margin > kMostMargin) return false;
  for (uint32_t i = 0; i < run->plan.leaf_count; ++i) {
    if (run->plan.leaves[i].margin < margin) return true;
  }
  return false;
}

// A circuit that settles by the plan does not on the chip, because the errors of its cells take more than its
// margin. It may also settle so close to where it would not that its outputs saturate, or that the method
// makes no way with its inverse. Plain refinement is the published method, which plans once.
bool mho_run_lacks_margin(const mho_run_t* run, mho_job_status_t status) {
  if (status == MHO_JOB_STATUS_UNSTABLE) return true;
  const bool has_stalled =
      status == MHO_JOB_STATUS_NOT_CONVERGED && run->result->iterations < run->job->max_iterations;
  if (run->plan.options.uses_ginv) return status == MHO_JOB_STATUS_SATURATED || has_stalled;
  return has_stalled && run->job->method != MHO_JOB_METHOD_REFINE && has_narrow_leaves(run);
}
