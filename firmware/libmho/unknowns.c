// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The chip may have the unknowns in another order than the user, who gets them in his own.
#include "firmware/libmho/job_run.h"

static bool have_moved(const mho_system_t* s) {
  for (uint32_t j = 0; j < s->n; ++j) {
    if (s->column_order[j] != j) return true;
  }
  return false;
}

static mho_result_t prepare(mho_run_t* run) {
  const mho_system_t* const s = &run->plan.system;
  run->column_scale = s->column_scale;
  run->unknowns[0] = run->unknowns[1] = NULL;
  if (!have_moved(s)) return MHO_OK;
  const uint32_t bytes = s->low_bits == 0u ? sizeof(int32_t) : sizeof(int64_t);
  int32_t* const scale = mho_arena_take(&run->arena, s->n, sizeof(int32_t));
  for (uint32_t i = 0; i < 2u; ++i) {
    run->unknowns[i] = mho_arena_take(&run->arena, s->n, bytes);
    if (run->unknowns[i] == NULL) return MHO_NO_MEMORY;
  }
  if (scale == NULL) return MHO_NO_MEMORY;
  for (uint32_t j = 0; j < s->n; ++j) scale[s->column_order[j]] = s->column_scale[j];
  run->column_scale = scale;
  return MHO_OK;
}

mho_result_t mho_unknowns_prepare(mho_run_t* run) {
  const mho_result_t result = prepare(run);
  if (result == MHO_OK) mho_run_protect_scale(run);
  return result;
}

const void* mho_unknowns_words(const mho_run_t* run, uint32_t part, mho_dru_vector_t* x) {
  const mho_system_t* const s = &run->plan.system;
  const void* const words = mho_vector_words(x);
  if (run->unknowns[part] == NULL) return words;
  for (uint32_t j = 0; j < s->n; ++j) {
    const uint32_t to = s->column_order[j];
    if (s->low_bits == 0u) {
      ((int32_t*)run->unknowns[part])[to] = ((const int32_t*)words)[j];
    } else {
      ((int64_t*)run->unknowns[part])[to] = ((const int64_t*)words)[j];
    }
  }
  return run->unknowns[part];
}
