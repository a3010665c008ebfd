// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/device.h"

// The compiler must not move accesses to memory shared with the DRU across this.
#define MEMORY_BARRIER() __asm__ volatile("" ::: "memory")

// For calls of the HAL that refuse nothing but a null pointer.
static void cannot_fail(mho_hal_result_t result) {
  (void)result;
}

static mho_dru_descriptor_t* entry(const mho_device_t* d, uint32_t number) {
  mho_dru_descriptor_t* const ring = mho_pointer(&d->config.memory, d->config.ring_address);
  return &ring[number % d->config.ring_entries];
}

static bool has_such_tiles(const mho_share_t* share) {
  return share->first_tile < MHO_DRU_TILES && share->tiles <= MHO_DRU_TILES - share->first_tile;
}

mho_result_t mho_device_init(mho_device_t* d, const mho_device_config_t* config) {
  const uint32_t bytes = config->ring_entries * MHO_DRU_DESCRIPTOR_BYTES;
  if (config->ring_entries == 0u || config->ring_entries > 4096u || config->ring_address == 0u ||
      config->ring_address % 64u != 0u || !mho_memory_holds(&config->memory, config->ring_address, bytes)) {
    return MHO_BAD_ARGUMENT;
  }
  if (!has_such_tiles(&config->share)) return MHO_BAD_ARGUMENT;
  const mho_dru_t dru = {config->dru_base};
  const mho_telemetry_t telemetry = {config->telemetry_base};
  if (mho_dru_check(&dru) != MHO_HAL_OK || mho_telemetry_check(&telemetry) != MHO_HAL_OK)
    return MHO_NO_DEVICE;
  d->config = *config;
  d->dru = dru;
  d->telemetry = telemetry;
  d->submitted = 0;
  d->open_contexts = 0;
  const mho_dru_ring_t ring = {config->ring_address, config->ring_entries};
  const uint32_t causes = MHO_DRU_IRQ_ENABLE_JOB_DONE_MASK | MHO_DRU_IRQ_ENABLE_JOB_ERROR_MASK;
  const bool is_set_up = mho_dru_reset(&dru) == MHO_HAL_OK && mho_dru_set_ring(&dru, ring) == MHO_HAL_OK &&
                         mho_dru_irq_enable(&dru, causes) == MHO_HAL_OK &&
                         mho_dru_get_capabilities(&dru, &d->capabilities) == MHO_HAL_OK &&
                         mho_dru_set_enabled(&dru, true) == MHO_HAL_OK;
  return is_set_up ? MHO_OK : MHO_NO_DEVICE;
}

mho_result_t mho_device_set_share(mho_device_t* d, const mho_share_t* share) {
  if (!has_such_tiles(share)) return MHO_BAD_ARGUMENT;
  d->config.share = *share;
  return MHO_OK;
}

static uintptr_t context_base(const mho_device_t* d, uint32_t number) {
  return d->config.contexts_base + (uintptr_t)(number - 1u) * d->config.context_stride;
}

mho_result_t mho_context_open(mho_device_t* context, mho_device_t* d, uint32_t number, uint32_t ring_address,
                              uint32_t ring_entries) {
  if (d->config.contexts_base == 0u || number != d->open_contexts + 1u || number >= d->capabilities.contexts)
    return MHO_BAD_ARGUMENT;
  mho_device_config_t config = d->config;
  config.dru_base = context_base(d, number);
  config.contexts_base = 0;
  config.is_context = true;
  config.ring_address = ring_address;
  config.ring_entries = ring_entries;
  const mho_result_t result = mho_device_init(context, &config);
  if (result == MHO_OK) d->open_contexts = number;
  return result;
}

void mho_contexts_close(mho_device_t* d) {
  for (; d->open_contexts > 0u; --d->open_contexts) {
    const mho_dru_t dru = {context_base(d, d->open_contexts)};
    cannot_fail(mho_dru_reset(&dru));
  }
}

static mho_result_t append(mho_device_t* d, const mho_dru_descriptor_t* content, mho_ticket_t* ticket) {
  if (content->job_id == 0u || content->list_commands == 0u || content->guard_bits > MHO_DRU_MAX_GUARD_BITS) {
    return MHO_BAD_ARGUMENT;
  }
  uint32_t head = 0;
  if (mho_dru_get_head(&d->dru, &head) != MHO_HAL_OK) return MHO_NO_DEVICE;
  if (d->submitted - head >= d->config.ring_entries) return MHO_BUSY;
  *entry(d, d->submitted) = *content;
  MEMORY_BARRIER();
  if (mho_dru_ring_doorbell(&d->dru, d->submitted + 1u) != MHO_HAL_OK) return MHO_NO_DEVICE;
  ticket->number = d->submitted++;
  return MHO_OK;
}

mho_result_t mho_submit_list(mho_device_t* d, const mho_list_t* list, mho_ticket_t* ticket) {
  const uint32_t resumed = list->resumes ? MHO_DRU_DESCRIPTOR_FLAG_RESUME : 0u;
  const mho_dru_descriptor_t content = {.list_address = mho_address(&d->config.memory, list->commands),
                                        .list_commands = list->count,
                                        .job_id = list->job_id,
                                        .flags = MHO_DRU_DESCRIPTOR_FLAG_IRQ | resumed,
                                        .watchdog_us = list->watchdog_us,
                                        .data_offset = list->data_offset,
                                        .guard_bits = list->guard_bits,
                                        .status = MHO_DRU_STATUS_NOT_RUN};
  return append(d, &content, ticket);
}

mho_result_t mho_submit(mho_device_t* d, const mho_dru_command_t* list, uint32_t commands, uint32_t job_id,
                        uint32_t watchdog_us, mho_ticket_t* ticket) {
  const mho_list_t whole = {
      .commands = list, .count = commands, .job_id = job_id, .watchdog_us = watchdog_us, .resumes = false};
  return mho_submit_list(d, &whole, ticket);
}

mho_result_t mho_resume(mho_device_t* d, const mho_dru_command_t* list, uint32_t commands, uint32_t job_id,
                        uint32_t watchdog_us, mho_ticket_t* ticket) {
  const mho_list_t whole = {
      .commands = list, .count = commands, .job_id = job_id, .watchdog_us = watchdog_us, .resumes = true};
  return mho_submit_list(d, &whole, ticket);
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
  completion->has_saturated = (descriptor->flags_out & MHO_DRU_DESCRIPTOR_OUT_SATURATED) != 0u;
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

// The DRU counts a list as done after it has written its completion. If that write failed, nothing in memory
// ever tells.
static bool has_lost_completion(waiting_t* w) {
  uint32_t head = 0;
  cannot_fail(mho_dru_get_head(&w->device->dru, &head));
  const bool is_done = (int32_t)(head - w->ticket.number) > 0;
  if (!is_done || mho_poll(w->device, w->ticket, w->completion)) return false;
  *w->completion = (mho_completion_t){.status = MHO_DRU_STATUS_BUS_ERROR};
  return true;
}

uint64_t mho_deadline_us(const mho_device_t* d, uint32_t timeout_us) {
  const mho_hooks_t* const hooks = &d->config.hooks;
  return timeout_us != 0u && hooks->now_us != NULL ? hooks->now_us() + timeout_us : 0u;
}

// Polls of memory before HEAD is read, which takes the bus from the DRU.
enum { kPollsPerLook = 1024 };

mho_result_t mho_wait_to(const mho_device_t* d, mho_ticket_t ticket, uint64_t deadline_us,
                         mho_completion_t* completion) {
  const mho_hooks_t* const hooks = &d->config.hooks;
  waiting_t w = {.device = d, .ticket = ticket, .completion = completion, .deadline_us = deadline_us};
  uint32_t polls = 0;
  do {
    if (hooks->wait_until != NULL) hooks->wait_until(is_over, &w);
    if (mho_poll(d, ticket, completion)) return MHO_OK;
    const bool looks = hooks->wait_until != NULL || ++polls % kPollsPerLook == 0u;
    if (looks && has_lost_completion(&w)) return MHO_OK;
  } while (!has_expired(&w));
  return has_lost_completion(&w) || mho_poll(d, ticket, completion) ? MHO_OK : MHO_TIMED_OUT;
}

mho_result_t mho_wait(const mho_device_t* d, mho_ticket_t ticket, uint32_t timeout_us,
                      mho_completion_t* completion) {
  return mho_wait_to(d, ticket, mho_deadline_us(d, timeout_us), completion);
}

bool mho_has_ended(const mho_device_t* d, mho_ticket_t ticket, uint64_t deadline_us, mho_result_t* result,
                   mho_completion_t* completion) {
  waiting_t w = {.device = d, .ticket = ticket, .completion = completion, .deadline_us = deadline_us};
  *result = MHO_OK;
  if (mho_poll(d, ticket, completion)) return true;
  const bool is_late = has_expired(&w);  // first, so that a list which ends just now has ended
  if (has_lost_completion(&w) || mho_poll(d, ticket, completion)) return true;
  *result = MHO_TIMED_OUT;
  return is_late;
}

void mho_cancel(const mho_device_t* d) {
  cannot_fail(mho_dru_abort(&d->dru));
}

static uint32_t acknowledge(const mho_dru_t* dru) {
  uint32_t causes = 0;
  cannot_fail(mho_dru_irq_pending(dru, &causes));
  if (causes != 0u) cannot_fail(mho_dru_irq_acknowledge(dru, causes));
  return causes;
}

uint32_t mho_acknowledge(const mho_device_t* d) {
  uint32_t causes = acknowledge(&d->dru);
  for (uint32_t number = 1; number <= d->open_contexts; ++number) {
    const mho_dru_t dru = {context_base(d, number)};
    causes |= acknowledge(&dru);
  }
  return causes;
}

mho_dru_counters_t mho_counters(const mho_device_t* d) {
  mho_dru_counters_t counters = {0};
  cannot_fail(mho_dru_get_counters(&d->dru, &counters));
  return counters;
}

uint64_t mho_time_ns(const mho_device_t* d) {
  uint64_t time_ns = 0;
  cannot_fail(mho_telemetry_get_time(&d->telemetry, &time_ns));
  return time_ns;
}

uint64_t mho_energy_pj(const mho_device_t* d) {
  uint64_t energy_pj = 0;
  cannot_fail(mho_telemetry_get_energy(&d->telemetry, &energy_pj));
  return energy_pj;
}

uint64_t mho_job_energy_pj(const mho_device_t* d, uint32_t job_id) {
  uint64_t energy_pj = 0;
  cannot_fail(mho_telemetry_get_job_energy(&d->telemetry, job_id, &energy_pj));
  return energy_pj;
}

void mho_set_phase(const mho_device_t* d, mho_phase_t phase) {
  cannot_fail(mho_telemetry_set_phase(&d->telemetry, phase));
}
