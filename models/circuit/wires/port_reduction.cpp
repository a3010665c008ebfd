// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/port_reduction.hpp"

#include <algorithm>
#include <array>
#include <deque>

#include "models/circuit/wires/block_network.hpp"
#include "models/circuit/wires/star_mesh.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;

// An ideal line is given segments so conductive that the error is below the last bit; positive arithmetic
// (star_mesh.hpp) loses nothing by it.
constexpr double kIdealSegmentRatio = 1e24;

/// Segment and end conductances of the lines of one direction [siemens].
struct LineConductances {
  double segment;
  double end;
};

LineConductances line_conductances(double segment_ohm, double port_ohm, double ideal_siemens) {
  const double segment = segment_ohm == 0.0 ? ideal_siemens : 1.0 / segment_ohm;
  const double end_ohm = segment_ohm + port_ohm;
  return {.segment = segment, .end = end_ohm == 0.0 ? ideal_siemens : 1.0 / end_ohm};
}

/// Networks of the parts. Kept from one reduction to the next, because most of the time of a small one would
/// go into fresh pages; what is left in them has no influence.
struct Workspace {
  std::deque<std::array<BlockNetwork, 2>> parts;  // two of them are alive at a time at each depth
  std::array<std::array<BlockNetwork, 3>, 2> leaves;

  BlockNetwork& part(std::size_t depth, int which) {
    while (parts.size() <= depth) parts.emplace_back();
    return parts[depth][static_cast<std::size_t>(which)];
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& pair : parts) sum += pair[0].bytes() + pair[1].bytes();
    return sum;
  }
};

// Enough for 128x128.
constexpr std::size_t kKeptBytes = std::size_t{16} << 20;

/// Cuts an array whose row ports are at column 0 and whose column ports are at the last row. It is extended
/// by open cells to whole quads at the open ends of the lines, where they have no influence.
class Dissection {
 public:
  static constexpr Index kQuadSide = 2 * LeafQuad::kSide;

  Dissection(const Eigen::MatrixXd& cells, LineConductances row, LineConductances column,
             Workspace& workspace)
      : cells_(cells),
        workspace_(workspace),
        row_(row),
        column_(column),
        quad_rows_((cells.rows() + kQuadSide - 1) / kQuadSide),
        quad_columns_((cells.cols() + kQuadSide - 1) / kQuadSide),
        first_row_(quad_rows_ * kQuadSide - cells.rows()) {}

  /// Left and bottom terminals are the ports of the extended array.
  const BlockNetwork& reduce() { return reduce({0, quad_rows_}, {0, quad_columns_}, 0, 0); }
  /// Row of the extended array where the array begins.
  Index first_row() const { return first_row_; }

 private:
  struct Range {
    Index begin, end;
    Index size() const { return end - begin; }
    Index middle() const { return begin + size() / 2; }
  };

  BlockNetwork& part(std::size_t depth, int which) { return workspace_.part(depth, which); }

  const BlockNetwork& reduce(Range rows, Range columns, std::size_t depth, int which) {
    if (rows.size() == 1 && columns.size() == 1) return reduce_quad(rows.begin, columns.begin, depth, which);
    BlockNetwork& whole = part(depth, which);
    if (columns.size() >= rows.size()) {
      const Index cut = columns.middle();
      const auto& left = reduce(rows, {columns.begin, cut}, depth + 1, 0);
      const auto& right = reduce(rows, {cut, columns.end}, depth + 1, 1);
      whole.join(left, right, Side::kRight);
    } else {
      const Index cut = rows.middle();
      const auto& top = reduce({rows.begin, cut}, columns, depth + 1, 0);
      const auto& bottom = reduce({cut, rows.end}, columns, depth + 1, 1);
      whole.join(top, bottom, Side::kBottom);
    }
    return whole;
  }

  const BlockNetwork& reduce_quad(Index quad_row, Index quad_column, std::size_t depth, int which) {
    load_quad(quad_row, quad_column);
    reduce_leaves(quad_);
    BlockNetwork& whole = part(depth, which);
    for (int half = 0; half < 2; ++half) {
      const auto& left = leaf(2 * half, half == 0 && quad_row == 0, false);
      const auto& right = leaf(2 * half + 1, half == 0 && quad_row == 0, quad_column == quad_columns_ - 1);
      part(depth + 1, half).join(left, right, Side::kRight);
    }
    whole.join(part(depth + 1, 0), part(depth + 1, 1), Side::kBottom);
    return whole;
  }

  /// Leaf `lane` of the quad, without the terminals at open ends of lines.
  const BlockNetwork& leaf(int lane, bool is_top, bool is_rightmost) {
    auto& stages = workspace_.leaves[static_cast<std::size_t>(lane % 2)];
    std::size_t stage = 0;
    stages[0].load_lane(quad_.network, lane);
    if (is_top) {
      stages[stage + 1].open(stages[stage], Side::kTop);
      ++stage;
    }
    if (is_rightmost) {
      stages[stage + 1].open(stages[stage], Side::kRight);
      ++stage;
    }
    return stages[stage];
  }

  void load_quad(Index quad_row, Index quad_column) {
    for (int lane = 0; lane < kLanes; ++lane) {
      for (int i = 0; i < LeafQuad::kSide; ++i) {
        const Index row = quad_row * kQuadSide + (lane / 2) * LeafQuad::kSide + i;
        for (int j = 0; j < LeafQuad::kSide; ++j) {
          const Index column = quad_column * kQuadSide + (lane % 2) * LeafQuad::kSide + j;
          const bool is_cell = row >= first_row_ && column < cells_.cols();
          quad_.cell[i][j][lane] = is_cell ? cells_(row - first_row_, column) : 0.0;
          quad_.row_segment[i][j][lane] = column == 0 ? row_.end : row_.segment;
          quad_.column_segment[i][j][lane] =
              row == quad_rows_ * kQuadSide - 1 ? column_.end : column_.segment;
        }
      }
    }
  }

  const Eigen::MatrixXd& cells_;
  Workspace& workspace_;
  LineConductances row_, column_;
  Index quad_rows_, quad_columns_;
  Index first_row_;
  LeafQuad quad_{};
};

/// Self matrix from the conductances between the ports of one side and the sums to the other side.
Eigen::MatrixXd self_matrix(const Eigen::MatrixXd& between_ports, const Eigen::VectorXd& to_other_side) {
  Eigen::MatrixXd self = -between_ports;
  self.diagonal() = between_ports.rowwise().sum() + to_other_side;
  return self;
}

}  // namespace

ArrayPorts reduce_ports(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines) {
  require_cells(g_siemens);
  validate(lines);
  if (is_ideal(lines)) {
    return {.transfer_siemens = g_siemens,
            .row_self_siemens = g_siemens.rowwise().sum().asDiagonal(),
            .column_self_siemens = g_siemens.colwise().sum().asDiagonal()};
  }
  const Index n = g_siemens.rows(), m = g_siemens.cols();
  const bool flips_columns = lines.row_end == LineEnd::kLast;
  const bool flips_rows = lines.column_end == LineEnd::kFirst;
  Eigen::MatrixXd cells = g_siemens;
  if (flips_columns) cells.rowwise().reverseInPlace();
  if (flips_rows) cells.colwise().reverseInPlace();

  const double ideal_siemens = kIdealSegmentRatio * std::max(g_siemens.maxCoeff(), 1e-12);
  thread_local Workspace workspace;
  Dissection dissection(cells, line_conductances(lines.row_segment_ohm, lines.row_port_ohm, ideal_siemens),
                        line_conductances(lines.column_segment_ohm, lines.column_port_ohm, ideal_siemens),
                        workspace);
  const BlockNetwork& network = dissection.reduce();

  const Index first = dissection.first_row();
  ArrayPorts ports;
  ports.transfer_siemens = network.between(Side::kLeft, Side::kBottom).block(first, 0, n, m);
  Eigen::MatrixXd rows = network.within(Side::kLeft).block(first, first, n, n);
  Eigen::MatrixXd columns = network.within(Side::kBottom).topLeftCorner(m, m);
  if (workspace.bytes() > kKeptBytes) workspace = Workspace();
  if (flips_columns) {
    ports.transfer_siemens.rowwise().reverseInPlace();
    columns = columns.reverse().eval();
  }
  if (flips_rows) {
    ports.transfer_siemens.colwise().reverseInPlace();
    rows = rows.reverse().eval();
  }
  ports.row_self_siemens = self_matrix(rows, ports.transfer_siemens.rowwise().sum());
  ports.column_self_siemens = self_matrix(columns, ports.transfer_siemens.colwise().sum());
  return ports;
}

}  // namespace mho::circuit
