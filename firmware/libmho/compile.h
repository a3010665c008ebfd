// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// From a plan to command lists for the DRU: one that writes the tiles used first, and one that iterates by
// the method asked for until the residual and the last correction are small.
#pragma once

#include <stdint.h>

#include "firmware/libmho/memory.h"
#include "firmware/libmho/plan.h"
#include "registers/dru.h"
#include "registers/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Codes with which the solve list ends. Stalled: a cycle of GMRES did not halve the residual.
enum { MHO_END_CONVERGED = 0, MHO_END_LIMIT = 1, MHO_END_DIVERGED = 2, MHO_END_STALLED = 3 };

/// Most directions that GMRES keeps, whatever the vector memory.
enum { MHO_MAX_DIRECTIONS = 96 };

/// A squared residual this many powers of two above that of b ends the iteration.
enum { MHO_DIVERGED_LOG2 = 20 };

typedef struct {
  mho_memory_t memory;      ///< what the arena lies in
  uint32_t inv_count;       ///< macros of the chip
  uint32_t mvm_count;       ///< likewise
  uint32_t ginv_count;      ///< likewise; may be 0 for a plan that uses none
  uint32_t sram_words;      ///< vector memory of the DRU
  uint32_t tolerance_bits;  ///< t of the stopping rule, 1 to 53
  uint32_t max_iterations;  ///< 1 or more
  mho_job_method_t method;
  int repeats;        ///< the solve list is run more than once: it leaves the tiles where it found them
  uint32_t restart;   ///< directions of GMRES, 1 to MHO_MAX_DIRECTIONS; fewer where n or the memory says so
  uint32_t parallel;  ///< runs of the solve list that may be under way at once, 1 or more
} mho_compile_options_t;

/// Command lists and the vectors in memory that they read and write. Each of the runs of the solve list that
/// are under way at once has vectors of its own; the pointers are to those of the selected one.
typedef struct {
  const mho_dru_command_t* program;
  uint32_t program_commands;
  mho_dru_command_t* solve;
  uint32_t solve_commands;
  uint32_t programmed_macros;  ///< macros that the program list writes
  uint32_t inv_macros;         ///< of these, INV macros
  uint32_t ginv_macros;        ///< and GINV macros
  mho_dru_vector_t* rhs;       ///< b, header, then n words: may be changed between two runs of the list
  mho_dru_vector_t* x;  ///< header, then n words, 64-bit ones if the system has lower parts; what the settled
                        ///< part leaves, if there is one
  mho_dru_vector_t* x_settled;    ///< likewise; length 0: x is all
  mho_dru_vector_t* rest_rhs;     ///< b − Â·x_settled as measured, where there is a settled part
  mho_dru_vector_t* residual;     ///< the residual as measured, header, then n words
  mho_dru_scalar_t* history;      ///< squared residual after each iteration
  mho_dru_scalar_t* corrections;  ///< squared correction of each iteration
  mho_dru_scalar_t* rhs_norm2;
  mho_dru_scalar_t* x_norm2;  ///< after the last iteration
  mho_dru_scalar_t* changes;  ///< not zero at the iteration that went over to GMRES (method AUTO)
  uint32_t directions;        ///< of GMRES; 0: refinement only
  uint32_t parallel;          ///< runs that can be under way at once: one if the list programs tiles
  uint32_t selected;          ///< 0 to parallel − 1
  uint32_t data_bytes;        ///< from the vectors of one run to those of the next
} mho_program_t;

/// Words that follow a vector's header.
static inline int32_t* mho_vector_words(mho_dru_vector_t* v) {
  return (int32_t*)(v + 1);
}

/// Bytes of a vector of n elements in memory, header included. @param is_wide  its words have 64 bits
static inline uint32_t mho_vector_bytes(uint32_t n, int is_wide) {
  return (uint32_t)(sizeof(mho_dru_vector_t) + n * (is_wide ? sizeof(int64_t) : sizeof(int32_t)));
}

/// Compiles both lists into the arena.
/// @param[out] program  filled as far as it came
/// @returns MHO_OK; MHO_NO_MEMORY: arena, vector slots, tiles of the plan's share or the longest list
///          are exceeded, or GMRES is asked
///          for and the vector memory has no room for two directions (AUTO then refines only);
///          MHO_BAD_ARGUMENT: a chip without macros, or with fewer than a tile takes;
///          MHO_TOO_FEW_MACROS: those that the plan's share avoids leave fewer
mho_result_t mho_compile(mho_program_t* program, const mho_plan_t* plan, const mho_compile_options_t* options,
                         mho_arena_t* arena);

/// Points at the vectors of run `index`. The list finds them with a data offset of index · data_bytes.
void mho_program_select(mho_program_t* program, uint32_t index);

#ifdef __cplusplus
}
#endif
