// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// C −= A·W on the macros: A as HP tiles, the columns of W as inputs, each column of C as what the
// accumulators begin with. Where A takes more macros than there are, its tiles take turns, each for all
// columns.
#include <string.h>

#include "firmware/libmho/command.h"
#include "firmware/libmho/job_schur.h"
#include "firmware/libmho/step_check.h"

enum { kSlotW = 1, kSlotC = 2, kSlotResult = 3 };

// A group of digits of a strip of rows of A: one HP tile.
typedef struct {
  uint32_t row, rows;
  uint32_t first_slice, slices;
} piece_t;

typedef struct {
  mho_run_t* run;
  const mho_rank_update_t* u;
  piece_t* pieces;
  uint32_t piece_count;
  int32_t* c;  // columns × rows, one column behind the other
  mho_dru_vector_t *column_of_w, *column_of_c, *result;
  mho_dru_command_t *programs, *product;
  uint32_t program_commands;  // of the pieces that are on macros
  mho_dru_tile_t* tiles;
} update_t;

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static uint32_t bits_of_rows(const mho_rank_update_t* u, uint32_t row, uint32_t rows) {
  uint32_t all = 0;
  for (uint32_t i = row; i < row + rows; ++i) {
    for (uint32_t k = 0; k < u->depth; ++k) all |= mho_magnitude32(u->a[i * u->stride + k]);
  }
  return mho_bits32(all);
}

// All-zero strips subtract nothing.
static void cut_pieces(update_t* t) {
  const mho_plan_options_t* const o = &t->run->plan.options;
  for (uint32_t row = 0; row < t->u->rows; row += o->hp_rows) {
    const uint32_t rows = least(o->hp_rows, t->u->rows - row);
    const uint32_t digits = mho_digits(bits_of_rows(t->u, row, rows), o->digit_bits);
    for (uint32_t slice = 0; slice < digits; slice += o->max_slices)
      t->pieces[t->piece_count++] = (piece_t){row, rows, slice, least(o->max_slices, digits - slice)};
  }
}

static mho_result_t begin(update_t* t, mho_arena_t* arena) {
  const mho_rank_update_t* const u = t->u;
  const mho_plan_options_t* const o = &t->run->plan.options;
  const uint32_t strips = (u->rows + o->hp_rows - 1u) / o->hp_rows;
  const uint32_t most = strips * ((mho_digits(31u, o->digit_bits) + o->max_slices - 1u) / o->max_slices);
  t->pieces = mho_arena_take(arena, most, sizeof *t->pieces);
  t->tiles = mho_arena_take(arena, most, sizeof *t->tiles);
  t->programs = mho_arena_take(arena, most + 1u, sizeof *t->programs);
  t->product = mho_arena_take(arena, most + 6u, sizeof *t->product);
  t->c = mho_arena_take(arena, u->rows * u->columns, sizeof *t->c);
  t->column_of_w = mho_arena_take(arena, 1u, mho_vector_bytes(u->depth, 0));
  t->column_of_c = mho_arena_take(arena, 1u, mho_vector_bytes(u->rows, 0));
  t->result = mho_arena_take(arena, 1u, mho_vector_bytes(u->rows, 0));
  if (t->pieces == NULL || t->tiles == NULL || t->programs == NULL || t->product == NULL || t->c == NULL ||
      t->column_of_w == NULL || t->column_of_c == NULL || t->result == NULL) {
    return MHO_NO_MEMORY;
  }
  cut_pieces(t);
  for (uint32_t i = 0; i < u->rows; ++i) {
    for (uint32_t j = 0; j < u->columns; ++j) t->c[j * u->rows + i] = u->c[i * u->stride + j];
  }
  return MHO_OK;
}

// The next macros from *macro on. False: there are not enough.
static bool take_macros(const update_t* t, mho_dru_tile_t* tile, uint32_t* macro) {
  const mho_device_t* const device = t->run->device;
  for (uint32_t s = 0; s < tile->slices; ++*macro) {
    if (*macro >= device->capabilities.mvm_count) return false;
    if (!mho_share_avoids(&device->config.share, MHO_MACRO_MVM, *macro)) tile->macro[s++] = (uint16_t)*macro;
  }
  return true;
}

// Writes pieces from `first` on, as many as there are macros for. @param[out] end  behind the last of them
static mho_result_t program(update_t* t, uint32_t first, uint32_t* end) {
  const mho_memory_t* const memory = &t->run->device->config.memory;
  const mho_rank_update_t* const u = t->u;
  uint32_t macro = 0, count = 0, piece = first;
  for (; piece < t->piece_count; ++piece) {
    const piece_t* const p = &t->pieces[piece];
    mho_dru_tile_t* const tile = &t->tiles[piece];
    *tile = (mho_dru_tile_t){.kind = MHO_TILE_KIND_HP,
                             .format = MHO_TILE_FORMAT_DIGITS,
                             .rows = (uint8_t)p->rows,
                             .columns = (uint8_t)u->depth,
                             .first_slice = (uint8_t)p->first_slice,
                             .slices = (uint8_t)p->slices,
                             .source_address = mho_address(memory, u->a + p->row * u->stride),
                             .row_stride = u->stride * (uint32_t)sizeof(int32_t)};
    if (!take_macros(t, tile, &macro)) break;
    mho_command_append(t->programs, &count, MHO_DRU_OPCODE_PROGRAM, 0u, 0u,
                       mho_tile_number(&t->run->plan, piece))
        ->arg[0] = mho_address(memory, tile);
  }
  (void)mho_command_append(t->programs, &count, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  *end = piece;
  uint32_t end_code;
  t->program_commands = count;
  return mho_schur_list(t->run, (mho_commands_t){t->programs, count}, (mho_commands_t){NULL, 0u}, &end_code);
}

// result = column_of_c − (pieces [first, end) of A) · column_of_w, all in units of C. Returns the commands.
static uint32_t write_product(update_t* t, uint32_t first, uint32_t end) {
  const mho_memory_t* const memory = &t->run->device->config.memory;
  uint32_t count = 0;
  mho_dru_command_t* const w = mho_command_append(t->product, &count, MHO_DRU_OPCODE_LOAD, kSlotW, 0u, 0u);
  w->arg[0] = mho_address(memory, t->column_of_w);
  w->arg[1] = t->u->depth;
  mho_dru_command_t* const c = mho_command_append(t->product, &count, MHO_DRU_OPCODE_LOAD, kSlotC, 0u, 0u);
  c->arg[0] = mho_address(memory, t->column_of_c);
  c->arg[1] = t->u->rows;
  (void)mho_command_append(t->product, &count, MHO_DRU_OPCODE_HP_BEGIN, 0u, kSlotC, kSlotW);
  for (uint32_t piece = first; piece < end; ++piece)
    mho_command_append(t->product, &count, MHO_DRU_OPCODE_HP_MVM, 0u, kSlotW,
                       mho_tile_number(&t->run->plan, piece))
        ->arg[0] = t->pieces[piece].row;
  (void)mho_command_append(t->product, &count, MHO_DRU_OPCODE_HP_END, kSlotResult, 0u, 0u);
  mho_command_append(t->product, &count, MHO_DRU_OPCODE_STORE, 0u, kSlotResult, 0u)->arg[0] =
      mho_address(memory, t->result);
  (void)mho_command_append(t->product, &count, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  return count;
}

// MHO_UNSTABLE also where an entry leaves 32 bits: the CPU says whether that is so.
static mho_result_t update_column(update_t* t, uint32_t j, uint32_t commands) {
  const mho_rank_update_t* const u = t->u;
  int32_t* const c = t->c + j * u->rows;
  uint32_t all = 0;
  for (uint32_t k = 0; k < u->depth; ++k)
    all |= (uint32_t)(mho_vector_words(t->column_of_w)[k] = u->w[k * u->stride + j]);
  if (all == 0u) return MHO_OK;
  *t->column_of_w = (mho_dru_vector_t){-(int32_t)u->shift, u->depth};
  *t->column_of_c = (mho_dru_vector_t){0, u->rows};
  memcpy(mho_vector_words(t->column_of_c), c, u->rows * sizeof *c);
  uint32_t end_code;
  const mho_result_t result = mho_schur_list(t->run, (mho_commands_t){t->product, commands},
                                             (mho_commands_t){t->programs, t->program_commands}, &end_code);
  if (result != MHO_OK) return result;
  const int32_t finer = -t->result->exponent;
  if (finer < 0) return MHO_UNSTABLE;
  for (uint32_t i = 0; i < u->rows; ++i)
    c[i] = finer > 62 ? 0 : (int32_t)mho_round_shift(mho_vector_words(t->result)[i], (uint32_t)finer);
  return MHO_OK;
}

static mho_result_t subtract_products(update_t* t) {
  if (t->piece_count > mho_share_tiles(&t->run->device->config.share)) return MHO_UNSTABLE;
  for (uint32_t first = 0, end = 0; first < t->piece_count; first = end) {
    mho_result_t result = program(t, first, &end);
    const uint32_t commands = write_product(t, first, end);
    for (uint32_t j = 0; result == MHO_OK && j < t->u->columns; ++j) result = update_column(t, j, commands);
    if (result != MHO_OK) return result;
  }
  return MHO_OK;
}

// A pass rounds each entry twice, to 31 bits of its column and to a unit, and the products digits may share.
static int agrees(const update_t* t, int64_t* sums) {
  const mho_rank_update_t* const u = t->u;
  const mho_step_t step = {.before = {u->c, u->stride, 1u},
                           .after = {t->c, 1u, u->rows},
                           .a = {u->a, u->stride, 1u},
                           .w = {u->w, u->stride, 1u},
                           .rows = u->rows,
                           .columns = u->columns,
                           .depth = u->depth,
                           .shift = u->shift,
                           .slack = (uint64_t)u->columns * (t->piece_count + 1u) + 4u};
  return mho_step_agrees(&step, sums);
}

mho_result_t mho_schur_update(void* context, const mho_rank_update_t* u) {
  mho_run_t* const run = context;
  mho_arena_t scratch = run->arena;
  update_t t = {.run = run, .u = u};
  int64_t* const sums = mho_arena_take(&scratch, u->depth, sizeof *sums);
  mho_result_t result = sums == NULL ? MHO_NO_MEMORY : begin(&t, &scratch);
  if (result != MHO_OK) return result;
  result = subtract_products(&t);
  run->plan.digital_ops += (uint64_t)u->rows * (u->columns + u->depth) + u->depth * u->columns;
  if (result == MHO_OK && agrees(&t, sums)) {
    for (uint32_t i = 0; i < u->rows; ++i) {
      for (uint32_t j = 0; j < u->columns; ++j) u->c[i * u->stride + j] = t.c[j * u->rows + i];
    }
    ++run->analogue_parts;
    return MHO_OK;
  }
  if (result != MHO_OK && result != MHO_UNSTABLE) return result;
  ++run->plan.refused_parts;
  return mho_rank_update_cpu(&run->plan, u);
}
