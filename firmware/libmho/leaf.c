// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/leaf.h"

#include <string.h>

#include "firmware/libmho/assignment.h"
#include "firmware/libmho/real.h"

enum {
  kSignBit = 0x80,
  kForbidden = 1 << 20,      // cost of a zero on the diagonal
  kEvaluationsPerRow = 150,  // bound of the local search
  kRestarts = 6,
  kMarginMin = 1 << 8,  // resolution of the estimate: what lies below is not called stable
};

// The level of every element whose value is nearest to top_level · element / max_magnitude.
static void round_to_levels(mho_leaf_t* leaf, const int32_t* block, uint32_t stride,
                            mho_level_values_t values) {
  for (uint32_t i = 0; i < leaf->size; ++i) {
    for (uint32_t j = 0; j < leaf->size; ++j) {
      const int32_t v = block[i * stride + j];
      const uint32_t level =
          mho_nearest_level(values, leaf->top_level, mho_magnitude32(v), leaf->max_magnitude);
      leaf->levels[i * leaf->size + j] = (int8_t)(v < 0 ? -(int32_t)level : (int32_t)level);
    }
  }
}

mho_result_t mho_leaf_quantise(mho_leaf_t* leaf, const int32_t* block, uint32_t stride, uint32_t top_level,
                               mho_level_values_t values) {
  uint32_t max = 0;
  for (uint32_t i = 0; i < leaf->size; ++i) {
    for (uint32_t j = 0; j < leaf->size; ++j) {
      const uint32_t v = mho_magnitude32(block[i * stride + j]);
      if (v > max) max = v;
    }
  }
  leaf->max_magnitude = max;
  leaf->top_level = top_level;
  if (max == 0u) return MHO_SINGULAR;
  round_to_levels(leaf, block, stride, values);
  return MHO_OK;
}

// The circuit that an order makes of the leaf.
static void arrange(const mho_leaf_t* leaf, const uint8_t* order, int8_t* circuit) {
  const uint32_t n = leaf->size;
  for (uint32_t i = 0; i < n; ++i) {
    const int8_t* row = leaf->levels + (order[i] & 0x7fu) * n;
    for (uint32_t j = 0; j < n; ++j) circuit[i * n + j] = (order[i] & kSignBit) ? (int8_t)-row[j] : row[j];
  }
}

// What an entry costs on the diagonal; at most as much as a zero, however little its level is worth.
static int32_t diagonal_cost(mho_level_values_t values, int8_t level) {
  const uint32_t value = mho_magnitude32(mho_level_value(values, level));
  const int32_t cost = value == 0u ? kForbidden : 8 * 65536 - mho_log2_q16(value, -16);
  return cost < kForbidden ? cost : kForbidden;
}

// The rows for the largest product of diagonal magnitudes.
static mho_result_t assign_rows(const mho_leaf_t* leaf, mho_level_values_t values, uint8_t* order,
                                mho_arena_t scratch) {
  const uint32_t n = leaf->size;
  uint32_t* const row_start = mho_arena_take(&scratch, n + 1u, sizeof(uint32_t));
  uint32_t* const column = mho_arena_take(&scratch, n * n, sizeof(uint32_t));
  int32_t* const cost = mho_arena_take(&scratch, n * n, sizeof(int32_t));
  uint32_t* const rows = mho_arena_take(&scratch, n, sizeof(uint32_t));
  if (row_start == NULL || column == NULL || cost == NULL || rows == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i <= n; ++i) row_start[i] = i * n;
  for (uint32_t k = 0; k < n * n; ++k) {
    column[k] = k % n;
    cost[k] = diagonal_cost(values, leaf->levels[k]);
  }
  const mho_costs_t costs = {n, row_start, column, cost};
  const mho_result_t result = mho_assign(&costs, rows, scratch);
  for (uint32_t i = 0; result == MHO_OK && i < n; ++i) order[i] = (uint8_t)rows[i];
  return result;
}

// The rows so, and signs so that the diagonal is positive.
static mho_result_t order_by_diagonal(const mho_leaf_t* leaf, mho_level_values_t values, uint8_t* order,
                                      mho_arena_t scratch) {
  const mho_result_t result = assign_rows(leaf, values, order, scratch);
  if (result != MHO_OK) return result;
  for (uint32_t i = 0; i < leaf->size; ++i) {
    if (leaf->levels[order[i] * leaf->size + i] < 0) order[i] |= kSignBit;
  }
  return MHO_OK;
}

// One search for an order.
typedef struct {
  const mho_leaf_t* leaf;
  const mho_leaf_options_t* options;
  int32_t enough;  // margin that ends the search
  int8_t* circuit;
  mho_stability_scratch_t stability;
  uint32_t evaluations;
} search;

static int32_t evaluate(search* s, const uint8_t* order) {
  ++s->evaluations;
  arrange(s->leaf, order, s->circuit);
  return mho_stability_margin(s->circuit, s->leaf->size, &s->options->conductances, &s->stability);
}

static void exchange(uint8_t* order, uint32_t i, uint32_t j) {
  const uint8_t swap = order[i];
  order[i] = order[j];
  order[j] = swap;
}

// Takes the move (exchange of i and j with one of four sign patterns; i = j: a turn) if it helps.
static int try_move(search* s, uint8_t* order, uint32_t i, uint32_t j, uint8_t turns, int32_t* margin) {
  exchange(order, i, j);
  if (turns & 1u) order[i] ^= kSignBit;
  if (turns & 2u) order[j] ^= kSignBit;
  const int32_t found = evaluate(s, order);
  if (found > *margin) {
    *margin = found;
    return 1;
  }
  if (turns & 1u) order[i] ^= kSignBit;
  if (turns & 2u) order[j] ^= kSignBit;
  exchange(order, i, j);
  return 0;
}

// First-improvement descent until no move helps, the margin suffices or the evaluations are used up.
static int32_t descend(search* s, uint8_t* order, int32_t margin, uint32_t budget) {
  const uint32_t n = s->leaf->size;
  int helped = 1;
  while (helped && margin < s->enough) {
    helped = 0;
    for (uint32_t i = 0; i < n; ++i) {
      helped |= try_move(s, order, i, i, 1u, &margin);
      for (uint32_t j = i + 1u; j < n; ++j) {
        for (uint8_t turns = 0; turns < 4u; ++turns) helped |= try_move(s, order, i, j, turns, &margin);
      }
      if (s->evaluations >= budget || margin >= s->enough) return margin;
    }
  }
  return margin;
}

// A fixed, well-mixed sequence for the restarts: the search must give the same order on every run.
static uint32_t next_word(uint32_t* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

static void copy_order(uint8_t* to, const uint8_t* from, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) to[i] = from[i];
}

// The best order of some descents from the assignment, the later ones from a mixture of it.
static mho_result_t search_order(mho_leaf_t* leaf, search* s, int32_t least, mho_arena_t scratch) {
  const uint32_t n = leaf->size;
  uint8_t assigned[MHO_LEAF_MAX], trial[MHO_LEAF_MAX];
  const mho_result_t result =
      order_by_diagonal(leaf, s->options->conductances.level_values, assigned, scratch);
  if (result != MHO_OK) return result;
  copy_order(trial, assigned, n);
  uint32_t state = 1u;
  for (uint32_t round = 0; round < kRestarts; ++round) {
    const uint32_t budget = s->evaluations + kEvaluationsPerRow * n;
    const int32_t margin = descend(s, trial, evaluate(s, trial), budget);
    if (margin > leaf->margin) {
      leaf->margin = margin;
      copy_order(leaf->order, trial, n);
    }
    if (leaf->margin >= least) break;
    copy_order(trial, assigned, n);
    for (uint32_t k = 0; k < n; ++k) exchange(trial, next_word(&state) % n, next_word(&state) % n);
  }
  return MHO_OK;
}

static int32_t least_margin(const mho_leaf_options_t* options) {
  return options->least_margin > kMarginMin ? options->least_margin : kMarginMin;
}

static mho_result_t begin_search(search* s, const mho_leaf_t* leaf, const mho_leaf_options_t* options,
                                 mho_arena_t* scratch) {
  const uint32_t n = leaf->size;
  const int32_t least = least_margin(options);
  *s = (search){.leaf = leaf,
                .options = options,
                .enough = options->margin > least ? options->margin : least,
                .circuit = mho_arena_take(scratch, n * n, 1u)};
  s->stability.m = mho_arena_take(scratch, n * n, sizeof(int32_t));
  s->stability.power = mho_arena_take(scratch, n * n, sizeof(int32_t));
  s->stability.product = mho_arena_take(scratch, n * n, sizeof(int32_t));
  return s->circuit == NULL || s->stability.product == NULL ? MHO_NO_MEMORY : MHO_OK;
}

mho_result_t mho_leaf_order(mho_leaf_t* leaf, const mho_leaf_options_t* options, mho_arena_t scratch) {
  const uint32_t n = leaf->size;
  const int32_t least = least_margin(options);
  search s;
  const mho_result_t begun = begin_search(&s, leaf, options, &scratch);
  if (begun != MHO_OK) return begun;

  for (uint32_t i = 0; i < n; ++i) leaf->order[i] = (uint8_t)i;
  leaf->margin = evaluate(&s, leaf->order);
  if (leaf->margin < s.enough) {
    const mho_result_t result = search_order(leaf, &s, least, scratch);
    if (result != MHO_OK) return result;
  }
  leaf->is_reordered = 0;
  for (uint32_t i = 0; i < n; ++i) leaf->is_reordered |= leaf->order[i] != i;
  return leaf->margin >= least ? MHO_OK : MHO_UNSTABLE;
}

// The largest magnitudes on and off the diagonal of the circuit.
typedef struct {
  uint32_t diagonal, others;
} peaks_t;

static peaks_t peaks_of(const mho_leaf_t* leaf, const int32_t* block, uint32_t stride) {
  peaks_t peaks = {0, 0};
  for (uint32_t i = 0; i < leaf->size; ++i) {
    for (uint32_t j = 0; j < leaf->size; ++j) {
      const uint32_t v = mho_magnitude32(block[(leaf->order[i] & 0x7fu) * stride + j]);
      uint32_t* const peak = i == j ? &peaks.diagonal : &peaks.others;
      if (v > *peak) *peak = v;
    }
  }
  return peaks;
}

mho_result_t mho_leaf_use_diagonal(mho_leaf_t* leaf, const int32_t* block, uint32_t stride,
                                   const mho_leaf_options_t* options, mho_arena_t scratch) {
  const uint32_t cells = 1u + options->conductances.diagonal_cells;
  const peaks_t peaks = peaks_of(leaf, block, stride);
  const int is_bound_by_diagonal = peaks.diagonal > (uint64_t)cells * peaks.others;
  mho_leaf_t finer = *leaf;
  finer.max_magnitude = is_bound_by_diagonal ? peaks.diagonal : peaks.others;
  finer.top_level = is_bound_by_diagonal ? cells * options->top_level : options->top_level;
  // No finer than it is: the largest entry is off the diagonal, or there is one cell everywhere.
  if (finer.max_magnitude == leaf->max_magnitude && finer.top_level == leaf->top_level) return MHO_OK;
  finer.levels = mho_arena_take(&scratch, leaf->size * leaf->size, 1u);
  if (finer.levels == NULL) return MHO_NO_MEMORY;
  round_to_levels(&finer, block, stride, NULL);
  search s;
  const mho_result_t begun = begin_search(&s, &finer, options, &scratch);
  if (begun != MHO_OK) return begun;
  finer.margin = evaluate(&s, leaf->order);
  if (finer.margin < least_margin(options)) return MHO_OK;
  memcpy(leaf->levels, finer.levels, leaf->size * leaf->size);
  finer.levels = leaf->levels;
  *leaf = finer;
  return MHO_OK;
}
