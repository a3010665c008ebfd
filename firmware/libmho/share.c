// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/share.h"

#include <stddef.h>

#include "registers/dru.h"

enum { kWordBits = 32 };

// The words of a kind and how many macros they stand for.
typedef struct {
  const uint32_t* words;
  uint32_t macros;
} bits_t;

static bits_t bits_of(const mho_macro_set_t* set, mho_macro_kind_t kind) {
  switch (kind) {
    case MHO_MACRO_INV:
      return (bits_t){set->inv, MHO_MOST_INV};
    case MHO_MACRO_MVM:
      return (bits_t){set->mvm, MHO_MOST_MVM};
    case MHO_MACRO_GINV:
      return (bits_t){set->ginv, MHO_MOST_GINV};
  }
  return (bits_t){NULL, 0u};
}

static uint32_t* words_of(mho_macro_set_t* set, mho_macro_kind_t kind) {
  return kind == MHO_MACRO_INV ? set->inv : kind == MHO_MACRO_MVM ? set->mvm : set->ginv;
}

mho_result_t mho_macro_set_add(mho_macro_set_t* set, mho_macro_kind_t kind, uint32_t first, uint32_t count) {
  const uint32_t macros = bits_of(set, kind).macros;
  if (first > macros || count > macros - first) return MHO_BAD_ARGUMENT;
  uint32_t* const words = words_of(set, kind);
  for (uint32_t i = first; i < first + count; ++i) words[i / kWordBits] |= 1u << (i % kWordBits);
  return MHO_OK;
}

void mho_macro_set_unite(mho_macro_set_t* set, const mho_macro_set_t* other) {
  static const mho_macro_kind_t kKinds[] = {MHO_MACRO_INV, MHO_MACRO_MVM, MHO_MACRO_GINV};
  for (uint32_t k = 0; k < sizeof kKinds / sizeof kKinds[0]; ++k) {
    const bits_t from = bits_of(other, kKinds[k]);
    uint32_t* const to = words_of(set, kKinds[k]);
    for (uint32_t i = 0; i < from.macros / kWordBits; ++i) to[i] |= from.words[i];
  }
}

bool mho_macro_set_has(const mho_macro_set_t* set, mho_macro_kind_t kind, uint32_t index) {
  const bits_t bits = bits_of(set, kind);
  return index < bits.macros && (bits.words[index / kWordBits] >> (index % kWordBits) & 1u) != 0u;
}

bool mho_share_avoids(const mho_share_t* share, mho_macro_kind_t kind, uint32_t index) {
  return share->avoided != NULL && mho_macro_set_has(share->avoided, kind, index);
}

uint32_t mho_share_macros(const mho_share_t* share, mho_macro_kind_t kind, uint32_t count) {
  if (share->avoided == NULL) return count;
  uint32_t usable = 0;
  for (uint32_t i = 0; i < count; ++i) usable += mho_macro_set_has(share->avoided, kind, i) ? 0u : 1u;
  return usable;
}

uint32_t mho_share_tiles(const mho_share_t* share) {
  return share->tiles != 0u ? share->tiles : MHO_DRU_TILES - share->first_tile;
}
