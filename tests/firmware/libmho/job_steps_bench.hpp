// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs in steps, on a DRU that runs lists only when the test lets it: a step that waited would never return.
#pragma once

#include <gtest/gtest.h>

#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {

inline constexpr std::uint32_t kMemory = 8 << 20;

inline ReferenceDruOptions deferred(std::uint32_t contexts) {
  return {.cell_tolerance = 0.02, .is_deferred = true, .contexts = contexts, .ram_bytes = kMemory};
}

class JobSteps : public testing::Test {
 protected:
  explicit JobSteps(std::uint32_t contexts = 1) : bench_(deferred(contexts)), guard_(bench_.dru) {
    bench_.load(random_dominant(20, 0.6, 11), random_vector(20, 12));
    const mho_device_config_t config = bench_.config();
    EXPECT_EQ(mho_device_init(&device_, &config), MHO_OK);
  }
  mho_job_result_t* results() {
    return reinterpret_cast<mho_job_result_t*>(bench_.dru.ram.data() +
                                               (bench_.job.result_address - ReferenceDru::kRamAddress));
  }
  void start() { mho_job_start(&job_, &device_, &bench_.job, results()); }
  /// As many steps, or fewer if the job has ended before: true then. A list that the last one waits for has
  /// not run.
  bool step_times(unsigned steps) {
    for (unsigned s = 0; s < steps; ++s) {
      const mho_job_progress_t progress = mho_job_step(&job_);
      if (progress == MHO_JOB_HAS_ENDED) return true;
      if (progress == MHO_JOB_IS_WAITING && s + 1 < steps) bench_.dru.step();
    }
    return false;
  }
  /// Lists run between the steps, and only when the job waits.
  void step_to_the_end() {
    for (;;) {
      const mho_job_progress_t progress = mho_job_step(&job_);
      if (progress == MHO_JOB_HAS_ENDED) return;
      if (progress == MHO_JOB_IS_WAITING) {
        ASSERT_EQ(mho_job_step(&job_), MHO_JOB_IS_WAITING);  // waits for nothing but the list
        ASSERT_TRUE(bench_.dru.step());
      }
    }
  }

  DriverBench bench_;
  Connected guard_;
  mho_device_t device_{};
  mho_job_t job_{};
};

/// Lists do not run at all; the clock stands until the test moves it.
class JobStepsOfAStuckDru : public JobSteps {
 protected:
  JobStepsOfAStuckDru() {
    now_us = 0;
    device_.config.hooks.now_us = [] { return now_us; };
    bench_.job.watchdog_us = 5000;
  }
  mho_job_progress_t step_until_waiting() {
    mho_job_progress_t progress;
    while ((progress = mho_job_step(&job_)) == MHO_JOB_GOES_ON) {
    }
    return progress;
  }
  static inline std::uint64_t now_us = 0;
};

/// Several right-hand sides, as many under way at once as the DRU has contexts for.
class JobStepsInFlight : public JobSteps {
 protected:
  static constexpr std::uint32_t kRhs = 6;
  JobStepsInFlight() : JobSteps(3) {
    const Eigen::MatrixXd a = random_dominant(20, 0.6, 11);
    SparseSystem system(a, Eigen::VectorXd::Ones(a.rows()));
    system.rhs.clear();
    for (std::uint32_t k = 0; k < kRhs; ++k) {
      const Eigen::VectorXd b = a * random_vector(a.rows(), 100 + k);
      system.rhs.insert(system.rhs.end(), b.begin(), b.end());
    }
    // Result blocks beside the bench's own place, which has room for a few.
    bench_.load(system);
    bench_.job.rhs_count = kRhs;
    bench_.job.result_address = bench_.job.workspace_address;
    bench_.job.workspace_address += 4096;
    bench_.job.workspace_bytes -= 4096;
  }
};

}  // namespace mho::test
