// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What is handed over is what was meant: job block, data and answer under their CRCs, which Boost computes
// here.
#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <cstddef>

#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

using registers::dru::DruCommand;
using registers::dru::DruStatus;

class JobCrc : public JobStatus {
 protected:
  JobCrc() {
    boost::crc_32_type data;
    const auto add = [&](std::uint32_t address, std::size_t bytes) {
      data.process_bytes(bench_.array<std::uint8_t>(address), bytes);
    };
    const mho_job_block_t& job = bench_.job;
    add(job.row_start_address, (job.n + 1) * 4);
    add(job.column_address, job.nonzeros * 4);
    add(job.value_address, job.nonzeros * 8);
    add(job.rhs_address, job.n * 8);
    bench_.job.data_crc = data.checksum();
    boost::crc_32_type block;
    block.process_bytes(&job, sizeof job);
    bench_.job.block_crc = block.checksum();
  }

  void flip(std::uint32_t address, unsigned bit) {
    bench_.dru.ram[address - ReferenceDru::kRamAddress + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
};

TEST_F(JobCrc, LetsPassWhatIsIntactOrNotProtected) {
  EXPECT_TRUE(mho_job_block_is_intact(&bench_.job));
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
  bench_.job.block_crc = bench_.job.data_crc = 0;
  EXPECT_TRUE(mho_job_block_is_intact(&bench_.job));
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CONVERGED);
}

TEST_F(JobCrc, NoticesEveryFlippedBitOfTheBlock) {
  for (std::size_t bit = 0; bit < 8 * offsetof(mho_job_block_t, block_crc); ++bit) {
    mho_job_block_t block = bench_.job;
    reinterpret_cast<std::uint8_t*>(&block)[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(mho_job_block_is_intact(&block)) << bit;
  }
}

TEST_F(JobCrc, NoticesAFlippedBitOfTheDataBeforeItStarts) {
  const mho_job_block_t& job = bench_.job;
  for (const std::uint32_t address :
       {job.row_start_address, job.column_address + 8, job.value_address + 24, job.rhs_address + 8}) {
    flip(address, 5);
    const auto& r = bench_.run();
    EXPECT_EQ(r.status, MHO_JOB_STATUS_CORRUPT);
    EXPECT_EQ(r.x_address, 0u);
    EXPECT_EQ(bench_.dru.lists, 0u);
    flip(address, 5);
  }
}

TEST_F(JobCrc, NoticesDataThatChangeWhileTheJobIsRun) {
  bool has_flipped = false;
  bench_.dru.inject = [&](const DruCommand&) {
    if (!has_flipped) flip(bench_.job.value_address, 51);
    has_flipped = true;
    return DruStatus::kNotRun;
  };
  EXPECT_EQ(bench_.run().status, MHO_JOB_STATUS_CORRUPT);
  EXPECT_TRUE(has_flipped);
}

TEST_F(JobCrc, CoversScalesWordsOfXAndTheResultBlock) {
  const mho_job_result_t& r = bench_.run();
  ASSERT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  boost::crc_32_type crc;
  crc.process_bytes(bench_.array<std::uint8_t>(r.column_scale_address), r.n * 4);
  crc.process_bytes(bench_.array<std::uint8_t>(r.x_address), r.n * 4);
  if (r.x_low_address != 0) crc.process_bytes(bench_.array<std::uint8_t>(r.x_low_address), r.n * 4);
  mho_job_result_t block = r;
  block.answer_crc = 0;
  crc.process_bytes(&block, sizeof block);
  EXPECT_EQ(r.answer_crc, crc.checksum());
}

TEST_F(JobCrc, CoversTheBlockOfAJobThatHasNoX) {
  bench_.job.data_crc ^= 1;
  const mho_job_result_t& r = bench_.run();
  ASSERT_EQ(r.status, MHO_JOB_STATUS_CORRUPT);
  ASSERT_EQ(r.column_scale_address, 0u);
  mho_job_result_t block = r;
  block.answer_crc = 0;
  boost::crc_32_type crc;
  crc.process_bytes(&block, sizeof block);
  EXPECT_EQ(r.answer_crc, crc.checksum());
}

}  // namespace
}  // namespace mho::test
