// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What protects a job on its way to the driver and its answer on the way back.
#include "firmware/libmho/crc.h"
#include "firmware/libmho/job_run.h"

bool mho_job_block_is_intact(const mho_job_block_t* job) {
  if (job->block_crc == 0u) return true;
  mho_job_block_t block = *job;
  block.block_crc = 0u;
  return mho_crc_word(mho_crc32(MHO_CRC_START, &block, sizeof block)) == job->block_crc;
}

bool mho_job_data_is_intact(const mho_memory_t* memory, const mho_job_block_t* job) {
  if (job->data_crc == 0u) return true;
  const size_t number = mho_parts(job) * sizeof(uint64_t);
  const size_t rows = mho_given_rows(job);
  uint32_t crc = MHO_CRC_START;
  crc = mho_crc32(crc, mho_pointer(memory, job->row_start_address), (rows + 1u) * sizeof(uint32_t));
  crc = mho_crc32(crc, mho_pointer(memory, job->column_address), job->nonzeros * sizeof(uint32_t));
  crc = mho_crc32(crc, mho_pointer(memory, job->value_address), job->nonzeros * number);
  crc = mho_crc32(crc, mho_pointer(memory, job->rhs_address), rows * job->rhs_count * number);
  return mho_crc_word(crc) == job->data_crc;
}

void mho_run_protect_scale(mho_run_t* run) {
  run->scale_crc = mho_crc32(MHO_CRC_START, run->column_scale, run->plan.system.n * sizeof(int32_t));
}

void mho_run_protect_x(mho_run_t* run) {
  const mho_memory_t* const memory = &run->device->config.memory;
  const mho_job_result_t* const r = run->result;
  const size_t bytes =
      mho_rows(run->job) * (run->plan.system.low_bits == 0u ? sizeof(int32_t) : sizeof(int64_t));
  uint32_t crc = run->scale_crc;
  crc = mho_crc32(crc, mho_pointer(memory, r->x_address), bytes);
  if (r->x_low_address != 0u) crc = mho_crc32(crc, mho_pointer(memory, r->x_low_address), bytes);
  run->answer_crc = crc;
}

void mho_run_publish(mho_job_result_t* result) {
  mho_job_result_t block = *result;
  block.magic = MHO_JOB_RESULT_MAGIC;
  block.answer_crc = 0u;
  result->answer_crc = mho_crc_word(mho_crc32(result->answer_crc, &block, sizeof block));
  __asm__ volatile("" ::: "memory");
  result->magic = MHO_JOB_RESULT_MAGIC;
}
