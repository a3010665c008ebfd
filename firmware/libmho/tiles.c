// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <string.h>

#include "firmware/libmho/plan.h"
#include "registers/dru.h"

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static uint32_t largest_magnitude(const int32_t* first, uint32_t stride, uint32_t rows, uint32_t columns) {
  uint32_t max = 0;
  for (uint32_t i = 0; i < rows; ++i) {
    for (uint32_t j = 0; j < columns; ++j) {
      const uint32_t v = mho_magnitude32(first[i * stride + j]);
      if (v > max) max = v;
    }
  }
  return max;
}

static mho_tile_t* next_tile(mho_plan_t* plan, mho_block_t* block, uint32_t row, uint32_t column,
                             uint32_t rows, uint32_t columns) {
  mho_tile_t* const tile = &plan->tiles[plan->tile_count++];
  ++block->tiles;
  tile->row = row;
  tile->column = column;
  tile->rows = (uint8_t)rows;
  tile->columns = (uint8_t)columns;
  tile->slices = tile->macros = 1u;
  return tile;
}

// A rectangle of 32-bit integers.
typedef struct {
  const int32_t* first;
  uint32_t stride;  ///< elements from row to row
} part_t;

// Levels round(top · v / max), ties away from zero, and the scale max / top that undoes them.
static mho_result_t quantise(const mho_plan_t* plan, mho_tile_t* tile, part_t part, uint32_t max,
                             mho_arena_t* arena) {
  const uint32_t top = plan->options.top_level;
  int8_t* const levels = mho_arena_take(arena, (uint32_t)tile->rows * tile->columns, 1u);
  if (levels == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < tile->rows; ++i) {
    for (uint32_t j = 0; j < tile->columns; ++j) {
      const int32_t v = part.first[i * part.stride + j];
      if (v == 0) continue;
      const uint32_t level =
          (uint32_t)(((uint64_t)mho_magnitude32(v) * (2u * top) + max) / ((uint64_t)2u * max));
      levels[i * tile->columns + j] = (int8_t)(v < 0 ? -(int32_t)level : (int32_t)level);
    }
  }
  const mho_real_t scale =
      mho_real_div(mho_real_from(max, plan->system.balanced_exponent), mho_real_from(top, 0));
  tile->kind = MHO_TILE_KIND_MVM;
  tile->format = MHO_TILE_FORMAT_LEVELS;
  tile->source = levels;
  tile->row_stride = tile->columns;
  tile->scale_mantissa = scale.mantissa;
  tile->scale_exponent = scale.exponent;
  return MHO_OK;
}

// What the levels of `tile`, quantised from parts up to `max`, leave of `rest`.
static void subtract_levels(int32_t* rest, const mho_tile_t* tile, uint32_t max, uint32_t top) {
  const int8_t* const levels = tile->source;
  for (uint32_t k = 0; k < (uint32_t)tile->rows * tile->columns; ++k) {
    rest[k] -= (int32_t)((int64_t)levels[k] * max / (int64_t)top);
  }
}

// Further tiles for what the levels of those before leave of the part, as long as they leave anything.
static mho_result_t add_remainders(mho_plan_t* plan, mho_block_t* block, const mho_tile_t* tile, part_t part,
                                   uint32_t max, mho_arena_t* arena) {
  const uint32_t rows = tile->rows, columns = tile->columns, digits = plan->options.block_digits;
  if (digits < 2u) return MHO_OK;
  mho_arena_t scratch = *arena;
  // Behind the levels that are taken below, which are needed longer.
  for (uint32_t d = 1; d < digits; ++d) (void)mho_arena_take(&scratch, rows * columns, 1u);
  int32_t* const rest = mho_arena_take(&scratch, rows * columns, sizeof(int32_t));
  if (rest == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < rows; ++i) {
    memcpy(rest + i * columns, part.first + i * part.stride, columns * sizeof(int32_t));
  }
  for (uint32_t d = 1; d < digits; ++d) {
    subtract_levels(rest, tile, max, plan->options.top_level);
    max = largest_magnitude(rest, columns, rows, columns);
    if (max == 0u) return MHO_OK;
    mho_tile_t* const next = next_tile(plan, block, tile->row, tile->column, rows, columns);
    const mho_result_t result = quantise(plan, next, (part_t){rest, columns}, max, arena);
    if (result != MHO_OK) return result;
    tile = next;
  }
  return MHO_OK;
}

mho_result_t mho_tiles_of_block(mho_plan_t* plan, mho_block_t* block, const int32_t* first, uint32_t rows,
                                uint32_t columns, mho_arena_t* arena) {
  const uint32_t size = plan->options.tile_size;
  const uint32_t stride = plan->system.n;
  block->first_tile = plan->tile_count;
  block->tiles = 0;
  for (uint32_t i = 0; i < rows; i += size) {
    for (uint32_t j = 0; j < columns; j += size) {
      const uint32_t height = least(size, rows - i);
      const uint32_t width = least(size, columns - j);
      const part_t part = {first + i * stride + j, stride};
      const uint32_t max = largest_magnitude(part.first, stride, height, width);
      if (max == 0u) continue;
      mho_tile_t* const tile = next_tile(plan, block, i, j, height, width);
      mho_result_t result = quantise(plan, tile, part, max, arena);
      if (result == MHO_OK) result = add_remainders(plan, block, tile, part, max, arena);
      if (result != MHO_OK) return result;
    }
  }
  return MHO_OK;
}

// The digits of one block of one part of the matrix.
static void add_digits(mho_plan_t* plan, const int32_t* part, uint32_t bits, uint32_t weight, uint32_t row,
                       uint32_t column, uint32_t rows, uint32_t columns) {
  const uint32_t n = plan->system.n;
  const int32_t* const corner = part + row * n + column;
  const uint32_t digits = mho_digits(bits, plan->options.digit_bits);
  if (largest_magnitude(corner, n, rows, columns) == 0u) return;
  for (uint32_t slice = 0; slice < digits; slice += plan->options.max_slices) {
    mho_tile_t* const tile = next_tile(plan, &plan->matrix, row, column, rows, columns);
    tile->kind = MHO_TILE_KIND_HP;
    tile->format = MHO_TILE_FORMAT_DIGITS;
    tile->source = corner;
    tile->row_stride = n * (uint32_t)sizeof(int32_t);
    tile->weight = (uint8_t)weight;
    tile->first_slice = (uint8_t)slice;
    tile->slices = tile->macros = (uint8_t)least(plan->options.max_slices, digits - slice);
  }
}

mho_result_t mho_tiles_of_matrix(mho_plan_t* plan) {
  const uint32_t n = plan->system.n;
  const uint32_t size = plan->options.tile_size;
  const uint32_t most_rows = plan->options.hp_rows;
  plan->matrix.first_tile = plan->tile_count;
  plan->matrix.tiles = 0;
  for (uint32_t i = 0; i < n; i += most_rows) {
    for (uint32_t j = 0; j < n; j += size) {
      const uint32_t height = least(most_rows, n - i);
      const uint32_t width = least(size, n - j);
      add_digits(plan, plan->system.a, plan->system.bits, plan->system.low_bits, i, j, height, width);
      if (plan->system.low_bits != 0u)
        add_digits(plan, plan->system.a_low, plan->system.low_bits, 0u, i, j, height, width);
    }
  }
  return mho_tile_number(plan, plan->tile_count) > MHO_DRU_TILES ? MHO_NO_MEMORY : MHO_OK;
}
