// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Oracle: the formula in 128-bit integers, division towards minus infinity.
#include "models/amc/dru_rank_update.hpp"

#include <cstdint>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

constexpr std::uint32_t kJob = kData, kC = kData + 0x10000, kA = kData + 0x100000, kW = kData + 0x180000;

struct Problem {
  std::uint32_t rows, columns, depth, shift;
  Words c, a, w;
};

Problem random_problem(std::mt19937_64& draw, std::uint32_t rows, std::uint32_t columns, std::uint32_t depth,
                       std::uint32_t shift, unsigned bits) {
  return {rows,
          columns,
          depth,
          shift,
          random_words(draw, std::size_t{rows} * columns, 29),
          random_words(draw, std::size_t{rows} * depth, bits),
          random_words(draw, std::size_t{depth} * columns, bits)};
}

Words expected(const Problem& p) {
  Words out = p.c;
  for (std::uint32_t i = 0; i < p.rows; ++i) {
    for (std::uint32_t j = 0; j < p.columns; ++j) {
      int128_t sum = 0;
      for (std::uint32_t k = 0; k < p.depth; ++k) {
        sum += int128_t{p.a[i * p.depth + k]} * p.w[k * p.columns + j];
      }
      const int128_t unit = int128_t{1} << p.shift, half = p.shift == 0 ? 0 : unit / 2;
      int128_t rounded = (sum + half) / unit;
      if ((sum + half) % unit < 0) --rounded;
      out[i * p.columns + j] = static_cast<std::int32_t>(out[i * p.columns + j] - rounded);
    }
  }
  return out;
}

class RankBench : public TileBench {
 public:
  using TileBench::TileBench;

  dru_reg::DruRankUpdate place(const Problem& p) {
    store_all(kC, p.c);
    store_all(kA, p.a);
    store_all(kW, p.w);
    dru_reg::DruRankUpdate job;
    job.c_address = kC;
    job.c_stride = 4 * p.columns;
    job.a_address = kA;
    job.a_stride = 4 * p.depth;
    job.w_address = kW;
    job.w_stride = 4 * p.columns;
    job.rows = p.rows;
    job.columns = p.columns;
    job.depth = p.depth;
    job.shift = p.shift;
    store(kJob, job);
    return job;
  }
  Words result(const Problem& p) {
    Words out(p.c.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = load<std::int32_t>(kC + static_cast<std::uint32_t>(4 * i));
    return out;
  }
  static Commands list() { return {command(DruOpcode::kRankUpdate, {}, {kJob})}; }
};

TEST(DruRankUpdate, MatchesUnlimitedIntegers) {
  std::mt19937_64 draw(71);
  RankBench bench;
  for (const auto& p : {random_problem(draw, 1, 1, 1, 0, 14), random_problem(draw, 7, 5, 64, 30, 28),
                        random_problem(draw, 20, 33, 8, 31, 29), random_problem(draw, 3, 4, 2, 62, 31),
                        random_problem(draw, 9, 9, 9, 1, 13)}) {
    SCOPED_TRACE(p.shift);
    bench.place(p);
    bench.execute_ok(RankBench::list());
    EXPECT_EQ(bench.result(p), expected(p));
  }
}

TEST(DruRankUpdate, RoundsHalfUp) {
  RankBench bench;
  const Problem p{1, 4, 1, 1, {0, 0, 0, 0}, {1}, {1, -1, 3, -3}};
  bench.place(p);
  bench.execute_ok(RankBench::list());
  EXPECT_EQ(bench.result(p), (Words{-1, 0, -2, 1}));  // ⌊x/2 + 1/2⌋ = 1, 0, 2, −1
}

TEST(DruRankUpdate, SmallMemoriesWorkInPanels) {
  std::mt19937_64 draw(72);
  AmcParams params = small_params();
  params.dru.sram_words = 100;
  RankBench bench(params);
  const Problem p = random_problem(draw, 6, 50, 10, 20, 22);  // (100 − 10)/11 = 8 columns at a time
  bench.place(p);
  bench.execute_ok(RankBench::list());
  EXPECT_EQ(bench.result(p), expected(p));
  bench.expect_fault({command(DruOpcode::kClear, {.dst = 0}, {80}), RankBench::list()[0]},
                     DruStatus::kOutOfSram, kJob);
}

TEST(DruRankUpdate, LeavesTheRestOfMemoryAlone) {
  std::mt19937_64 draw(73);
  RankBench bench;
  const Problem p = random_problem(draw, 4, 6, 3, 5, 10);
  auto job = bench.place(p);
  job.rows = 2;
  job.columns = 3;  // strides stay those of the larger matrix
  bench.store(kJob, job);
  bench.execute_ok(RankBench::list());
  Words all = expected(p);
  for (std::uint32_t i = 0; i < p.rows; ++i) {
    for (std::uint32_t j = 0; j < p.columns; ++j) {
      if (i >= 2 || j >= 3) all[i * p.columns + j] = p.c[i * p.columns + j];
    }
  }
  EXPECT_EQ(bench.result(p), all);
}

TEST(DruRankUpdate, OverflowNamesTheRow) {
  RankBench bench;
  Problem p{2, 1, 1, 0, {0, INT32_MAX}, {0, -1}, {1}};
  bench.place(p);
  bench.expect_fault(RankBench::list(), DruStatus::kOverflow, kC + 4);
  // The sums have 64 bits, not more.
  p = {1, 1, 3, 62, {0}, {INT32_MIN, INT32_MIN, INT32_MIN}, {INT32_MIN, INT32_MIN, INT32_MIN}};
  bench.place(p);
  bench.expect_fault(RankBench::list(), DruStatus::kOverflow, kC);
  p = {1, 1, 1, 62, {0}, {INT32_MIN}, {INT32_MIN}};
  bench.place(p);
  bench.execute_ok(RankBench::list());
  EXPECT_EQ(bench.result(p), Words{-1});
}

TEST(DruRankUpdate, RefusesWhatCannotBe) {
  RankBench bench;
  const Problem p{1, 1, 1, 0, {0}, {1}, {1}};
  const auto good = bench.place(p);
  const auto expect_bad = [&](auto spoil) {
    auto job = good;
    spoil(job);
    bench.store(kJob, job);
    bench.expect_fault(RankBench::list(), DruStatus::kBadOperand, kJob);
  };
  expect_bad([](auto& job) { job.rows = 0; });
  expect_bad([](auto& job) { job.rows = 4097; });
  expect_bad([](auto& job) { job.columns = 0; });
  expect_bad([](auto& job) { job.columns = 4097; });
  expect_bad([](auto& job) { job.depth = 0; });
  expect_bad([](auto& job) { job.depth = 65; });
  expect_bad([](auto& job) { job.shift = 63; });
  auto job = good;
  job.w_address = 0x70000000;
  bench.store(kJob, job);
  bench.expect_fault(RankBench::list(), DruStatus::kBusError, 0x70000000);
}

TEST(DruRankUpdate, CountsAndChargesItsMultiplyAdds) {
  std::mt19937_64 draw(74);
  AmcParams params = small_params();
  RankBench bench(params);
  const Problem p = random_problem(draw, 10, 64, 16, 20, 20);
  bench.place(p);
  const auto done = bench.execute_ok(RankBench::list());
  EXPECT_EQ(bench.counter(dru_reg::kCountDigitalLoOffset), 10U * 64 * 16);
  EXPECT_EQ(bench.counter(dru_reg::kCountDigitalHiOffset), 0U);
  const double joules = bench.ledger().of_execution().in_joules();
  EXPECT_GT(joules, 10 * 64 * 16 * params.costs.multiply_add_J);
  // Each row: 64 · 16 / 32 cycles.
  EXPECT_GT(done.duration_ns, 10U * 32);
}

}  // namespace
}  // namespace mho::amc::test
