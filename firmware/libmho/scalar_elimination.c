// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/scalar_elimination.h"

#include "firmware/libmho/plan.h"

enum { kFactorBits = 30 };

uint32_t mho_panel_largest_row(const mho_panel_t* p, uint32_t k, uint32_t j) {
  uint32_t best = k;
  for (uint32_t i = k + 1u; i < p->rows; ++i) {
    if (mho_magnitude32(p->first[i * p->columns + j]) > mho_magnitude32(p->first[best * p->columns + j]))
      best = i;
  }
  return best;
}

void mho_panel_eliminate(const mho_panel_t* p, uint32_t k) {
  const int32_t* const pivot = p->first + k * p->columns;
  for (uint32_t i = k + 1u; i < p->rows; ++i) {
    int32_t* const row = p->first + i * p->columns;
    if (row[k] == 0 || pivot[k] == 0) continue;
    const int64_t factor = row[k] * ((int64_t)1 << kFactorBits) / pivot[k];
    for (uint32_t j = k + 1u; j < p->columns; ++j) {
      row[j] = mho_clamp32(row[j] - mho_round_shift(factor * pivot[j], kFactorBits));
    }
  }
}
