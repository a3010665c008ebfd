// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/system.h"

#include <string.h>

#include "firmware/libmho/real.h"

// Convergence of the scaling is linear with factor 1/2: 24 steps exhaust the 16 fractional bits.
enum { kBalanceSteps = 24 };
static const int32_t kNothing = INT32_MIN / 4;  // logarithm of an empty row: below every real one

// A double taken apart: (−1)^sign · mantissa · 2^exponent.
typedef struct {
  uint64_t mantissa;
  int32_t exponent;
  int negative;
} parts;

static int is_finite(uint64_t bits) {
  return ((uint32_t)(bits >> 52) & 0x7ffu) != 0x7ffu;
}

static parts take_apart(uint64_t bits) {
  const uint32_t biased = (uint32_t)(bits >> 52) & 0x7ffu;
  parts p;
  p.mantissa = bits & (((uint64_t)1 << 52) - 1u);
  if (biased != 0u) p.mantissa |= (uint64_t)1 << 52;
  p.exponent = (int32_t)(biased != 0u ? biased : 1u) - 1075;
  p.negative = (int)(bits >> 63);
  return p;
}

static int32_t log2_of(const parts* p) {
  const uint32_t bits = mho_bits64(p->mantissa);
  const uint32_t shift = bits > 32u ? bits - 32u : 0u;
  return mho_log2_q16((uint32_t)(p->mantissa >> shift), p->exponent + (int32_t)shift);
}

// The exponent e with |p| in [2^(e−1), 2^e).
static int32_t top_exponent(const parts* p) {
  return p->exponent + (int32_t)mho_bits64(p->mantissa);
}

// True if row i ends where it may, given that the rows before it do.
static int is_row_in_range(const mho_sparse_system_t* s, uint32_t i) {
  return s->row_start[i] <= s->row_start[i + 1u] && s->row_start[i + 1u] <= s->row_start[s->rows];
}

int mho_sparse_is_in_range(const mho_sparse_system_t* s) {
  if (s->row_start[0] != 0u) return 0;
  for (uint32_t i = 0; i < s->rows; ++i) {
    if (!is_row_in_range(s, i)) return 0;
  }
  for (uint32_t k = 0; k < s->row_start[s->rows]; ++k) {
    if (s->column[k] >= s->columns) return 0;
  }
  return 1;
}

// Every index in range, every value finite; logarithms of the entries into `log` (kNothing for zeros).
static mho_result_t check_entries(const mho_sparse_system_t* s, int32_t* log) {
  if (s->row_start[0] != 0u) return MHO_BAD_ARGUMENT;
  for (uint32_t i = 0; i < s->rows; ++i) {
    if (!is_row_in_range(s, i)) return MHO_BAD_ARGUMENT;
    for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
      if (s->column[k] >= s->columns || !is_finite(s->value[k])) return MHO_BAD_ARGUMENT;
      if (k > s->row_start[i] && s->column[k] <= s->column[k - 1u]) return MHO_BAD_ARGUMENT;
      const parts p = take_apart(s->value[k]);
      log[k] = p.mantissa == 0u ? kNothing : log2_of(&p);
    }
  }
  return MHO_OK;
}

// One step of the scaling on logarithms; returns the largest change. Rows and columns move by half their
// excess.
static int32_t balance_step(const mho_sparse_system_t* s, const int32_t* log, int32_t* row, int32_t* column,
                            int32_t* column_max) {
  int32_t change = 0;
  for (uint32_t j = 0; j < s->rows; ++j) column_max[j] = kNothing;
  for (uint32_t i = 0; i < s->rows; ++i) {
    int32_t row_max = kNothing;
    for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
      if (log[k] == kNothing) continue;
      const uint32_t j = s->column[k];
      const int32_t v = log[k] + row[i] + column[j];
      if (v > row_max) row_max = v;
      if (v > column_max[j]) column_max[j] = v;
    }
    if (row_max == kNothing) return -1;
    row[i] -= row_max >> 1;  // rounded down: even powers of two in A change nothing but the scale
    if (mho_magnitude32(row_max) > (uint32_t)change) change = (int32_t)mho_magnitude32(row_max);
  }
  for (uint32_t j = 0; j < s->rows; ++j) {
    if (column_max[j] == kNothing) return -1;
    column[j] -= column_max[j] >> 1;
    if (mho_magnitude32(column_max[j]) > (uint32_t)change) change = (int32_t)mho_magnitude32(column_max[j]);
  }
  return change;
}

// Splits logarithms into whole powers of two, kept in `scale`, and factors in [1, 2).
static void split_scale(uint32_t n, int32_t* scale, int32_t* fine) {
  for (uint32_t i = 0; i < n; ++i) {
    fine[i] = (int32_t)mho_exp2_q30((uint32_t)scale[i] & 0xffffu);
    scale[i] >>= 16;
  }
}

static mho_real_t to_real(const parts* p) {
  const int64_t mantissa = (int64_t)p->mantissa;
  return mho_real_from(p->negative ? -mantissa : mantissa, p->exponent);
}

static int is_multiple_of(const parts* p, int32_t exponent) {
  const int32_t low = exponent - p->exponent;  // bits of the mantissa below 2^exponent
  if (p->mantissa == 0u || low <= 0) return 1;
  return low < 64 && (p->mantissa & (((uint64_t)1 << low) - 1u)) == 0u;
}

// Entry k of row i after the scaling by powers of two.
static parts scaled_entry(const mho_system_t* system, const mho_sparse_system_t* s, uint32_t i, uint32_t k) {
  parts p = take_apart(s->value[k]);
  p.exponent += system->row_scale[i] + system->column_scale[s->column[k]];
  return p;
}

// The factor by which A and b are stretched, in [1, 2). A matrix that the integers hold exactly is left
// alone. Another one is stretched until its largest entry is 2^bits − 1, which halves the rounding errors at
// best.
static mho_real_t choose_stretch(const mho_system_t* system, const mho_sparse_system_t* s, int32_t limit) {
  mho_real_t largest = mho_real_from(0, 0);
  int is_exact = 1;
  for (uint32_t i = 0; i < s->rows; ++i) {
    for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
      const parts p = scaled_entry(system, s, i, k);
      const mho_real_t magnitude = mho_real_abs(to_real(&p));
      if (mho_real_compare(magnitude, largest) > 0) largest = magnitude;
      is_exact = is_exact && is_multiple_of(&p, system->a_exponent);
    }
  }
  const mho_real_t one = mho_real_from(1, 0);
  const mho_real_t stretch = mho_real_div(mho_real_from(limit, system->a_exponent), largest);
  return is_exact || mho_real_compare(stretch, one) < 0 ? one : stretch;
}

// |p| in units of 2^exponent, rounded half up; the caller knows that it fits 63 bits.
static uint64_t magnitude_in(const parts* p, int32_t exponent) {
  const int32_t shift = exponent - p->exponent;
  if (shift <= 0) return p->mantissa == 0u ? 0u : p->mantissa << -shift;
  return shift > 62 ? 0u : (uint64_t)mho_round_shift((int64_t)p->mantissa, (uint32_t)shift);
}

// Takes `magnitude` apart at bit `low_bits`, both parts with its sign.
static void put_parts(uint64_t magnitude, int negative, uint32_t low_bits, int32_t* upper, int32_t* lower) {
  const int32_t u = (int32_t)(magnitude >> low_bits);
  const int32_t l = (int32_t)(magnitude & (((uint64_t)1 << low_bits) - 1u));
  *upper = negative ? -u : u;
  *lower = negative ? -l : l;
}

// Entries as they are, not stretched: a double has 53 bits, and most of them are kept.
static void load_both_parts(mho_system_t* system, const mho_sparse_system_t* s) {
  const uint64_t limit = ((uint64_t)1 << (system->bits + system->low_bits)) - 1u;
  system->stretch = mho_real_from(1, 0);
  for (uint32_t i = 0; i < s->rows; ++i) {
    for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
      const parts p = scaled_entry(system, s, i, k);
      uint64_t v = magnitude_in(&p, system->a_exponent - (int32_t)system->low_bits);
      if (v > limit) v = limit;  // a largest entry that rounds up to 2^bits
      const uint32_t at = i * s->rows + s->column[k];
      put_parts(v, p.negative, system->low_bits, &system->a[at], &system->a_low[at]);
    }
  }
}

static void load_matrix(mho_system_t* system, const mho_sparse_system_t* s) {
  int32_t top = INT32_MIN;
  for (uint32_t i = 0; i < s->rows; ++i) {
    for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
      const parts p = scaled_entry(system, s, i, k);
      const int32_t e = top_exponent(&p);
      if (p.mantissa != 0u && e > top) top = e;
    }
  }
  system->a_exponent = top - (int32_t)system->bits;
  if (system->low_bits != 0u) {
    load_both_parts(system, s);
    return;
  }
  const int32_t limit = (int32_t)(((uint32_t)1 << system->bits) - 1u);
  system->stretch = choose_stretch(system, s, limit);
  for (uint32_t i = 0; i < s->rows; ++i) {
    for (uint32_t k = s->row_start[i]; k < s->row_start[i + 1u]; ++k) {
      const parts p = scaled_entry(system, s, i, k);
      int32_t v = mho_real_to_int(mho_real_mul(to_real(&p), system->stretch), system->a_exponent);
      if (v > limit) v = limit;  // a largest entry that rounds up to 2^bits
      if (v < -limit) v = -limit;
      system->a[i * s->rows + s->column[k]] = v;
    }
  }
}

// Every |b_i| is below 2^top: 62 magnitude bits.
static void load_both_parts_of_rhs(mho_system_t* system, const uint64_t* rhs, int32_t top) {
  system->b_exponent = top - MHO_LOW_WORD_BITS;
  for (uint32_t i = 0; i < system->n; ++i) {
    parts p = take_apart(rhs[system->row_order[i]]);
    p.exponent += system->row_scale[i];
    put_parts(magnitude_in(&p, system->b_exponent - MHO_LOW_WORD_BITS), p.negative, MHO_LOW_WORD_BITS,
              &system->b[i], &system->b_low[i]);
  }
}

mho_result_t mho_system_load_rhs(mho_system_t* system, const uint64_t* rhs) {
  const uint32_t n = system->n;
  int32_t top = INT32_MIN;
  memset(system->b, 0, (system->b_low == NULL ? n : 2u * n) * sizeof(int32_t));
  system->b_exponent = 0;
  for (uint32_t i = 0; i < n; ++i) {
    if (!is_finite(rhs[system->row_order[i]])) return MHO_BAD_ARGUMENT;
    const parts p = take_apart(rhs[system->row_order[i]]);
    const int32_t e = top_exponent(&p) + system->row_scale[i];
    if (p.mantissa != 0u && e > top) top = e;
  }
  if (top == INT32_MIN) return MHO_OK;  // b = 0
  if (system->low_bits != 0u) {
    load_both_parts_of_rhs(system, rhs, top);
    return MHO_OK;
  }
  // 31 magnitude bits less one for the stretch and one for rounding up.
  system->b_exponent = top - 29;
  for (uint32_t i = 0; i < n; ++i) {
    parts p = take_apart(rhs[system->row_order[i]]);
    p.exponent += system->row_scale[i];
    system->b[i] = mho_real_to_int(mho_real_mul(to_real(&p), system->stretch), system->b_exponent);
  }
  return MHO_OK;
}

mho_result_t mho_system_load(mho_system_t* system, const mho_sparse_system_t* source, uint32_t bits,
                             mho_arena_t* arena) {
  if (source->rows != source->columns) return MHO_BAD_ARGUMENT;
  const uint32_t n = source->rows;
  const uint32_t entries = source->row_start[n];
  system->n = system->size_of_x = n;
  system->first_of_x = 0;
  system->bits = bits < MHO_UPPER_BITS ? bits : MHO_UPPER_BITS;
  system->low_bits = bits - system->bits;
  const uint32_t limbs = system->low_bits == 0u ? 1u : 2u;
  system->row_scale = mho_arena_take(arena, n, sizeof(int32_t));
  system->column_scale = mho_arena_take(arena, n, sizeof(int32_t));
  system->row_fine = mho_arena_take(arena, n, sizeof(int32_t));
  system->column_fine = mho_arena_take(arena, n, sizeof(int32_t));
  system->a = mho_arena_take(arena, n * n * limbs, sizeof(int32_t));
  system->b = mho_arena_take(arena, n * limbs, sizeof(int32_t));
  system->row_order = mho_arena_take(arena, n, sizeof(uint32_t));
  system->column_order = mho_arena_take(arena, n, sizeof(uint32_t));
  system->a_exponent = 0;
  system->balanced_exponent = MHO_BALANCED_EXPONENT;
  system->b_exponent = 0;
  if (system->column_order == NULL || system->a == NULL) return MHO_NO_MEMORY;
  system->a_low = limbs == 1u ? NULL : system->a + n * n;
  system->b_low = limbs == 1u ? NULL : system->b + n;
  for (uint32_t i = 0; i < n; ++i) system->row_order[i] = system->column_order[i] = i;

  const mho_arena_t before = *arena;  // the logarithms are not needed afterwards
  int32_t* log = mho_arena_take(arena, entries, sizeof(int32_t));
  int32_t* column_max = mho_arena_take(arena, n, sizeof(int32_t));
  if (log == NULL || column_max == NULL) return MHO_NO_MEMORY;
  const mho_result_t checked = check_entries(source, log);
  if (checked != MHO_OK) return checked;
  for (int step = 0; step < kBalanceSteps; ++step) {
    const int32_t change = balance_step(source, log, system->row_scale, system->column_scale, column_max);
    if (change < 0) return MHO_SINGULAR;
    if (change <= 2) break;
  }
  *arena = before;

  split_scale(n, system->row_scale, system->row_fine);
  split_scale(n, system->column_scale, system->column_fine);
  load_matrix(system, source);
  return mho_system_load_rhs(system, source->rhs);
}

void mho_system_store_rhs(const mho_system_t* system, mho_dru_vector_t* rhs) {
  rhs->length = system->n;
  rhs->exponent = system->b_exponent;
  if (system->low_bits == 0u) {
    memcpy(rhs + 1, system->b, system->n * sizeof(int32_t));
    return;
  }
  rhs->exponent -= MHO_LOW_WORD_BITS;
  int64_t* const words = (int64_t*)(rhs + 1);
  for (uint32_t i = 0; i < system->n; ++i)
    words[i] = system->b[i] * ((int64_t)1 << MHO_LOW_WORD_BITS) + system->b_low[i];
}

static void exchange(int32_t* a, int32_t* b) {
  const int32_t swap = *a;
  *a = *b;
  *b = swap;
}

static void exchange_sources(uint32_t* order, uint32_t i, uint32_t j) {
  const uint32_t source = order[i];
  order[i] = order[j];
  order[j] = source;
}

void mho_exchange_rows(int32_t* m, uint32_t n, uint32_t i, uint32_t j) {
  for (uint32_t k = 0; k < n; ++k) exchange(m + i * n + k, m + j * n + k);
}

void mho_exchange_columns(int32_t* m, uint32_t n, uint32_t i, uint32_t j) {
  for (uint32_t k = 0; k < n; ++k) exchange(m + k * n + i, m + k * n + j);
}

void mho_system_exchange_rows(mho_system_t* system, uint32_t i, uint32_t j) {
  mho_exchange_rows(system->a, system->n, i, j);
  exchange(system->b + i, system->b + j);
  if (system->low_bits != 0u) {
    mho_exchange_rows(system->a_low, system->n, i, j);
    exchange(system->b_low + i, system->b_low + j);
  }
  exchange(system->row_scale + i, system->row_scale + j);
  exchange(system->row_fine + i, system->row_fine + j);
  exchange_sources(system->row_order, i, j);
}

void mho_system_exchange_columns(mho_system_t* system, uint32_t i, uint32_t j) {
  mho_exchange_columns(system->a, system->n, i, j);
  if (system->low_bits != 0u) mho_exchange_columns(system->a_low, system->n, i, j);
  exchange(system->column_scale + i, system->column_scale + j);
  exchange(system->column_fine + i, system->column_fine + j);
  exchange_sources(system->column_order, i, j);
}

void mho_system_balance(const mho_system_t* system, int32_t* balanced) {
  const uint32_t n = system->n;
  // a · (fine · fine · 2^-60) · 2^(a_exponent − balanced): the two factors first, to 31 bits in units of
  // 2^-29.
  const int32_t shift = system->balanced_exponent - system->a_exponent + 29;
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < n; ++j) {
      const int32_t a = system->a[i * n + j];
      balanced[i * n + j] = 0;
      if (a == 0) continue;
      const int64_t factor = mho_round_shift((int64_t)system->row_fine[i] * system->column_fine[j], 31);
      balanced[i * n + j] = (int32_t)mho_round_shift(a * factor, (uint32_t)shift);
    }
  }
}

int32_t* mho_system_balanced(const mho_system_t* system, mho_arena_t* arena) {
  int32_t* const balanced = mho_arena_take(arena, system->n * system->n, sizeof(int32_t));
  if (balanced != NULL) mho_system_balance(system, balanced);
  return balanced;
}
