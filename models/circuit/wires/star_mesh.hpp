// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Elimination of nodes from a network of conductances (star-mesh transform). Only conductances *between*
// nodes are stored and a pivot is the sum of the conductances at its node, so every operation adds,
// multiplies or divides positive numbers: nothing cancels, and each resulting conductance has full relative
// accuracy, whether segments are a milliohm or a megohm (the idea is that of Grassmann, Taksar and Heyman for
// Markov chains). The usual nodal matrix would lose as many digits as segments exceed cells in conductance.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/lanes.hpp"

namespace mho::circuit {

/// Nodes come in groups of this many; a group is filled up with nodes that are connected to nothing else.
inline constexpr Eigen::Index kNodeGroup = 4;

/// Eliminates the first `pivots` of `size` nodes.
/// @param network  row-major [size x stride]: entry (a, b), a < b, is the conductance between nodes a and b
///                 [siemens], >= 0; columns size … stride−1 are 0; entries on and below the diagonal are
///                 finite and undefined afterwards. Rows >= pivots return the network of the remaining nodes.
/// @param ratios   room for [pivots x stride]
/// Both are LaneVectors.
/// `pivots` and `size` are multiples of kNodeGroup, `stride` of 2·kLanes. Every pivot must have a conductance
/// to a later node. Cost: pivots · size²/2 multiplications or less.
void eliminate_leading_nodes(double* network, Eigen::Index pivots, Eigen::Index size, Eigen::Index stride,
                             double* ratios);

/// Four 4x4 blocks of cells side by side, one per lane, reduced to the terminals of each (block_network.hpp).
struct alignas(64) LeafQuad {
  static constexpr int kSide = 4;
  static constexpr int kTerminals = 4 * kSide;
  double cell[kSide][kSide][kLanes];            ///< [row][column][block]
  double row_segment[kSide][kSide][kLanes];     ///< to the left of each cell
  double column_segment[kSide][kSide][kLanes];  ///< below each cell
  /// Upper triangle of the result, terminals in the order left, bottom, right, top.
  double network[kTerminals][kTerminals][kLanes];
};

/// Fills `quad.network`.
void reduce_leaves(LeafQuad& quad);

}  // namespace mho::circuit
