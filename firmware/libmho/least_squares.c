// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/least_squares.h"

#include <string.h>

#include "firmware/libmho/real.h"

enum { kRowsWithRoom = 64 };
enum { kFractionBits = 52, kBias = 1023, kLargestBiased = 2046 };

// A matrix under construction, row by row.
typedef struct {
  uint32_t* row_start;
  uint32_t* column;
  uint64_t* value;
  uint32_t rows;
} builder_t;

static void put(builder_t* b, uint32_t column, uint64_t value) {
  const uint32_t k = b->row_start[b->rows + 1u]++;
  b->column[k] = column;
  b->value[k] = value;
}

static void begin_row(builder_t* b) {
  b->row_start[b->rows + 1u] = b->row_start[b->rows];
}

static void put_row(builder_t* b, const mho_sparse_system_t* s, uint32_t i, uint32_t first_column) {
  for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k)
    put(b, first_column + s->column[k], s->value[k]);
}

// A number of 2^(e−2) for the largest magnitude in [2^(e−1), 2^e). What is not finite is for the loading of
// the system to refuse.
static uint64_t choose_alpha(const mho_sparse_system_t* s) {
  uint32_t largest = 1;
  for (uint32_t k = 0; k < s->row_start[s->rows]; ++k) {
    const uint32_t biased = (uint32_t)(s->value[k] >> kFractionBits) & 0x7ffu;
    if (biased > largest) largest = biased;
  }
  const uint32_t alpha = largest > 2u ? largest - 1u : 1u;
  return (uint64_t)(alpha > kLargestBiased ? kLargestBiased : alpha) << kFractionBits;
}

// The transpose of a matrix that is in range. MHO_NO_MEMORY.
static mho_result_t transpose(mho_sparse_system_t* t, const mho_sparse_system_t* s, mho_arena_t* arena) {
  const uint32_t entries = s->row_start[s->rows];
  uint32_t* const row_start = mho_arena_take(arena, s->columns + 2u, sizeof(uint32_t));
  uint32_t* const column = mho_arena_take(arena, entries, sizeof(uint32_t));
  uint64_t* const value = mho_arena_take(arena, entries, sizeof(uint64_t));
  if (row_start == NULL || column == NULL || value == NULL) return MHO_NO_MEMORY;
  // Where row j of the transpose goes on is counted in row_start[j + 1]; at the end it has come to where the
  // row ends.
  for (uint32_t k = 0; k < entries; ++k) ++row_start[s->column[k] + 2u];
  for (uint32_t j = 0; j < s->columns; ++j) row_start[j + 1u] += row_start[j];
  for (uint32_t i = 0; i < s->rows; ++i) {
    for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
      const uint32_t at = row_start[s->column[k] + 1u]++;
      column[at] = i;
      value[at] = s->value[k];
    }
  }
  *t = (mho_sparse_system_t){.rows = s->columns,
                             .columns = s->rows,
                             .row_start = row_start,
                             .column = column,
                             .value = value,
                             .rhs = NULL};
  return MHO_OK;
}

mho_augmented_t mho_augmented(uint32_t rows, uint32_t columns) {
  const int is_tall = rows > columns;
  return (mho_augmented_t){
      .size = rows + columns, .first_of_x = is_tall ? 0u : rows, .first_of_rhs = is_tall ? 0u : columns};
}

void mho_augmented_make_room(mho_system_t* s, uint32_t rows, uint32_t columns) {
  const uint32_t longer = rows > columns ? rows : columns;
  const uint32_t shorter = rows + columns - longer;
  const uint32_t shift = longer > kRowsWithRoom ? mho_bits32((longer - 1u) / kRowsWithRoom) : 0u;
  for (uint32_t j = 0; j < shorter; ++j) {
    s->column_fine[j] >>= shift;
    s->row_fine[longer + j] >>= shift;
  }
}

mho_result_t mho_augment(mho_sparse_system_t* square, const mho_sparse_system_t* s, mho_arena_t* arena) {
  if (!mho_sparse_is_in_range(s)) return MHO_BAD_ARGUMENT;
  const mho_augmented_t place = mho_augmented(s->rows, s->columns);
  const int is_tall = s->rows > s->columns;
  const uint32_t most = 2u * s->row_start[s->rows] + (is_tall ? s->rows : s->columns);
  builder_t b = {.row_start = mho_arena_take(arena, place.size + 1u, sizeof(uint32_t)),
                 .column = mho_arena_take(arena, most, sizeof(uint32_t)),
                 .value = mho_arena_take(arena, most, sizeof(uint64_t)),
                 .rows = 0};
  uint64_t* const rhs = mho_arena_take(arena, place.size, sizeof(uint64_t));
  if (b.row_start == NULL || b.column == NULL || b.value == NULL || rhs == NULL) return MHO_NO_MEMORY;
  mho_arena_t scratch = *arena;
  mho_sparse_system_t transposed;
  const mho_result_t result = transpose(&transposed, s, &scratch);
  if (result != MHO_OK) return result;
  const mho_sparse_system_t* const tall = is_tall ? s : &transposed;
  const mho_sparse_system_t* const wide = is_tall ? &transposed : s;
  const uint64_t alpha = choose_alpha(s);
  for (uint32_t i = 0; i < tall->rows; ++i, ++b.rows) {
    begin_row(&b);
    put_row(&b, tall, i, 0u);
    put(&b, tall->columns + i, alpha);
  }
  for (uint32_t j = 0; j < wide->rows; ++j, ++b.rows) {
    begin_row(&b);
    put_row(&b, wide, j, tall->columns);
  }
  memcpy(rhs + place.first_of_rhs, s->rhs, s->rows * sizeof(uint64_t));
  *square = (mho_sparse_system_t){.rows = place.size,
                                  .columns = place.size,
                                  .row_start = b.row_start,
                                  .column = b.column,
                                  .value = b.value,
                                  .rhs = rhs};
  return MHO_OK;
}
