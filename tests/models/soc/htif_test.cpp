// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/htif.hpp"

#include <cstring>

#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;

constexpr std::uint64_t kTohost = 0x2000, kFromhost = 0x2040;

class HtifTest : public testing::Test {
 protected:
  HtifTest()
      : ram_("ram", {.bytes = 8 * kPageBytes}, bench_.context),
        htif_(
            "htif", ram_, kTohost, kFromhost,
            [this](std::uint8_t byte) { printed_ += static_cast<char>(byte); },
            [this](const ExitRequest& request) { requests_.push_back(request); }) {
    master_.socket.bind(ram_.socket);
    elaborate();
  }

  /// A store of the CPU at a local time.
  void store(std::uint64_t offset, std::uint32_t value, std::uint64_t offset_ps = 0) {
    UntaggedPayload access(tlm::TLM_WRITE_COMMAND, offset, reinterpret_cast<std::uint8_t*>(&value), 4);
    sc_core::sc_time delay = tlm_base::from_ps(offset_ps);
    master_.socket->b_transport(access.payload, delay);
    ASSERT_EQ(access.payload.get_response_status(), kOk);
  }
  std::uint64_t load(std::uint64_t offset) {
    std::uint64_t value = 0;
    std::memcpy(&value, ram_.bytes().data() + offset, sizeof value);
    return value;
  }

  Bench bench_;
  std::string printed_;
  std::vector<ExitRequest> requests_;
  Ram ram_;
  Htif htif_;
  UntaggedMaster master_;
};

TEST_F(HtifTest, OneIsPass) {
  store(kTohost, 1, 300);
  EXPECT_TRUE(requests_.empty());
  store(kTohost + 4, 0, 700);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].cause, ExitCause::kHtif);
  EXPECT_EQ(requests_[0].code, 0u);
  EXPECT_EQ(requests_[0].time_ps, 700u);
}

TEST_F(HtifTest, OddValueIsTheNumberOfTheFailedTest) {
  store(kTohost + 4, 0);
  store(kTohost, (1337u << 1) | 1);
  store(kTohost + 4, 0);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].code, 1337u);
}

TEST_F(HtifTest, ExitWithoutTheUpperHalfWaitsForTheGraceTime) {
  store(kTohost, 7, 5'000);
  ASSERT_TRUE(htif_.waiting_exit().has_value());
  EXPECT_EQ(htif_.waiting_exit()->code, 3u);
  // Repeating the store does not start the time again.
  store(kTohost, 9, 9'000);
  run_until_ps(5'000 + Htif::kGracePs - 1);
  EXPECT_TRUE(requests_.empty());
  run_until_ps(5'000 + Htif::kGracePs + 1);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].code, 3u);
}

TEST_F(HtifTest, ConsolePrintsAndAcknowledges) {
  constexpr std::uint32_t kPut = 0x0101'0000;
  // 'a' alone is odd and looks like an exit until the upper half arrives.
  for (const std::uint32_t character : {'a', 'b', 'a'}) {
    store(kTohost, character);
    store(kTohost + 4, kPut);
    EXPECT_EQ(load(kTohost), 0u);
    EXPECT_EQ(load(kFromhost), std::uint64_t{kPut} << 32);
  }
  run_until_ps(10 * Htif::kGracePs);
  EXPECT_EQ(printed_, "aba");
  EXPECT_TRUE(requests_.empty());
}

TEST_F(HtifTest, ProxiedSystemCallsEndTheRunWithAMessage) {
  store(kTohost, 0x8000'1000);
  EXPECT_TRUE(requests_.empty());
  store(kTohost + 4, 0);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].code, 1u);
  EXPECT_NE(requests_[0].message.find("system call"), std::string::npos);
}

TEST_F(HtifTest, NeighboursAndZeroDoNothing) {
  store(kTohost - 4, 1);
  store(kTohost + 8, 1);
  store(kTohost, 0);
  store(kTohost + 4, 0);
  run_until_ps(10 * Htif::kGracePs);
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(printed_, "");
}

}  // namespace
}  // namespace mho::soc
