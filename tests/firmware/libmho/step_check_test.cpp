// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/step_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/base/int128.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kRows = 5, kColumns = 9, kDepth = 7;

/// after = before − a·w·2^-shift, rounded exactly, with `after` one column behind the other.
struct Step {
  Step(std::uint32_t shift, int bits_of_a, int bits_of_w, std::uint64_t seed)
      : before(kRows * kColumns), after(kRows * kColumns), a(kRows * kDepth), w(kDepth * kColumns) {
    Draws draws(seed);
    const auto fill = [&](std::vector<std::int32_t>& words, int bits) {
      const std::int64_t limit = (std::int64_t{1} << bits) - 1;
      for (auto& v : words) v = static_cast<std::int32_t>(draws.integer(-limit, limit));
    };
    fill(before, 29);
    fill(a, bits_of_a);
    fill(w, bits_of_w);
    for (std::uint32_t i = 0; i < kRows; ++i) {
      for (std::uint32_t j = 0; j < kColumns; ++j) {
        int128_t sum = 0;
        for (std::uint32_t k = 0; k < kDepth; ++k)
          sum += static_cast<int128_t>(a[i * kDepth + k]) * w[k * kColumns + j];
        if (shift != 0) sum = (sum + (static_cast<int128_t>(1) << (shift - 1))) >> shift;
        const int128_t value = before[i * kColumns + j] - sum;
        fits = fits && value == static_cast<std::int32_t>(value);
        after[j * kRows + i] = static_cast<std::int32_t>(value);
      }
    }
    step = {.before = {before.data(), kColumns, 1},
            .after = {after.data(), 1, kRows},
            .a = {a.data(), kDepth, 1},
            .w = {w.data(), kColumns, 1},
            .rows = kRows,
            .columns = kColumns,
            .depth = kDepth,
            .shift = shift,
            .slack = kColumns + 4};
  }
  bool agrees() {
    std::vector<std::int64_t> sums(kDepth);
    return mho_step_agrees(&step, sums.data()) != 0;
  }
  std::vector<std::int32_t> before, after, a, w;
  mho_step_t step{};
  bool fits = true;
};

TEST(StepCheck, AcceptsExactStepsOfEveryShift) {
  for (std::uint32_t shift = 0; shift <= 62; ++shift) {
    // Products that fill what the shift leaves of 31 bits.
    const int bits = std::min<int>(static_cast<int>(shift) + 24, 57);
    const int of_w = std::min(26, bits / 2);
    Step step(shift, std::min(30, bits - of_w), of_w, shift + 1);
    ASSERT_TRUE(step.fits) << shift;
    EXPECT_TRUE(step.agrees()) << shift;
  }
}

TEST(StepCheck, FindsEveryEntryThatIsOffByMoreThanTwiceTheSlack) {
  for (std::uint32_t k = 0; k < kRows * kColumns; ++k) {
    for (const int sign : {-1, 1}) {
      Step step(28, 28, 26, 7);
      step.after[k] += sign * static_cast<std::int32_t>(2 * step.step.slack + 1);
      EXPECT_FALSE(step.agrees()) << k;
    }
  }
}

TEST(StepCheck, FindsAWrongFactor) {
  for (std::uint32_t k = 0; k < kDepth * kColumns; ++k) {
    Step step(28, 28, 26, 7);
    step.w[k] ^= 1 << 20;
    EXPECT_FALSE(step.agrees()) << k;
  }
}

TEST(StepCheck, TakesNoMatrixBehindAsZeros) {
  Step step(28, 28, 26, 7);
  step.step.after.first = nullptr;
  EXPECT_FALSE(step.agrees());
  for (std::uint32_t i = 0; i < kRows; ++i) {
    for (std::uint32_t j = 0; j < kColumns; ++j) step.before[i * kColumns + j] -= step.after[j * kRows + i];
  }
  EXPECT_TRUE(step.agrees());
}

TEST(StepCheck, RefusesProductsBeyondAnyMatrix) {
  Step step(0, 30, 26, 9);
  EXPECT_FALSE(step.fits);
  EXPECT_FALSE(step.agrees());
}

}  // namespace
}  // namespace mho::test
