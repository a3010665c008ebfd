// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Running command lists, and one solve with its verification.
#include <string.h>

#include "firmware/libmho/factors.h"
#include "firmware/libmho/job_run.h"
#include "firmware/libmho/verify.h"

static mho_job_status_t status_of_result(mho_result_t result) {
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
    case MHO_CORRUPT:
      return MHO_JOB_STATUS_CORRUPT;
    case MHO_TOO_FEW_MACROS:
      return MHO_JOB_STATUS_TOO_FEW_MACROS;
    case MHO_BUSY:
    case MHO_TIMED_OUT:
    case MHO_NO_DEVICE:
    case MHO_JOB_FAILED:
      break;
  }
  return MHO_JOB_STATUS_DEVICE_ERROR;
}

mho_result_t mho_run_take(mho_run_t* run, mho_result_t waited) {
  run->awaited = waited;
  run->suspects.count = 0;
  if (waited != MHO_OK) {
    run->is_stuck = true;
    run->completion.status = MHO_DRU_STATUS_NOT_RUN;
    run->result->dru_status = MHO_DRU_STATUS_NOT_RUN;
    return waited;
  }
  run->list_time_ns += run->completion.duration_ns;
  run->result->dru_status = (uint32_t)run->completion.status;
  if (run->completion.has_clipped) run->result->flags |= MHO_JOB_RESULT_CLIPPED;
  if (run->completion.has_saturated) run->result->flags |= MHO_JOB_RESULT_SATURATED;
  const mho_dru_status_t status = run->completion.status;
  if (status != MHO_DRU_STATUS_OK && status != MHO_DRU_STATUS_STOPPED) run->awaited = MHO_JOB_FAILED;
  return run->awaited;
}

// What may pass: a transfer that failed, a macro that hung, a list that was read wrongly or got stuck. Not
// what cells or numbers have led to, nor a list that somebody cancelled.
static bool may_pass(mho_dru_status_t status) {
  switch (status) {
    case MHO_DRU_STATUS_NOT_RUN:
    case MHO_DRU_STATUS_BAD_DESCRIPTOR:
    case MHO_DRU_STATUS_BAD_COMMAND:
    case MHO_DRU_STATUS_BAD_OPERAND:
    case MHO_DRU_STATUS_BUS_ERROR:
    case MHO_DRU_STATUS_WATCHDOG:
      return true;
    default:
      return false;
  }
}

// Contexts are open that are not the job's: a reset of the first one would reset them, too.
static bool shares_chip(const mho_run_t* run) {
  return run->device->open_contexts > run->own_contexts;
}

mho_result_t mho_run_reset(mho_run_t* run) {
  const mho_device_config_t config = run->device->config;
  if (shares_chip(run)) return run->is_stuck ? MHO_BUSY : MHO_OK;
  run->is_stuck = false;
  return mho_device_init(run->device, &config);
}

bool mho_run_may_recover(const mho_run_t* run) {
  return run->recoveries == 0u && run->awaited != MHO_OK && may_pass(run->completion.status) &&
         !(run->is_stuck && shares_chip(run));
}

bool mho_run_recover(mho_run_t* run) {
  if (!mho_run_may_recover(run)) return false;
  ++run->recoveries;
  run->awaited = MHO_OK;
  run->suspects.count = 0;
  return mho_run_reset(run) == MHO_OK;
}

static mho_job_status_t name_wrong_tile(const mho_run_t* run, uint32_t index) {
  if (index < run->plan.tile_count) {
    const mho_tile_t* const tile = &run->plan.tiles[index];
    run->result->fault_block_start = tile->row;
    run->result->fault_block_size = tile->rows;
    run->result->fault_block_column = tile->column;
    run->result->fault_block_columns = tile->columns;
  }
  return MHO_JOB_STATUS_WRONG_READ;
}

static mho_job_status_t status_of_failure(const mho_run_t* run) {
  const uint32_t tile = run->completion.fault_detail - run->device->config.share.first_tile;
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
  if (run->plan.options.uses_ginv && run->plan.ginv_tile == tile)
    run->result->fault_block_size = run->plan.system.n;
  for (uint32_t i = 0; i < run->plan.leaf_count; ++i) {
    const mho_leaf_t* const leaf = &run->plan.leaves[i];
    if (leaf->tile != tile) continue;
    run->result->fault_block_start = leaf->start;
    run->result->fault_block_size = leaf->size;
  }
  return run->completion.status == MHO_DRU_STATUS_UNSTABLE ? MHO_JOB_STATUS_UNSTABLE
                                                           : MHO_JOB_STATUS_SATURATED;
}

mho_job_status_t mho_status_of(const mho_run_t* run, mho_result_t result) {
  return result == MHO_JOB_FAILED ? status_of_failure(run) : status_of_result(result);
}

static void report_x(mho_run_t* run) {
  const mho_memory_t* const memory = &run->device->config.memory;
  mho_dru_vector_t* const settled = run->program.x_settled;
  mho_dru_vector_t* const rest = run->program.x;
  const bool has_parts = settled->length != 0u;
  run->result->x_exponent = has_parts ? settled->exponent : rest->exponent;
  run->result->x_address = mho_address(memory, mho_unknowns_words(run, 0u, has_parts ? settled : rest));
  if (has_parts) {
    run->result->x_low_exponent = rest->exponent;
    run->result->x_low_address = mho_address(memory, mho_unknowns_words(run, 1u, rest));
  }
  // Before it is verified: what changes afterwards is noticed by whoever takes the answer.
  mho_run_protect_x(run);
}

// ‖x‖² in the user's scaling.
static mho_real_t x_norm2(const mho_run_t* run) {
  return mho_real_from(run->program.x_norm2->mantissa, run->program.x_norm2->exponent);
}

static void take_rhs(mho_run_t* run) {
  mho_system_store_rhs(&run->plan.system, run->program.rhs);
  run->program.x_settled->length = 0;
  memset(run->program.changes, 0, run->job->max_iterations * sizeof *run->program.changes);
}

static mho_solve_t submit(mho_run_t* run, uint32_t guard_bits, bool resumes) {
  const mho_program_t* const p = &run->program;
  const mho_list_t list = {.commands = p->solve,
                           .count = p->solve_commands,
                           .job_id = mho_list_id(run, MHO_LIST_SOLVE),
                           .watchdog_us = run->job->watchdog_us,
                           .data_offset = p->selected * p->data_bytes,
                           .guard_bits = guard_bits,
                           .resumes = resumes};
  mho_solve_t solve = {.submitted = MHO_OK, .ticket = {0}};
  mho_set_phase(run->device, MHO_PHASE_SOLVE);
  solve.submitted = mho_submit_list(run->context, &list, &solve.ticket);
  return solve;
}

mho_solve_t mho_run_start(mho_run_t* run) {
  take_rhs(run);
  return submit(run, 0u, false);
}

mho_solve_t mho_run_go_on(mho_run_t* run, uint32_t guard_bits) {
  return submit(run, guard_bits, true);
}

// Converged as far as the list can tell.
static mho_job_status_t take_answer(mho_run_t* run, mho_result_t result) {
  run->result->iterations = run->completion.iterations;
  if (result == MHO_OK && run->completion.end_code != MHO_END_LIMIT) ++run->result->iterations;
  mho_set_phase(run->device, MHO_PHASE_VERIFY);
  if (result != MHO_OK) {
    // What a list that resumed has left of the x before.
    if (run->result->x_address != 0u) mho_run_protect_x(run);
    return mho_status_of(run, result);
  }
  report_x(run);
  if (run->completion.end_code == MHO_END_CONVERGED) return MHO_JOB_STATUS_CONVERGED;
  // A residual read by saturated amplifiers converges to nothing: name the cause rather than the effect.
  return run->completion.has_saturated ? MHO_JOB_STATUS_SATURATED : MHO_JOB_STATUS_NOT_CONVERGED;
}

static bool is_x_resolved(const mho_run_t* run) {
  const bool has_parts = run->program.x_settled->length != 0u;
  return mho_is_x_resolved(&run->plan.system, run->program.x, has_parts ? run->program.rest_rhs : NULL,
                           x_norm2(run), run->job->tolerance_bits);
}

// The residual in integers, and what it lets expect of the error.
static mho_result_t measure(mho_run_t* run, mho_verification_t* verification, mho_real_t* error_norm2) {
  mho_result_t result = mho_verify(verification, &run->plan.system, run->program.x_settled, run->program.x,
                                   run->program.residual, run->arena);
  if (result != MHO_OK) return result;
  run->plan.digital_ops += verification->multiply_adds;
  run->result->verified_norm2_mantissa = verification->norm2.mantissa;
  run->result->verified_norm2_exponent = verification->norm2.exponent;
  if (!verification->agrees) return MHO_OK;
  result = mho_error_norm2(error_norm2, &run->plan, run->program.residual, run->arena);
  if (result != MHO_OK) return result;
  run->plan.digital_ops += (uint64_t)run->plan.system.n * run->plan.system.n;
  run->result->error_norm2_mantissa = error_norm2->mantissa;
  run->result->error_norm2_exponent = error_norm2->exponent;
  return MHO_OK;
}

// Bits by which the root of a square has to fall to come below that of `limit`, and one more.
static int32_t bits_above(mho_real_t square, mho_real_t limit) {
  int32_t bits = 1;
  while (bits < 64 && mho_real_compare(square, mho_real_mul(limit, mho_real_from(1, 2 * bits))) > 0) ++bits;
  return bits + 1;
}

// @param[out] missing_bits  of an answer that is not converged: what the list has to ask for in addition
static mho_job_status_t verify(mho_run_t* run, int32_t* missing_bits) {
  *missing_bits = 1;
  if (!is_x_resolved(run)) return MHO_JOB_STATUS_NOT_CONVERGED;
  if (run->job->verify == 0u) return MHO_JOB_STATUS_CONVERGED;
  mho_verification_t verification;
  mho_real_t error_norm2;
  const mho_result_t result = measure(run, &verification, &error_norm2);
  if (result != MHO_OK) return mho_status_of(run, result);
  if (!verification.agrees) return MHO_JOB_STATUS_WRONG_RESIDUAL;
  const mho_real_t limit =
      mho_real_mul(x_norm2(run), mho_real_from(1, -2 * (int32_t)run->job->tolerance_bits));
  if (mho_real_compare(error_norm2, limit) <= 0) {
    run->result->flags |= MHO_JOB_RESULT_VERIFIED;
    return MHO_JOB_STATUS_CONVERGED;
  }
  *missing_bits = bits_above(error_norm2, limit);
  return MHO_JOB_STATUS_NOT_CONVERGED;
}

mho_job_status_t mho_run_judge(mho_run_t* run, mho_result_t listed, uint32_t* missing_bits) {
  *missing_bits = 0;
  const mho_job_status_t iterated = take_answer(run, listed);
  if (iterated != MHO_JOB_STATUS_CONVERGED) return iterated;
  int32_t bits;
  const mho_job_status_t verified = verify(run, &bits);
  if (verified == MHO_JOB_STATUS_NOT_CONVERGED && run->result->iterations < run->job->max_iterations)
    *missing_bits = (uint32_t)bits;
  return verified;
}

// Words or scalars elsewhere; 0: there is no room. Nothing to copy stays nothing.
static uint32_t copied(mho_run_t* run, uint32_t address, uint32_t count, uint32_t element_bytes) {
  const mho_memory_t* const memory = &run->device->config.memory;
  if (address == 0u) return 0u;
  void* const copy = mho_arena_take(&run->arena, count, element_bytes);
  if (copy == NULL) return 0u;
  memcpy(copy, mho_pointer(memory, address), (size_t)count * element_bytes);
  return mho_address(memory, copy);
}

mho_result_t mho_run_keep_answer(mho_run_t* run) {
  mho_job_result_t* const r = run->result;
  const uint32_t n = mho_rows(run->job);
  // x has 64-bit words where b has two parts.
  const uint32_t bytes = run->plan.system.low_bits == 0u ? sizeof(int32_t) : sizeof(int64_t);
  uint32_t* const words[] = {&r->x_address, &r->x_low_address, &r->b_address};
  for (uint32_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
    const uint32_t before = *words[i];
    *words[i] = copied(run, before, n, bytes);
    if (before != 0u && *words[i] == 0u) return MHO_NO_MEMORY;
  }
  uint32_t* const scalars[] = {&r->history_address, &r->correction_address};
  for (uint32_t i = 0; i < sizeof scalars / sizeof scalars[0]; ++i) {
    *scalars[i] = copied(run, *scalars[i], r->iterations, sizeof(mho_dru_scalar_t));
    if (*scalars[i] == 0u && r->iterations != 0u) return MHO_NO_MEMORY;
  }
  return MHO_OK;
}
