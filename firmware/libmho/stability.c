// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/stability.h"

#include "firmware/libmho/real.h"

// M has a row sum of magnitudes below 1, so 9 Taylor terms of exp(−M/2) leave an error of about 2^-32.
enum { kTaylorTerms = 9, kSquarings = 9, kUnit = 30 };

// product = a · b · 2^-shift, rounded.
static void multiply(int32_t* product, const int32_t* a, const int32_t* b, uint32_t n, uint32_t shift) {
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < n; ++j) {
      int64_t sum = 0;
      for (uint32_t k = 0; k < n; ++k) sum += (int64_t)a[i * n + k] * b[k * n + j];
      product[i * n + j] = (int32_t)mho_round_shift(sum, shift);
    }
  }
}

// The conductance that a level takes at a crossing of so many cells, units of 2^-16 steps: that of both
// slices as the macro splits it.
static uint32_t load_of(int8_t level, uint32_t cells, const mho_conductances_t* g) {
  const uint32_t base = g->weight_levels;
  if (base == 0u) return mho_magnitude32(mho_level_value(g->level_values, level));
  const uint32_t magnitude = mho_magnitude32(level);
  const uint32_t rounded = (magnitude + (base - 1u) / 2u) / base;
  const uint32_t most = cells * (base - 1u);
  const uint32_t upper = rounded < most ? rounded : most;
  return (upper + mho_magnitude32((int32_t)magnitude - (int32_t)(base * upper))) << 16;
}

// What a level contributes if a step contributes `step`. Called for every cell of every order that is tried.
static int32_t share_of(int8_t level, mho_level_values_t values, int64_t step) {
  if (values == NULL) return (int32_t)(step * level);
  return (int32_t)mho_round_shift(step * mho_level_value(values, level), 16);
}

// M/2 in units of 2^-kUnit.
static void load_half(int32_t* m, const int8_t* levels, uint32_t n, const mho_conductances_t* g) {
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t load = 0;
    for (uint32_t j = 0; j < n; ++j) {
      load += load_of(levels[i * n + j], i == j ? 1u + g->diagonal_cells : 1u, g);
    }
    const uint32_t columns = (g->columns > n ? g->columns : n) + g->diagonal_cells;
    const uint32_t cells = g->weight_levels == 0u ? 2u * columns : 4u * columns;
    const uint64_t s = ((uint64_t)g->g_step_ps * load >> 16) + (uint64_t)g->g_min_ps * cells + g->g_in_ps;
    // What one step contributes; one division per row.
    const uint64_t parts = g->weight_levels == 0u ? 1u : g->weight_levels;
    const int64_t step = (int64_t)(((uint64_t)g->g_step_ps << (kUnit - 1)) / (s * parts));
    for (uint32_t j = 0; j < n; ++j) m[i * n + j] = share_of(levels[i * n + j], g->level_values, step);
  }
}

// power = exp(−m) by Horner's rule: I − m(I − m/2 (I − m/3 (…))).
static void exponential(mho_stability_scratch_t* s, uint32_t n) {
  const uint32_t size = n * n;
  for (uint32_t i = 0; i < size; ++i) s->power[i] = 0;
  for (uint32_t i = 0; i < n; ++i) s->power[i * n + i] = (int32_t)1 << (kUnit - 1);
  for (int32_t term = kTaylorTerms; term >= 1; --term) {
    multiply(s->product, s->m, s->power, n, kUnit);
    for (uint32_t i = 0; i < size; ++i) s->power[i] = -(s->product[i] / term);
    for (uint32_t i = 0; i < n; ++i) s->power[i * n + i] += (int32_t)1 << (kUnit - 1);
  }
}

// Scales the matrix so that its largest magnitude has `bits` bits; returns by how many powers of two it grew.
static int32_t rescale(int32_t* matrix, uint32_t size, uint32_t bits) {
  uint32_t top = 0;
  for (uint32_t i = 0; i < size; ++i) top |= mho_magnitude32(matrix[i]);
  const int32_t shift = (int32_t)bits - (int32_t)mho_bits32(top);
  if (top == 0u || shift == 0) return 0;
  for (uint32_t i = 0; i < size; ++i) {
    matrix[i] = shift > 0 ? (int32_t)((uint32_t)matrix[i] << shift)
                          : (int32_t)mho_round_shift(matrix[i], (uint32_t)-shift);
  }
  return shift;
}

// log2 of the Frobenius norm of matrix · 2^exponent, units of 2^-16.
static int32_t log2_norm(const int32_t* matrix, uint32_t size, int32_t exponent) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < size; ++i) sum += ((uint64_t)((int64_t)matrix[i] * matrix[i])) >> 13;
  const uint32_t bits = mho_bits64(sum);
  const uint32_t shift = bits > 32u ? bits - 32u : 0u;
  if (sum == 0u) return -(64 * 65536);
  return mho_log2_q16((uint32_t)(sum >> shift), 2 * exponent + 13 + (int32_t)shift) / 2;
}

int32_t mho_stability_margin(const int8_t* levels, uint32_t n, const mho_conductances_t* g,
                             mho_stability_scratch_t* scratch) {
  const uint32_t size = n * n;
  // With entries up to 2^bits a sum of n products is at most 2^62, and shifted by `shift` at most 2^30.
  const uint32_t growth = mho_bits32(n - 1u);
  const uint32_t bits = 31u - (growth + 1u) / 2u;
  const uint32_t shift = 2u * bits + growth - 30u;
  load_half(scratch->m, levels, n, g);
  exponential(scratch, n);
  int32_t exponent = -(kUnit - 1);
  int32_t norm = 0, norm_before = 0;
  for (int step = 0; step < kSquarings; ++step) {
    exponent -= rescale(scratch->power, size, bits);
    norm_before = log2_norm(scratch->power, size, exponent);
    multiply(scratch->product, scratch->power, scratch->power, n, shift);
    int32_t* const swap = scratch->power;
    scratch->power = scratch->product;
    scratch->product = swap;
    exponent = 2 * exponent + (int32_t)shift;
    norm = log2_norm(scratch->power, size, exponent);
  }
  // The last squaring took exp(−M·2^(k−1)/2) to its square: the norm grew by exp(−α·2^(k−1)/2), k squarings.
  const int64_t ln2 = 45426;  // units of 2^-16
  return (int32_t)(-((int64_t)(norm - norm_before) * ln2 >> 16) >> (kSquarings - 2));
}
