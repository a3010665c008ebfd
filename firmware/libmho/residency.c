// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/residency.h"

#include <stdbool.h>

#include "registers/dru.h"

static mho_macro_pool_t* pool_of(mho_residency_t* r, uint32_t tile) {
  const uint8_t kind = r->plan->tiles[tile].kind;
  return kind == MHO_TILE_KIND_INV ? &r->inv : kind == MHO_TILE_KIND_GINV ? &r->ginv : &r->mvm;
}

static bool holds_tile(const mho_macro_pool_t* pool, uint32_t macro) {
  return pool->holder[macro] != MHO_NONE && pool->holder[macro] != MHO_AVOIDED;
}

static mho_result_t init_pool(mho_macro_pool_t* pool, const mho_share_t* share, mho_macro_kind_t kind,
                              uint32_t count, mho_arena_t* arena) {
  pool->count = count;
  pool->holder = mho_arena_take(arena, count, sizeof(uint32_t));
  pool->first_holder = mho_arena_take(arena, count, sizeof(uint32_t));
  if (pool->holder == NULL || pool->first_holder == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < count; ++i) pool->holder[i] = MHO_NONE;
  for (uint32_t i = 0; share != NULL && share->avoided != NULL && i < count; ++i) {
    if (mho_share_avoids(share, kind, i)) pool->holder[i] = MHO_AVOIDED;
  }
  return MHO_OK;
}

static uint32_t count_of(const mho_macro_counts_t* macros, uint8_t kind) {
  return kind == MHO_TILE_KIND_INV ? macros->inv : kind == MHO_TILE_KIND_GINV ? macros->ginv : macros->mvm;
}

static bool are_enough(const mho_plan_t* plan, const mho_macro_counts_t* macros) {
  if (macros->inv == 0u || macros->mvm == 0u) return false;
  for (uint32_t t = 0; t < plan->tile_count; ++t) {
    if (plan->tiles[t].macros > count_of(macros, plan->tiles[t].kind)) return false;
  }
  return true;
}

static mho_macro_counts_t usable(const mho_share_t* share, const mho_macro_counts_t* macros) {
  return (mho_macro_counts_t){.inv = mho_share_macros(share, MHO_MACRO_INV, macros->inv),
                              .mvm = mho_share_macros(share, MHO_MACRO_MVM, macros->mvm),
                              .ginv = mho_share_macros(share, MHO_MACRO_GINV, macros->ginv)};
}

static mho_result_t check_macros(const mho_plan_t* plan, const mho_macro_counts_t* macros) {
  if (!are_enough(plan, macros)) return MHO_BAD_ARGUMENT;
  if (plan->share == NULL || plan->share->avoided == NULL) return MHO_OK;
  const mho_macro_counts_t left = usable(plan->share, macros);
  return are_enough(plan, &left) ? MHO_OK : MHO_TOO_FEW_MACROS;
}

mho_result_t mho_residency_init(mho_residency_t* r, const mho_plan_t* plan, mho_macro_counts_t macros,
                                uint32_t uses, mho_arena_t* arena) {
  mho_result_t result = check_macros(plan, &macros);
  if (result != MHO_OK) return result;
  r->plan = plan;
  r->uses = 0;
  r->position = 0;
  r->macros = mho_arena_take(arena, plan->tile_count, sizeof(uint16_t[MHO_MAX_SLICES]));
  r->is_resident = mho_arena_take(arena, plan->tile_count, 1u);
  r->placed = mho_arena_take(arena, plan->tile_count, 1u);
  r->upcoming = mho_arena_take(arena, plan->tile_count, sizeof(uint32_t));
  r->use = mho_arena_take(arena, uses, sizeof(uint32_t));
  r->next_use = mho_arena_take(arena, uses, sizeof(uint32_t));
  if (r->macros == NULL || r->is_resident == NULL || r->placed == NULL || r->upcoming == NULL ||
      r->use == NULL || r->next_use == NULL) {
    return MHO_NO_MEMORY;
  }
  result = init_pool(&r->inv, plan->share, MHO_MACRO_INV, macros.inv, arena);
  if (result == MHO_OK) result = init_pool(&r->mvm, plan->share, MHO_MACRO_MVM, macros.mvm, arena);
  if (result != MHO_OK) return result;
  return init_pool(&r->ginv, plan->share, MHO_MACRO_GINV, macros.ginv, arena);
}

void mho_residency_record(mho_residency_t* r, uint32_t tile) {
  r->use[r->uses++] = tile;
}

static void evict(mho_residency_t* r, uint32_t tile) {
  mho_macro_pool_t* const pool = pool_of(r, tile);
  for (uint32_t s = 0; s < r->plan->tiles[tile].macros; ++s) pool->holder[r->macros[tile][s]] = MHO_NONE;
  r->is_resident[tile] = 0;
}

// The free macros with the lowest numbers; false if there are not enough.
static int place(mho_residency_t* r, uint32_t tile) {
  mho_macro_pool_t* const pool = pool_of(r, tile);
  const uint32_t wanted = r->plan->tiles[tile].macros;
  uint32_t found = 0;
  for (uint32_t i = 0; i < pool->count && found < wanted; ++i) {
    if (pool->holder[i] == MHO_NONE) r->macros[tile][found++] = (uint16_t)i;
  }
  if (found < wanted) return 0;
  for (uint32_t s = 0; s < wanted; ++s) pool->holder[r->macros[tile][s]] = tile;
  r->is_resident[tile] = 1;
  return 1;
}

static void copy_holders(mho_macro_pool_t* pool) {
  for (uint32_t i = 0; i < pool->count; ++i) pool->first_holder[i] = pool->holder[i];
}

void mho_residency_start(mho_residency_t* r) {
  for (uint32_t p = r->uses; p-- > 0u;) r->upcoming[r->use[p]] = p + r->uses;
  for (uint32_t p = r->uses; p-- > 0u;) {
    r->next_use[p] = r->upcoming[r->use[p]];
    r->upcoming[r->use[p]] = p;
  }
  for (uint32_t p = 0; p < r->uses; ++p) {
    if (!r->is_resident[r->use[p]]) (void)place(r, r->use[p]);
  }
  copy_holders(&r->inv);
  copy_holders(&r->mvm);
  copy_holders(&r->ginv);
}

static uint32_t farthest(const mho_residency_t* r, const mho_macro_pool_t* pool) {
  uint32_t victim = MHO_NONE;
  for (uint32_t i = 0; i < pool->count; ++i) {
    const uint32_t tile = pool->holder[i];
    if (holds_tile(pool, i) && (victim == MHO_NONE || r->upcoming[tile] > r->upcoming[victim])) victim = tile;
  }
  return victim;
}

int mho_residency_use(mho_residency_t* r, uint32_t tile) {
  const int missing = !r->is_resident[tile];
  if (missing) {
    while (!place(r, tile)) evict(r, farthest(r, pool_of(r, tile)));
  }
  r->upcoming[tile] = r->next_use[r->position++];
  return missing;
}

static void place_first_holders(mho_residency_t* r, mho_macro_pool_t* pool, uint8_t* slices) {
  for (uint32_t i = 0; i < pool->count; ++i) {
    const uint32_t tile = pool->holder[i] = pool->first_holder[i];
    if (!holds_tile(pool, i)) continue;
    r->macros[tile][slices[tile]++] = (uint16_t)i;
    r->is_resident[tile] = 1;
  }
}

static void await_from(mho_residency_t* r, uint32_t next_use) {
  r->position = next_use;
  for (uint32_t p = next_use; p-- > 0u;) r->upcoming[r->use[p]] = p + r->uses;
  for (uint32_t p = r->uses; p-- > next_use;) r->upcoming[r->use[p]] = p;
}

void mho_residency_seek(mho_residency_t* r, uint32_t state_use, uint32_t next_use) {
  for (uint32_t t = 0; t < r->plan->tile_count; ++t) r->is_resident[t] = r->placed[t] = 0;
  place_first_holders(r, &r->inv, r->placed);
  place_first_holders(r, &r->mvm, r->placed);
  place_first_holders(r, &r->ginv, r->placed);
  await_from(r, 0u);
  while (r->position < state_use) (void)mho_residency_use(r, r->use[r->position]);
  await_from(r, next_use);
}

static uint32_t restore_pool(mho_residency_t* r, mho_macro_pool_t* pool) {
  for (uint32_t i = 0; i < pool->count; ++i) {
    const uint32_t wanted = pool->first_holder[i];
    if (pool->holder[i] == wanted || wanted == MHO_NONE || wanted == MHO_AVOIDED) continue;
    if (r->is_resident[wanted]) evict(r, wanted);
    uint32_t slice = 0;
    for (uint32_t j = 0; j < pool->count; ++j) {
      if (pool->first_holder[j] != wanted) continue;
      if (pool->holder[j] != MHO_NONE) evict(r, pool->holder[j]);
      pool->holder[j] = wanted;
      r->macros[wanted][slice++] = (uint16_t)j;
    }
    r->is_resident[wanted] = 1;
    return wanted;
  }
  return MHO_NONE;
}

uint32_t mho_residency_restore(mho_residency_t* r) {
  uint32_t tile = restore_pool(r, &r->inv);
  if (tile == MHO_NONE) tile = restore_pool(r, &r->mvm);
  return tile == MHO_NONE ? restore_pool(r, &r->ginv) : tile;
}
