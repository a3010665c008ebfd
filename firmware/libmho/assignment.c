// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/assignment.h"

enum { kMax = 64, kNone = 64 };

// State of the search for one augmenting path; index kNone stands for the row being inserted.
typedef struct {
  int32_t row_potential[kMax];
  int32_t column_potential[kMax];
  int32_t distance[kMax];
  uint8_t row_of[kMax];
  uint8_t previous[kMax];
  uint8_t done[kMax];
} search;

// Extends the assignment by `row`: Dijkstra over columns on reduced costs, then the path is turned over.
static void insert_row(search* s, const int32_t* cost, uint32_t n, uint32_t row) {
  for (uint32_t j = 0; j < n; ++j) {
    s->distance[j] = INT32_MAX;
    s->previous[j] = kNone;
    s->done[j] = 0;
  }
  uint32_t current_row = row;
  uint32_t current_column = kNone;
  int32_t reached = 0;
  for (;;) {
    uint32_t nearest = kNone;
    for (uint32_t j = 0; j < n; ++j) {
      if (s->done[j]) continue;
      const int32_t through =
          reached + cost[current_row * n + j] - s->row_potential[current_row] - s->column_potential[j];
      if (through < s->distance[j]) {
        s->distance[j] = through;
        s->previous[j] = (uint8_t)current_column;
      }
      if (nearest == kNone || s->distance[j] < s->distance[nearest]) nearest = j;
    }
    reached = s->distance[nearest];
    s->done[nearest] = 1;
    current_column = nearest;
    if (s->row_of[nearest] == kNone) break;
    current_row = s->row_of[nearest];
  }
  s->row_potential[row] += reached;
  for (uint32_t j = 0; j < n; ++j) {
    if (!s->done[j] || j == current_column) continue;
    s->row_potential[s->row_of[j]] += reached - s->distance[j];
    s->column_potential[j] -= reached - s->distance[j];
  }
  while (current_column != kNone) {
    const uint32_t before = s->previous[current_column];
    s->row_of[current_column] = before == kNone ? (uint8_t)row : s->row_of[before];
    current_column = before;
  }
}

void mho_assign(const int32_t* cost, uint32_t n, uint8_t* row_of_column) {
  search s;
  for (uint32_t j = 0; j < n; ++j) {
    s.row_potential[j] = 0;
    s.column_potential[j] = 0;
    s.row_of[j] = kNone;
  }
  for (uint32_t row = 0; row < n; ++row) insert_row(&s, cost, n, row);
  for (uint32_t j = 0; j < n; ++j) row_of_column[j] = s.row_of[j];
}
