// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the examples have in common: the whole chip as libmho is told of it, and its interrupt.
#pragma once

#include "firmware/libmho/chip.h"
#include "firmware/sdk/interrupt.h"
#include "firmware/sdk/timer.h"

/// @param ring  descriptors in memory, aligned to 64 bytes
/// The driver polls; set hooks to let it sleep.
static inline mho_device_config_t chip_configuration(mho_dru_descriptor_t* ring, uint32_t entries) {
  const mho_memory_t ram = {(uint8_t*)MHO_RAM_BASE, MHO_RAM_BASE, MHO_RAM_SIZE};
  return mho_whole_chip(ram, ring, entries);
}

static inline void chip_on_interrupt(void* device) {
  (void)mho_acknowledge(device);
}

/// Lets the DRU interrupt the CPU. @returns false if there is no such interrupt
static inline bool chip_enable_interrupt(mho_device_t* device) {
  if (!mho_interrupt_set_external_handler(MHO_DRU_IRQ, chip_on_interrupt, device)) return false;
  (void)mho_interrupts_enable();
  return true;
}
