// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The tiles of the reference DRU: what PROGRAM makes of them, and what INV, GINV and MVM do with them.
#include <cmath>
#include <utility>

#include "tests/firmware/libmho/level_grids.hpp"
#include "tests/firmware/libmho/reference_dru.hpp"

namespace mho::test {
namespace {

/// To 8-bit codes and back, by a power of two that leaves the largest at 64 … 127.
Eigen::VectorXd through_converter(const Eigen::VectorXd& v, bool exact) {
  const double peak = v.cwiseAbs().maxCoeff();
  if (exact || peak == 0.0) return v;
  int k = static_cast<int>(std::ceil(std::log2(peak / 127.0)));
  while (std::round(std::ldexp(peak, -k)) > 127.0) ++k;
  return (v * std::ldexp(1.0, -k)).array().round().matrix() * std::ldexp(1.0, k);
}

}  // namespace

using namespace registers::dru;

/// Kinds of macros have ranges of their own.
std::uint32_t ReferenceDru::place_of_macro(TileKind kind, std::uint32_t index) const {
  const bool is_inv = kind == TileKind::kInv, is_ginv = kind == TileKind::kGinv;
  const std::uint32_t count = is_inv    ? options_.inv_count
                              : is_ginv ? options_.ginv_count
                                        : options_.mvm_count;
  if (index >= count) throw Fault{DruStatus::kBadOperand, index};
  return (is_inv ? 0u : is_ginv ? 0x20000u : 0x10000u) + index;
}

void ReferenceDru::program(const DruCommand& command) {
  ++programs;
  Tile tile;
  tile.descriptor = at<DruTile>(command.arg[0]);
  const auto& d = tile.descriptor;
  const bool is_inv = static_cast<TileKind>(d.kind) == TileKind::kInv;
  const bool is_high = static_cast<TileKind>(d.kind) == TileKind::kHp;
  for (unsigned s = 0; s < d.slices; ++s) {
    holder_[place_of_macro(static_cast<TileKind>(d.kind), d.macro[s])] = command.b;
  }
  tile.low.resize(d.rows, d.columns);
  tile.copy.resize(d.rows, d.columns);
  tile.high.resize(std::size_t{d.rows} * d.columns);
  const double full_scale = options_.levels - 1.0;
  const unsigned first_bit = options_.digit_bits * d.first_slice,
                 last_bit = first_bit + options_.digit_bits * d.slices;
  ++writes_;
  for (unsigned i = 0; i < d.rows; ++i) {
    for (unsigned j = 0; j < d.columns; ++j) {
      if (is_high) {
        const auto v = at<std::int32_t>(d.source_address + i * d.row_stride + 4 * j);
        const std::int64_t mask = (std::int64_t{1} << last_bit) - (std::int64_t{1} << first_bit);
        const std::int64_t digits = std::abs(std::int64_t{v}) & mask;
        tile.high[i * d.columns + j] = v < 0 ? -digits : digits;
        continue;
      }
      const RandomCoordinates place{command.b + (writes_ << 16), static_cast<std::uint16_t>(i),
                                    static_cast<std::uint16_t>(j)};
      const auto error = [&](std::uint32_t copy) {
        return options_.cell_tolerance * full_scale * 2.0 *
               (random_.uniform(RandomPurpose::kTest, place, 2 * copy) -
                random_.uniform(RandomPurpose::kTest, place, 2 * copy + 1));
      };
      const int level = at<std::int8_t>(d.source_address + i * d.row_stride + j);
      const bool is_uneven = is_inv && !options_.inv_level_values.empty();
      tile.low(i, j) = (is_uneven ? worth(options_.inv_level_values, level) : level) + error(0);
      tile.copy(i, j) = level + error(1);
    }
  }
  tiles_[command.b] = std::move(tile);
}

ReferenceDru::Vector ReferenceDru::low_precision(const Tile& tile, const Vector& operand, bool invert) {
  const auto& d = tile.descriptor;
  Eigen::VectorXd in(static_cast<Eigen::Index>(operand.words.size()));
  for (Eigen::Index i = 0; i < in.size(); ++i)
    in[i] = static_cast<double>(operand.words[static_cast<std::size_t>(i)]);
  if (in.isZero()) return normalised(std::vector<long double>(d.rows));
  in = through_converter(in, options_.has_exact_converters);
  Eigen::VectorXd out;
  if (invert) {
    Eigen::MatrixXd circuit(d.rows, d.rows);
    Eigen::VectorXd currents(d.rows);
    for (unsigned i = 0; i < d.rows; ++i) {
      const auto order =
          d.order_address == 0 ? static_cast<std::uint8_t>(i) : at<std::uint8_t>(d.order_address + i);
      const double sign = (order & 0x80u) != 0 ? -1.0 : 1.0;
      circuit.row(i) = sign * tile.low.row(order & 0x7f);
      currents[i] = sign * in[order & 0x7f];
    }
    out = circuit.partialPivLu().solve(currents);
  } else {
    out = tile.low * in;
  }
  out = through_converter(out, options_.has_exact_converters);
  std::vector<long double> values(d.rows);
  for (unsigned i = 0; i < d.rows; ++i) {
    values[i] =
        std::ldexp(out[i] * static_cast<long double>(d.scale_mantissa), d.scale_exponent + operand.exponent);
  }
  return normalised(values);
}

ReferenceDru::Vector ReferenceDru::generalised_inverse(const Tile& tile, const Vector& operand) {
  const auto& d = tile.descriptor;
  const Eigen::Index m = d.rows, n = d.columns;
  Eigen::VectorXd in(m + n);
  if (operand.words.size() != static_cast<std::size_t>(m + n)) throw Fault{DruStatus::kBadOperand, 0};
  for (Eigen::Index i = 0; i < m + n; ++i) {
    const auto order = at<std::uint8_t>(d.order_address + static_cast<std::uint32_t>(i));
    const auto word = static_cast<double>(operand.words[order & 0x7fu]);
    in[i] = (order & 0x80u) != 0 ? -word : word;
  }
  if (in.isZero()) return normalised(std::vector<long double>(operand.words.size()));
  in = through_converter(in, options_.has_exact_converters);
  Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(m + n, m + n);
  whole.topLeftCorner(m, n) = tile.low;
  whole.topRightCorner(m, m).diagonal().setConstant(d.feedback);
  whole.bottomLeftCorner(n, n).diagonal().setConstant(-static_cast<double>(d.damping));
  whole.bottomRightCorner(n, m) = tile.copy.transpose();
  const Eigen::VectorXd out =
      through_converter(whole.partialPivLu().solve(in), options_.has_exact_converters);
  std::vector<long double> values;
  for (const double v : out) {
    values.push_back(
        std::ldexp(v * static_cast<long double>(d.scale_mantissa), d.scale_exponent + operand.exponent));
  }
  return normalised(values);
}

ReferenceDru::Tile& ReferenceDru::held(std::uint16_t tile, TileKind kind) {
  const auto found = tiles_.find(tile);
  if (found == tiles_.end() || static_cast<TileKind>(found->second.descriptor.kind) != kind)
    throw Fault{DruStatus::kBadOperand, tile};
  const auto& d = found->second.descriptor;
  for (unsigned s = 0; s < d.slices; ++s) {
    if (holder_.at(place_of_macro(kind, d.macro[s])) != tile) throw Fault{DruStatus::kBadOperand, tile};
  }
  return found->second;
}

}  // namespace mho::test
