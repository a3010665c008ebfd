// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/step_check.h"

#include "firmware/libmho/real.h"

// Sums of columns are multiplied in two parts, so that the products stay inside 63 bits.
enum { kLowBits = 16 };

// A fixed, well-mixed sequence: an error has no reason to follow it.
static uint32_t next_word(uint32_t* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

static int64_t signed_sum(const int32_t* first, uint32_t step, uint32_t columns) {
  uint32_t state = columns;
  int64_t sum = 0;
  for (uint32_t j = 0; j < columns; ++j) {
    const int64_t word = first[j * step];
    sum += (next_word(&state) & 1u) != 0u ? word : -word;
  }
  return sum;
}

// Σ_k a_k sums_k · 2^-shift to a unit or two; 0: it is out of any range.
static int product(int64_t* out, const mho_step_t* s, const int32_t* a, const int64_t* sums) {
  int64_t high = 0, low = 0;
  for (uint32_t k = 0; k < s->depth; ++k) {
    const int64_t word = a[k * s->a.column_step];
    high += word * (sums[k] >> kLowBits);
    low += word * (sums[k] & ((1 << kLowBits) - 1));
  }
  if (s->shift >= kLowBits) {
    *out = mho_round_shift(high, s->shift - kLowBits) + mho_round_shift(low, s->shift);
    return 1;
  }
  if (mho_bits64(mho_magnitude64(high)) > 62u - kLowBits - 1u) return 0;
  *out = mho_round_shift(high * (1 << kLowBits) + low, s->shift);
  return 1;
}

int mho_step_agrees(const mho_step_t* s, int64_t* sums) {
  for (uint32_t k = 0; k < s->depth; ++k)
    sums[k] = signed_sum(s->w.first + k * s->w.row_step, s->w.column_step, s->columns);
  for (uint32_t i = 0; i < s->rows; ++i) {
    int64_t taken = signed_sum(s->before.first + i * s->before.row_step, s->before.column_step, s->columns);
    if (s->after.first != 0)
      taken -= signed_sum(s->after.first + i * s->after.row_step, s->after.column_step, s->columns);
    int64_t expected = 0;
    if (!product(&expected, s, s->a.first + i * s->a.row_step, sums)) return 0;
    if (mho_magnitude64(taken - expected) > s->slack) return 0;
  }
  return 1;
}
