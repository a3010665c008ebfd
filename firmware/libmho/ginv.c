// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/ginv.h"

#include "firmware/libmho/real.h"

enum { kLargestSpread = 20 };

// The square system as [T, αI; 0, Tᵀ] again.
typedef struct {
  const mho_system_t* system;
  uint32_t rows, columns;  // of T
  uint32_t* place;         // rows + columns: where each row of the square matrix stands
} blocks_t;

static mho_real_t power_of_two(int32_t exponent) {
  return mho_real_from(1, exponent);
}

// Row i and column j of the square matrix, without its scales by powers of two.
static mho_real_t entry(const blocks_t* b, uint32_t i, uint32_t j) {
  const mho_system_t* const s = b->system;
  const uint32_t at = b->place[i];
  return mho_real_from(s->a[at * s->n + j], s->a_exponent - s->row_scale[at] - s->column_scale[j]);
}

static mho_result_t find_rows(blocks_t* b, mho_arena_t* arena) {
  const mho_system_t* const s = b->system;
  b->place = mho_arena_take(arena, s->n, sizeof(uint32_t));
  if (b->place == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < s->n; ++i) {
    b->place[s->row_order[i]] = i;
    if (s->column_order[i] != i) return MHO_OVERFLOW;
  }
  return MHO_OK;
}

static mho_real_t largest_of_column(const blocks_t* b, uint32_t j) {
  mho_real_t largest = mho_real_from(0, 0);
  for (uint32_t i = 0; i < b->rows; ++i) {
    const mho_real_t v = mho_real_abs(entry(b, i, j));
    if (mho_real_compare(v, largest) > 0) largest = v;
  }
  return largest;
}

static int8_t level_of(mho_real_t v, int32_t top) {
  const mho_real_t magnitude = mho_real_abs(v);
  int32_t level = mho_real_to_int(magnitude, 0);
  if (level > top) level = top;
  return (int8_t)(v.mantissa < 0 ? -level : level);
}

// Words of 31 bits with the exponent of the largest.
static mho_result_t to_words(mho_factor_vector_t* out, const mho_real_t* factor, uint32_t n) {
  int32_t least = factor[0].exponent;
  out->exponent = factor[0].exponent;
  for (uint32_t i = 1; i < n; ++i) {
    if (factor[i].exponent > out->exponent) out->exponent = factor[i].exponent;
    if (factor[i].exponent < least) least = factor[i].exponent;
  }
  if (out->exponent - least > kLargestSpread) return MHO_OVERFLOW;
  for (uint32_t i = 0; i < n; ++i) out->word[i] = mho_real_to_int(factor[i], out->exponent);
  return MHO_OK;
}

bool mho_ginv_holds(uint32_t rows, uint32_t columns, uint32_t size) {
  return rows != columns && rows <= size && columns <= size;
}

static mho_result_t take(mho_ginv_levels_t* out, mho_arena_t* arena) {
  const uint32_t n = out->rows + out->columns;
  out->levels = mho_arena_take(arena, out->rows * out->columns, 1u);
  out->order = mho_arena_take(arena, n, 1u);
  out->in.word = mho_arena_take(arena, n, sizeof(int32_t));
  out->out.word = mho_arena_take(arena, n, sizeof(int32_t));
  const bool has_all =
      out->levels != NULL && out->order != NULL && out->in.word != NULL && out->out.word != NULL;
  return has_all ? MHO_OK : MHO_NO_MEMORY;
}

// Levels of a column, and the factors of the unknown and of the equation that belong to it.
static mho_result_t put_column(mho_ginv_levels_t* out, const blocks_t* b, uint32_t j, uint32_t top,
                               mho_real_t* weight) {
  const mho_real_t largest = largest_of_column(b, j);
  if (largest.mantissa == 0) return MHO_SINGULAR;
  *weight = mho_real_div(mho_real_from(top, 0), largest);
  for (uint32_t i = 0; i < b->rows; ++i) {
    out->levels[i * b->columns + j] = level_of(mho_real_mul(entry(b, i, j), *weight), (int32_t)top);
  }
  return MHO_OK;
}

static mho_result_t put_factors(mho_ginv_levels_t* out, const blocks_t* b, const mho_real_t* weight,
                                mho_arena_t scratch) {
  const mho_system_t* const s = b->system;
  mho_real_t* const in = mho_arena_take(&scratch, s->n, sizeof *in);
  mho_real_t* const found = mho_arena_take(&scratch, s->n, sizeof *found);
  if (in == NULL || found == NULL) return MHO_NO_MEMORY;
  const mho_real_t alpha = mho_real_abs(entry(b, 0, b->columns));
  if (alpha.mantissa == 0) return MHO_SINGULAR;
  const mho_real_t sigma = mho_real_div(mho_real_from(out->feedback, 0), alpha);
  for (uint32_t i = 0; i < s->n; ++i) {
    const uint32_t at = b->place[i];
    const bool is_row = i < b->rows;
    const mho_real_t factor = is_row ? mho_real_from(1, 0) : mho_real_div(weight[i - b->rows], sigma);
    in[at] = mho_real_mul(factor, power_of_two(-s->row_scale[at]));
    out->order[i] = (uint8_t)at;
    found[i] = mho_real_mul(i < b->columns ? weight[i] : sigma, power_of_two(-s->column_scale[i]));
  }
  const mho_result_t result = to_words(&out->in, in, s->n);
  return result == MHO_OK ? to_words(&out->out, found, s->n) : result;
}

mho_result_t mho_ginv_levels(mho_ginv_levels_t* out, const mho_system_t* square, uint32_t rows,
                             uint32_t columns, uint32_t top, mho_arena_t* arena) {
  out->rows = rows > columns ? rows : columns;
  out->columns = rows > columns ? columns : rows;
  out->feedback = mho_ginv_feedback(top);
  blocks_t b = {.system = square, .rows = out->rows, .columns = out->columns};
  mho_result_t result = take(out, arena);
  mho_arena_t scratch = *arena;
  if (result == MHO_OK) result = find_rows(&b, &scratch);
  if (result != MHO_OK) return result;
  mho_real_t* const weight = mho_arena_take(&scratch, b.columns, sizeof *weight);
  if (weight == NULL) return MHO_NO_MEMORY;
  for (uint32_t j = 0; j < b.columns; ++j) {
    result = put_column(out, &b, j, top, &weight[j]);
    if (result != MHO_OK) return result;
  }
  return put_factors(out, &b, weight, scratch);
}
