// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the result block says of system, plan and iteration.
#include "firmware/libmho/job_run.h"

static uint32_t address_or_zero(const mho_run_t* run, const void* pointer) {
  return pointer == NULL ? 0u : mho_address(&run->device->config.memory, pointer);
}

static uint32_t moved(const uint32_t* order, uint32_t n) {
  uint32_t count = 0;
  for (uint32_t i = 0; order != NULL && i < n; ++i) count += order[i] != i;
  return count;
}

static void report_system(mho_run_t* run) {
  const mho_system_t* const s = &run->plan.system;
  mho_job_result_t* const r = run->result;
  r->row_order_address = address_or_zero(run, s->row_order);
  r->column_order_address = address_or_zero(run, s->column_order);
  r->reordered_rows = moved(s->row_order, s->n);
  r->reordered_columns = moved(s->column_order, s->n);
  r->row_scale_address = address_or_zero(run, s->row_scale);
  r->column_scale_address = address_or_zero(run, run->column_scale);
  r->a_address = address_or_zero(run, s->a);
  r->a_exponent = s->a_exponent;
  r->b_address = address_or_zero(run, s->b);
  r->b_exponent = s->b_exponent;
  r->stretch = (uint32_t)mho_real_to_int(s->stretch, -30);
}

static void report_plan(mho_run_t* run) {
  const mho_plan_t* const plan = &run->plan;
  mho_job_result_t* const r = run->result;
  r->inv_slices = plan->options.inv_slices;
  r->leaves = plan->leaf_count;
  r->tiles = plan->tile_count - (plan->options.uses_ginv ? 1u : plan->leaf_count);
  r->unstable_leaves = plan->unstable_leaves;
  r->split_leaves = plan->split_leaves;
  r->digital_ops = plan->digital_ops;
  r->plan_dru_ops = run->plan_counts.digital;
  r->plan_cpu_ops = run->plan_cpu_ops;
  r->plan_inv = run->plan_counts.inv;
  r->plan_hp_reads = run->plan_counts.hp_reads;
  r->plan_programs = run->plan_counts.program;
  r->schur_time_ns = run->schur.time_ns;
  r->schur_energy_pj = run->schur.energy_pj;
  r->analogue_parts = run->analogue_parts;
  r->refused_parts = plan->refused_parts;
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

static uint32_t first_gmres_iteration(const mho_run_t* run) {
  if (run->program.directions == 0u) return 0u;
  if (run->job->method == MHO_JOB_METHOD_GMRES) return 1u;
  for (uint32_t i = 0; i < run->result->iterations; ++i) {
    if (run->program.changes[i].mantissa != 0) return i + 1u;
  }
  return 0u;
}

static void report_program(mho_run_t* run) {
  const mho_program_t* const p = &run->program;
  mho_job_result_t* const r = run->result;
  r->history_address = address_or_zero(run, p->history);
  r->correction_address = address_or_zero(run, p->corrections);
  r->commands = p->solve_commands;
  r->restart = p->directions;
  r->gmres_from = first_gmres_iteration(run);
  r->inv_macros_used = p->inv_macros;
  r->ginv_macros_used = p->ginv_macros;
  r->ginv_damping = run->plan.options.ginv_damping;
  r->mvm_macros_used = p->programmed_macros - p->inv_macros - p->ginv_macros;
  if (p->rhs_norm2 != NULL) {
    r->rhs_norm2_mantissa = p->rhs_norm2->mantissa;
    r->rhs_norm2_exponent = p->rhs_norm2->exponent;
  }
}

void mho_report(mho_run_t* run) {
  run->result->recoveries = run->recoveries;
  run->result->refreshes = run->refreshes;
  report_system(run);
  report_plan(run);
  report_program(run);
}
