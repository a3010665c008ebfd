// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/sdk/interrupt.h"

#include <stddef.h>

#include "firmware/hal/plic.h"
#include "firmware/sdk/csr.h"
#include "registers/memory_map.h"
#include "registers/plic.h"

#define CAUSE_SOFTWARE 3u
#define CAUSE_TIMER 7u
#define CAUSE_EXTERNAL 11u
#define MSTATUS_MIE 8u

typedef struct {
  mho_interrupt_handler_t handler;
  void* context;
} entry_t;

static const mho_plic_t plic = {.base = MHO_PLIC_BASE};
static entry_t timer, software, external[MHO_PLIC_SOURCES];

bool mho_interrupts_disable(void) {
  uint32_t before;
  __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before) : : "memory");
  return (before & MSTATUS_MIE) != 0;
}

bool mho_interrupts_enable(void) {
  uint32_t before;
  __asm__ volatile("csrrsi %0, mstatus, 8" : "=r"(before) : : "memory");
  return (before & MSTATUS_MIE) != 0;
}

void mho_interrupts_restore(bool enabled) {
  if (enabled) mho_interrupts_enable();
}

static void set_local_handler(entry_t* entry, uint32_t cause, mho_interrupt_handler_t handler,
                              void* context) {
  MHO_CSR_CLEAR(mie, 1u << cause);
  entry->handler = handler;
  entry->context = context;
  if (handler != NULL) MHO_CSR_SET(mie, 1u << cause);
}

void mho_interrupt_set_timer_handler(mho_interrupt_handler_t handler, void* context) {
  set_local_handler(&timer, CAUSE_TIMER, handler, context);
}

void mho_interrupt_set_software_handler(mho_interrupt_handler_t handler, void* context) {
  set_local_handler(&software, CAUSE_SOFTWARE, handler, context);
}

bool mho_interrupt_set_external_handler(uint32_t source, mho_interrupt_handler_t handler, void* context) {
  if (mho_plic_set_enabled(&plic, source, false) != MHO_HAL_OK) return false;
  external[source] = (entry_t){handler, context};
  if (handler == NULL) return true;
  const bool ok = mho_plic_set_priority(&plic, source, 1) == MHO_HAL_OK &&
                  mho_plic_set_enabled(&plic, source, true) == MHO_HAL_OK;
  MHO_CSR_SET(mie, 1u << CAUSE_EXTERNAL);
  return ok;
}

static bool dispatch_external(void) {
  const uint32_t source = mho_plic_claim(&plic);
  if (source == 0) return true;  // the line fell before the claim
  if (source >= MHO_PLIC_SOURCES || external[source].handler == NULL) return false;
  external[source].handler(external[source].context);
  mho_plic_complete(&plic, source);
  return true;
}

bool mho_interrupt_dispatch(uint32_t cause) {
  if (cause == CAUSE_EXTERNAL) return dispatch_external();
  const entry_t* entry = cause == CAUSE_TIMER ? &timer : cause == CAUSE_SOFTWARE ? &software : NULL;
  if (entry == NULL || entry->handler == NULL) return false;
  entry->handler(entry->context);
  return true;
}

void mho_wait_until(bool (*is_done)(void* context), void* context) {
  const bool enabled = mho_interrupts_disable();
  while (!is_done(context)) {
    // wfi returns for a pending interrupt even while they are kept out; letting them in takes it.
    __asm__ volatile("wfi");
    mho_interrupts_enable();
    mho_interrupts_disable();
  }
  mho_interrupts_restore(enabled);
}
