// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A rectangular part of an array, reduced to its terminals. The part owns its cells, their nodes, and the
// segments to the left of and below them; so its terminals are
//     left, bottom   the nodes beyond those segments: of the neighbouring part, or ports
//     right, top     its own outermost nodes; none where a line ends open
// Two neighbours share terminals; joining them eliminates the shared ones. A line of N cells is cut in halves
// again and again, so the whole reduction costs about 20 N³ multiplications and is exact.
#pragma once

#include <Eigen/Core>

#include <array>
#include <cstddef>

#include "models/circuit/wires/lanes.hpp"

namespace mho::circuit {

enum class Side { kLeft, kBottom, kRight, kTop };
inline constexpr int kSides = 4;

class BlockNetwork {
 public:
  /// Takes the network of one lane of a leaf quad, whose upper triangle has `terminals_a_side` nodes a side.
  template <int terminals, int lanes>
  void load_lane(const double (&network)[terminals][terminals][lanes], int lane);

  /// Becomes `first` and `second`, which share side `shared` of the first and the opposite one of the second:
  /// kRight joins left and right, kBottom joins top and bottom. None of the three may be the same object.
  void join(const BlockNetwork& first, const BlockNetwork& second, Side shared);

  /// Becomes `other` with the terminals of `side` open.
  void open(const BlockNetwork& other, Side side);

  Eigen::Index count(Side side) const { return counts_[static_cast<std::size_t>(side)]; }
  /// Conductances between the terminals of two different sides, in the order of lines [siemens].
  Eigen::MatrixXd between(Side a, Side b) const;
  /// Memory held [bytes].
  std::size_t bytes() const { return (front_.size() + ratios_.size()) * sizeof(double); }
  /// Conductances between the terminals of one side; symmetric, zero diagonal [siemens].
  Eigen::MatrixXd within(Side side) const;

 private:
  struct Member {
    const BlockNetwork* block;
    Side shared;
  };
  void merge(const Member* members, int n_members);
  void clear(Eigen::Index nodes);
  void add_member(const BlockNetwork& member, const std::array<Eigen::Index, kSides>& places);
  Eigen::Index first_node(Side side) const;
  double* entry(Eigen::Index a, Eigen::Index b) {
    return front_.data() + (origin_ + a) * stride_ + origin_ + b;
  }
  const double* entry(Eigen::Index a, Eigen::Index b) const {
    return front_.data() + (origin_ + a) * stride_ + origin_ + b;
  }

  std::array<Eigen::Index, kSides> counts_{};
  LaneVector front_;   // row-major, valid above the diagonal; the eliminated nodes come first
  LaneVector ratios_;  // scratch
  Eigen::Index stride_ = 0;
  Eigen::Index origin_ = 0;  // first node that is left
};

template <int terminals, int lanes>
void BlockNetwork::load_lane(const double (&network)[terminals][terminals][lanes], int lane) {
  counts_.fill(terminals / kSides);
  clear(terminals);
  for (int a = 0; a < terminals; ++a) {
    for (int b = a + 1; b < terminals; ++b) *entry(a, b) = network[a][b][lane];
  }
}

}  // namespace mho::circuit
