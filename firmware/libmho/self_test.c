// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/self_test.h"

#include <string.h>

#include "firmware/libmho/calibrate.h"
#include "firmware/libmho/command.h"

enum {
  kMostCommands = 16,
  kLooks = 100,  // at the clock, microseconds in all
  kOperandBits = 30,
  kSlotOperand = 1,
  kSlotMinuend = 2,
  kSlotResult = 3,
  kGraceUs = 1000,  // of the DRU beyond the time limit of a list
};

// One kind of macro and what is tried on it.
typedef struct {
  mho_macro_kind_t kind;
  uint32_t size;          // rows and columns of the matrices
  uint32_t vector;        // elements of operand and result
  const int8_t* ends[2];  // every cell at one end of its range, and at the other
  const int8_t* levels;   // the known matrix
  const int32_t* words;   // the same for a high-precision tile
  const uint8_t* order;
} trial_t;

typedef struct {
  mho_device_t* device;
  const mho_self_test_options_t* options;
  mho_macro_set_t* bad;
  mho_self_test_t* report;
  bool has_good_converters;
  mho_dru_command_t* list;
  mho_dru_tile_t* tiles;
  mho_dru_vector_t *operand, *minuend, *result;
} tester_t;

static const mho_memory_t* memory_of(const tester_t* t) {
  return &t->device->config.memory;
}

static uint32_t address_of(const tester_t* t, const void* pointer) {
  return mho_address(memory_of(t), pointer);
}

// --- lists

// @param[out] status  NOT_RUN: it did not end in time
static mho_result_t run_list(tester_t* t, uint32_t count, mho_dru_status_t* status) {
  mho_ticket_t ticket;
  mho_completion_t completion;
  const uint32_t limit_us = t->options->time_limit_us;
  mho_result_t result = mho_submit(t->device, t->list, count, t->options->job_id, limit_us, &ticket);
  if (result != MHO_OK) return MHO_NO_DEVICE;
  const uint32_t timeout_us = limit_us < UINT32_MAX - kGraceUs ? limit_us + kGraceUs : UINT32_MAX;
  result = mho_wait(t->device, ticket, timeout_us, &completion);
  *status = result == MHO_OK ? completion.status : MHO_DRU_STATUS_NOT_RUN;
  return MHO_OK;
}

static mho_result_t reset(tester_t* t) {
  const mho_device_config_t config = t->device->config;
  return mho_device_init(t->device, &config);
}

static mho_result_t test_ring(tester_t* t) {
  const volatile uint32_t* const interrupts = t->options->interrupts;
  const uint32_t before = interrupts == NULL ? 0u : *interrupts;
  uint32_t count = 0;
  mho_dru_status_t status = MHO_DRU_STATUS_NOT_RUN;
  (void)mho_command_append(t->list, &count, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  const mho_result_t result = run_list(t, count, &status);
  if (result != MHO_OK) return result;
  t->report->is_ring_broken = status != MHO_DRU_STATUS_OK;
  // The completion is in memory before the line rises.
  for (uint32_t look = 0; interrupts != NULL && *interrupts == before && look < kLooks; ++look)
    (void)mho_time_ns(t->device);
  t->report->is_interrupt_lost = interrupts != NULL && *interrupts == before;
  return MHO_OK;
}

// --- known matrices

// Words that use all digits, none of them small: what a channel loses is seen.
static void fill_operand(tester_t* t, uint32_t length) {
  uint32_t state = 1u;
  t->operand->length = t->minuend->length = length;
  t->operand->exponent = t->minuend->exponent = 0;
  int32_t* const words = (int32_t*)(t->operand + 1);
  int32_t* const minuends = (int32_t*)(t->minuend + 1);
  for (uint32_t i = 0; i < length; ++i) {
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
static int32_t known_level(const tester_t* t, mho_macro_kind_t kind, uint32_t row, uint32_t column) {
  const mho_dru_capabilities_t* const c = &t->device->capabilities;
  const uint32_t top = top_level(c, kind);
  if (kind == MHO_MACRO_MVM) {
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

static mho_result_t make_trial(tester_t* t, trial_t* trial, mho_arena_t* arena) {
  const uint32_t n = trial->size, top = top_level(&t->device->capabilities, trial->kind);
  int8_t* const up = mho_arena_take(arena, n * n, 1u);
  int8_t* const down = mho_arena_take(arena, n * n, 1u);
  int8_t* const levels = mho_arena_take(arena, n * n, 1u);
  int32_t* const words = mho_arena_take(arena, trial->kind == MHO_MACRO_MVM ? n * n : 1u, sizeof *words);
  uint8_t* const order = mho_arena_take(arena, 2u * n, 1u);
  if (up == NULL || down == NULL || levels == NULL || words == NULL || order == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < n * n; ++i) {
    up[i] = (int8_t)((i / n + i % n) % 2u == 0u ? (int32_t)top : -(int32_t)top);
    down[i] = (int8_t)-up[i];
    levels[i] = (int8_t)known_level(t, trial->kind, i / n, i % n);
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

// --- one macro

static uint8_t feedback_of(const tester_t* t) {
  return (uint8_t)((top_of_loops(&t->device->capabilities) + 2u) / 4u);
}

static uint8_t tile_kind(mho_macro_kind_t kind) {
  return kind == MHO_MACRO_INV    ? MHO_TILE_KIND_INV
         : kind == MHO_MACRO_GINV ? MHO_TILE_KIND_GINV
                                  : MHO_TILE_KIND_MVM;
}

static void emit_program(tester_t* t, const trial_t* trial, uint32_t* count, const int8_t* levels,
                         uint32_t macro) {
  mho_dru_tile_t* const tile = &t->tiles[*count];
  const bool is_loop = trial->kind != MHO_MACRO_MVM, is_ginv = trial->kind == MHO_MACRO_GINV;
  memset(tile, 0, sizeof *tile);
  tile->kind = tile_kind(trial->kind);
  tile->format = MHO_TILE_FORMAT_LEVELS;
  tile->rows = tile->columns = (uint8_t)trial->size;
  tile->slices = (uint8_t)(is_loop ? t->device->capabilities.inv_slices : 1u);
  tile->source_address = address_of(t, levels);
  tile->row_stride = trial->size;
  tile->order_address = is_loop ? address_of(t, trial->order) : 0u;
  tile->scale_mantissa = 1;
  tile->feedback = is_ginv ? feedback_of(t) : 0u;
  tile->macro[0] = (uint16_t)macro;
  mho_command_append(t->list, count, MHO_DRU_OPCODE_PROGRAM, 0u, 0u, t->device->config.share.first_tile)
      ->arg[0] = address_of(t, tile);
}

static void emit_digits(tester_t* t, const trial_t* trial, uint32_t* count, uint32_t rows, uint32_t macro) {
  mho_dru_tile_t* const tile = &t->tiles[*count];
  memset(tile, 0, sizeof *tile);
  tile->kind = MHO_TILE_KIND_HP;
  tile->format = MHO_TILE_FORMAT_DIGITS;
  tile->rows = (uint8_t)rows;
  tile->columns = (uint8_t)trial->size;
  tile->slices = 1u;
  tile->source_address = address_of(t, trial->words);
  tile->row_stride = trial->size * (uint32_t)sizeof(int32_t);
  tile->macro[0] = (uint16_t)macro;
  mho_command_append(t->list, count, MHO_DRU_OPCODE_PROGRAM, 0u, 0u, t->device->config.share.first_tile)
      ->arg[0] = address_of(t, tile);
}

static void emit_load(tester_t* t, uint32_t* count, uint32_t slot, const mho_dru_vector_t* v,
                      uint32_t length) {
  mho_dru_command_t* const c = mho_command_append(t->list, count, MHO_DRU_OPCODE_LOAD, slot, 0u, 0u);
  c->arg[0] = address_of(t, v);
  c->arg[1] = length;
}

// Rows of the product.
static uint32_t result_rows(const tester_t* t, const trial_t* trial) {
  const uint32_t hp_rows = t->device->capabilities.hp_rows;
  return trial->kind == MHO_MACRO_MVM && hp_rows < trial->size ? hp_rows : trial->vector;
}

static void emit_known(tester_t* t, const trial_t* trial, uint32_t* count, uint32_t macro) {
  const uint32_t tile = t->device->config.share.first_tile, rows = result_rows(t, trial);
  emit_load(t, count, kSlotOperand, t->operand, trial->vector);
  if (trial->kind == MHO_MACRO_MVM) {
    t->minuend->length = rows;
    emit_digits(t, trial, count, rows, macro);
    emit_load(t, count, kSlotMinuend, t->minuend, rows);
    (void)mho_command_append(t->list, count, MHO_DRU_OPCODE_HP_BEGIN, 0u, kSlotMinuend, kSlotOperand);
    (void)mho_command_append(t->list, count, MHO_DRU_OPCODE_HP_MVM, 0u, kSlotOperand, tile);
    (void)mho_command_append(t->list, count, MHO_DRU_OPCODE_HP_END, kSlotResult, 0u, 0u);
  } else {
    emit_program(t, trial, count, trial->levels, macro);
    (void)mho_command_append(t->list, count,
                             trial->kind == MHO_MACRO_INV ? MHO_DRU_OPCODE_INV : MHO_DRU_OPCODE_GINV,
                             kSlotResult, kSlotOperand, tile);
  }
  mho_command_append(t->list, count, MHO_DRU_OPCODE_STORE, 0u, kSlotResult, 0u)->arg[0] =
      address_of(t, t->result);
  for (uint32_t slot = kSlotOperand; slot <= kSlotResult; ++slot)
    (void)mho_command_append(t->list, count, MHO_DRU_OPCODE_CLEAR, slot, 0u, 0u);
}

static int64_t magnitude(int64_t v) {
  return v < 0 ? -v : v;
}

// minuend − K·operand, to the unit in which the result is given.
static bool is_product_exact(const tester_t* t, const trial_t* trial) {
  const int32_t* const operand = (const int32_t*)(t->operand + 1);
  const int32_t* const minuend = (const int32_t*)(t->minuend + 1);
  const int32_t* const result = (const int32_t*)(t->result + 1);
  const uint32_t rows = result_rows(t, trial);
  if (t->result->length != rows || t->result->exponent < 0 || t->result->exponent > 31) return false;
  for (uint32_t i = 0; i < rows; ++i) {
    int64_t expected = minuend[i];
    for (uint32_t j = 0; j < trial->size; ++j)
      expected -= (int64_t)trial->words[i * trial->size + j] * operand[j];
    const int64_t got = (int64_t)result[i] * ((int64_t)1 << t->result->exponent);
    if (magnitude(got - expected) > (int64_t)1 << t->result->exponent) return false;
  }
  return true;
}

// Row i of the loop's matrix times the result. Elements have 2^-shift of what they are worth, so that sums
// stay within 64 bits.
static int64_t row_of_loop(const tester_t* t, const trial_t* trial, const int32_t* y, uint32_t row) {
  const mho_dru_capabilities_t* const c = &t->device->capabilities;
  const uint32_t n = trial->size;
  const bool is_lower = row >= n;
  int64_t sum = 0;
  for (uint32_t j = 0; j < n; ++j) {
    const int8_t level = is_lower ? trial->levels[j * n + row - n] : trial->levels[row * n + j];
    sum += worth(c, level) * (y[is_lower ? n + j : j] >> 8);
  }
  if (trial->kind == MHO_MACRO_GINV && !is_lower)
    sum += ((int64_t)feedback_of(t) << MHO_DRU_UNIT_FRACTION_BITS) * (y[n + row] >> 8);
  return sum;
}

// K·y within a quarter of the largest element of c, of which none has less than three quarters: errors of
// many good cells stay below, a line that is missing does not.
static bool is_solution_close(const tester_t* t, const trial_t* trial) {
  const int32_t* const c = (const int32_t*)(t->operand + 1);
  const int32_t* const y = (const int32_t*)(t->result + 1);
  // c and K·y in units of 2^-8, K·y being counted in 2^(exponent + 8 − 16).
  const int32_t shift = -(t->result->exponent + 8 - (int32_t)MHO_DRU_UNIT_FRACTION_BITS);
  if (t->result->length != trial->vector || shift < 0 || shift > 62) return false;
  for (uint32_t i = 0; i < trial->vector; ++i) {
    const int64_t sum = row_of_loop(t, trial, y, i);
    const int64_t got = sum < 0 ? -(int64_t)((uint64_t)-sum >> shift) : (int64_t)((uint64_t)sum >> shift);
    if (magnitude(got - c[i]) > (int64_t)1 << (kOperandBits - 2)) return false;
  }
  return true;
}

static mho_defect_t defect_of(mho_dru_status_t status) {
  switch (status) {
    case MHO_DRU_STATUS_NOT_RUN:
    case MHO_DRU_STATUS_WATCHDOG:
      return MHO_DEFECT_HANGS;
    case MHO_DRU_STATUS_PROGRAM_FAILED:
      return MHO_DEFECT_CELLS;
    case MHO_DRU_STATUS_UNSTABLE:
      return MHO_DEFECT_UNSTABLE;
    case MHO_DRU_STATUS_SATURATED:
      return MHO_DEFECT_SATURATES;
    case MHO_DRU_STATUS_WRONG_READ:
      return MHO_DEFECT_WRONG;
    default:
      return MHO_DEFECT_REFUSED;
  }
}

static mho_result_t note(tester_t* t, const trial_t* trial, uint32_t macro, mho_defect_t defect,
                         mho_dru_status_t status) {
  mho_self_test_t* const report = t->report;
  if (report->bad_macros < MHO_REPORTED_MACROS) {
    report->macros[report->bad_macros] =
        (mho_bad_macro_t){.kind = trial->kind, .index = macro, .defect = defect, .dru_status = status};
  }
  ++report->bad_macros;
  return mho_macro_set_add(t->bad, trial->kind, macro, 1u);
}

static mho_result_t test_macro(tester_t* t, const trial_t* trial, uint32_t macro) {
  uint32_t count = 0;
  mho_dru_status_t status = MHO_DRU_STATUS_NOT_RUN;
  for (uint32_t e = 0; e < 2u; ++e) emit_program(t, trial, &count, trial->ends[e], macro);
  if (t->has_good_converters) emit_known(t, trial, &count, macro);
  (void)mho_command_append(t->list, &count, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  t->result->length = 0;
  ++t->report->tested_macros;
  const mho_result_t result = run_list(t, count, &status);
  if (result != MHO_OK) return result;
  if (status != MHO_DRU_STATUS_OK) {
    const mho_defect_t defect = defect_of(status);
    const mho_result_t noted = note(t, trial, macro, defect, status);
    // Slots hold what the list has left in them, and a list that got stuck is still there.
    return noted == MHO_OK ? reset(t) : noted;
  }
  if (!t->has_good_converters) return MHO_OK;
  const bool is_right =
      trial->kind == MHO_MACRO_MVM ? is_product_exact(t, trial) : is_solution_close(t, trial);
  return is_right ? MHO_OK : note(t, trial, macro, MHO_DEFECT_WRONG, status);
}

static mho_result_t test_kind(tester_t* t, trial_t trial, uint32_t macros, mho_arena_t arena) {
  if (macros == 0u) return MHO_OK;
  mho_result_t result = make_trial(t, &trial, &arena);
  fill_operand(t, trial.vector);
  for (uint32_t i = 0; result == MHO_OK && i < macros; ++i) {
    if (!mho_macro_set_has(t->bad, trial.kind, i)) result = test_macro(t, &trial, i);
  }
  return result;
}

// --- all of it

static mho_result_t take_memory(tester_t* t, mho_arena_t* arena) {
  const uint32_t bytes = sizeof(mho_dru_vector_t) + 2u * MHO_ARRAY_MACRO_MAX_SIZE * sizeof(int32_t);
  t->list = mho_arena_take(arena, kMostCommands, sizeof *t->list);
  t->tiles = mho_arena_take(arena, kMostCommands, sizeof *t->tiles);
  t->operand = mho_arena_take(arena, 1u, bytes);
  t->minuend = mho_arena_take(arena, 1u, bytes);
  t->result = mho_arena_take(arena, 1u, bytes);
  return t->result == NULL ? MHO_NO_MEMORY : MHO_OK;
}

static mho_result_t run_steps(tester_t* t, mho_arena_t arena) {
  const mho_dru_capabilities_t* const c = &t->device->capabilities;
  mho_result_t result = test_ring(t);
  if (result != MHO_OK || t->report->is_ring_broken) return result;
  t->report->has_no_converters = !mho_can_calibrate(t->device);
  if (!t->report->has_no_converters) result = mho_self_test_converters(t->device, t->report);
  t->has_good_converters = t->report->bad_adc_channels == 0u && t->report->bad_dac_channels == 0u;
  const trial_t inv = {.kind = MHO_MACRO_INV, .size = c->inv_size, .vector = c->inv_size};
  const trial_t mvm = {.kind = MHO_MACRO_MVM, .size = c->mvm_size, .vector = c->mvm_size};
  const trial_t ginv = {.kind = MHO_MACRO_GINV, .size = c->ginv_size, .vector = 2u * c->ginv_size};
  if (result == MHO_OK) result = test_kind(t, inv, t->options->inv_macros, arena);
  if (result == MHO_OK) result = test_kind(t, mvm, t->options->mvm_macros, arena);
  return result == MHO_OK ? test_kind(t, ginv, t->options->ginv_macros, arena) : result;
}

mho_result_t mho_self_test(mho_device_t* device, const mho_self_test_options_t* options, mho_macro_set_t* bad,
                           mho_self_test_t* report) {
  memset(report, 0, sizeof *report);
  const mho_dru_capabilities_t* const c = &device->capabilities;
  if (options->inv_macros > c->inv_count || options->mvm_macros > c->mvm_count ||
      options->ginv_macros > c->ginv_count || options->time_limit_us == 0u || options->job_id == 0u ||
      options->workspace_address % 64u != 0u || device->config.is_context || device->open_contexts != 0u ||
      !mho_memory_holds(&device->config.memory, options->workspace_address, MHO_SELF_TEST_BYTES)) {
    return MHO_BAD_ARGUMENT;
  }
  uint8_t* const first = mho_pointer(&device->config.memory, options->workspace_address);
  mho_arena_t arena = {first, first + MHO_SELF_TEST_BYTES};
  tester_t t = {.device = device, .options = options, .bad = bad, .report = report};
  mho_result_t result = take_memory(&t, &arena);
  const uint64_t start_ns = mho_time_ns(device), start_pj = mho_energy_pj(device);
  // A list that got stuck before would be in the way.
  if (result == MHO_OK) result = reset(&t);
  if (result == MHO_OK) result = run_steps(&t, arena);
  report->time_ns = mho_time_ns(device) - start_ns;
  report->energy_pj = mho_energy_pj(device) - start_pj;
  return result;
}
