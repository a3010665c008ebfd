// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Telemetry: simulated time, energy by component and by job, and the phase the driver declares.
#pragma once

#include <stdint.h>

#include "firmware/hal/result.h"
#include "registers/telemetry.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A telemetry block; `base` is the address of its first register.
typedef struct mho_telemetry {
  uintptr_t base;
} mho_telemetry_t;

/// OK if the block is telemetry, otherwise WRONG_BLOCK.
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_check(const mho_telemetry_t* telemetry);

/// Declares what the driver is doing; time and energy from here on count for it. BAD_ARGUMENT: no such phase.
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_set_phase(const mho_telemetry_t* telemetry, mho_phase_t phase);

/// Simulated time since reset [ns]. @param[out] time_ns  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_get_time(const mho_telemetry_t* telemetry, uint64_t* time_ns);

/// Energy of the whole chip since reset [pJ]. @param[out] energy_pj  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_get_energy(const mho_telemetry_t* telemetry,
                                                         uint64_t* energy_pj);

/// Components in the ledger. @param[out] count  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_get_component_count(const mho_telemetry_t* telemetry,
                                                                  uint32_t* count);

/// Energy of one component since reset [pJ]; 0 if there is no such component. @param[out] energy_pj unchanged
/// unless OK
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_get_component_energy(const mho_telemetry_t* telemetry,
                                                                   uint32_t component, uint64_t* energy_pj);

/// Energy booked for one job [pJ]. @param[out] energy_pj  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_get_job_energy(const mho_telemetry_t* telemetry, uint32_t job,
                                                             uint64_t* energy_pj);

/// The job that the CPU's own bus transactions are charged to, 0: none.
MHO_MUST_CHECK mho_hal_result_t mho_telemetry_set_cpu_job(const mho_telemetry_t* telemetry, uint32_t job);

#ifdef __cplusplus
}
#endif
