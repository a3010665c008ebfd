// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A command list that is written by hand, without slots and tiles to keep account of (emitter.h does that).
#pragma once

#include <stdint.h>
#include <string.h>

#include "registers/dru.h"

/// Appends a command to `list`, which has room for it; what is not given is 0.
/// @param[in,out] count  commands in the list
/// @param dst, a, b      operands, below 2^16
static inline mho_dru_command_t* mho_command_append(mho_dru_command_t* list, uint32_t* count,
                                                    mho_dru_opcode_t opcode, uint32_t dst, uint32_t a,
                                                    uint32_t b) {
  mho_dru_command_t* const c = &list[(*count)++];
  memset(c, 0, sizeof *c);
  c->opcode = (uint8_t)opcode;
  c->dst = (uint16_t)dst;
  c->a = (uint16_t)a;
  c->b = (uint16_t)b;
  return c;
}
