// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The plan of a job: how BlockAMC divides the matrix, and what is to be written on which kind of macro.
//
// A node of the recursion covers rows and columns [lo, hi) of a Schur complement S. Up to the leaf size it is
// a leaf, unless no order of its rows gives a loop that settles; otherwise S = [A1 A2; A3 A4] with A1 = [lo,
// mid) becomes a node on A1, a node on A4 − A3·A1⁻¹·A2, and the blocks A2 and A3 as low-precision tiles
// (facts.md §2). All Schur complements come out of one elimination, leaf by leaf.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/libmho/ginv.h"
#include "firmware/libmho/leaf.h"
#include "firmware/libmho/memory.h"
#include "firmware/libmho/real.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/share.h"
#include "firmware/libmho/system.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MHO_NONE 0xffffffffu

/// What goes on macros as one unit; the driver's side of struct mho_dru_tile.
typedef struct {
  uint8_t kind;    ///< enum tile_kind
  uint8_t format;  ///< enum tile_format
  uint8_t rows;
  uint8_t columns;
  uint32_t row;     ///< offset of its rows in the block (low precision) or the matrix (HP)
  uint32_t column;  ///< offset of its columns likewise
  const void* source;
  uint32_t row_stride;  ///< bytes
  const uint8_t* order;
  int32_t scale_mantissa;
  int32_t scale_exponent;
  uint8_t first_slice;
  uint8_t weight;             ///< HP: its product counts 2^weight times as much
  uint8_t slices;             ///< digits (HP) or pairs of arrays (INV)
  uint8_t macros;             ///< how many it takes
  uint8_t feedback, damping;  ///< GINV: of row and column amplifiers
} mho_tile_t;

/// An off-diagonal block as a range of tiles, ordered by rows of tiles; all-zero tiles are left out.
typedef struct {
  uint32_t first_tile;
  uint32_t tiles;
} mho_block_t;

typedef struct {
  uint32_t lo, mid, hi;
  uint32_t left, right;  ///< nodes; MHO_NONE in a leaf
  uint32_t leaf;         ///< MHO_NONE in an inner node
  uint32_t first_leaf;   ///< leaves [first_leaf, end_leaf) lie below
  uint32_t end_leaf;
  mho_block_t upper;   ///< A2
  mho_block_t lower;   ///< A3
  mho_real_t a1_norm;  ///< ‖A1‖₁
  uint32_t condition;  ///< κ₁ of A1, estimate
} mho_node_t;

/// A digital matrix update C −= A·W·2^-shift, as struct mho_dru_rank_update but with pointers.
typedef struct {
  int32_t* c;
  const int32_t* a;
  const int32_t* w;
  uint32_t stride;  ///< elements from row to row, the same for all three
  uint32_t rows, columns, depth;
  uint32_t shift;
} mho_rank_update_t;

/// Who carries the update out: the CPU (mho_rank_update_cpu), the DRU or MVM macros. Done when it returns
/// while plan->is_ordering; otherwise before the next step of the plan.
typedef mho_result_t (*mho_rank_updater_t)(void* context, const mho_rank_update_t* update);

typedef struct mho_plan mho_plan_t;

/// Solves D·W = R by other means than the leaf's inverse: D is the leaf's block and R what lies right of it
/// in plan->balanced.
/// @param[out] w   leaf->size × (n − leaf->start − leaf->size) in rows
/// @param scratch  behind what is in use
/// @returns MHO_OK; MHO_UNSTABLE: it cannot, and the inverse has to do; anything else ends the plan
typedef mho_result_t (*mho_column_solver_t)(void* context, const mho_plan_t* plan, const mho_leaf_t* leaf,
                                            mho_real_t* w, mho_arena_t scratch);

typedef struct {
  uint32_t leaf_size;     ///< largest leaf
  uint32_t tile_size;     ///< rows and columns of an MVM macro
  uint32_t hp_rows;       ///< rows of the matrix that an HP tile may have, 1 to tile_size
  uint32_t top_level;     ///< of the cells of MVM macros; leaf_options has that of INV macros
  uint32_t block_digits;  ///< tiles per low-precision part, each holding what those before leave
  uint32_t digit_bits;    ///< magnitude bits of a digit of HP tiles, 1 to 4
  uint32_t max_slices;    ///< macros one HP tile may take
  uint32_t inv_slices;    ///< pairs of arrays that a leaf uses in its macro
  int splits_leaves;      ///< a leaf without a stable row order is divided; otherwise the plan is unstable
  int reorders_rows;      ///< where the given order of the rows makes a bad block, another one is taken
  int skips_given_order;  ///< and the given one is not even tried, since it means nothing
  /// A GINV macro approximates the inverse: the elimination only leaves the factors that errors are estimated
  /// with, leaves and blocks get no tiles, and no leaf is refused for what cells would make of it.
  int uses_ginv;
  uint32_t ginv_rows, ginv_columns;  ///< of the rectangular matrix, where one does
  uint8_t ginv_damping;              ///< of its column amplifiers, in levels
  mho_leaf_options_t leaf_options;
  mho_rank_updater_t updater;  ///< may use the memory behind the arena that the plan is made in
  void* updater_context;
  mho_column_solver_t solver;  ///< NULL: the leaf's inverse
  void* solver_context;
  /// Told when work on a Schur complement begins, and when it has ended or is left to the updater; NULL:
  /// nobody.
  void (*meter)(void* context, bool begins);
  void* meter_context;
} mho_plan_options_t;

/// Where the order comes from.
typedef enum {
  MHO_ROWS_GIVEN = 0,     ///< the user
  MHO_ROWS_DIAGONAL = 1,  ///< mho_order_diagonal(), which moves columns, too
  MHO_ROWS_MATCHED = 2,   ///< mho_match_rows()
  MHO_ROWS_PIVOTED = 3,   ///< mho_order_rows()
  MHO_ROWS_ROOK = 4,      ///< mho_order_rows_and_columns()
} mho_row_order_t;

/// Deepest division: a system has fewer than 2^MHO_PLAN_DEPTH rows, and halves differ by one row at most.
enum { MHO_PLAN_DEPTH = 14 };

/// A node whose parts are being planned.
typedef struct {
  uint32_t node;
  bool is_right;  ///< the second of them
} mho_plan_frame_t;

struct mho_plan {
  mho_plan_options_t options;
  const mho_share_t* share;  ///< of the chip, where the tiles go; NULL: all of it
  mho_system_t system;
  int32_t* balanced;  ///< n × n: Schur complements, panels and W as the elimination leaves them
  mho_node_t* nodes;
  uint32_t node_count;
  mho_leaf_t* leaves;
  uint32_t leaf_count;
  mho_tile_t* tiles;  ///< tile i of the command list
  uint32_t tile_count;
  uint32_t tile_capacity;
  mho_block_t matrix;  ///< HP tiles
  mho_ginv_levels_t ginv;
  uint32_t ginv_tile;  ///< with options.uses_ginv
  uint64_t digital_ops;
  uint32_t fault_start;  ///< block that a failure is about
  uint32_t fault_size;
  uint32_t outgrown_start;  ///< block behind which the usual integers were outgrown; with coarser ones
  uint32_t outgrown_size;
  uint32_t unstable_leaves;
  uint32_t split_leaves;
  mho_row_order_t rows;
  bool is_ordering;        ///< rows are being chosen by what an elimination leaves of them
  uint32_t refused_parts;  ///< halves of elimination steps that options.solver or updater left to the CPU
  mho_arena_t before;      ///< what the plan began with, for another attempt
  mho_plan_frame_t frames[MHO_PLAN_DEPTH];  ///< the nodes above the next part
  uint32_t depth;
  uint32_t next_lo, next_hi;  ///< rows of the next part; next_hi 0: all are planned
};

/// The number under which the DRU knows a tile.
static inline uint32_t mho_tile_number(const mho_plan_t* plan, uint32_t tile) {
  return plan->share == NULL ? tile : plan->share->first_tile + tile;
}

/// Divides, eliminates, quantises and orders. With options.reorders_rows an order of the rows in which a leaf
/// is singular, unstable or too badly conditioned for its cells, or the elimination grows, is given up for
/// the next of mho_row_order_t; the last one is kept as it is.
/// @param plan   plan->options and plan->system filled by the caller, plan->rows the order to begin with
/// @returns MHO_OK; MHO_SINGULAR, MHO_UNSTABLE (with plan->fault_start, fault_size), MHO_OVERFLOW,
/// MHO_NO_MEMORY
mho_result_t mho_plan_make(mho_plan_t* plan, mho_arena_t* arena);

// mho_plan_make() in pieces: begin, then step while there is more, then end; all with the same arena. Each
// returns what mho_plan_make() would end with, or MHO_OK to go on.
mho_result_t mho_plan_begin(mho_plan_t* plan, mho_arena_t* arena);
/// Whether leaves are left.
static inline bool mho_plan_has_more(const mho_plan_t* plan) {
  return plan->next_hi != 0u;
}
/// Plans and eliminates the next leaf. An updater may return before its update is done, which is then done
/// before the next step.
mho_result_t mho_plan_step(mho_plan_t* plan, mho_arena_t* arena);
/// For an update that the last step left under way, and that ended with `result`, not MHO_OK.
mho_result_t mho_plan_fail(mho_plan_t* plan, mho_result_t result, mho_arena_t* arena);
/// What follows the last leaf. May find that there is more after all, in another circuit.
mho_result_t mho_plan_end(mho_plan_t* plan, mho_arena_t* arena);

// The parts of it, one per source file. All return MHO_OK or MHO_NO_MEMORY and what is said.

/// Room for nodes, leaves and tiles of any division; needs plan->options and the system's n and bits. In
/// tree.c.
mho_result_t mho_tree_reserve(mho_plan_t* plan, mho_arena_t* arena);

/// Another node for [lo, hi), not divided, without a leaf. In tree.c.
/// @returns its index
uint32_t mho_tree_add(mho_plan_t* plan, uint32_t lo, uint32_t hi);

/// Rows of A1 in a node that is divided.
static inline uint32_t mho_upper_rows(uint32_t rows) {
  return (rows + 1u) / 2u;
}

/// Digits of `digit_bits` magnitude bits that hold a number of `bits` of them.
static inline uint32_t mho_digits(uint32_t bits, uint32_t digit_bits) {
  return (bits + digit_bits - 1u) / digit_bits;
}

/// Low-precision tiles of an off-diagonal block of plan->balanced. In tiles.c.
/// @param[out] block  which tiles
/// @param first       the block's first element; plan->system.n elements lead from row to row
mho_result_t mho_tiles_of_block(mho_plan_t* plan, mho_block_t* block, const int32_t* first, uint32_t rows,
                                uint32_t columns, mho_arena_t* arena);

/// High-precision tiles of the whole matrix, plan->matrix. In tiles.c.
/// @returns MHO_NO_MEMORY also if the plan has more tiles than the sequencer has contexts
mho_result_t mho_tiles_of_matrix(mho_plan_t* plan);

/// One step of the elimination; leaves must come in order. In eliminate.c.
/// @returns MHO_SINGULAR; MHO_OVERFLOW; what the updater returns
mho_result_t mho_eliminate_leaf(mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t* arena);

/// The CPU as updater. In eliminate.c.
/// @param plan  its digital_ops count the multiply-adds
/// @returns MHO_OVERFLOW if an entry of C leaves 32 bits; finished rows stay changed
mho_result_t mho_rank_update_cpu(void* plan, const mho_rank_update_t* update);

/// Brings the rows of a sparse system into the order with the largest product of the diagonal. In match.c.
/// @returns MHO_SINGULAR: no order has a full diagonal, the rows are in that order already, or the matrix is
/// not sparse; nothing was changed
mho_result_t mho_match_rows(mho_plan_t* plan, mho_arena_t scratch);

/// Gives the leaf [lo, hi) its rows, or rows and columns, out of plan->balanced from row and column lo on, in
/// which everything before them is eliminated.
typedef mho_result_t (*mho_leaf_chooser_t)(mho_plan_t* plan, uint32_t lo, uint32_t hi, mho_arena_t scratch);

/// An elimination that has each leaf chosen before it goes on. In order.c. Uses up plan->balanced.
/// @param arena  comes back as it was
/// @returns what the chooser and the updater return, but for MHO_SINGULAR and MHO_OVERFLOW: then the order is
/// that so far
mho_result_t mho_order_leaves(mho_plan_t* plan, mho_leaf_chooser_t choose, mho_arena_t* arena);

/// The order of equations and unknowns, alike, in which Cholesky's method with complete pivoting takes those
/// of a symmetric matrix, as far as it is definite. In symmetric_order.c; otherwise as mho_order_rows().
mho_result_t mho_order_diagonal(mho_plan_t* plan, mho_arena_t* arena);

/// The matrix on the chip and its scales are symmetric. In symmetric_order.c.
int mho_is_symmetric(const mho_system_t* system);

/// Brings the rows of the system into the order in which elimination with partial pivoting takes them, as far
/// as it comes. In order.c. Costs another elimination. Uses up plan->balanced.
/// @param arena  comes back as it was
/// @returns what the updater returns, but for MHO_OVERFLOW
mho_result_t mho_order_rows(mho_plan_t* plan, mho_arena_t* arena);

/// Brings the rows and columns of the system into the order in which elimination with rook pivoting takes
/// them, by n³/3 operations of the CPU. In rook_order.c.
/// @returns MHO_NO_MEMORY if there is none for another matrix in `scratch`
mho_result_t mho_order_rows_and_columns(mho_plan_t* plan, mho_arena_t scratch);

/// W by plan->options.solver, rounded and checked by its checksum, in place of R. In panel.c.
/// @returns MHO_OK; MHO_UNSTABLE: plan->balanced is as it was; MHO_SINGULAR: W is too large for its integers;
/// what the solver returns
mho_result_t mho_panel_solve(mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t scratch);

/// True if the matrix is symmetric and the leaf's block, not quantised, positive definite: then its pivots
/// are as good as any, and its condition is at most the matrix's. False also without memory to find out. In
/// symmetric_order.c.
int mho_is_definite_leaf(const mho_plan_t* plan, const mho_leaf_t* leaf, mho_arena_t scratch);

/// Sets leaf->condition by inverting the quantised block. In condition.c.
mho_result_t mho_condition_of_leaf(mho_leaf_t* leaf, mho_level_values_t values, mho_arena_t scratch);

/// Sets the condition of every node's A1, after the elimination. In condition.c.
mho_result_t mho_condition_of_blocks(mho_plan_t* plan, mho_arena_t scratch);

/// Whether factors in coarser integers estimate the error of a solution as well as they have to: to a few per
/// cent, as long as ‖Ã⁻¹‖₁, estimated from below, is at most 2^8 beside rounding errors of 2^-18 (our
/// assumption). In condition.c.
/// @returns MHO_OK; MHO_OVERFLOW: they do not; MHO_NO_MEMORY
mho_result_t mho_check_coarse_factors(mho_plan_t* plan, mho_arena_t scratch);

/// A pivot up to 2^MHO_PIVOT_EXPONENT is noise in a matrix with entries about 1 that were rounded to 24 bits:
/// their rounding reaches 2^-22. Refinement with cells of 3 bits could not make anything of it either (A).
enum { MHO_PIVOT_EXPONENT = -20 };

/// Inverse by Gauss–Jordan elimination with row exchanges. In invert.c.
/// @param[in,out] matrix  n × 2n in rows, largest entries about 1: the matrix in the left half, which is used
///                        up; the inverse comes out in the right half
/// @returns MHO_OK; MHO_SINGULAR if a pivot is not above 2^MHO_PIVOT_EXPONENT
mho_result_t mho_invert(mho_real_t* matrix, uint32_t n);

#ifdef __cplusplus
}
#endif
