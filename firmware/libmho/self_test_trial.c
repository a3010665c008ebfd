// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/self_test_trial.h"

#include <string.h>

#include "firmware/libmho/command.h"

enum {
  kOperandBits = 30,
  kSlotOperand = 1,
  kSlotMinuend = 2,
  kSlotResult = 3,
};

// A list under way.
typedef struct {
  const mho_trial_t* trial;
  mho_dru_command_t* list;
  mho_dru_tile_t* tiles;
  uint32_t count;
  uint32_t macro, tile;
} writer_t;

// --- known matrices

// Rows of the product.
static uint32_t result_rows(const mho_trial_t* t) {
  const uint32_t hp_rows = t->device->capabilities.hp_rows;
  return t->kind == MHO_MACRO_MVM && hp_rows < t->size ? hp_rows : t->vector;
}

// Words that use all digits, none of them small: what a channel loses is seen.
static void fill_operand(const mho_trial_t* t) {
  uint32_t state = 1u;
  t->operand->length = t->vector;
  t->minuend->length = result_rows(t);
  t->operand->exponent = t->minuend->exponent = 0;
  int32_t* const words = (int32_t*)(t->operand + 1);
  int32_t* const minuends = (int32_t*)(t->minuend + 1);
  for (uint32_t i = 0; i < t->vector; ++i) {
    state = state * 1664525u + 1013904223u;
    const int32_t magnitude =
        (int32_t)((3u << (kOperandBits - 2)) + (state >> 6) % (1u << (kOperandBits - 2)));
    words[i] = (state >> 31) != 0u ? -magnitude : magnitude;
    minuends[i] = (int32_t)i + 1;
  }
}

static uint32_t top_of_loops(const mho_dru_capabilities_t* c) {
  return c->inv_slices == 2u ? c->inv_levels * c->inv_levels - 1u : c->inv_levels - 1u;
}

static uint32_t top_level(const mho_dru_capabilities_t* c, mho_macro_kind_t kind) {
  return kind == MHO_MACRO_MVM ? c->levels - 1u : top_of_loops(c);
}

// A loop settles around a diagonal that outweighs its neighbours; a product takes any levels.
static int32_t known_level(const mho_trial_t* t, uint32_t row, uint32_t column) {
  const mho_dru_capabilities_t* const c = &t->device->capabilities;
  const uint32_t top = top_level(c, t->kind);
  if (t->kind == MHO_MACRO_MVM) {
    const uint32_t digit_top = (1u << c->digit_bits) - 1u;
    return (int32_t)((row * 7u + column * 5u) % (2u * digit_top + 1u)) - (int32_t)digit_top;
  }
  if (row == column) return (int32_t)top;
  return row + 1u == column || column + 1u == row ? (int32_t)(top / 4u) : 0;
}

// What a level counts, in 2^-16.
static int64_t worth(const mho_dru_capabilities_t* c, int32_t level) {
  const uint32_t magnitude = level < 0 ? (uint32_t)-level : (uint32_t)level;
  const int64_t value = c->inv_is_uneven != 0u ? (int64_t)c->inv_level_values[magnitude]
                                               : (int64_t)magnitude << MHO_DRU_UNIT_FRACTION_BITS;
  return level < 0 ? -value : value;
}

static mho_result_t make_matrices(mho_trial_t* trial, mho_arena_t* arena) {
  const uint32_t n = trial->size, top = top_level(&trial->device->capabilities, trial->kind);
  int8_t* const up = mho_arena_take(arena, n * n, 1u);
  int8_t* const down = mho_arena_take(arena, n * n, 1u);
  int8_t* const levels = mho_arena_take(arena, n * n, 1u);
  int32_t* const words = mho_arena_take(arena, trial->kind == MHO_MACRO_MVM ? n * n : 1u, sizeof *words);
  uint8_t* const order = mho_arena_take(arena, 2u * n, 1u);
  if (up == NULL || down == NULL || levels == NULL || words == NULL || order == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < n * n; ++i) {
    up[i] = (int8_t)((i / n + i % n) % 2u == 0u ? (int32_t)top : -(int32_t)top);
    down[i] = (int8_t)-up[i];
    levels[i] = (int8_t)known_level(trial, i / n, i % n);
    if (trial->kind == MHO_MACRO_MVM) words[i] = levels[i];
  }
  for (uint32_t i = 0; i < 2u * n; ++i) order[i] = (uint8_t)(i % n);
  if (trial->kind == MHO_MACRO_GINV) {
    for (uint32_t i = n; i < 2u * n; ++i) order[i] = (uint8_t)i;
  }
  trial->ends[0] = up;
  trial->ends[1] = down;
  trial->levels = levels;
  trial->words = words;
  trial->order = order;
  return MHO_OK;
}

static uint32_t size_of(const mho_dru_capabilities_t* c, mho_macro_kind_t kind) {
  return kind == MHO_MACRO_INV ? c->inv_size : kind == MHO_MACRO_MVM ? c->mvm_size : c->ginv_size;
}

mho_result_t mho_trial_make(mho_trial_t* trial, const mho_device_t* device, mho_macro_kind_t kind,
                            mho_arena_t* arena) {
  memset(trial, 0, sizeof *trial);
  trial->device = device;
  trial->kind = kind;
  trial->size = size_of(&device->capabilities, kind);
  trial->vector = kind == MHO_MACRO_GINV ? 2u * trial->size : trial->size;
  const uint32_t bytes = sizeof(mho_dru_vector_t) + trial->vector * sizeof(int32_t);
  trial->operand = mho_arena_take(arena, 1u, bytes);
  trial->minuend = mho_arena_take(arena, 1u, bytes);
  trial->result = mho_arena_take(arena, 1u, bytes);
  if (trial->result == NULL) return MHO_NO_MEMORY;
  fill_operand(trial);
  return make_matrices(trial, arena);
}

// --- the list for one macro

static uint8_t feedback_of(const mho_trial_t* t) {
  return (uint8_t)((top_of_loops(&t->device->capabilities) + 2u) / 4u);
}

static uint8_t tile_kind(mho_macro_kind_t kind) {
  return kind == MHO_MACRO_INV    ? MHO_TILE_KIND_INV
         : kind == MHO_MACRO_GINV ? MHO_TILE_KIND_GINV
                                  : MHO_TILE_KIND_MVM;
}

static uint32_t address_of(const writer_t* w, const void* pointer) {
  return mho_address(&w->trial->device->config.memory, pointer);
}

static mho_dru_command_t* append(writer_t* w, mho_dru_opcode_t opcode, uint32_t dst, uint32_t a, uint32_t b) {
  return mho_command_append(w->list, &w->count, opcode, dst, a, b);
}

// A tile for the macro; all have the same number, one after the other.
static mho_dru_tile_t* append_program(writer_t* w) {
  mho_dru_tile_t* const tile = &w->tiles[w->count];
  memset(tile, 0, sizeof *tile);
  tile->macro[0] = (uint16_t)w->macro;
  append(w, MHO_DRU_OPCODE_PROGRAM, 0u, 0u, w->tile)->arg[0] = address_of(w, tile);
  return tile;
}

static void program_levels(writer_t* w, const int8_t* levels) {
  const mho_trial_t* const t = w->trial;
  const bool is_loop = t->kind != MHO_MACRO_MVM;
  mho_dru_tile_t* const tile = append_program(w);
  tile->kind = tile_kind(t->kind);
  tile->format = MHO_TILE_FORMAT_LEVELS;
  tile->rows = tile->columns = (uint8_t)t->size;
  tile->slices = (uint8_t)(is_loop ? t->device->capabilities.inv_slices : 1u);
  tile->source_address = address_of(w, levels);
  tile->row_stride = t->size;
  tile->order_address = is_loop ? address_of(w, t->order) : 0u;
  tile->scale_mantissa = 1;
  tile->feedback = t->kind == MHO_MACRO_GINV ? feedback_of(t) : 0u;
}

static void program_digits(writer_t* w, uint32_t rows) {
  const mho_trial_t* const t = w->trial;
  mho_dru_tile_t* const tile = append_program(w);
  tile->kind = MHO_TILE_KIND_HP;
  tile->format = MHO_TILE_FORMAT_DIGITS;
  tile->rows = (uint8_t)rows;
  tile->columns = (uint8_t)t->size;
  tile->slices = 1u;
  tile->source_address = address_of(w, t->words);
  tile->row_stride = t->size * (uint32_t)sizeof(int32_t);
}

static void load(writer_t* w, uint32_t slot, const mho_dru_vector_t* v) {
  mho_dru_command_t* const c = append(w, MHO_DRU_OPCODE_LOAD, slot, 0u, 0u);
  c->arg[0] = address_of(w, v);
  c->arg[1] = v->length;
}

static void multiply(writer_t* w) {
  program_digits(w, w->trial->minuend->length);
  load(w, kSlotMinuend, w->trial->minuend);
  (void)append(w, MHO_DRU_OPCODE_HP_BEGIN, 0u, kSlotMinuend, kSlotOperand);
  (void)append(w, MHO_DRU_OPCODE_HP_MVM, 0u, kSlotOperand, w->tile);
  (void)append(w, MHO_DRU_OPCODE_HP_END, kSlotResult, 0u, 0u);
}

static void invert(writer_t* w) {
  const bool is_inv = w->trial->kind == MHO_MACRO_INV;
  program_levels(w, w->trial->levels);
  (void)append(w, is_inv ? MHO_DRU_OPCODE_INV : MHO_DRU_OPCODE_GINV, kSlotResult, kSlotOperand, w->tile);
}

static void try_known(writer_t* w) {
  load(w, kSlotOperand, w->trial->operand);
  if (w->trial->kind == MHO_MACRO_MVM) {
    multiply(w);
  } else {
    invert(w);
  }
  append(w, MHO_DRU_OPCODE_STORE, 0u, kSlotResult, 0u)->arg[0] = address_of(w, w->trial->result);
  for (uint32_t slot = kSlotOperand; slot <= kSlotResult; ++slot)
    (void)append(w, MHO_DRU_OPCODE_CLEAR, slot, 0u, 0u);
}

uint32_t mho_trial_write(const mho_trial_t* trial, mho_dru_command_t* list, mho_dru_tile_t* tiles,
                         uint32_t macro, bool is_whole) {
  const uint32_t tile = trial->device->config.share.first_tile;
  writer_t w = {.trial = trial, .list = list, .tiles = tiles, .macro = macro, .tile = tile};
  for (uint32_t e = 0; e < 2u; ++e) program_levels(&w, trial->ends[e]);
  if (is_whole) try_known(&w);
  (void)append(&w, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  trial->result->length = 0;
  return w.count;
}

// --- the answer

static int64_t magnitude(int64_t v) {
  return v < 0 ? -v : v;
}

// minuend − K·operand, to the unit in which the result is given.
static bool is_product_exact(const mho_trial_t* t) {
  const int32_t* const operand = (const int32_t*)(t->operand + 1);
  const int32_t* const minuend = (const int32_t*)(t->minuend + 1);
  const int32_t* const result = (const int32_t*)(t->result + 1);
  const uint32_t rows = result_rows(t);
  if (t->result->length != rows || t->result->exponent < 0 || t->result->exponent > 31) return false;
  for (uint32_t i = 0; i < rows; ++i) {
    int64_t expected = minuend[i];
    for (uint32_t j = 0; j < t->size; ++j) expected -= (int64_t)t->words[i * t->size + j] * operand[j];
    const int64_t got = (int64_t)result[i] * ((int64_t)1 << t->result->exponent);
    if (magnitude(got - expected) > (int64_t)1 << t->result->exponent) return false;
  }
  return true;
}

// Row i of the loop's matrix times the result. Elements have 2^-shift of what they are worth, so that sums
// stay within 64 bits.
static int64_t row_of_loop(const mho_trial_t* t, const int32_t* y, uint32_t row) {
  const mho_dru_capabilities_t* const c = &t->device->capabilities;
  const uint32_t n = t->size;
  const bool is_lower = row >= n;
  int64_t sum = 0;
  for (uint32_t j = 0; j < n; ++j) {
    const int8_t level = is_lower ? t->levels[j * n + row - n] : t->levels[row * n + j];
    sum += worth(c, level) * (y[is_lower ? n + j : j] >> 8);
  }
  if (t->kind == MHO_MACRO_GINV && !is_lower)
    sum += ((int64_t)feedback_of(t) << MHO_DRU_UNIT_FRACTION_BITS) * (y[n + row] >> 8);
  return sum;
}

// K·y within a quarter of the largest element of c, of which none has less than three quarters: errors of
// many good cells stay below, a line that is missing does not.
static bool is_solution_close(const mho_trial_t* t) {
  const int32_t* const c = (const int32_t*)(t->operand + 1);
  const int32_t* const y = (const int32_t*)(t->result + 1);
  // c and K·y in units of 2^-8, K·y being counted in 2^(exponent + 8 − 16).
  const int32_t shift = -(t->result->exponent + 8 - (int32_t)MHO_DRU_UNIT_FRACTION_BITS);
  if (t->result->length != t->vector || shift < 0 || shift > 62) return false;
  for (uint32_t i = 0; i < t->vector; ++i) {
    const int64_t sum = row_of_loop(t, y, i);
    const int64_t got = sum < 0 ? -(int64_t)((uint64_t)-sum >> shift) : (int64_t)((uint64_t)sum >> shift);
    if (magnitude(got - c[i]) > (int64_t)1 << (kOperandBits - 2)) return false;
  }
  return true;
}

bool mho_trial_is_right(const mho_trial_t* trial) {
  return trial->kind == MHO_MACRO_MVM ? is_product_exact(trial) : is_solution_close(trial);
}
