// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/suspects.h"

#include <stddef.h>

#include "firmware/hal/macro.h"

static mho_suspects_t nobody(void) {
  return (mho_suspects_t){.kind = MHO_MACRO_INV, .count = 0};
}

// Where macros of a kind are, and how many. A base of 0: the device was not told.
typedef struct {
  uintptr_t base;
  uint32_t count;
} macros_t;

static macros_t macros_of(const mho_device_t* device, mho_macro_kind_t kind) {
  const mho_device_config_t* const config = &device->config;
  const mho_dru_capabilities_t* const c = &device->capabilities;
  switch (kind) {
    case MHO_MACRO_INV:
      return (macros_t){config->inv_base, c->inv_count};
    case MHO_MACRO_MVM:
      return (macros_t){config->mvm_base, c->mvm_count};
    case MHO_MACRO_GINV:
      return (macros_t){config->ginv_base, c->ginv_count};
  }
  return (macros_t){0u, 0u};
}

// --- the macros of a tile

static mho_macro_kind_t kind_of(uint8_t tile_kind) {
  return tile_kind == MHO_TILE_KIND_INV    ? MHO_MACRO_INV
         : tile_kind == MHO_TILE_KIND_GINV ? MHO_MACRO_GINV
                                           : MHO_MACRO_MVM;
}

// False: there are too many.
static bool add(mho_suspects_t* suspects, uint16_t macro) {
  uint32_t place = 0;
  while (place < suspects->count && suspects->index[place] < macro) ++place;
  if (place < suspects->count && suspects->index[place] == macro) return true;
  if (suspects->count == MHO_DRU_MAX_SLICES) return false;
  for (uint32_t i = suspects->count; i > place; --i) suspects->index[i] = suspects->index[i - 1u];
  suspects->index[place] = macro;
  ++suspects->count;
  return true;
}

// What a PROGRAM command writes. False: more than there is room for, or the description is no longer one.
static bool add_written(mho_suspects_t* suspects, const mho_device_t* device,
                        const mho_dru_command_t* command) {
  const mho_memory_t* const memory = &device->config.memory;
  if (command->arg[0] % _Alignof(mho_dru_tile_t) != 0u ||
      !mho_memory_holds(memory, command->arg[0], sizeof(mho_dru_tile_t))) {
    return false;
  }
  const mho_dru_tile_t* const tile = mho_pointer(memory, command->arg[0]);
  suspects->kind = kind_of(tile->kind);
  // The slices of a loop are pairs of arrays in one macro.
  const uint32_t macros = suspects->kind == MHO_MACRO_MVM ? tile->slices : 1u;
  if (macros > MHO_DRU_MAX_SLICES) return false;
  for (uint32_t s = 0; s < macros; ++s) {
    if (tile->macro[s] >= macros_of(device, suspects->kind).count || !add(suspects, tile->macro[s]))
      return false;
  }
  return true;
}

static bool add_places(mho_suspects_t* suspects, const mho_device_t* device, mho_commands_t list,
                       uint32_t tile) {
  for (uint32_t i = 0; i < list.count; ++i) {
    const mho_dru_command_t* const c = &list.commands[i];
    if (c->opcode == MHO_DRU_OPCODE_PROGRAM && c->b == tile && !add_written(suspects, device, c))
      return false;
  }
  return true;
}

static mho_suspects_t macros_of_command(const mho_device_t* device, uint32_t index, mho_commands_t failed,
                                        mho_commands_t placing) {
  mho_suspects_t found = nobody();
  if (index >= failed.count) return found;
  const mho_dru_command_t* const command = &failed.commands[index];
  bool is_known = false;
  switch ((mho_dru_opcode_t)command->opcode) {
    case MHO_DRU_OPCODE_PROGRAM:
      is_known = add_written(&found, device, command);
      break;
    case MHO_DRU_OPCODE_INV:
    case MHO_DRU_OPCODE_GINV:
    case MHO_DRU_OPCODE_MVM:
    case MHO_DRU_OPCODE_HP_MVM:
      is_known =
          add_places(&found, device, placing, command->b) && add_places(&found, device, failed, command->b);
      break;
    default:
      break;
  }
  return is_known ? found : nobody();
}

// --- which of them

static bool confesses(const mho_macro_status_t* macro, mho_dru_status_t list) {
  switch (list) {
    case MHO_DRU_STATUS_WATCHDOG:
      return macro->is_busy;
    case MHO_DRU_STATUS_PROGRAM_FAILED:
      return macro->has_failed_cells || macro->was_rejected;
    case MHO_DRU_STATUS_UNSTABLE:
      return macro->is_unstable;
    case MHO_DRU_STATUS_SATURATED:
      return macro->is_saturated;
    default:
      return false;
  }
}

static mho_suspects_t those_that_confess(const mho_device_t* device, const mho_suspects_t* all,
                                         mho_dru_status_t list) {
  mho_suspects_t some = {.kind = all->kind, .count = 0};
  const uintptr_t base = macros_of(device, all->kind).base;
  for (uint32_t i = 0; base != 0u && i < all->count; ++i) {
    const mho_macro_t macro = {base + (uintptr_t)all->index[i] * MHO_ARRAY_MACRO_BLOCK_SIZE};
    mho_macro_status_t status;
    if (mho_macro_get_status(&macro, &status) == MHO_HAL_OK && confesses(&status, list))
      some.index[some.count++] = all->index[i];
  }
  return some;
}

// The macro at whose registers a transfer failed.
static mho_suspects_t macro_at(const mho_device_t* device, uint32_t address) {
  static const mho_macro_kind_t kKinds[] = {MHO_MACRO_INV, MHO_MACRO_MVM, MHO_MACRO_GINV};
  for (uint32_t k = 0; k < sizeof kKinds / sizeof kKinds[0]; ++k) {
    const macros_t macros = macros_of(device, kKinds[k]);
    if (macros.base == 0u || address < macros.base) continue;
    const uintptr_t index = (address - macros.base) / MHO_ARRAY_MACRO_BLOCK_SIZE;
    if (index < macros.count)
      return (mho_suspects_t){.kind = kKinds[k], .count = 1, .index = {(uint16_t)index}};
  }
  return nobody();
}

mho_suspects_t mho_find_suspects(const mho_device_t* device, const mho_completion_t* completion,
                                 mho_commands_t failed, mho_commands_t placing) {
  const mho_dru_status_t status = completion->status;
  if (status == MHO_DRU_STATUS_BUS_ERROR) return macro_at(device, completion->fault_detail);
  const bool is_of_cells = status == MHO_DRU_STATUS_PROGRAM_FAILED || status == MHO_DRU_STATUS_UNSTABLE ||
                           status == MHO_DRU_STATUS_SATURATED || status == MHO_DRU_STATUS_WRONG_READ;
  if (!is_of_cells && status != MHO_DRU_STATUS_WATCHDOG) return nobody();
  const mho_suspects_t all = macros_of_command(device, completion->fault_command, failed, placing);
  const mho_suspects_t some = those_that_confess(device, &all, status);
  // A list that was merely too long ends like one whose macro hangs.
  return some.count != 0u || !is_of_cells ? some : all;
}

bool mho_macro_set_add_suspects(mho_macro_set_t* set, const mho_suspects_t* suspects) {
  bool has_grown = false;
  for (uint32_t i = 0; i < suspects->count; ++i) {
    const uint32_t macro = suspects->index[i];
    if (mho_macro_set_has(set, suspects->kind, macro)) continue;
    has_grown = mho_macro_set_add(set, suspects->kind, macro, 1u) == MHO_OK || has_grown;
  }
  return has_grown;
}
