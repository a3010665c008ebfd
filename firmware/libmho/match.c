// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Rows in the order that makes the product of the diagonal largest (Duff & Koster 2001, "MC64"), for sparse
// matrices whose diagonal is weak or empty. It undoes a permutation of rows that was dominant before, and it
// keeps the entries where elimination would not fill up, which pivoting by size alone does not.
#include "firmware/libmho/assignment.h"
#include "firmware/libmho/plan.h"

enum {
  // A matrix with more than one entry in kSparse is not sparse: it has no pattern to keep, and matching it
  // costs as much as its elimination (A).
  kSparse = 4,
  kLargestBits = 31,
};

static uint32_t count_entries(const int32_t* m, uint32_t size) {
  uint32_t entries = 0;
  for (uint32_t k = 0; k < size; ++k) entries += m[k] != 0;
  return entries;
}

// Cost of an entry on the diagonal, how far it is below 2^31: units of 2^-8 powers of two, so that n of them
// fit 30 bits.
static int32_t cost_of(int32_t entry) {
  return (kLargestBits << 8) - (mho_log2_q16(mho_magnitude32(entry), 0) >> 8);
}

static mho_result_t assign_rows(const int32_t* m, uint32_t n, uint32_t* rows, mho_arena_t scratch) {
  const uint32_t entries = count_entries(m, n * n);
  if ((uint64_t)entries * kSparse > (uint64_t)n * n) return MHO_SINGULAR;
  uint32_t* const row_start = mho_arena_take(&scratch, n + 1u, sizeof(uint32_t));
  uint32_t* const column = mho_arena_take(&scratch, entries, sizeof(uint32_t));
  int32_t* const cost = mho_arena_take(&scratch, entries, sizeof(int32_t));
  if (row_start == NULL || column == NULL || cost == NULL) return MHO_NO_MEMORY;
  uint32_t k = 0;
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < n; ++j) {
      if (m[i * n + j] == 0) continue;
      column[k] = j;
      cost[k++] = cost_of(m[i * n + j]);
    }
    row_start[i + 1u] = k;
  }
  const mho_costs_t costs = {n, row_start, column, cost};
  return mho_assign(&costs, rows, scratch);
}

// Row i becomes the one that is in place rows[i] now.
static void move_rows(mho_system_t* system, uint32_t* rows) {
  for (uint32_t i = 0; i < system->n; ++i) {
    uint32_t from = rows[i];
    while (from < i) from = rows[from];  // it has been moved to where the one that it gave way to came from
    if (from != i) mho_system_exchange_rows(system, i, from);
    rows[i] = from;
  }
}

mho_result_t mho_match_rows(mho_plan_t* plan, mho_arena_t scratch) {
  mho_system_t* const system = &plan->system;
  const int32_t* const m = mho_system_balanced(system, &scratch);
  uint32_t* const rows = mho_arena_take(&scratch, system->n, sizeof(uint32_t));
  if (m == NULL || rows == NULL) return MHO_NO_MEMORY;
  const mho_result_t result = assign_rows(m, system->n, rows, scratch);
  if (result != MHO_OK) return result;
  uint32_t in_place = 0;
  while (in_place < system->n && rows[in_place] == in_place) ++in_place;
  if (in_place == system->n) return MHO_SINGULAR;
  move_rows(system, rows);
  return MHO_OK;
}
