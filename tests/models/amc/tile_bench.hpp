// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Tiles for the refinement unit's tests: matrices in memory, their descriptions, and the results as numbers.
#pragma once

#include <Eigen/Core>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/models/amc/dru_bench.hpp"

namespace mho::amc::test {

using Words = std::vector<std::int32_t>;

inline constexpr std::uint32_t kTileDescription = kData, kElements = kData + 0x1000, kX = kData + 0x80000,
                               kY = kData + 0x90000, kResult = kData + 0xa0000, kOrder = kData + 0xb0000;

class TileBench : public DruBench {
 public:
  explicit TileBench(const AmcParams& params = small_params(), trace::TraceSink* trace = nullptr)
      : DruBench(params, trace) {}

  /// A tile of levels on one macro; row-major levels at kElements.
  dru_reg::DruTile level_tile(TileKind kind, unsigned rows, unsigned columns,
                              const std::vector<std::int8_t>& levels, std::uint16_t macro = 0) {
    store_all(kElements, levels);
    dru_reg::DruTile tile;
    tile.kind = static_cast<std::uint8_t>(kind);
    tile.format = static_cast<std::uint8_t>(TileFormat::kLevels);
    tile.rows = static_cast<std::uint8_t>(rows);
    tile.columns = static_cast<std::uint8_t>(columns);
    tile.slices = 1;
    tile.source_address = kElements;
    tile.row_stride = columns;
    tile.scale_mantissa = 1;
    tile.macro[0] = macro;
    return tile;
  }
  /// A tile of digits; row-major words at kElements, slices on macros 0, 1, ….
  dru_reg::DruTile digit_tile(unsigned rows, unsigned columns, const Words& words, unsigned first_slice,
                              unsigned slices) {
    store_all(kElements, words);
    dru_reg::DruTile tile;
    tile.kind = static_cast<std::uint8_t>(TileKind::kHp);
    tile.format = static_cast<std::uint8_t>(TileFormat::kDigits);
    tile.rows = static_cast<std::uint8_t>(rows);
    tile.columns = static_cast<std::uint8_t>(columns);
    tile.first_slice = static_cast<std::uint8_t>(first_slice);
    tile.slices = static_cast<std::uint8_t>(slices);
    tile.source_address = kElements;
    tile.row_stride = 4 * columns;
    for (unsigned s = 0; s < slices && s < 8; ++s) tile.macro[s] = static_cast<std::uint16_t>(s);
    return tile;
  }
  /// Programs `tile` as number `index`.
  dru_reg::DruDescriptor program(const dru_reg::DruTile& tile, std::uint32_t index = 0) {
    store(kTileDescription, tile);
    return execute_ok({program_command(index, kTileDescription)});
  }
  void expect_program_fault(const dru_reg::DruTile& tile, DruStatus status, std::uint32_t detail,
                            std::uint32_t index = 0) {
    store(kTileDescription, tile);
    expect_fault({program_command(index, kTileDescription)}, status, detail);
  }

  /// result slot (3) = tested command on x in slot 1 and, if given, y in slot 3; as numbers
  Eigen::VectorXd apply(const dru_reg::DruCommand& tested, std::int32_t exponent, const Words& x) {
    put_vector(kX, exponent, x);
    execute_ok({load_command(1, kX, x.size()), tested, store_command(3, kResult)});
    return numbers(vector_at(kResult));
  }
  std::uint32_t counter(std::uint32_t offset) {
    std::uint32_t value = 0;
    run([&] { value = reg(offset); });
    return value;
  }

  static Eigen::VectorXd numbers(const numeric::FixedVector& vector) {
    Eigen::VectorXd out(static_cast<Eigen::Index>(vector.words.size()));
    for (Eigen::Index i = 0; i < out.size(); ++i) {
      out[i] = std::ldexp(vector.words[static_cast<std::size_t>(i)], vector.exponent);
    }
    return out;
  }
};

/// Row-major levels as a matrix.
inline Eigen::MatrixXd matrix_of(const std::vector<std::int8_t>& levels, unsigned rows, unsigned columns) {
  Eigen::MatrixXd out(rows, columns);
  for (unsigned i = 0; i < rows; ++i) {
    for (unsigned j = 0; j < columns; ++j) out(i, j) = levels[i * columns + j];
  }
  return out;
}

inline Words random_words(std::mt19937_64& draw, std::size_t count, unsigned bits) {
  Words out(count);
  for (auto& word : out) {
    const auto magnitude = static_cast<std::int32_t>(draw() & ((1ULL << bits) - 1));
    word = (draw() & 1) != 0 ? -magnitude : magnitude;
  }
  return out;
}

}  // namespace mho::amc::test
