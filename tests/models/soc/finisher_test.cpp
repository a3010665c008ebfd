// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/finisher.hpp"

#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;

class FinisherTest : public testing::Test {
 protected:
  FinisherTest()
      : finisher_("finisher", {}, bench_.context,
                  [this](const ExitRequest& request) { requests_.push_back(request); }),
        driver_(bench_.context) {
    driver_.initiator.socket.bind(finisher_.socket);
    elaborate();
  }

  Bench bench_;
  std::vector<ExitRequest> requests_;
  Finisher finisher_;
  Driver driver_;
};

TEST_F(FinisherTest, PassEndsWithZeroAtTheTimeOfTheStore) {
  EXPECT_EQ(driver_.write(0, 0x5555, 1234), kOk);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].cause, ExitCause::kFinisher);
  EXPECT_EQ(requests_[0].code, 0u);
  EXPECT_EQ(requests_[0].time_ps, 1234u);
}

TEST_F(FinisherTest, FailEndsWithTheUpperHalfAndNeverWithSuccess) {
  driver_.write(0, 0x0007'3333);
  driver_.write(0, 0xffff'3333);
  driver_.write(0, 0x0000'3333);
  ASSERT_EQ(requests_.size(), 3u);
  EXPECT_EQ(requests_[0].code, 7u);
  EXPECT_EQ(requests_[1].code, 0xffffu);
  EXPECT_EQ(requests_[2].code, 1u);
}

TEST_F(FinisherTest, OtherCommandsReadsAndDebugWritesDoNothing) {
  for (const std::uint32_t value : {0u, 0x7777u, 0x5554u, 0x5555'0000u})
    EXPECT_EQ(driver_.write(0, value), kOk);
  EXPECT_EQ(driver_.read(0), 0u);
  std::uint32_t pass = 0x5555;
  UntaggedPayload access(tlm::TLM_WRITE_COMMAND, 0, reinterpret_cast<std::uint8_t*>(&pass), 4);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 0u);
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(driver_.write(4, 0x5555), kAddressError);
  EXPECT_EQ(driver_.write8(0, 0x55), kAddressError);
}

}  // namespace
}  // namespace mho::soc
