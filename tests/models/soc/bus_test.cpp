// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/bus.hpp"

#include <gmock/gmock.h>

#include <tlm_utils/simple_target_socket.h>

#include "models/base/error.hpp"
#include "tests/models/soc/soc_bench.hpp"

namespace mho::soc {
namespace {

using namespace mho::test;

/// Answers everything after a fixed delay and remembers what it saw.
class EchoTarget : public sc_core::sc_module {
 public:
  explicit EchoTarget(sc_core::sc_module_name name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &EchoTarget::b_transport);
    socket.register_transport_dbg(this, &EchoTarget::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &EchoTarget::get_direct_mem_ptr);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    address = payload.get_address();
    seen_ps = tlm_base::now_ps(delay);
    delay += tlm_base::from_ps(takes_ps);
    if (auto* const tag = payload.get_extension<tlm_base::TransactionTag>()) tag->is_repeatable = true;
    payload.set_response_status(kOk);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
    address = payload.get_address();
    return payload.get_data_length();
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    address = payload.get_address();
    dmi.set_dmi_ptr(memory.data());
    dmi.allow_read_write();
    dmi.set_start_address(0);
    dmi.set_end_address(dmi_end);
    return true;
  }

  tlm_utils::simple_target_socket<EchoTarget> socket;
  std::uint64_t address = 0, seen_ps = 0, takes_ps = 0, dmi_end = ~0ull;
  std::array<std::uint8_t, 64> memory{};
};

constexpr BusParams kParams{.clock_period_ps = 1000,
                            .latency_cycles = 4,
                            .width_bytes = 4,
                            .energy_per_transfer_joules = 3e-12,
                            .energy_per_byte_joules = 0.5e-12,
                            .static_power_watts = 0.0};

class BusTest : public testing::Test {
 protected:
  BusTest()
      : context_{.ledger = bench_.ledger, .trace = trace_, .transactions = &log_},
        bus_("bus", kParams, context_),
        low_("low"),
        high_("high"),
        driver_(context_) {
    bus_.attach(0x8000, 0x100, high_.socket, "high");
    bus_.attach(0x1000, 0x100, low_.socket, "low");
    driver_.initiator.socket.bind(bus_.initiators);
    untagged_.socket.bind(bus_.initiators);
    elaborate();
  }

  tlm::tlm_response_status read(std::uint64_t address, std::size_t bytes, std::uint64_t offset_ps = 0) {
    std::vector<std::uint8_t> data(bytes);
    driver_.delay = tlm_base::from_ps(offset_ps);
    return driver_.initiator.read(address, data, 7, driver_.delay);
  }
  std::uint64_t end_ps() const { return tlm_base::now_ps(driver_.delay); }

  Bench bench_;
  RecordingTrace trace_;
  RecordingLog log_;
  tlm_base::Context context_;
  Bus bus_;
  EchoTarget low_, high_;
  Driver driver_;
  UntaggedMaster untagged_;
};

TEST(BusCheck, RejectsZeroClockPeriodAndWidth) {
  const auto fails = [](auto change) {
    BusParams params = kParams;
    change(params);
    Bench bench;
    EXPECT_THROW(Bus("bad", params, bench.context), InputError);
  };
  fails([](BusParams& p) { p.clock_period_ps = 0; });
  fails([](BusParams& p) { p.width_bytes = 0; });
}

/// A bus that nobody watches, and what it makes of one tagged read of 4 bytes.
class UnwatchedBus : public testing::Test {
 protected:
  UnwatchedBus() : bus_("bus", kParams, bench_.context), target_("target") {
    bus_.attach(0x1000, 0x100, target_.socket, "target");
    master_.socket.bind(bus_.initiators);
    elaborate();
  }
  bool is_repeatable(std::uint64_t offset_ps, std::uint64_t count = 1) {
    std::array<std::uint8_t, 4> data{};
    UntaggedPayload access(tlm::TLM_READ_COMMAND, 0x1000, data.data(), data.size());
    tlm_base::TransactionTag tag;
    tag.purpose.transaction = bench_.ledger.next_transaction(count);
    tag.count = count;
    access.payload.set_extension(&tag);
    sc_core::sc_time delay = tlm_base::from_ps(offset_ps);
    master_.socket->b_transport(access.payload, delay);
    access.payload.clear_extension(&tag);
    return tag.is_repeatable;
  }

  Bench bench_;
  Bus bus_;
  EchoTarget target_;
  UntaggedMaster master_;
};

TEST_F(UnwatchedBus, LetsAReadBeRepeatedUnlessItHadToWait) {
  EXPECT_TRUE(is_repeatable(0));
  EXPECT_FALSE(is_repeatable(999)) << "the channel is taken until 1 ns";
  EXPECT_TRUE(is_repeatable(2'000));
}

TEST_F(UnwatchedBus, ChargesForAsManyReadsAsATransactionStandsFor) {
  is_repeatable(0);
  const Energy one = bench_.ledger.total();
  is_repeatable(5'000, 100);
  EXPECT_GT(one, Energy());
  EXPECT_EQ(bench_.ledger.total(), one * 101);
  EXPECT_EQ(bench_.ledger.next_transaction(), 102u);
}

TEST_F(UnwatchedBus, LetsNothingBeRepeatedBehindTheBackOfALog) {
  struct : trace::AccessLog {
    void accessed(const trace::Access&) override {}
    void raised(std::string_view) override {}
    void taken(std::uint32_t) override {}
  } log;
  bus_.set_access_log(&log);
  EXPECT_FALSE(is_repeatable(0));
  bus_.set_access_log(nullptr);
  EXPECT_TRUE(is_repeatable(5'000));
}

TEST_F(BusTest, TargetsSeeAddressesFromTheirOwnBase) {
  EXPECT_EQ(read(0x1004, 4), kOk);
  EXPECT_EQ(low_.address, 0x4u);
  EXPECT_EQ(read(0x80fc, 4), kOk);
  EXPECT_EQ(high_.address, 0xfcu);
}

TEST_F(BusTest, UnmappedAddressIsAnAddressErrorOfNoTarget) {
  for (const std::uint64_t address : {0x0ull, 0xfffull, 0x1100ull, 0x8100ull, 0xffff'fffcull}) {
    EXPECT_EQ(read(address, 4), kAddressError) << std::hex << address;
  }
  EXPECT_EQ(log_.targets.back(), "none");
  EXPECT_FALSE(log_.records.back().is_ok);
}

TEST_F(BusTest, TheTargetOfAnAccessDoesNotDependOnTheOneBefore) {
  for (const std::uint64_t address : {0x1010, 0x8020, 0x8030, 0x1040}) {
    EXPECT_EQ(read(address, 4), kOk);
    const EchoTarget& target = address < 0x8000 ? low_ : high_;
    EXPECT_EQ(target.address, address % 0x1000);
  }
  EXPECT_EQ(read(0x8100, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(read(0x7fff, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_F(BusTest, BurstBeyondTheTargetsEndIsAnError) {
  EXPECT_EQ(read(0x10f0, 16), kOk);
  EXPECT_EQ(read(0x10f0, 17), kBurstError);
  EXPECT_EQ(low_.address, 0xf0u);
}

TEST_F(BusTest, ThreeReadsOf16BytesAt4BytesPerCycleTakeLatencyAndBeats) {
  // latency 4, beats 4: the first ends at 8; channel taken until 4, 8, 12: the others end at 12 and 16.
  ASSERT_EQ(read(0x1000, 16), kOk);
  EXPECT_EQ(end_ps(), 8'000u);
  ASSERT_EQ(read(0x1000, 16), kOk);
  EXPECT_EQ(end_ps(), 12'000u);
  ASSERT_EQ(read(0x8000, 16), kOk);
  EXPECT_EQ(end_ps(), 16'000u);
}

TEST_F(BusTest, TargetSeesTheAddressAfterTheLatency) {
  ASSERT_EQ(read(0x1000, 4, 50'000), kOk);
  EXPECT_EQ(low_.seen_ps, 54'000u);
  EXPECT_EQ(end_ps(), 55'000u);
}

TEST_F(BusTest, SlowTargetDelaysItsOwnTransactionOnly) {
  low_.takes_ps = 100'000;
  ASSERT_EQ(read(0x1000, 4), kOk);
  // max(beats, target) rather than their sum.
  EXPECT_EQ(end_ps(), 104'000u);
  ASSERT_EQ(read(0x8000, 4, 1'000), kOk);
  EXPECT_EQ(end_ps(), 6'000u);
}

TEST_F(BusTest, FailedTransfersTakeTheBusToo) {
  ASSERT_EQ(read(0x0, 4), kAddressError);
  EXPECT_EQ(end_ps(), 5'000u);
}

TEST_F(BusTest, UntaggedPayloadsAreRoutedAndNothingElse) {
  std::uint32_t word = 0;
  UntaggedPayload access(tlm::TLM_READ_COMMAND, 0x1010, reinterpret_cast<std::uint8_t*>(&word), 4);
  sc_core::sc_time delay = tlm_base::from_ps(500);
  untagged_.socket->b_transport(access.payload, delay);
  EXPECT_EQ(access.payload.get_response_status(), kOk);
  EXPECT_EQ(access.payload.get_address(), 0x1010u);
  EXPECT_EQ(low_.address, 0x10u);
  EXPECT_EQ(tlm_base::to_ps(delay), 500u);
  EXPECT_TRUE(log_.records.empty());
  EXPECT_TRUE(trace_.changes.empty());
  EXPECT_EQ(bench_.ledger.total(), Energy{});
}

TEST_F(BusTest, EnergyIsBookedPerTransferAndByteForTheTransactionsJob) {
  ASSERT_EQ(read(0x1000, 16), kOk);
  ASSERT_EQ(read(0x0, 4), kAddressError);
  // 3 pJ + 16 · 0.5 pJ, 3 pJ + 4 · 0.5 pJ
  EXPECT_EQ(bench_.ledger.of_transactions(), Energy::femtojoules(11'000 + 5'000));
  EXPECT_EQ(bench_.ledger.of_job(7), Energy::femtojoules(16'000));
  EXPECT_TRUE(bench_.ledger.audit());
}

TEST_F(BusTest, RecordsSayWhoAskedWhomForWhatAndWhen) {
  ASSERT_EQ(driver_.write(0x8020, 42, 3'000), kOk);
  ASSERT_EQ(log_.records.size(), 1u);
  const auto& record = log_.records[0];
  EXPECT_EQ(record.id, 1u);
  EXPECT_EQ(record.initiator, "cpu");
  EXPECT_EQ(log_.targets[0], "high");
  EXPECT_TRUE(record.is_write);
  EXPECT_EQ(record.address, 0x8020u);
  EXPECT_EQ(record.bytes, 4u);
  EXPECT_EQ(record.start_ps, 3'000u);
  EXPECT_EQ(record.end_ps, 8'000u);
  EXPECT_TRUE(record.is_ok);
}

TEST_F(BusTest, WaveformShowsTheTransferWhileItHoldsTheChannel) {
  ASSERT_EQ(driver_.write(0x8020, 0x12345678, 3'000), kOk);
  using Change = RecordingTrace::Change;
  EXPECT_THAT(trace_.changes,
              testing::UnorderedElementsAre(
                  Change{"soc.bus.address", 3'000, 0x8020}, Change{"soc.bus.data", 3'000, 0x12345678},
                  Change{"soc.bus.bytes", 3'000, 4}, Change{"soc.bus.initiator", 3'000, 1},
                  Change{"soc.bus.command", 3'000, 2}, Change{"soc.bus.command", 4'000, 0}));
}

TEST_F(BusTest, DirectPointersAreTranslatedAndClampedToTheTarget) {
  UntaggedPayload access(tlm::TLM_READ_COMMAND, 0x1010, nullptr, 4);
  tlm::tlm_dmi dmi;
  ASSERT_TRUE(untagged_.socket->get_direct_mem_ptr(access.payload, dmi));
  EXPECT_EQ(low_.address, 0x10u);
  EXPECT_EQ(dmi.get_start_address(), 0x1000u);
  EXPECT_EQ(dmi.get_end_address(), 0x10ffu);
  access.payload.set_address(0x2000);
  EXPECT_FALSE(untagged_.socket->get_direct_mem_ptr(access.payload, dmi));
}

TEST_F(BusTest, InvalidationReachesTheInitiatorsInBusAddresses) {
  high_.socket->invalidate_direct_mem_ptr(0x10, 0x1f);
  EXPECT_THAT(untagged_.invalidated, testing::ElementsAre(std::pair(0x8010ull, 0x801full)));
}

TEST_F(BusTest, DebugAccessesTakeNoTimeAndNoEnergy) {
  std::uint32_t word = 0;
  UntaggedPayload access(tlm::TLM_READ_COMMAND, 0x8004, reinterpret_cast<std::uint8_t*>(&word), 4);
  EXPECT_EQ(untagged_.socket->transport_dbg(access.payload), 4u);
  EXPECT_EQ(high_.address, 4u);
  access.payload.set_address(0x80fe);
  EXPECT_EQ(untagged_.socket->transport_dbg(access.payload), 0u);
  access.payload.set_address(0x9000);
  EXPECT_EQ(untagged_.socket->transport_dbg(access.payload), 0u);
  EXPECT_EQ(bench_.ledger.total(), Energy{});
}

TEST(BusMap, OverlappingAndEmptyTargetsAreOurMistake) {
  Bench bench;
  Bus bus("bus", kParams, bench.context);
  EchoTarget first("first"), second("second");
  bus.attach(0x1000, 0x1000, first.socket, "first");
  EXPECT_THROW(bus.attach(0x1fff, 1, second.socket, "second"), InternalError);
  EXPECT_THROW(bus.attach(0xfff, 2, second.socket, "second"), InternalError);
  EXPECT_THROW(bus.attach(0x3000, 0, second.socket, "second"), InternalError);
  EXPECT_THROW(bus.attach(0xffff'ffff, 2, second.socket, "second"), InternalError);
}

}  // namespace
}  // namespace mho::soc
