// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Threads for work that is a pure function of its arguments. Who waits for a result helps with whatever is
// queued, so a pool without threads is correct too, and one processor is never left idle by a wait. Results
// do not depend on the number of threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace mho {

/// Writing or reducing an array of fewer cells takes less time than a thread takes to begin.
inline constexpr long kCellsWorthAThread = 1024;

class WorkerPool {
 public:
  /// @param threads  beside the one that waits; 0: all work is done by who waits for it
  explicit WorkerPool(unsigned threads);
  /// Finishes what runs; what is still queued is dropped and its results are never ready.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// One for the whole process, with a thread less than there are processors.
  static WorkerPool& shared();

  /// Queues `work`, which must own all it needs, or outlive its result, and must not wait for other work.
  template <typename Work>
  auto submit(Work work) -> std::future<std::invoke_result_t<Work&>> {
    using Result = std::invoke_result_t<Work&>;
    auto task = std::make_shared<std::packaged_task<Result()>>(std::move(work));
    auto result = task->get_future();
    enqueue([task] { (*task)(); });
    return result;
  }

  /// The result of submitted work, or its exception. Meanwhile this thread takes work from the queue.
  template <typename Result>
  Result wait(std::future<Result> result) {
    constexpr std::chrono::seconds kNow{0};
    while (result.wait_for(kNow) != std::future_status::ready && run_one()) {
    }
    return result.get();
  }

  /// Both results. Neither runs any more when this returns or throws.
  /// @param in_parallel  false: one after the other in this thread
  template <typename First, typename Second>
  auto run_both(First first, Second second, bool in_parallel) {
    if (!in_parallel) {
      auto now = first();
      return std::pair(std::move(now), second());
    }
    auto later = submit(std::ref(second));
    try {
      auto now = first();
      return std::pair(std::move(now), wait(std::move(later)));
    } catch (...) {
      while (later.valid() && later.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
        if (!run_one()) later.wait();
      }
      throw;
    }
  }

 private:
  void enqueue(std::function<void()> task);
  /// False if nothing is queued.
  bool run_one();
  void serve();

  std::mutex mutex_;
  std::condition_variable has_changed_;
  std::deque<std::function<void()>> queue_;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mho
