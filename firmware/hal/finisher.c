// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/finisher.h"

#include "firmware/hal/mmio.h"
#include "registers/finisher.h"

void mho_finisher_exit(const mho_finisher_t* finisher, uint16_t code) {
  uint32_t value = MHO_FINISHER_COMMAND_PASS;
  if (code != 0) value = MHO_FINISHER_COMMAND_FAIL | MHO_FIELD_PUT(MHO_FINISHER_EXIT_CODE, code);
  mho_mmio_write32(finisher->base + MHO_FINISHER_EXIT_OFFSET, value);
}
