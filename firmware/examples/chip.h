// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the examples have in common: the whole chip as libmho is told of it, and its interrupt.
#pragma once

#include "firmware/libmho/device.h"
#include "firmware/sdk/interrupt.h"
#include "firmware/sdk/timer.h"
#include "registers/memory_map.h"

/// @param ring  descriptors in memory, aligned to 64 bytes
/// The driver polls; set hooks to let it sleep.
static inline mho_device_config_t chip_configuration(mho_dru_descriptor_t* ring, uint32_t entries) {
  const mho_memory_t ram = {(uint8_t*)MHO_RAM_BASE, MHO_RAM_BASE, MHO_RAM_SIZE};
  const mho_device_config_t config = {.dru_base = MHO_DRU_BASE,
                                      .telemetry_base = MHO_TELEMETRY_BASE,
                                      .contexts_base = MHO_DRU_CONTEXT_BASE,
                                      .context_stride = MHO_DRU_CONTEXT_STRIDE,
                                      .adc_base = MHO_ADC_BASE,
                                      .dac_base = MHO_DAC_BASE,
                                      .dac_stride = MHO_DAC_STRIDE,
                                      .inv_base = MHO_INV_BASE,
                                      .mvm_base = MHO_MVM_BASE,
                                      .ginv_base = MHO_GINV_BASE,
                                      .memory = ram,
                                      .ring_address = mho_address(&ram, ring),
                                      .ring_entries = entries};
  return config;
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
