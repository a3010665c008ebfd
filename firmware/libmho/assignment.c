// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/assignment.h"

static const uint32_t kNone = UINT32_MAX;

// State of the search for one augmenting path; column kNone stands for the row being inserted.
typedef struct {
  const mho_costs_t* costs;
  int32_t* row_potential;
  int32_t* column_potential;
  int32_t* distance;
  uint32_t* row_of;
  uint32_t* previous;
  uint8_t* done;
} search;

static void look_from(search* s, uint32_t row, uint32_t column, int32_t reached) {
  const mho_costs_t* const c = s->costs;
  for (uint32_t k = c->row_start[row]; k < c->row_start[row + 1u]; ++k) {
    const uint32_t j = c->column[k];
    if (s->done[j]) continue;
    const int32_t through = reached + c->cost[k] - s->row_potential[row] - s->column_potential[j];
    if (through >= s->distance[j]) continue;
    s->distance[j] = through;
    s->previous[j] = column;
  }
}

// The nearest column that is not done; kNone: none can be reached.
static uint32_t nearest_column(const search* s) {
  uint32_t nearest = kNone;
  for (uint32_t j = 0; j < s->costs->n; ++j) {
    if (s->done[j] || s->distance[j] == INT32_MAX) continue;
    if (nearest == kNone || s->distance[j] < s->distance[nearest]) nearest = j;
  }
  return nearest;
}

// Extends the assignment by `row`: Dijkstra over columns on reduced costs, then the path is turned over.
static mho_result_t insert_row(search* s, uint32_t row) {
  const uint32_t n = s->costs->n;
  for (uint32_t j = 0; j < n; ++j) {
    s->distance[j] = INT32_MAX;
    s->previous[j] = kNone;
    s->done[j] = 0;
  }
  uint32_t current_row = row;
  uint32_t current_column = kNone;
  int32_t reached = 0;
  for (;;) {
    look_from(s, current_row, current_column, reached);
    current_column = nearest_column(s);
    if (current_column == kNone) return MHO_SINGULAR;
    reached = s->distance[current_column];
    s->done[current_column] = 1;
    if (s->row_of[current_column] == kNone) break;
    current_row = s->row_of[current_column];
  }
  s->row_potential[row] += reached;
  for (uint32_t j = 0; j < n; ++j) {
    if (!s->done[j] || j == current_column) continue;
    s->row_potential[s->row_of[j]] += reached - s->distance[j];
    s->column_potential[j] -= reached - s->distance[j];
  }
  while (current_column != kNone) {
    const uint32_t before = s->previous[current_column];
    s->row_of[current_column] = before == kNone ? row : s->row_of[before];
    current_column = before;
  }
  return MHO_OK;
}

mho_result_t mho_assign(const mho_costs_t* costs, uint32_t* row_of_column, mho_arena_t scratch) {
  const uint32_t n = costs->n;
  search s = {.costs = costs, .row_of = row_of_column};
  s.row_potential = mho_arena_take(&scratch, n, sizeof(int32_t));
  s.column_potential = mho_arena_take(&scratch, n, sizeof(int32_t));
  s.distance = mho_arena_take(&scratch, n, sizeof(int32_t));
  s.previous = mho_arena_take(&scratch, n, sizeof(uint32_t));
  s.done = mho_arena_take(&scratch, n, sizeof(uint8_t));
  if (s.done == NULL || s.previous == NULL) return MHO_NO_MEMORY;
  for (uint32_t j = 0; j < n; ++j) row_of_column[j] = kNone;
  for (uint32_t row = 0; row < n; ++row) {
    const mho_result_t result = insert_row(&s, row);
    if (result != MHO_OK) return result;
  }
  return MHO_OK;
}
