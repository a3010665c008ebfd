// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/block_network.hpp"

#include <algorithm>

#include "models/circuit/wires/star_mesh.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;

Side opposite(Side side) {
  return static_cast<Side>((static_cast<int>(side) + 2) % kSides);
}

/// Makes room; the contents are lost.
void grow(LaneVector& vector, Index size) {
  if (static_cast<Index>(vector.size()) < size) vector = LaneVector(static_cast<std::size_t>(size));
}

}  // namespace

void BlockNetwork::join(const BlockNetwork& first, const BlockNetwork& second, Side shared) {
  const std::array members = {Member{&first, shared}, Member{&second, opposite(shared)}};
  eliminate(gather(members.data(), 2));
}

void BlockNetwork::open(const BlockNetwork& other, Side side) {
  const Member member{&other, side};
  eliminate(gather(&member, 1));
}

void BlockNetwork::close(const BlockNetwork& other, Side side, double siemens) {
  const Member member{&other, side};
  const Index pivots = gather(&member, 1);
  const Index ends = pivots + first_node(opposite(side));
  for (Index line = 0; line < pivots; ++line) *entry(line, ends + line) += siemens;
  eliminate(pivots);
}

void BlockNetwork::clear(Index nodes) {
  constexpr Index kTile = 2 * kLanes;
  nodes_ = nodes;
  stride_ = (nodes + kTile - 1) / kTile * kTile;
  origin_ = 0;
  // The same object serves many merges, because fresh pages are dearer than zeroing.
  grow(front_, nodes * stride_);
  for (Index row = 0; row < nodes; ++row) {
    // From the tile of the diagonal on: nothing to the left of it is ever read.
    double* const begin = front_.data() + row * stride_;
    std::fill(begin + row / kTile * kTile, begin + stride_, 0.0);
  }
}

/// Puts the members beside each other, shared terminals first; returns how many these are.
Index BlockNetwork::gather(const Member* members, int n_members) {
  const Index pivots = members[0].block->count(members[0].shared);
  std::array<std::array<Index, kSides>, 2> places{};
  Index next = pivots;
  for (std::size_t side = 0; side < kSides; ++side) {
    counts_[side] = 0;
    for (std::size_t m = 0; m < static_cast<std::size_t>(n_members); ++m) {
      const bool is_shared = static_cast<Side>(side) == members[m].shared;
      places[m][side] = is_shared ? 0 : next;
      if (is_shared) continue;
      const Index count = members[m].block->counts_[side];
      counts_[side] += count;
      next += count;
    }
  }
  clear(next);
  for (int m = 0; m < n_members; ++m) add_member(*members[m].block, places[static_cast<std::size_t>(m)]);
  return pivots;
}

void BlockNetwork::eliminate(Index pivots) {
  grow(ratios_, pivots * stride_);
  eliminate_leading_nodes(front_.data(), pivots, nodes_, stride_, ratios_.data());
  origin_ = pivots;
}

void BlockNetwork::add_member(const BlockNetwork& member, const std::array<Index, kSides>& places) {
  for (std::size_t s = 0; s < kSides; ++s) {
    for (std::size_t t = s; t < kSides; ++t) {
      const Index from_s = member.first_node(static_cast<Side>(s));
      const Index from_t = member.first_node(static_cast<Side>(t));
      for (Index a = 0; a < member.counts_[s]; ++a) {
        const double* const source = member.entry(from_s + a, from_t);
        const Index above_diagonal = s == t ? a + 1 : 0;
        if (places[s] <= places[t]) {
          double* const target = entry(places[s] + a, places[t]);
          for (Index b = above_diagonal; b < member.counts_[t]; ++b) target[b] += source[b];
        } else {
          double* const target = entry(places[t], places[s] + a);
          for (Index b = 0; b < member.counts_[t]; ++b) target[b * stride_] += source[b];
        }
      }
    }
  }
}

Index BlockNetwork::first_node(Side side) const {
  Index node = 0;
  for (int s = 0; s < static_cast<int>(side); ++s) node += counts_[static_cast<std::size_t>(s)];
  return node;
}

Eigen::MatrixXd BlockNetwork::between(Side a, Side b) const {
  Eigen::MatrixXd result(count(a), count(b));
  const Index first_a = first_node(a), first_b = first_node(b);
  for (Index j = 0; j < count(b); ++j) {
    for (Index i = 0; i < count(a); ++i) {
      const Index node_a = first_a + i, node_b = first_b + j;
      result(i, j) = *entry(std::min(node_a, node_b), std::max(node_a, node_b));
    }
  }
  return result;
}

Eigen::MatrixXd BlockNetwork::within(Side side) const {
  Eigen::MatrixXd result = between(side, side);
  result.diagonal().setZero();
  return result;
}

}  // namespace mho::circuit
