// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of equations and unknowns together, where the elimination outgrows its integers in every order of
// the rows: partial pivoting lets entries double at every step of some matrices, however well conditioned
// they are. A rook's pivot is the largest of its row and of its column, and what is left then hardly grows
// (Neal & Poole 1992; Higham 2002, section 9.1).
#include "firmware/libmho/plan.h"
#include "firmware/libmho/scalar_elimination.h"

// The largest entry of row i in the columns from k on.
static uint32_t largest_column(const mho_panel_t* p, uint32_t k, uint32_t i) {
  const int32_t* const row = p->first + i * p->columns;
  uint32_t best = k;
  for (uint32_t j = k + 1u; j < p->columns; ++j) {
    if (mho_magnitude32(row[j]) > mho_magnitude32(row[best])) best = j;
  }
  return best;
}

// Every turn finds a larger entry.
static void find_pivot(const mho_panel_t* p, uint32_t k, uint32_t* row, uint32_t* column) {
  *column = k;
  for (;;) {
    *row = mho_panel_largest_row(p, k, *column);
    const int32_t* const entries = p->first + *row * p->columns;
    const uint32_t next = largest_column(p, k, *row);
    if (mho_magnitude32(entries[next]) <= mho_magnitude32(entries[*column])) return;
    *column = next;
  }
}

mho_result_t mho_order_rows_and_columns(mho_plan_t* plan, mho_arena_t scratch) {
  mho_system_t* const system = &plan->system;
  const uint32_t n = system->n;
  const mho_panel_t p = {.first = mho_system_balanced(system, &scratch), .rows = n, .columns = n};
  if (p.first == NULL) return MHO_NO_MEMORY;
  for (uint32_t k = 0; k < n; ++k) {
    uint32_t i = 0, j = 0;
    find_pivot(&p, k, &i, &j);
    if (i != k) {
      mho_system_exchange_rows(system, i, k);
      mho_exchange_rows(p.first, n, i, k);
    }
    if (j != k) {
      mho_system_exchange_columns(system, j, k);
      mho_exchange_columns(p.first, n, j, k);
    }
    mho_panel_eliminate(&p, k);
  }
  plan->digital_ops += (uint64_t)n * n * n / 3u;
  return MHO_OK;
}
