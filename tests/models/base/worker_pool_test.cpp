// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/base/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mho {
namespace {

/// Without a thread, with one, with more than there are processors.
class WorkerPoolTest : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Threads, WorkerPoolTest, testing::Values(0U, 1U, 16U));

TEST_P(WorkerPoolTest, EveryResultBelongsToItsWork) {
  constexpr int kWorks = 200;
  WorkerPool pool(GetParam());
  std::vector<std::future<int>> results;
  for (int i = 0; i < kWorks; ++i) results.push_back(pool.submit([i] { return i * i; }));
  for (int i = kWorks; i-- > 0;) EXPECT_EQ(pool.wait(std::move(results[static_cast<std::size_t>(i)])), i * i);
}

TEST_P(WorkerPoolTest, AnExceptionReachesWhoWaits) {
  WorkerPool pool(GetParam());
  auto result = pool.submit([]() -> int { throw std::runtime_error("singular"); });
  EXPECT_THROW(pool.wait(std::move(result)), std::runtime_error);
  EXPECT_EQ(pool.wait(pool.submit([] { return 3; })), 3);
}

TEST_P(WorkerPoolTest, BothReturnsBothInTheirOrder) {
  WorkerPool pool(GetParam());
  for (const bool in_parallel : {false, true}) {
    const auto [number, text] =
        pool.run_both([] { return 7; }, [] { return std::string("seven"); }, in_parallel);
    EXPECT_EQ(number, 7);
    EXPECT_EQ(text, "seven");
  }
}

TEST_P(WorkerPoolTest, WhenOneOfBothThrowsTheOtherHasEnded) {
  WorkerPool pool(GetParam());
  std::atomic<bool> has_ended = false;
  const auto fail = []() -> int { throw std::runtime_error("first"); };
  const auto finish = [&has_ended] {
    has_ended = true;
    return 1;
  };
  EXPECT_THROW(pool.run_both(fail, finish, true), std::runtime_error);
  EXPECT_TRUE(has_ended);
  EXPECT_THROW(pool.run_both(finish, fail, true), std::runtime_error);
}

TEST_P(WorkerPoolTest, WorkThatNobodyWaitsForMayBeDropped) {
  std::future<int> result;
  {
    WorkerPool pool(GetParam());
    result = pool.submit([] { return 1; });
  }
  EXPECT_TRUE(result.valid());
}

TEST(WorkerPool, TheSharedOneIsOneForAll) {
  EXPECT_EQ(&WorkerPool::shared(), &WorkerPool::shared());
  EXPECT_EQ(WorkerPool::shared().wait(WorkerPool::shared().submit([] { return 5; })), 5);
}

}  // namespace
}  // namespace mho
