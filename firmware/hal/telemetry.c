// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/telemetry.h"

#include <stddef.h>

#include "firmware/hal/mmio.h"

static uint32_t read(const mho_telemetry_t* telemetry, uint32_t offset) {
  return mho_mmio_read32(telemetry->base + offset);
}

/// A 64-bit value in two registers, the low one latching the high one.
static mho_hal_result_t read64(const mho_telemetry_t* telemetry, uint32_t low_offset, uint32_t high_offset,
                               uint64_t* value) {
  const uint32_t low = read(telemetry, low_offset);
  const uint32_t high = read(telemetry, high_offset);
  *value = ((uint64_t)high << 32) | low;
  return MHO_HAL_OK;
}

mho_hal_result_t mho_telemetry_check(const mho_telemetry_t* telemetry) {
  if (telemetry == NULL) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t id = read(telemetry, MHO_TELEMETRY_ID_OFFSET);
  return id == MHO_TELEMETRY_ID_VALUE ? MHO_HAL_OK : MHO_HAL_WRONG_BLOCK;
}

mho_hal_result_t mho_telemetry_set_phase(const mho_telemetry_t* telemetry, mho_phase_t phase) {
  if (telemetry == NULL || (uint32_t)phase > (uint32_t)MHO_PHASE_VERIFY) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(telemetry->base + MHO_TELEMETRY_PHASE_OFFSET, (uint32_t)phase);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_telemetry_get_time(const mho_telemetry_t* telemetry, uint64_t* time_ns) {
  if (telemetry == NULL || time_ns == NULL) return MHO_HAL_BAD_ARGUMENT;
  return read64(telemetry, MHO_TELEMETRY_TIME_NS_LO_OFFSET, MHO_TELEMETRY_TIME_NS_HI_OFFSET, time_ns);
}

mho_hal_result_t mho_telemetry_get_energy(const mho_telemetry_t* telemetry, uint64_t* energy_pj) {
  if (telemetry == NULL || energy_pj == NULL) return MHO_HAL_BAD_ARGUMENT;
  return read64(telemetry, MHO_TELEMETRY_ENERGY_PJ_LO_OFFSET, MHO_TELEMETRY_ENERGY_PJ_HI_OFFSET, energy_pj);
}

mho_hal_result_t mho_telemetry_get_component_count(const mho_telemetry_t* telemetry, uint32_t* count) {
  if (telemetry == NULL || count == NULL) return MHO_HAL_BAD_ARGUMENT;
  *count = read(telemetry, MHO_TELEMETRY_COMPONENT_COUNT_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_telemetry_get_component_energy(const mho_telemetry_t* telemetry, uint32_t component,
                                                    uint64_t* energy_pj) {
  if (telemetry == NULL || energy_pj == NULL) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(telemetry->base + MHO_TELEMETRY_COMPONENT_SELECT_OFFSET, component);
  return read64(telemetry, MHO_TELEMETRY_COMPONENT_PJ_LO_OFFSET, MHO_TELEMETRY_COMPONENT_PJ_HI_OFFSET,
                energy_pj);
}

mho_hal_result_t mho_telemetry_get_job_energy(const mho_telemetry_t* telemetry, uint32_t job,
                                              uint64_t* energy_pj) {
  if (telemetry == NULL || energy_pj == NULL) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(telemetry->base + MHO_TELEMETRY_JOB_SELECT_OFFSET, job);
  return read64(telemetry, MHO_TELEMETRY_JOB_PJ_LO_OFFSET, MHO_TELEMETRY_JOB_PJ_HI_OFFSET, energy_pj);
}

mho_hal_result_t mho_telemetry_set_cpu_job(const mho_telemetry_t* telemetry, uint32_t job) {
  if (telemetry == NULL) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(telemetry->base + MHO_TELEMETRY_CPU_JOB_OFFSET, job);
  return MHO_HAL_OK;
}
