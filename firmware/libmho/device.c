// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/device.h"

#include "firmware/hal/mmio.h"
#include "registers/telemetry.h"

// The compiler must not move accesses to memory shared with the DRU across this.
#define MEMORY_BARRIER() __asm__ volatile("" ::: "memory")

static uint32_t read_dru(const mho_device_t* d, uint32_t offset) {
  return mho_mmio_read32(d->config.dru_base + offset);
}

static void write_dru(const mho_device_t* d, uint32_t offset, uint32_t value) {
  mho_mmio_write32(d->config.dru_base + offset, value);
}

// 64-bit values: the low half first, which latches the high one.
static uint64_t read_pair(uintptr_t address) {
  const uint32_t low = mho_mmio_read32(address);
  return ((uint64_t)mho_mmio_read32(address + 4u) << 32) | low;
}

static mho_dru_descriptor_t* entry(const mho_device_t* d, uint32_t number) {
  mho_dru_descriptor_t* const ring = mho_pointer(&d->config.memory, d->config.ring_address);
  return &ring[number % d->config.ring_entries];
}

mho_result_t mho_device_init(mho_device_t* d, const mho_device_config_t* config) {
  const uint32_t bytes = config->ring_entries * MHO_DRU_DESCRIPTOR_BYTES;
  if (config->ring_entries == 0u || config->ring_entries > 4096u || config->ring_address % 64u != 0u ||
      !mho_memory_holds(&config->memory, config->ring_address, bytes)) {
    return MHO_BAD_ARGUMENT;
  }
  d->config = *config;
  d->submitted = 0;
  if (read_dru(d, MHO_DRU_ID_OFFSET) != MHO_DRU_ID_VALUE ||
      mho_mmio_read32(config->telemetry_base + MHO_TELEMETRY_ID_OFFSET) != MHO_TELEMETRY_ID_VALUE) {
    return MHO_NO_DEVICE;
  }
  write_dru(d, MHO_DRU_CTRL_OFFSET, MHO_DRU_CTRL_RESET_MASK);
  write_dru(d, MHO_DRU_RING_BASE_OFFSET, config->ring_address);
  write_dru(d, MHO_DRU_RING_ENTRIES_OFFSET, config->ring_entries);
  write_dru(d, MHO_DRU_IRQ_ENABLE_OFFSET,
            MHO_DRU_IRQ_ENABLE_JOB_DONE_MASK | MHO_DRU_IRQ_ENABLE_JOB_ERROR_MASK);
  write_dru(d, MHO_DRU_CTRL_OFFSET, MHO_DRU_CTRL_ENABLE_MASK);

  mho_capabilities_t* const c = &d->capabilities;
  c->inv_count = read_dru(d, MHO_DRU_CAP_INV_COUNT_OFFSET);
  c->inv_size = read_dru(d, MHO_DRU_CAP_INV_SIZE_OFFSET);
  c->mvm_count = read_dru(d, MHO_DRU_CAP_MVM_COUNT_OFFSET);
  c->mvm_size = read_dru(d, MHO_DRU_CAP_MVM_SIZE_OFFSET);
  c->levels = read_dru(d, MHO_DRU_CAP_LEVELS_OFFSET);
  c->g_min_ps = read_dru(d, MHO_DRU_CAP_G_MIN_PS_OFFSET);
  c->g_step_ps = read_dru(d, MHO_DRU_CAP_G_STEP_PS_OFFSET);
  c->g_in_ps = read_dru(d, MHO_DRU_CAP_G_IN_PS_OFFSET);
  return MHO_OK;
}

mho_result_t mho_submit(mho_device_t* d, const mho_dru_command_t* list, uint32_t commands, uint32_t job_id,
                        uint32_t watchdog_us, mho_ticket_t* ticket) {
  if (job_id == 0u || commands == 0u) return MHO_BAD_ARGUMENT;
  if (d->submitted - read_dru(d, MHO_DRU_HEAD_OFFSET) >= d->config.ring_entries) return MHO_BUSY;
  mho_dru_descriptor_t* const descriptor = entry(d, d->submitted);
  *descriptor = (mho_dru_descriptor_t){.list_address = mho_address(&d->config.memory, list),
                                       .list_commands = commands,
                                       .job_id = job_id,
                                       .flags = MHO_DRU_DESCRIPTOR_FLAG_IRQ,
                                       .watchdog_us = watchdog_us,
                                       .status = MHO_DRU_STATUS_NOT_RUN};
  MEMORY_BARRIER();
  ticket->number = d->submitted++;
  write_dru(d, MHO_DRU_DOORBELL_OFFSET, d->submitted);
  return MHO_OK;
}

bool mho_poll(const mho_device_t* d, mho_ticket_t ticket, mho_completion_t* completion) {
  const mho_dru_descriptor_t* const descriptor = entry(d, ticket.number);
  const uint32_t status = *(const volatile uint32_t*)&descriptor->status;
  if (status == MHO_DRU_STATUS_NOT_RUN) return false;
  MEMORY_BARRIER();
  completion->status = (mho_dru_status_t)status;
  completion->end_code = descriptor->end_code;
  completion->fault_command = descriptor->fault_command;
  completion->fault_detail = descriptor->fault_detail;
  completion->iterations = descriptor->iterations;
  completion->has_clipped = (descriptor->flags_out & MHO_DRU_DESCRIPTOR_OUT_CLIPPED) != 0u;
  completion->duration_ns = descriptor->duration_ns;
  return true;
}

// What the sleeper looks at.
typedef struct {
  const mho_device_t* device;
  mho_ticket_t ticket;
  mho_completion_t* completion;
  uint64_t deadline_us;
} waiting_t;

static bool has_expired(const waiting_t* w) {
  return w->deadline_us != 0u && w->device->config.hooks.now_us() >= w->deadline_us;
}

static bool is_over(void* context) {
  const waiting_t* const w = context;
  return mho_poll(w->device, w->ticket, w->completion) || has_expired(w);
}

mho_result_t mho_wait(const mho_device_t* d, mho_ticket_t ticket, uint32_t timeout_us,
                      mho_completion_t* completion) {
  const mho_hooks_t* const hooks = &d->config.hooks;
  waiting_t w = {.device = d, .ticket = ticket, .completion = completion, .deadline_us = 0};
  if (timeout_us != 0u && hooks->now_us != NULL) w.deadline_us = hooks->now_us() + timeout_us;
  do {
    if (hooks->wait_until != NULL) hooks->wait_until(is_over, &w);
    if (mho_poll(d, ticket, completion)) return MHO_OK;
  } while (!has_expired(&w));
  return MHO_TIMED_OUT;
}

void mho_cancel(const mho_device_t* d) {
  write_dru(d, MHO_DRU_CTRL_OFFSET, MHO_DRU_CTRL_ENABLE_MASK | MHO_DRU_CTRL_ABORT_MASK);
}

uint32_t mho_acknowledge(const mho_device_t* d) {
  const uint32_t causes = read_dru(d, MHO_DRU_IRQ_STATE_OFFSET);
  write_dru(d, MHO_DRU_IRQ_STATE_OFFSET, causes);
  return causes;
}

mho_counters_t mho_counters(const mho_device_t* d) {
  return (mho_counters_t){.inv_ops = read_dru(d, MHO_DRU_COUNT_INV_OFFSET),
                          .mvm_ops = read_dru(d, MHO_DRU_COUNT_MVM_OFFSET),
                          .hp_reads = read_dru(d, MHO_DRU_COUNT_HP_READS_OFFSET),
                          .programs = read_dru(d, MHO_DRU_COUNT_PROGRAM_OFFSET),
                          .retries = read_dru(d, MHO_DRU_COUNT_RETRIES_OFFSET),
                          .clips = read_dru(d, MHO_DRU_COUNT_CLIPS_OFFSET),
                          .max_writes_per_cell = read_dru(d, MHO_DRU_MAX_WRITES_PER_CELL_OFFSET),
                          .digital_ops = read_pair(d->config.dru_base + MHO_DRU_COUNT_DIGITAL_LO_OFFSET)};
}

uint64_t mho_time_ns(const mho_device_t* d) {
  return read_pair(d->config.telemetry_base + MHO_TELEMETRY_TIME_NS_LO_OFFSET);
}

uint64_t mho_energy_pj(const mho_device_t* d) {
  return read_pair(d->config.telemetry_base + MHO_TELEMETRY_ENERGY_PJ_LO_OFFSET);
}

uint64_t mho_job_energy_pj(const mho_device_t* d, uint32_t job_id) {
  mho_mmio_write32(d->config.telemetry_base + MHO_TELEMETRY_JOB_SELECT_OFFSET, job_id);
  return read_pair(d->config.telemetry_base + MHO_TELEMETRY_JOB_PJ_LO_OFFSET);
}

void mho_set_phase(const mho_device_t* d, uint32_t phase) {
  mho_mmio_write32(d->config.telemetry_base + MHO_TELEMETRY_PHASE_OFFSET, phase);
}
