// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/star_mesh.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;

constexpr Index kTile = 2 * kLanes;

/// Rows row0 … row0+3, from the tile of the diagonal on: += Σ_{k < k_end} ratio(k, row) · network(k, ·).
MHO_ALWAYS_INLINE void update_row_group(double* network, const double* ratios, Index k_end, Index row0,
                                        Index stride) {
  double* const rows = network + row0 * stride;
  for (Index y = row0 / kTile * kTile; y < stride; y += kTile) {
    Lanes sum[kNodeGroup][2];
    for (Index r = 0; r < kNodeGroup; ++r) {
      sum[r][0] = lanes_at(rows + r * stride + y);
      sum[r][1] = lanes_at(rows + r * stride + y + kLanes);
    }
    for (Index k = 0; k < k_end; ++k) {
      const Lanes low = lanes_at(network + k * stride + y);
      const Lanes high = lanes_at(network + k * stride + y + kLanes);
      const double* const ratio = ratios + k * stride + row0;
      for (Index r = 0; r < kNodeGroup; ++r) {
        sum[r][0] += ratio[r] * low;
        sum[r][1] += ratio[r] * high;
      }
    }
    for (Index r = 0; r < kNodeGroup; ++r) {
      lanes_at(rows + r * stride + y) = sum[r][0];
      lanes_at(rows + r * stride + y + kLanes) = sum[r][1];
    }
  }
}

/// Σ of row[from … stride−1], in an order that does not depend on the instruction set.
MHO_ALWAYS_INLINE double sum_row(const double* row, Index from, Index stride) {
  Index y = (from + kTile - 1) / kTile * kTile;
  double head = 0.0;
  for (Index k = from; k < y; ++k) head += row[k];
  Lanes low = {0.0, 0.0, 0.0, 0.0}, high = {0.0, 0.0, 0.0, 0.0};
  for (; y < stride; y += kTile) {
    low += lanes_at(row + y);
    high += lanes_at(row + y + kLanes);
  }
  low += high;
  return head + ((low[0] + low[1]) + (low[2] + low[3]));
}

/// Eliminates the four nodes of a group one after the other, among themselves, and forms their ratios.
MHO_ALWAYS_INLINE void eliminate_group(double* network, double* ratios, Index row0, Index stride) {
  const Index start = row0 / kTile * kTile;
  for (Index k = row0; k < row0 + kNodeGroup; ++k) {
    double* const row = network + k * stride;
    for (Index earlier = row0; earlier < k; ++earlier) {
      const double ratio = ratios[earlier * stride + k];
      const double* const from = network + earlier * stride;
      for (Index y = start; y < stride; y += kLanes) lanes_at(row + y) += ratio * lanes_at(from + y);
    }
    const double inverse = 1.0 / sum_row(row, k + 1, stride);
    for (Index y = start; y < stride; y += kLanes)
      lanes_at(ratios + k * stride + y) = inverse * lanes_at(row + y);
  }
}

MHO_ALWAYS_INLINE void eliminate_leading_nodes_kernel(double* network, Index pivots, Index size, Index stride,
                                                      double* ratios) {
  for (Index row0 = 0; row0 < size; row0 += kNodeGroup) {
    update_row_group(network, ratios, row0 < pivots ? row0 : pivots, row0, stride);
    if (row0 < pivots) eliminate_group(network, ratios, row0, stride);
  }
}

/// Terminals of a small block with `p` rows and `q` columns: left, bottom, right, top.
template <int p, int q>
struct SmallBlock {
  static constexpr int kLeft = 0, kBottom = p, kRight = p + q, kTop = 2 * p + q;
  static constexpr int kSize = 2 * (p + q);
  Lanes g[kSize][kSize];  // upper triangle
};

/// Adds the upper triangle of `block` to `front`; terminal a of the block is node place[a] of the front.
template <int p, int q, int size>
MHO_ALWAYS_INLINE void scatter(const SmallBlock<p, q>& block, const int (&place)[SmallBlock<p, q>::kSize],
                               Lanes (&front)[size][size]) {
  for (int a = 0; a < SmallBlock<p, q>::kSize; ++a) {
    for (int b = a + 1; b < SmallBlock<p, q>::kSize; ++b) {
      const int low = place[a] < place[b] ? place[a] : place[b];
      const int high = place[a] < place[b] ? place[b] : place[a];
      front[low][high] += block.g[a][b];
    }
  }
}

/// Eliminates the first `pivots` nodes of `front` and hands the rest to `result`.
template <int pivots, int size, int rest>
MHO_ALWAYS_INLINE void eliminate(Lanes (&front)[size][size], Lanes (&result)[rest][rest]) {
  static_assert(pivots + rest == size);
  for (int k = 0; k < pivots; ++k) {
    Lanes sum = front[k][k + 1];
    for (int b = k + 2; b < size; ++b) sum += front[k][b];
    const Lanes inverse = 1.0 / sum;
    for (int a = k + 1; a < size; ++a) {
      const Lanes ratio = inverse * front[k][a];
      for (int b = a + 1; b < size; ++b) front[a][b] += ratio * front[k][b];
    }
  }
  for (int a = 0; a < rest; ++a) {
    for (int b = a + 1; b < rest; ++b) result[a][b] = front[pivots + a][pivots + b];
  }
}

/// `left` and `right` side by side: the right terminals of one are the left terminals of the other.
template <int p, int q>
MHO_ALWAYS_INLINE void join_columns(const SmallBlock<p, q>& left, const SmallBlock<p, q>& right,
                                    SmallBlock<p, 2 * q>& result) {
  using In = SmallBlock<p, q>;
  using Out = SmallBlock<p, 2 * q>;
  int place_left[In::kSize], place_right[In::kSize];
  for (int i = 0; i < p; ++i) {
    place_left[In::kLeft + i] = p + Out::kLeft + i;
    place_left[In::kRight + i] = i;
    place_right[In::kLeft + i] = i;
    place_right[In::kRight + i] = p + Out::kRight + i;
  }
  for (int j = 0; j < q; ++j) {
    place_left[In::kBottom + j] = p + Out::kBottom + j;
    place_left[In::kTop + j] = p + Out::kTop + j;
    place_right[In::kBottom + j] = p + Out::kBottom + q + j;
    place_right[In::kTop + j] = p + Out::kTop + q + j;
  }
  Lanes front[p + Out::kSize][p + Out::kSize] = {};
  scatter(left, place_left, front);
  scatter(right, place_right, front);
  eliminate<p>(front, result.g);
}

/// `top` above `bottom`: the bottom terminals of one are the top terminals of the other.
template <int p, int q>
MHO_ALWAYS_INLINE void join_rows(const SmallBlock<p, q>& top, const SmallBlock<p, q>& bottom,
                                 SmallBlock<2 * p, q>& result) {
  using In = SmallBlock<p, q>;
  using Out = SmallBlock<2 * p, q>;
  int place_top[In::kSize], place_bottom[In::kSize];
  for (int i = 0; i < p; ++i) {
    place_top[In::kLeft + i] = q + Out::kLeft + i;
    place_top[In::kRight + i] = q + Out::kRight + i;
    place_bottom[In::kLeft + i] = q + Out::kLeft + p + i;
    place_bottom[In::kRight + i] = q + Out::kRight + p + i;
  }
  for (int j = 0; j < q; ++j) {
    place_top[In::kTop + j] = q + Out::kTop + j;
    place_top[In::kBottom + j] = j;
    place_bottom[In::kTop + j] = j;
    place_bottom[In::kBottom + j] = q + Out::kBottom + j;
  }
  Lanes front[q + Out::kSize][q + Out::kSize] = {};
  scatter(top, place_top, front);
  scatter(bottom, place_bottom, front);
  eliminate<q>(front, result.g);
}

MHO_ALWAYS_INLINE void load_cell(const LeafQuad& quad, int i, int j, SmallBlock<1, 1>& block) {
  using B = SmallBlock<1, 1>;
  const Lanes zero = {0.0, 0.0, 0.0, 0.0};
  for (int a = 0; a < B::kSize; ++a) {
    for (int b = a + 1; b < B::kSize; ++b) block.g[a][b] = zero;
  }
  block.g[B::kLeft][B::kRight] = lanes_at(quad.row_segment[i][j]);
  block.g[B::kBottom][B::kTop] = lanes_at(quad.column_segment[i][j]);
  block.g[B::kRight][B::kTop] = lanes_at(quad.cell[i][j]);
}

MHO_ALWAYS_INLINE void reduce_leaves_kernel(LeafQuad& quad) {
  SmallBlock<2, 4> half[2];
  for (int h = 0; h < 2; ++h) {
    SmallBlock<2, 2> quarter[2];
    for (int c = 0; c < 2; ++c) {
      SmallBlock<1, 2> pair[2];
      for (int r = 0; r < 2; ++r) {
        SmallBlock<1, 1> cell[2];
        load_cell(quad, 2 * h + r, 2 * c, cell[0]);
        load_cell(quad, 2 * h + r, 2 * c + 1, cell[1]);
        join_columns(cell[0], cell[1], pair[r]);
      }
      join_rows(pair[0], pair[1], quarter[c]);
    }
    join_columns(quarter[0], quarter[1], half[h]);
  }
  SmallBlock<4, 4> whole;
  join_rows(half[0], half[1], whole);
  for (int a = 0; a < LeafQuad::kTerminals; ++a) {
    for (int b = a + 1; b < LeafQuad::kTerminals; ++b) lanes_at(quad.network[a][b]) = whole.g[a][b];
  }
}

}  // namespace

MHO_DISPATCH_AVX2(eliminate_leading_nodes,
                  (double* network, Index pivots, Index size, Index stride, double* ratios),
                  (network, pivots, size, stride, ratios))
MHO_DISPATCH_AVX2(reduce_leaves, (LeafQuad & quad), (quad))

}  // namespace mho::circuit
