// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where the memory map has the blocks that the driver uses. What of the firmware else knows of addresses is
// told them.
#pragma once

#include "firmware/libmho/device.h"
#include "registers/memory_map.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What to initialise a device of the whole chip with: all blocks, all macros. The driver polls and does not
/// know the time; set hooks to let it sleep and give up.
/// @param memory   that the DRU can reach, as the driver sees it
/// @param ring     in this memory, aligned to 64 bytes
/// @param entries  1 to 4096
static inline mho_device_config_t mho_whole_chip(mho_memory_t memory, mho_dru_descriptor_t* ring,
                                                 uint32_t entries) {
  const mho_device_config_t config = {.dru_base = MHO_DRU_BASE,
                                      .telemetry_base = MHO_TELEMETRY_BASE,
                                      .contexts_base = MHO_DRU_CONTEXT_BASE,
                                      .context_stride = MHO_DRU_CONTEXT_STRIDE,
                                      .adc_base = MHO_ADC_BASE,
                                      .dac_base = MHO_DAC_BASE,
                                      .inv_base = MHO_INV_BASE,
                                      .mvm_base = MHO_MVM_BASE,
                                      .ginv_base = MHO_GINV_BASE,
                                      .dac_stride = MHO_DAC_STRIDE,
                                      .memory = memory,
                                      .ring_address = mho_address(&memory, ring),
                                      .ring_entries = entries};
  return config;
}

#ifdef __cplusplus
}
#endif
