// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Interrupts: one handler per cause of the CPU, one per source of the PLIC. Handlers run on the trap stack
// (16 KiB) with interrupts off and are not interrupted. A program starts with everything disabled.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef void (*mho_interrupt_handler_t)(void* context);

/// Installs the handler of the timer interrupt and enables it in mie; NULL disables it. The handler must move
/// mtimecmp, or it is called again at once.
void mho_interrupt_set_timer_handler(mho_interrupt_handler_t handler, void* context);

/// The same for the software interrupt; the handler must clear it.
void mho_interrupt_set_software_handler(mho_interrupt_handler_t handler, void* context);

/// Installs the handler of a PLIC source (1 … 95) and enables the source with priority 1; NULL disables it.
/// Claim and completion are done around the handler, which must make its device lower the line.
/// Returns false, having done nothing, for a source that does not exist.
bool mho_interrupt_set_external_handler(uint32_t source, mho_interrupt_handler_t handler, void* context);

/// Lets interrupts in, or keeps them out. Both return whether they were let in before.
bool mho_interrupts_enable(void);
bool mho_interrupts_disable(void);
/// Puts back what mho_interrupts_disable() returned.
void mho_interrupts_restore(bool enabled);

/// Sleeps until is_done(context) is true; it is evaluated with interrupts off and again after every
/// interrupt, so that none is missed between the question and the sleep. For ever if no enabled interrupt can
/// make it true.
void mho_wait_until(bool (*is_done)(void* context), void* context);

/// For trap.c: calls the handler of a cause. False: there is none.
bool mho_interrupt_dispatch(uint32_t cause);
