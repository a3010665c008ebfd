// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Checksums of high-precision reads. Oracle of the products: the same sums in integers; wrong cells are put
// into a macro by a host that programs it once more, behind the back of the refinement unit.
#include <span>

#include "models/amc/dru_high_precision.hpp"
#include "models/base/error.hpp"
#include "models/numeric/checksum.hpp"
#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

constexpr unsigned kCheckLines = 3, kMostRows = 61;

AmcParams checked(AmcParams params = small_params()) {
  params.mvm_checksum = true;
  return params;
}

/// What a product of `tile` 0 does: y = b − A·x in slot 2, stored at kResult.
Commands product_list(unsigned rows, unsigned columns) {
  return {DruBench::load_command(0, kY, rows),
          DruBench::load_command(1, kX, columns),
          command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0}),
          command(DruOpcode::kHpMvm, {.a = 1, .b = 0}, {0, 0}),
          command(DruOpcode::kHpEnd, {.dst = 2}),
          DruBench::store_command(2, kResult)};
}
/// The same up to the product, which is to fail.
Commands failing_list(unsigned rows, unsigned columns) {
  Commands list = product_list(rows, columns);
  list.resize(4);
  return list;
}

/// −A·x as numbers; entries so small that a double holds the sums.
Eigen::VectorXd expected(const Words& a, unsigned rows, unsigned columns, const Words& x) {
  Eigen::VectorXd out = Eigen::VectorXd::Zero(rows);
  for (unsigned i = 0; i < rows; ++i) {
    for (unsigned j = 0; j < columns; ++j) {
      out[i] -= static_cast<double>(a[i * columns + j]) * static_cast<double>(x[j]);
    }
  }
  return out;
}

struct Cell {
  unsigned line, output;
  int change;  ///< levels
};

class ChecksumBench : public TileBench {
 public:
  explicit ChecksumBench(const AmcParams& params) : TileBench(params), size_(params.mvm_size) {}

  void set_system(unsigned rows, unsigned columns, const Words& a, const Words& x, unsigned slices) {
    program(digit_tile(rows, columns, a, 0, slices));
    put_vector(kX, 0, x);
    put_vector(kY, 0, Words(rows, 0));
  }
  /// MVM macro `macro` gets other levels than it was programmed with.
  void spoil(unsigned macro, const std::vector<Cell>& cells) {
    run([&] {
      const std::uint32_t base = map::kMvmBase + macro * map::kMvmStride;
      auto levels = host.read_all<std::int8_t>(base + macro_reg::kLevelsOffset, size_ * size_);
      for (const Cell& cell : cells) {
        std::int8_t& level = levels[cell.line * size_ + cell.output];
        level = static_cast<std::int8_t>(level + cell.change);
      }
      host.write_all(base + macro_reg::kLevelsOffset, std::span<const std::int8_t>(levels));
      host.write32(base + macro_reg::kCtrlOffset, macro_reg::kCtrlProgramMask);
    });
  }
  std::uint32_t mismatches() { return counter(dru_reg::kCountChecksumMismatchesOffset); }
  std::uint32_t repeated() { return counter(dru_reg::kCountRepeatedReadsOffset); }
  std::uint32_t reads() { return counter(dru_reg::kCountHpReadsOffset); }
  std::uint32_t conversions() {
    std::uint32_t value = 0;
    run([&] { value = host.read32(map::kAdcBase + adc_reg::kConversionsOffset); });
    return value;
  }

 private:
  unsigned size_;
};

TEST(Checksum, TakesTheFewestLinesThatHoldAnySum) {
  EXPECT_EQ(numeric::checksum_lines(64, 7, 3), 3u);   // 61 · 7 = 427 < 8³
  EXPECT_EQ(numeric::checksum_lines(11, 7, 3), 2u);   // 9 · 7 = 63 < 8²
  EXPECT_EQ(numeric::checksum_lines(12, 7, 3), 3u);   // 10 · 7 = 70
  EXPECT_EQ(numeric::checksum_lines(2, 7, 3), 1u);    // a copy
  EXPECT_EQ(numeric::checksum_lines(1, 7, 3), 1u);    // no row is left
  EXPECT_EQ(numeric::checksum_lines(2, 15, 3), 2u);   // nor here
  EXPECT_EQ(numeric::checksum_lines(64, 1, 1), 6u);   // 58 < 2⁶
  EXPECT_EQ(numeric::checksum_lines(64, 3, 2), 4u);   // 60 · 3 = 180 < 4⁴
  EXPECT_EQ(numeric::checksum_lines(64, 15, 4), 3u);  // 61 · 15 = 915 < 16³
  for (unsigned size = 2; size <= 64; ++size) {
    for (unsigned top = 7; top <= 127; ++top) {
      const unsigned lines = numeric::checksum_lines(size, top, 3);
      if (lines == size) continue;
      EXPECT_LT((size - lines) * top, 1u << (3 * lines));
      if (lines > 1) {
        EXPECT_GE((size - lines + 1) * top, 1u << (3 * (lines - 1)));
      }
    }
  }
}

TEST(Checksum, LeavesTheOtherOutputsToTheMatrix) {
  ChecksumBench bench(checked());
  EXPECT_EQ(bench.counter(dru_reg::kCapHpRowsOffset), kMostRows);
  bench.expect_program_fault(bench.digit_tile(kMostRows + 1, 1, Words(62, 1), 0, 1), DruStatus::kBadOperand,
                             0);
  bench.program(bench.digit_tile(kMostRows, 64, Words(61 * 64, 1), 0, 1));
  bench.program(bench.level_tile(TileKind::kMvm, 64, 64, std::vector<std::int8_t>(64 * 64, 1)));  // has none
}

TEST(Checksum, ChipsWithoutRoomForOneAreRefused) {
  AmcParams params = checked();
  params.mvm_size = params.rows_per_read = 1;
  EXPECT_THROW(validate(params), InputError);
  params.mvm_size = 2;
  EXPECT_NO_THROW(validate(params));
  params.cell.levels = 7;
  EXPECT_THROW(validate(params), InputError);
}

TEST(Checksum, HoldsForRandomTilesOnRealCells) {
  std::mt19937_64 draw(71);
  for (const auto& [size, rows, columns] : {std::tuple{64U, 61U, 64U},
                                            {64U, 61U, 17U},
                                            {64U, 5U, 64U},
                                            {64U, 1U, 1U},
                                            {8U, 6U, 8U},
                                            {2U, 1U, 2U}}) {
    SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(columns));
    AmcParams params = checked();  // all default imperfections
    params.mvm_size = size;
    params.rows_per_read = std::min(params.rows_per_read, size);
    const Words a = random_words(draw, rows * columns, 24), x = random_words(draw, columns, 20);
    ChecksumBench bench(params);
    bench.set_system(rows, columns, a, x, 8);
    bench.execute_ok(product_list(rows, columns));
    // 24 + 20 + 6 bits; the result is normalised to 31.
    const Eigen::VectorXd y = expected(a, rows, columns, x);
    EXPECT_LE((TileBench::numbers(bench.vector_at(kResult)) - y).cwiseAbs().maxCoeff(),
              std::ldexp(y.cwiseAbs().maxCoeff(), -30));
    EXPECT_EQ(bench.mismatches(), 0u);
    EXPECT_EQ(bench.repeated(), 0u);
  }
}

TEST(Checksum, HoldsForDigitsOfAnyWidth) {
  std::mt19937_64 draw(72);
  for (const unsigned levels : {2U, 4U, 8U, 16U}) {
    for (const unsigned input_bits : {1U, 3U}) {
      SCOPED_TRACE(std::to_string(levels) + " levels, " + std::to_string(input_bits) + " bits");
      AmcParams params = checked(fine_params());
      params.mvm_levels = levels;
      params.input_bits = input_bits;
      const unsigned bits = digit_bits(params), slices = std::min(8U, 24 / bits), rows = 50, columns = 64;
      const Words a = random_words(draw, rows * columns, bits * slices), x = random_words(draw, columns, 15);
      ChecksumBench bench(params);
      bench.set_system(rows, columns, a, x, slices);
      bench.execute_ok(product_list(rows, columns));
      const Eigen::VectorXd y = expected(a, rows, columns, x);
      EXPECT_LE((TileBench::numbers(bench.vector_at(kResult)) - y).cwiseAbs().maxCoeff(),
                std::ldexp(y.cwiseAbs().maxCoeff(), -30));
      EXPECT_EQ(bench.mismatches(), 0u);
      // Towards 0, or away from it, so that a cell holds it.
      const std::int32_t element = a[2 * columns + 3];
      const bool is_lowered = element > 0 && numeric::digit(element, 0, bits) != 0;
      bench.spoil(0, {{.line = 3, .output = 2, .change = is_lowered ? -1 : 1}});
      bench.expect_fault(failing_list(rows, columns), DruStatus::kWrongRead, 0);
      EXPECT_GT(bench.mismatches(), 0u);
    }
  }
}

TEST(Checksum, CostsItsAdditionsAndConversions) {
  constexpr unsigned kRows = 5, kColumns = 9, kSlices = 2, kBits = 4;
  struct Cost {
    std::uint32_t digital_before, digital, conversions;
  };
  const auto cost = [&](bool has_checksum) {
    AmcParams params = ideal_params();
    params.mvm_checksum = has_checksum;
    ChecksumBench bench(params);
    bench.set_system(kRows, kColumns, Words(kRows * kColumns, 0x35), Words(kColumns, (1 << kBits) - 1),
                     kSlices);
    const std::uint32_t programmed = bench.counter(dru_reg::kCountDigitalLoOffset);
    bench.execute_ok(product_list(kRows, kColumns));
    return Cost{programmed, bench.counter(dru_reg::kCountDigitalLoOffset) - programmed, bench.conversions()};
  };
  const Cost without = cost(false), with = cost(true);
  // Rows are added up and their sum is cut into digits, for every driven line and slice.
  EXPECT_EQ(with.digital_before - without.digital_before, (kRows + kCheckLines) * kColumns * kSlices);
  EXPECT_EQ(with.digital - without.digital, (kRows + kCheckLines) * kBits * kSlices);
  EXPECT_EQ(with.conversions - without.conversions, kCheckLines * kBits * kSlices);
}

/// A wrong cell in a row of the matrix, or in any line of the checksum.
class WrongCell : public testing::TestWithParam<unsigned> {};

TEST_P(WrongCell, ThatStaysEndsTheListAndNamesTheTile) {
  constexpr unsigned kRows = 5, kColumns = 20, kSlices = 2;
  AmcParams params = checked();
  params.dru.max_retries = 4;
  ChecksumBench bench(params);
  bench.set_system(kRows, kColumns, Words(kRows * kColumns, 0x11), Words(kColumns, 1), kSlices);
  bench.spoil(1, {{.line = 3, .output = GetParam(), .change = 1}});
  bench.expect_fault(failing_list(kRows, kColumns), DruStatus::kWrongRead, 0);
  // Of the two reads, of 16 lines and of four, the first is wrong, in one slice; it was done 1 + 4 times.
  EXPECT_EQ(bench.mismatches(), 5u);
  EXPECT_EQ(bench.repeated(), 4 * kSlices);
  EXPECT_EQ(bench.reads(), (2 + 4) * kSlices);
  bench.put_vector(kX, 0, [] {
    Words x(kColumns, 1);
    x[3] = 0;
    return x;
  }());
  bench.execute_ok(product_list(kRows, kColumns));
  EXPECT_EQ(bench.mismatches(), 5u) << "reads that do not drive the cell are right";
}

INSTANTIATE_TEST_SUITE_P(Outputs, WrongCell, testing::Values(0u, 4u, 5u, 6u, 7u));

TEST(Checksum, CannotSeeTwoErrorsThatCancel) {
  constexpr unsigned kRows = 5, kColumns = 20;
  ChecksumBench bench(checked());
  bench.set_system(kRows, kColumns, Words(kRows * kColumns, 1), Words(kColumns, 1), 1);
  bench.spoil(0, {{.line = 3, .output = 0, .change = 1}, {.line = 3, .output = 4, .change = -1}});
  bench.execute_ok(product_list(kRows, kColumns));
  const Eigen::VectorXd y = TileBench::numbers(bench.vector_at(kResult));
  EXPECT_EQ(y[0], -21.0);
  EXPECT_EQ(y[4], -19.0) << "the digital verification of the answer is there for that";
  EXPECT_EQ(bench.mismatches(), 0u);
}

TEST(Checksum, OffLetsAWrongCellPass) {
  ChecksumBench bench(small_params());
  bench.set_system(5, 20, Words(100, 1), Words(20, 1), 1);
  bench.spoil(0, {{.line = 3, .output = 0, .change = 1}});
  bench.execute_ok(product_list(5, 20));
  EXPECT_EQ(TileBench::numbers(bench.vector_at(kResult))[0], -21.0);
}

/// Reads that thermal noise of the cells makes wrong now and then: 0.14 of a step where 8 dense lines are
/// driven.
AmcParams noisy_params() {
  AmcParams params = ideal_params();
  params.effects.thermal.bandwidth_hz = 4e9;
  return params;
}

TEST(Checksum, RepeatsReadsThatNoiseMadeWrong) {
  std::mt19937_64 draw(72);
  const Words a = random_words(draw, kMostRows * 64, 24), x = random_words(draw, 64, 20);
  const Eigen::VectorXd y = expected(a, kMostRows, 64, x);
  const auto error_of = [&](bool has_checksum, std::uint32_t& repeated) {
    AmcParams params = noisy_params();
    params.mvm_checksum = has_checksum;
    ChecksumBench bench(params);
    bench.set_system(kMostRows, 64, a, x, 8);
    bench.execute_ok(product_list(kMostRows, 64));
    repeated = bench.repeated();
    return (TileBench::numbers(bench.vector_at(kResult)) - y).cwiseAbs().maxCoeff() /
           std::ldexp(y.cwiseAbs().maxCoeff(), -30);
  };
  std::uint32_t repeated = 0;
  EXPECT_GT(error_of(false, repeated), 1.0) << "noise that does nothing proves nothing";
  EXPECT_LE(error_of(true, repeated), 1.0);
  EXPECT_GE(repeated, 8u);
  EXPECT_EQ(repeated % 8, 0u) << "all slices of a tile are read again";
}

TEST(Checksum, GivesUpAtOnceWhereNothingMayBeRepeated) {
  std::mt19937_64 draw(72);
  const Words a = random_words(draw, kMostRows * 64, 24), x = random_words(draw, 64, 20);
  AmcParams params = checked(noisy_params());
  params.dru.max_retries = 0;
  ChecksumBench bench(params);
  bench.set_system(kMostRows, 64, a, x, 8);
  bench.expect_fault(failing_list(kMostRows, 64), DruStatus::kWrongRead, 0);
  EXPECT_EQ(bench.repeated(), 0u);
}

}  // namespace
}  // namespace mho::amc::test
