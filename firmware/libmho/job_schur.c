// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/job_schur.h"

#include <stddef.h>

// Lists without macros use no tiles, and lists that write them need no others.
static const mho_commands_t kNoCommands = {NULL, 0u};

// Only entries that leave their integers end a rank update so.
static mho_result_t await_update(mho_run_t* run, const mho_dru_command_t* list) {
  uint32_t end_code;
  const mho_result_t result = mho_schur_list(run, (mho_commands_t){list, 2u}, kNoCommands, &end_code);
  return result == MHO_UNSTABLE ? MHO_OVERFLOW : result;
}

// One command per elimination step, under way until the next piece of the plan. What it is made of lies where
// the arena is free meanwhile.
static mho_result_t rank_update_by_dru(void* context, const mho_rank_update_t* u) {
  mho_run_t* const run = context;
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
  if (run->plan.is_ordering) return await_update(run, list);
  const mho_result_t result =
      mho_submit(run->device, list, 2u, mho_list_id(run, MHO_LIST_PLAN), 0u, &run->update);
  run->is_updating = result == MHO_OK;
  return result;
}

static void stop_meter(mho_run_t* run) {
  run->schur.time_ns += mho_time_ns(run->device) - run->schur.began_time_ns;
  run->schur.energy_pj += mho_energy_pj(run->device) - run->schur.began_energy_pj;
}

// A list of the plan that is under way ends in mho_schur_step().
static void meter(void* context, bool begins) {
  mho_run_t* const run = context;
  if (begins) {
    run->schur.began_time_ns = mho_time_ns(run->device);
    run->schur.began_energy_pj = mho_energy_pj(run->device);
  } else if (!run->is_updating) {
    stop_meter(run);
  }
}

void mho_schur_choose(mho_run_t* run, mho_plan_options_t* options) {
  options->updater_context = options->solver_context = options->meter_context = run;
  options->meter = meter;
  switch ((mho_job_unit_t)run->job->schur_unit) {
    case MHO_JOB_UNIT_ANALOGUE:
      options->solver = mho_schur_columns;
      options->updater = mho_schur_update;
      return;
    case MHO_JOB_UNIT_DRU:
      options->updater = rank_update_by_dru;
      return;
    case MHO_JOB_UNIT_CPU:
      break;
  }
  options->updater = mho_rank_update_cpu;
  options->updater_context = &run->plan;
}

mho_result_t mho_schur_list(mho_run_t* run, mho_commands_t list, mho_commands_t placing, uint32_t* end_code) {
  mho_ticket_t ticket;
  mho_completion_t completion;
  mho_result_t result =
      mho_submit(run->device, list.commands, list.count, mho_list_id(run, MHO_LIST_PLAN), 0u, &ticket);
  if (result != MHO_OK) return result;
  result = mho_wait(run->device, ticket, mho_list_timeout_us(0u), &completion);
  run->awaited = result;
  run->suspects.count = 0;
  if (result != MHO_OK) {
    run->completion.status = MHO_DRU_STATUS_NOT_RUN;
    run->is_stuck = true;
    return result;
  }
  run->list_time_ns += completion.duration_ns;
  *end_code = completion.end_code;
  switch (completion.status) {
    case MHO_DRU_STATUS_OK:
    case MHO_DRU_STATUS_STOPPED:
      return MHO_OK;
    case MHO_DRU_STATUS_UNSTABLE:
    case MHO_DRU_STATUS_SATURATED:
    case MHO_DRU_STATUS_OVERFLOW:
    case MHO_DRU_STATUS_WRONG_READ:
      return MHO_UNSTABLE;
    default:
      run->completion = completion;
      run->awaited = MHO_JOB_FAILED;
      run->suspects = mho_find_suspects(run->device, &completion, list, placing);
      run->result->dru_status = (uint32_t)completion.status;
      return MHO_JOB_FAILED;
  }
}

// Slots that the solve list may not know would take vector memory from it.
static mho_result_t release_slots(mho_run_t* run) {
  mho_arena_t scratch = run->arena;
  mho_dru_command_t* const list = mho_arena_take(&scratch, MHO_DRU_SLOTS + 1u, sizeof *list);
  if (list == NULL) return MHO_NO_MEMORY;
  for (uint32_t slot = 0; slot < MHO_DRU_SLOTS; ++slot) {
    list[slot].opcode = MHO_DRU_OPCODE_CLEAR;
    list[slot].dst = (uint16_t)slot;
  }
  list[MHO_DRU_SLOTS].opcode = MHO_DRU_OPCODE_END;
  uint32_t end_code;
  return mho_schur_list(run, (mho_commands_t){list, MHO_DRU_SLOTS + 1u}, kNoCommands, &end_code);
}

// A counter that was reset meanwhile has begun anew.
static uint64_t counted(uint64_t before, uint64_t after) {
  return after >= before ? after - before : after;
}

void mho_schur_count(mho_run_t* run) {
  const mho_dru_counters_t after = mho_counters(run->device);
  run->plan_counts.inv += (uint32_t)counted(run->before.inv, after.inv);
  run->plan_counts.hp_reads += (uint32_t)counted(run->before.hp_reads, after.hp_reads);
  run->plan_counts.program += (uint32_t)counted(run->before.program, after.program);
  run->plan_counts.digital += counted(run->before.digital, after.digital);
  run->plan_cpu_ops += run->plan.digital_ops - run->ops_before;
}

mho_result_t mho_schur_begin(mho_run_t* run) {
  run->is_updating = false;
  run->before = mho_counters(run->device);
  run->ops_before = run->plan.digital_ops;
  run->parts_before = run->analogue_parts + run->plan.refused_parts;
  const mho_result_t result = mho_plan_begin(&run->plan, &run->arena);
  if (result != MHO_OK) mho_schur_count(run);
  return result;
}

void mho_schur_abandon(mho_run_t* run) {
  if (run->is_updating) stop_meter(run);
  run->is_updating = false;
}

mho_result_t mho_schur_step(mho_run_t* run, mho_result_t listed) {
  if (!run->is_updating) return mho_plan_step(&run->plan, &run->arena);
  mho_schur_abandon(run);
  if (listed == MHO_OK) return mho_plan_step(&run->plan, &run->arena);
  const bool has_grown = listed == MHO_JOB_FAILED && run->completion.status == MHO_DRU_STATUS_OVERFLOW;
  return mho_plan_fail(&run->plan, has_grown ? MHO_OVERFLOW : listed, &run->arena);
}

mho_result_t mho_schur_end(mho_run_t* run) {
  mho_result_t result = mho_plan_end(&run->plan, &run->arena);
  if (mho_plan_has_more(&run->plan)) return result;
  if (result == MHO_OK && run->analogue_parts + run->plan.refused_parts != run->parts_before)
    result = release_slots(run);
  return result;
}
