// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// External interrupts of hart 0 in machine mode. Sources are 1 to MHO_PLIC_SOURCES − 1.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The interrupt controller; `base` is the address of its first register.
typedef struct mho_plic {
  uintptr_t base;
} mho_plic_t;

/// Priority of a source, 0 (never) to MHO_PLIC_MAX_PRIORITY. BAD_ARGUMENT: no such source or priority.
MHO_MUST_CHECK mho_hal_result_t mho_plic_set_priority(const mho_plic_t* plic, uint32_t source,
                                                      uint32_t priority);

/// Lets a source interrupt the hart or not. BAD_ARGUMENT: no such source.
MHO_MUST_CHECK mho_hal_result_t mho_plic_set_enabled(const mho_plic_t* plic, uint32_t source, bool enabled);

/// Sources up to this priority do not interrupt, 0 to MHO_PLIC_MAX_PRIORITY. BAD_ARGUMENT: beyond.
MHO_MUST_CHECK mho_hal_result_t mho_plic_set_threshold(const mho_plic_t* plic, uint32_t priority);

/// Whether a source is pending. BAD_ARGUMENT: no such source.
/// @param[out] pending  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_plic_is_pending(const mho_plic_t* plic, uint32_t source, bool* pending);

/// Takes the pending source of highest priority; 0: none. Every claim but 0 needs its completion.
uint32_t mho_plic_claim(const mho_plic_t* plic);

/// Says that the handler of a claimed source is done, so that the source may interrupt again.
void mho_plic_complete(const mho_plic_t* plic, uint32_t source);

#ifdef __cplusplus
}
#endif
