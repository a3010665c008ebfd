// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/complex.h"

static const uint64_t kSign = (uint64_t)1 << 63;

typedef struct {
  uint32_t* row_start;
  uint32_t* column;
  uint64_t* value;
  uint32_t entries;
} builder_t;

// One of the parts of row i, 0 the real one, from column `first_column` on. Zeros are left out.
static void append(builder_t* b, const mho_sparse_system_t* s, uint32_t i, uint32_t part,
                   uint32_t first_column, uint64_t turn) {
  for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
    const uint64_t value = s->value[2u * k + part];
    if ((value & ~kSign) == 0u) continue;
    b->column[b->entries] = first_column + s->column[k];
    b->value[b->entries++] = value ^ turn;
  }
}

mho_result_t mho_complex_embed(mho_sparse_system_t* real, const mho_sparse_system_t* s, mho_arena_t* arena) {
  if (!mho_sparse_is_in_range(s)) return MHO_BAD_ARGUMENT;
  const uint32_t n = s->rows;
  const uint32_t most = 4u * s->row_start[n];
  builder_t b = {.row_start = mho_arena_take(arena, 2u * n + 1u, sizeof(uint32_t)),
                 .column = mho_arena_take(arena, most, sizeof(uint32_t)),
                 .value = mho_arena_take(arena, most, sizeof(uint64_t)),
                 .entries = 0};
  uint64_t* const rhs = mho_arena_take(arena, 2u * n, sizeof(uint64_t));
  if (b.row_start == NULL || b.column == NULL || b.value == NULL || rhs == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < n; ++i) {
    append(&b, s, i, 0u, 0u, 0u);
    append(&b, s, i, 1u, s->columns, kSign);
    b.row_start[i + 1u] = b.entries;
  }
  for (uint32_t i = 0; i < n; ++i) {
    append(&b, s, i, 1u, 0u, 0u);
    append(&b, s, i, 0u, s->columns, 0u);
    b.row_start[n + i + 1u] = b.entries;
  }
  mho_complex_embed_rhs(rhs, s->rhs, n);
  *real = (mho_sparse_system_t){.rows = 2u * n,
                                .columns = 2u * s->columns,
                                .row_start = b.row_start,
                                .column = b.column,
                                .value = b.value,
                                .rhs = rhs};
  return MHO_OK;
}

void mho_complex_embed_rhs(uint64_t* real, const uint64_t* pairs, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    real[i] = pairs[2u * i];
    real[n + i] = pairs[2u * i + 1u];
  }
}
