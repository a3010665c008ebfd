// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/job.h"

#include <string.h>

#include "firmware/libmho/calibrate.h"
#include "firmware/libmho/compile.h"
#include "firmware/libmho/factors.h"
#include "firmware/libmho/plan.h"
#include "firmware/libmho/verify.h"

// Job ids of the lists, which the ledger charges.
enum { kJobPlan = 1, kJobProgram = 2, kJobSolve = 3, kJobCalibrate = 4 };

typedef struct {
  mho_device_t* device;
  const mho_job_block_t* job;
  mho_job_result_t* result;
  mho_arena_t arena;
  mho_plan_t plan;
  mho_program_t program;
  mho_completion_t completion;
} run_t;

static mho_job_status_t status_of(mho_result_t result) {
  switch (result) {
    case MHO_OK:
      return MHO_JOB_STATUS_NOT_RUN;
    case MHO_BAD_ARGUMENT:
      return MHO_JOB_STATUS_BAD_JOB;
    case MHO_NO_MEMORY:
      return MHO_JOB_STATUS_TOO_LARGE;
    case MHO_SINGULAR:
      return MHO_JOB_STATUS_SINGULAR;
    case MHO_UNSTABLE:
      return MHO_JOB_STATUS_UNSTABLE;
    case MHO_OVERFLOW:
      return MHO_JOB_STATUS_OVERFLOW;
    case MHO_BUSY:
    case MHO_TIMED_OUT:
    case MHO_NO_DEVICE:
    case MHO_JOB_FAILED:
      break;
  }
  return MHO_JOB_STATUS_DEVICE_ERROR;
}

static mho_result_t run_list(run_t* run, const mho_dru_command_t* list, uint32_t commands, uint32_t job_id,
                             uint32_t watchdog_us) {
  mho_ticket_t ticket;
  mho_result_t result = mho_submit(run->device, list, commands, job_id, watchdog_us, &ticket);
  if (result == MHO_OK) result = mho_wait(run->device, ticket, 0u, &run->completion);
  if (result != MHO_OK) return result;
  run->result->dru_status = (uint32_t)run->completion.status;
  if (run->completion.has_clipped) run->result->flags |= MHO_JOB_RESULT_CLIPPED;
  if (run->completion.has_saturated) run->result->flags |= MHO_JOB_RESULT_SATURATED;
  const mho_dru_status_t status = run->completion.status;
  return status == MHO_DRU_STATUS_OK || status == MHO_DRU_STATUS_STOPPED ? MHO_OK : MHO_JOB_FAILED;
}

static mho_job_status_t name_wrong_tile(run_t* run, uint32_t index) {
  if (index < run->plan.tile_count) {
    const mho_tile_t* const tile = &run->plan.tiles[index];
    run->result->fault_block_start = tile->row;
    run->result->fault_block_size = tile->rows;
    run->result->fault_block_column = tile->column;
    run->result->fault_block_columns = tile->columns;
  }
  return MHO_JOB_STATUS_WRONG_READ;
}

static mho_job_status_t status_of_failure(run_t* run) {
  const uint32_t tile = run->completion.fault_detail;
  switch (run->completion.status) {
    case MHO_DRU_STATUS_UNSTABLE:
      run->result->flags |= MHO_JOB_RESULT_UNSTABLE;
      break;
    case MHO_DRU_STATUS_SATURATED:
      run->result->flags |= MHO_JOB_RESULT_SATURATED;
      break;
    case MHO_DRU_STATUS_OVERFLOW:
      return MHO_JOB_STATUS_OVERFLOW;
    case MHO_DRU_STATUS_OUT_OF_SRAM:
      return MHO_JOB_STATUS_TOO_LARGE;
    case MHO_DRU_STATUS_WRONG_READ:
      return name_wrong_tile(run, tile);
    default:
      return MHO_JOB_STATUS_DEVICE_ERROR;
  }
  for (uint32_t i = 0; i < run->plan.leaf_count; ++i) {
    const mho_leaf_t* const leaf = &run->plan.leaves[i];
    if (leaf->tile != tile) continue;
    run->result->fault_block_start = leaf->start;
    run->result->fault_block_size = leaf->size;
  }
  return run->completion.status == MHO_DRU_STATUS_UNSTABLE ? MHO_JOB_STATUS_UNSTABLE
                                                           : MHO_JOB_STATUS_SATURATED;
}

// The DRU as the unit that forms Schur complements: one command per elimination step.
static mho_result_t rank_update_by_dru(void* context, const mho_rank_update_t* u) {
  run_t* const run = context;
  const mho_memory_t* const memory = &run->device->config.memory;
  mho_arena_t scratch = run->arena;
  mho_dru_command_t* const list = mho_arena_take(&scratch, 2u, sizeof *list);
  mho_dru_rank_update_t* const out = mho_arena_take(&scratch, 1u, sizeof *out);
  if (list == NULL || out == NULL) return MHO_NO_MEMORY;
  const uint32_t stride = u->stride * (uint32_t)sizeof(int32_t);
  *out = (mho_dru_rank_update_t){.c_address = mho_address(memory, u->c),
                                 .c_stride = stride,
                                 .a_address = mho_address(memory, u->a),
                                 .a_stride = stride,
                                 .w_address = mho_address(memory, u->w),
                                 .w_stride = stride,
                                 .rows = u->rows,
                                 .columns = u->columns,
                                 .depth = u->depth,
                                 .shift = u->shift};
  list[0].opcode = MHO_DRU_OPCODE_RANK_UPDATE;
  list[0].arg[0] = mho_address(memory, out);
  list[1].opcode = MHO_DRU_OPCODE_END;
  const mho_result_t result = run_list(run, list, 2u, kJobPlan, 0u);
  if (result == MHO_JOB_FAILED && run->completion.status == MHO_DRU_STATUS_OVERFLOW) return MHO_OVERFLOW;
  return result;
}

static uint32_t leaf_size(const run_t* run) {
  const uint32_t macro = run->device->capabilities.inv_size;
  const uint32_t wanted = run->job->leaf_size == 0u ? macro : run->job->leaf_size;
  return wanted < MHO_LEAF_MAX ? wanted : MHO_LEAF_MAX;
}

// Plain refinement is the published method: its inverse is that of the top slice.
static uint32_t slices_in_use(const run_t* run) {
  if (run->job->inv_slices != 0u) return run->job->inv_slices;
  return run->job->method == MHO_JOB_METHOD_REFINE ? 1u : run->device->capabilities.inv_slices;
}

// Two slices hold L² − 1, but then the largest entries leave the lower cells no room to make up for errors of
// the upper ones: up to L(L − 1) + L/2 no lower level exceeds L/2.
static uint32_t top_of_leaves(uint32_t levels, uint32_t slices) {
  return slices == 2u ? levels * (levels - 1u) + levels / 2u : levels - 1u;
}

static mho_plan_options_t plan_options(run_t* run) {
  const mho_dru_capabilities_t* const c = &run->device->capabilities;
  const uint32_t inv_slices = slices_in_use(run);
  const bool on_cpu = run->job->schur_unit == MHO_JOB_UNIT_CPU;
  mho_plan_options_t o = {.leaf_size = leaf_size(run),
                          .tile_size = c->mvm_size,
                          .hp_rows = c->hp_rows,
                          .top_level = c->levels - 1u,
                          .block_digits = inv_slices,
                          .splits_leaves = run->job->split_leaves != 0u,
                          .max_slices = c->mvm_count < MHO_DRU_MAX_SLICES ? c->mvm_count : MHO_DRU_MAX_SLICES,
                          .inv_slices = inv_slices,
                          .updater = on_cpu ? mho_rank_update_cpu : rank_update_by_dru,
                          .updater_context = on_cpu ? (void*)&run->plan : (void*)run};
  o.leaf_options.top_level = top_of_leaves(c->inv_levels, inv_slices);
  o.leaf_options.margin = (int32_t)run->job->stability_margin;
  o.leaf_options.conductances =
      (mho_conductances_t){.g_min_ps = c->g_min_ps,
                           .g_step_ps = c->g_step_ps,
                           .g_in_ps = c->g_in_ps,
                           .columns = c->inv_size,
                           .weight_levels = inv_slices == 2u ? c->inv_levels : 0u,
                           .level_values = c->inv_is_uneven != 0u ? c->inv_level_values : NULL};
  return o;
}

static mho_result_t load_system(run_t* run) {
  const mho_memory_t* const memory = &run->device->config.memory;
  const mho_job_block_t* const job = run->job;
  const mho_sparse_system_t source = {.n = job->n,
                                      .row_start = mho_pointer(memory, job->row_start_address),
                                      .column = mho_pointer(memory, job->column_address),
                                      .value = mho_pointer(memory, job->value_address),
                                      .rhs = mho_pointer(memory, job->rhs_address)};
  if (source.row_start[job->n] != job->nonzeros) return MHO_BAD_ARGUMENT;
  return mho_system_load(&run->plan.system, &source, job->bits, &run->arena);
}

static mho_result_t make_plan(run_t* run) {
  mho_result_t result = load_system(run);
  if (result != MHO_OK) {
    memset(&run->plan.system, 0, sizeof run->plan.system);  // nothing of it is worth reporting
    return result;
  }
  run->plan.options = plan_options(run);
  result = mho_plan_make(&run->plan, &run->arena);
  if (result != MHO_OK) return result;
  const mho_dru_capabilities_t* const c = &run->device->capabilities;
  const mho_compile_options_t options = {
      .memory = run->device->config.memory,
      .inv_count = c->inv_count,
      .mvm_count = c->mvm_count,
      .sram_words = c->sram_words,
      .method = (mho_job_method_t)run->job->method,
      .restart = run->job->restart == 0u ? MHO_MAX_DIRECTIONS : run->job->restart,
      .tolerance_bits = run->job->tolerance_bits,
      .max_iterations = run->job->max_iterations};
  return mho_compile(&run->program, &run->plan, &options, &run->arena);
}

// The amplifiers of the macros that the program writes, and all converters.
static mho_result_t calibrate(run_t* run) {
  if (run->job->calibrate == 0u) return MHO_OK;
  const uint32_t mvm_macros = run->program.programmed_macros - run->program.inv_macros;
  const mho_calibration_options_t options = {.inv_macros = run->program.inv_macros,
                                             .mvm_macros = mvm_macros,
                                             .repeats = MHO_CALIBRATION_REPEATS,
                                             .job_id = kJobCalibrate};
  mho_calibration_t calibration;
  const mho_result_t result = mho_calibrate(run->device, &options, &calibration);
  mho_calibration_report(&calibration, run->result);
  return result;
}

static void report_x(run_t* run) {
  const mho_memory_t* const memory = &run->device->config.memory;
  mho_dru_vector_t* const settled = run->program.x_settled;
  mho_dru_vector_t* const rest = run->program.x;
  const bool has_parts = settled->length != 0u;
  run->result->x_exponent = has_parts ? settled->exponent : rest->exponent;
  run->result->x_address = mho_address(memory, mho_vector_words(has_parts ? settled : rest));
  if (!has_parts) return;
  run->result->x_low_exponent = rest->exponent;
  run->result->x_low_address = mho_address(memory, mho_vector_words(rest));
}

// ‖x‖² in the user's scaling.
static mho_real_t x_norm2(const run_t* run) {
  return mho_real_from(run->program.x_norm2->mantissa, run->program.x_norm2->exponent);
}

static mho_job_status_t solve(run_t* run) {
  const mho_device_t* const device = run->device;
  mho_set_phase(device, MHO_PHASE_PROGRAM);
  mho_result_t result = calibrate(run);
  if (result == MHO_OK) {
    result = run_list(run, run->program.program, run->program.program_commands, kJobProgram,
                      run->job->watchdog_us);
  }
  if (result == MHO_OK) {
    mho_set_phase(device, MHO_PHASE_SOLVE);
    result = run_list(run, run->program.solve, run->program.solve_commands, kJobSolve, run->job->watchdog_us);
    run->result->iterations = run->completion.iterations;
    if (result == MHO_OK && run->completion.end_code != MHO_END_LIMIT) ++run->result->iterations;
  }
  mho_set_phase(device, MHO_PHASE_VERIFY);
  if (result == MHO_JOB_FAILED) return status_of_failure(run);
  if (result != MHO_OK) return status_of(result);
  report_x(run);
  const bool is_done = run->completion.end_code == MHO_END_CONVERGED &&
                       mho_is_x_resolved(&run->plan.system, run->program.x,
                                         run->program.x_settled->length != 0u ? run->program.rest_rhs : NULL,
                                         x_norm2(run), run->job->tolerance_bits);
  if (is_done) return MHO_JOB_STATUS_CONVERGED;
  // A residual read by saturated amplifiers converges to nothing: name the cause rather than the effect.
  return run->completion.has_saturated ? MHO_JOB_STATUS_SATURATED : MHO_JOB_STATUS_NOT_CONVERGED;
}

static mho_job_status_t verify(run_t* run) {
  mho_verification_t verification;
  mho_result_t result = mho_verify(&verification, &run->plan.system, run->program.x_settled, run->program.x,
                                   run->program.residual, run->arena);
  if (result != MHO_OK) return status_of(result);
  run->plan.digital_ops += verification.multiply_adds;
  run->result->verified_norm2_mantissa = verification.norm2.mantissa;
  run->result->verified_norm2_exponent = verification.norm2.exponent;
  if (!verification.agrees) return MHO_JOB_STATUS_WRONG_RESIDUAL;
  mho_real_t error_norm2;
  result = mho_error_norm2(&error_norm2, &run->plan, run->program.residual, run->arena);
  if (result != MHO_OK) return status_of(result);
  run->plan.digital_ops += (uint64_t)run->job->n * run->job->n;
  run->result->error_norm2_mantissa = error_norm2.mantissa;
  run->result->error_norm2_exponent = error_norm2.exponent;
  const mho_real_t limit =
      mho_real_mul(x_norm2(run), mho_real_from(1, -2 * (int32_t)run->job->tolerance_bits));
  if (mho_real_compare(error_norm2, limit) > 0) return MHO_JOB_STATUS_NOT_CONVERGED;
  run->result->flags |= MHO_JOB_RESULT_VERIFIED;
  return MHO_JOB_STATUS_CONVERGED;
}

// b = 0 needs no hardware: x = 0 is exact.
static mho_job_status_t answer_zero(run_t* run) {
  int32_t* const x = mho_arena_take(&run->arena, run->job->n, sizeof(int32_t));
  if (x == NULL) return MHO_JOB_STATUS_TOO_LARGE;
  run->result->x_address = mho_address(&run->device->config.memory, x);
  run->result->flags |= MHO_JOB_RESULT_VERIFIED;
  return MHO_JOB_STATUS_CONVERGED;
}

static bool is_zero(const int32_t* v, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    if (v[i] != 0) return false;
  }
  return true;
}

static mho_job_status_t run_phases(run_t* run) {
  mho_result_t result = mho_job_check(run->device, run->job, run->result);
  if (result != MHO_OK) return status_of(result);
  run->arena.next = mho_pointer(&run->device->config.memory, run->job->workspace_address);
  run->arena.end = run->arena.next + run->job->workspace_bytes;
  result = make_plan(run);
  if (result == MHO_UNSTABLE) run->result->flags |= MHO_JOB_RESULT_UNSTABLE;
  if (result == MHO_JOB_FAILED) return status_of_failure(run);
  if (result != MHO_OK) return status_of(result);
  if (is_zero(run->plan.system.b, run->job->n)) return answer_zero(run);
  const mho_job_status_t status = solve(run);
  return status == MHO_JOB_STATUS_CONVERGED && run->job->verify != 0u ? verify(run) : status;
}

static uint32_t address_or_zero(const run_t* run, const void* pointer) {
  return pointer == NULL ? 0u : mho_address(&run->device->config.memory, pointer);
}

static void report_system(run_t* run) {
  const mho_system_t* const s = &run->plan.system;
  mho_job_result_t* const r = run->result;
  r->row_scale_address = address_or_zero(run, s->row_scale);
  r->column_scale_address = address_or_zero(run, s->column_scale);
  r->a_address = address_or_zero(run, s->a);
  r->a_exponent = s->a_exponent;
  r->b_address = address_or_zero(run, s->b);
  r->b_exponent = s->b_exponent;
  r->stretch = (uint32_t)mho_real_to_int(s->stretch, -30);
}

static void report_plan(run_t* run) {
  const mho_plan_t* const plan = &run->plan;
  mho_job_result_t* const r = run->result;
  r->inv_slices = plan->options.inv_slices;
  r->leaves = plan->leaf_count;
  r->tiles = plan->tile_count - plan->leaf_count;
  r->unstable_leaves = plan->unstable_leaves;
  r->split_leaves = plan->split_leaves;
  r->digital_ops = plan->digital_ops;
  if (plan->fault_size != 0u) {
    r->fault_block_start = plan->fault_start;
    r->fault_block_size = plan->fault_size;
  }
  for (uint32_t i = 0; i < plan->leaf_count; ++i) {
    const mho_leaf_t* const leaf = &plan->leaves[i];
    if (leaf->condition == 0u) break;  // the plan ended before it
    r->reordered_leaves += leaf->is_reordered ? 1u : 0u;
    if (i == 0u || leaf->margin < r->smallest_margin) r->smallest_margin = leaf->margin;
    if (leaf->condition > r->worst_leaf_condition) {
      r->worst_leaf_condition = leaf->condition;
      r->worst_leaf_start = leaf->start;
    }
  }
  for (uint32_t i = 0; i < plan->node_count; ++i) {
    const mho_node_t* const node = &plan->nodes[i];
    if (node->leaf != MHO_NONE || node->condition <= r->worst_block_condition) continue;
    r->worst_block_condition = node->condition;
    r->worst_block_start = node->lo;
    r->worst_block_size = node->mid - node->lo;
  }
}

static uint32_t first_gmres_iteration(const run_t* run) {
  if (run->program.directions == 0u) return 0u;
  if (run->job->method == MHO_JOB_METHOD_GMRES) return 1u;
  for (uint32_t i = 0; i < run->result->iterations; ++i) {
    if (run->program.changes[i].mantissa != 0) return i + 1u;
  }
  return 0u;
}

static void report_program(run_t* run) {
  const mho_program_t* const p = &run->program;
  mho_job_result_t* const r = run->result;
  r->history_address = address_or_zero(run, p->history);
  r->correction_address = address_or_zero(run, p->corrections);
  r->commands = p->solve_commands;
  r->restart = p->directions;
  r->gmres_from = first_gmres_iteration(run);
  r->inv_macros_used = p->inv_macros;
  r->mvm_macros_used = p->programmed_macros - p->inv_macros;
  if (p->rhs_norm2 != NULL) {
    r->rhs_norm2_mantissa = p->rhs_norm2->mantissa;
    r->rhs_norm2_exponent = p->rhs_norm2->exponent;
  }
}

void mho_job_run(mho_device_t* device, const mho_job_block_t* job, mho_job_result_t* result) {
  run_t run;
  memset(&run, 0, sizeof run);
  memset(result, 0, sizeof *result);
  run.device = device;
  run.job = job;
  run.result = result;
  result->n = job->n;
  mho_set_phase(device, MHO_PHASE_PLAN);
  const mho_job_status_t status = run_phases(&run);
  mho_set_phase(device, MHO_PHASE_VERIFY);
  report_system(&run);
  report_plan(&run);
  report_program(&run);
  result->status = (uint32_t)status;
  __asm__ volatile("" ::: "memory");
  result->magic = MHO_JOB_RESULT_MAGIC;
}
