// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Uses something of each library.
#include <stdio.h>
#include <stdlib.h>

#include "firmware/libmho/device.h"
#include "firmware/sdk/timer.h"
#include "registers/memory_map.h"

static _Alignas(64) mho_dru_descriptor_t ring[4];

int main(int argc, char** argv) {
  const mho_device_config_t config = {.dru_base = MHO_DRU_BASE,
                                      .telemetry_base = MHO_TELEMETRY_BASE,
                                      .memory = {(uint8_t*)MHO_RAM_BASE, MHO_RAM_BASE, MHO_RAM_SIZE},
                                      .ring_address = (uint32_t)(uintptr_t)ring,
                                      .ring_entries = 4};
  mho_device_t device;
  if (mho_device_init(&device, &config) != MHO_OK) return 2;
  mho_sleep_us(50);
  printf("%d arguments, the last is %s; %.1f; %d INV macros or more; slept: %d\n", argc - 1, argv[argc - 1],
         0.5, device.capabilities.inv_count > 0 ? 1 : 0, mho_time_us() >= 50);
  return 0;
}
