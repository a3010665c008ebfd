// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Two jobs on contexts of their own, each with half of the chip and of the memory.
#pragma once

#include <array>
#include <cstring>

#include "tests/firmware/libmho/job_steps_bench.hpp"

namespace mho::test {

class TwoJobs : public JobSteps {
 protected:
  static constexpr std::uint32_t kHalf = kMemory / 2;
  TwoJobs() : JobSteps(3) {
    blocks_[0] = blocks_[1] = bench_.job;
    blocks_[0].workspace_bytes = (kHalf - (bench_.job.workspace_address - ReferenceDru::kRamAddress)) & ~63U;
    const std::uint32_t second = ReferenceDru::kRamAddress + kHalf;
    const Eigen::VectorXd b = random_vector(20, 99);
    std::memcpy(bench_.dru.ram.data() + kHalf, b.data(), 20 * sizeof(double));
    blocks_[1].rhs_address = second;
    blocks_[1].result_address = second + 1024;
    blocks_[1].workspace_address = second + 4096;
    blocks_[1].workspace_bytes = kHalf - 4096 - 1024;
    blocks_[1].method = MHO_JOB_METHOD_GMRES;
    for (std::uint32_t i = 0; i < 2; ++i) open(i);
  }
  void open(std::uint32_t i) {
    const std::uint32_t end = ReferenceDru::kRamAddress + kMemory;
    ASSERT_EQ(mho_context_open(&contexts_[i], &device_, 1 + i, end - 512 * (1 + i), 4), MHO_OK);
    ASSERT_EQ(mho_macro_set_add(&avoided_[i], MHO_MACRO_INV, i == 0 ? 32 : 0, 32), MHO_OK);
    ASSERT_EQ(mho_macro_set_add(&avoided_[i], MHO_MACRO_MVM, i == 0 ? 352 : 0, 352), MHO_OK);
    mho_share_t share{};
    share.avoided = &avoided_[i];
    share.first_tile = 8192 * i;
    share.tiles = 8192;
    share.first_list_id = MHO_JOB_LISTS * i;
    ASSERT_EQ(mho_device_set_share(&contexts_[i], &share), MHO_OK);
  }
  mho_job_result_t* result(std::uint32_t i) {
    return reinterpret_cast<mho_job_result_t*>(bench_.dru.ram.data() +
                                               (blocks_[i].result_address - ReferenceDru::kRamAddress));
  }
  void start(std::uint32_t i) { mho_job_start(&jobs_[i], &contexts_[i], &blocks_[i], result(i)); }
  void expect_right(std::uint32_t i) {
    EXPECT_EQ(result(i)->status, MHO_JOB_STATUS_CONVERGED);
    bench_.job = blocks_[i];
    EXPECT_LE(bench_.relative_error(), kTolerance);
  }
  /// Both to their ends, lists running when both jobs wait.
  void step_in_turns() {
    for (unsigned rounds = 0; rounds < 10000; ++rounds) {
      const auto first = mho_job_step(&jobs_[0]), second = mho_job_step(&jobs_[1]);
      both_have_waited_ |= first == MHO_JOB_IS_WAITING && second == MHO_JOB_IS_WAITING;
      if (first == MHO_JOB_HAS_ENDED && second == MHO_JOB_HAS_ENDED) return;
      if (first != MHO_JOB_GOES_ON && second != MHO_JOB_GOES_ON) bench_.dru.step();
    }
    FAIL() << "they do not end";
  }
  bool both_have_waited_ = false;
  std::array<mho_job_block_t, 2> blocks_{};
  std::array<mho_device_t, 2> contexts_{};
  std::array<mho_macro_set_t, 2> avoided_{};
  std::array<mho_job_t, 2> jobs_{};
};

}  // namespace mho::test
