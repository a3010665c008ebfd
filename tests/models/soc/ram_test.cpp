// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/ram.hpp"

#include <gmock/gmock.h>

#include "models/base/error.hpp"
#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;

constexpr RamParams kParams{.bytes = 16 * kPageBytes,
                            .clock_period_ps = 1000,
                            .latency_cycles = 10,
                            .width_bytes = 8,
                            .energy_per_byte_joules = 2e-12,
                            .static_power_watts = 0.0};

class RamTest : public testing::Test {
 protected:
  RamTest() : ram_("ram", kParams, bench_.context) {
    master_.socket.bind(ram_.socket);
    ram_.on_foreign_write(
        [this](std::uint64_t offset, std::uint64_t bytes) { changed_.emplace_back(offset, bytes); });
    elaborate();
  }

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset,
                                  std::span<std::uint8_t> data, bool is_tagged, sc_core::sc_time& delay) {
    UntaggedPayload access(command, offset, data.data(), static_cast<unsigned>(data.size()));
    tlm_base::TransactionTag tag;
    tag.purpose = {.transaction = 5, .job = 2};
    if (is_tagged) access.payload.set_extension(&tag);
    master_.socket->b_transport(access.payload, delay);
    if (is_tagged) access.payload.clear_extension(&tag);
    return access.payload.get_response_status();
  }
  tlm::tlm_response_status write(std::uint64_t offset, std::vector<std::uint8_t> data, bool is_tagged,
                                 std::uint64_t offset_ps = 0) {
    delay_ = tlm_base::from_ps(offset_ps);
    return access(tlm::TLM_WRITE_COMMAND, offset, data, is_tagged, delay_);
  }
  std::vector<std::uint8_t> read(std::uint64_t offset, std::size_t bytes, bool is_tagged) {
    std::vector<std::uint8_t> data(bytes, 0xee);
    delay_ = sc_core::SC_ZERO_TIME;
    EXPECT_EQ(access(tlm::TLM_READ_COMMAND, offset, data, is_tagged, delay_), kOk);
    return data;
  }
  std::optional<std::pair<std::uint64_t, std::uint64_t>> direct_range(std::uint64_t offset) {
    UntaggedPayload access(tlm::TLM_READ_COMMAND, offset, nullptr, 4);
    tlm::tlm_dmi dmi;
    if (!master_.socket->get_direct_mem_ptr(access.payload, dmi)) return std::nullopt;
    EXPECT_EQ(dmi.get_dmi_ptr(), ram_.bytes().data() + dmi.get_start_address());
    EXPECT_TRUE(dmi.is_read_write_allowed());
    return std::pair(dmi.get_start_address(), dmi.get_end_address());
  }

  Bench bench_;
  Ram ram_;
  UntaggedMaster master_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> changed_;
  sc_core::sc_time delay_;
};

TEST(RamCheck, RejectsSizesAndPortsOutOfRange) {
  const auto fails = [](auto change) {
    RamParams params = kParams;
    change(params);
    Bench bench;
    EXPECT_THROW(Ram("bad", params, bench.context), InputError);
  };
  fails([](RamParams& p) { p.bytes = 0; });
  fails([](RamParams& p) { p.bytes = kPageBytes + 1; });
  fails([](RamParams& p) { p.bytes = 4ull << 30; });
  fails([](RamParams& p) { p.clock_period_ps = 0; });
  fails([](RamParams& p) { p.width_bytes = 0; });
}

TEST_F(RamTest, IsZeroAndKeepsWhatIsWritten) {
  EXPECT_THAT(read(0x123, 4, false), testing::Each(0));
  ASSERT_EQ(write(0x123, {1, 2, 3}, false), kOk);
  EXPECT_THAT(read(0x122, 5, false), testing::ElementsAre(0, 1, 2, 3, 0));
}

TEST_F(RamTest, AccessesBeyondTheEndFail) {
  EXPECT_EQ(write(kParams.bytes - 1, {1}, false), kOk);
  EXPECT_EQ(write(kParams.bytes - 1, {1, 2}, false), kAddressError);
  EXPECT_EQ(write(kParams.bytes, {1}, true), kAddressError);
  EXPECT_EQ(write(~0ull, {1, 2}, false), kAddressError);
}

TEST_F(RamTest, CpuPortIsFree) {
  ASSERT_EQ(write(0, std::vector<std::uint8_t>(64), false, 700), kOk);
  EXPECT_EQ(tlm_base::to_ps(delay_), 700u);
  EXPECT_EQ(bench_.ledger.total(), Energy{});
}

TEST_F(RamTest, SystemPortTakesLatencyAndOneCyclePerWord) {
  // 20 B at 8 B per cycle: 3 cycles; the second burst waits for the first one's 3 cycles, not for its
  // latency.
  ASSERT_EQ(write(0, std::vector<std::uint8_t>(20), true), kOk);
  EXPECT_EQ(tlm_base::to_ps(delay_), 13'000u);
  ASSERT_EQ(write(64, std::vector<std::uint8_t>(8), true, 1'000), kOk);
  EXPECT_EQ(tlm_base::to_ps(delay_), 14'000u);
  EXPECT_EQ(bench_.ledger.of_job(2), Energy::femtojoules(28 * 2'000));
  EXPECT_EQ(bench_.ledger.of_transactions(), Energy::femtojoules(28 * 2'000));
}

TEST_F(RamTest, OnlyForeignWritesAreAnnouncedByteExactly) {
  ASSERT_EQ(write(0x10, {1, 2}, false), kOk);
  read(0x10, 4, true);
  EXPECT_TRUE(changed_.empty());
  ASSERT_EQ(write(0x20, {1, 2, 3}, true), kOk);
  EXPECT_THAT(changed_, testing::ElementsAre(std::pair(0x20ull, 3ull)));
  EXPECT_TRUE(master_.invalidated.empty());
}

TEST_F(RamTest, DebugWritesAreAnnounced) {
  std::uint8_t byte = 9;
  UntaggedPayload access(tlm::TLM_WRITE_COMMAND, 0x77, &byte, 1);
  EXPECT_EQ(master_.socket->transport_dbg(access.payload), 1u);
  EXPECT_EQ(ram_.bytes()[0x77], 9);
  EXPECT_THAT(changed_, testing::ElementsAre(std::pair(0x77ull, 1ull)));
  access.payload.set_address(kParams.bytes);
  EXPECT_EQ(master_.socket->transport_dbg(access.payload), 0u);
}

TEST_F(RamTest, DirectPointerCoversAllMemoryForUntaggedAccesses) {
  EXPECT_EQ(direct_range(0x5000), std::pair(std::uint64_t{0}, kParams.bytes - 1));
  EXPECT_FALSE(direct_range(kParams.bytes).has_value());
}

TEST_F(RamTest, WatchReportsStoresWithTheirTimeAndKeepsThePageFromDirectAccess) {
  std::vector<std::uint64_t> times_ps;
  std::uint8_t seen = 0;
  ram_.watch(0x5ffc, 8, [&](std::uint64_t, std::uint64_t, std::uint64_t time_ps) {
    times_ps.push_back(time_ps);
    seen = ram_.bytes()[0x6003];
  });
  // Watched bytes lie in pages 5 and 6: what is granted ends before and begins after them.
  EXPECT_EQ(direct_range(0x4fff), std::pair(std::uint64_t{0}, std::uint64_t{0x4fff}));
  EXPECT_FALSE(direct_range(0x5000).has_value());
  EXPECT_FALSE(direct_range(0x6fff).has_value());
  EXPECT_EQ(direct_range(0x7000), std::pair(std::uint64_t{0x7000}, kParams.bytes - 1));

  ASSERT_EQ(write(0x5ff8, {1, 2, 3, 4}, false, 100), kOk);
  ASSERT_EQ(write(0x6004, {1}, false, 200), kOk);
  EXPECT_TRUE(times_ps.empty());
  ASSERT_EQ(write(0x6003, {42}, false, 300), kOk);
  ASSERT_EQ(write(0x5ff8, {1, 2, 3, 4, 5}, true, 400), kOk);
  EXPECT_THAT(times_ps, testing::ElementsAre(300u, 400u));
  EXPECT_EQ(seen, 42);
}

TEST_F(RamTest, WatchAfterDirectAccessWasGrantedTakesItBack) {
  ASSERT_TRUE(direct_range(0).has_value());
  ram_.watch(0x1000, 4, [](auto, auto, auto) {});
  EXPECT_THAT(master_.invalidated, testing::ElementsAre(std::pair(std::uint64_t{0}, kParams.bytes - 1)));
  EXPECT_THROW(ram_.watch(kParams.bytes - 1, 2, [](auto, auto, auto) {}), InternalError);
}

}  // namespace
}  // namespace mho::soc
