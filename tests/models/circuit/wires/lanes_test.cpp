// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/lanes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

namespace mho::circuit {
namespace {

TEST(LaneVector, MemoryIsAlignedAndNeverSharedByTwo) {
  for (int round = 0; round < 3; ++round) {
    std::vector<LaneVector> vectors;
    for (std::size_t n = 1; n < 100; ++n) {
      vectors.emplace_back(97 * n, static_cast<double>(n));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(vectors.back().data()) % 64, 0u);
    }
    for (std::size_t n = 1; n < 100; ++n) {
      const LaneVector& vector = vectors[n - 1];
      EXPECT_EQ(std::count(vector.begin(), vector.end(), static_cast<double>(n)), 97 * static_cast<long>(n));
    }
  }
}

TEST(LaneVector, MemoryMayBeGivenBackByAnotherThread) {
  LaneVector vector(5000, 1.0);
  std::thread([moved = std::move(vector)]() mutable { moved = LaneVector(5000, 2.0); }).join();
  const LaneVector again(5000, 3.0);
  EXPECT_EQ(std::count(again.begin(), again.end(), 3.0), 5000);
}

}  // namespace
}  // namespace mho::circuit
