// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Sleeps while the DRU executes a list that does not end, for a debugger to interrupt.
#include <stddef.h>
#include <stdint.h>

#include "firmware/libmho/device.h"
#include "firmware/sdk/interrupt.h"
#include "registers/memory_map.h"

enum { kRingEntries = 8, kJobId = 1 };

static _Alignas(64) mho_dru_descriptor_t ring[kRingEntries];
static _Alignas(32) mho_dru_command_t endless[1] = {{.opcode = MHO_DRU_OPCODE_JUMP, .arg = {0}}};

static void on_interrupt(void* context) {
  (void)context;
}

static bool never(void* context) {
  (void)context;
  return false;
}

int main(void) {
  const mho_device_config_t config = {.dru_base = MHO_DRU_BASE,
                                      .telemetry_base = MHO_TELEMETRY_BASE,
                                      .memory = {(uint8_t*)MHO_RAM_BASE, MHO_RAM_BASE, MHO_RAM_SIZE},
                                      .ring_address = (uint32_t)(uintptr_t)ring,
                                      .ring_entries = kRingEntries};
  mho_device_t device;
  mho_ticket_t ticket;
  if (mho_device_init(&device, &config) != MHO_OK) return 2;
  if (!mho_interrupt_set_external_handler(MHO_DRU_IRQ, on_interrupt, NULL)) return 2;
  if (mho_submit(&device, endless, 1, kJobId, UINT32_MAX, &ticket) != MHO_OK) return 1;
  mho_wait_until(never, NULL);
  return 1;
}
