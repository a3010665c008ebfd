// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/tlm/initiator.hpp"

#include <gtest/gtest.h>

#include "models/tlm/register_target.hpp"
#include "models/tlm/time.hpp"
#include "tests/models/soc/soc_bench.hpp"

namespace mho::tlm_base {
namespace {

using namespace mho::test;

/// Two registers and a window of 16 bytes at 0x100; remembers what the accesses came with.
class Block final : public RegisterTarget {
 public:
  explicit Block(sc_core::sc_module_name name) : RegisterTarget(name) {}

  std::uint32_t first = 0, second = 0;
  std::array<std::uint8_t, 16> window{};
  cost::Purpose purpose;
  bool was_debug = false;
  unsigned calls = 0;

 private:
  void note(const Access& access) {
    purpose = access.purpose;
    was_debug = access.is_debug;
    ++calls;
    if (!access.is_debug) access.delay += from_ps(250);
  }
  bool read_register(std::uint32_t offset, std::uint32_t& value, const Access& access) override {
    note(access);
    if (offset > 4) return false;
    value = offset == 0 ? first : second;
    return true;
  }
  bool write_register(std::uint32_t offset, std::uint32_t value, const Access& access) override {
    note(access);
    if (offset > 4) return false;
    (offset == 0 ? first : second) = value;
    return true;
  }
  std::uint32_t window_offset() const override { return 0x100; }
  bool read_window(std::uint32_t offset, std::span<std::uint8_t> data, const Access& access) override {
    note(access);
    if (offset + data.size() > window.size()) return false;
    std::copy_n(window.begin() + offset, data.size(), data.begin());
    return true;
  }
  bool write_window(std::uint32_t offset, std::span<const std::uint8_t> data, const Access& access) override {
    note(access);
    if (offset + data.size() > window.size()) return false;
    std::ranges::copy(data, window.begin() + offset);
    return true;
  }
};

class InitiatorTest : public testing::Test {
 protected:
  InitiatorTest() : block_("block"), driver_(bench_.context) {
    driver_.initiator.socket.bind(block_.socket);
    elaborate();
  }

  Bench bench_;
  Block block_;
  Driver driver_;
};

TEST_F(InitiatorTest, RegistersAreReadAndWrittenWithTheTargetsDelay) {
  EXPECT_EQ(driver_.write(4, 0x12345678, 1'000), kOk);
  EXPECT_EQ(block_.second, 0x12345678u);
  EXPECT_EQ(to_ps(driver_.delay), 1'250u);
  EXPECT_EQ(driver_.read(4), 0x12345678u);
  EXPECT_EQ(driver_.status_of_read(8), kAddressError);
}

TEST_F(InitiatorTest, EveryTransferIsATransactionOfItsOwnForItsJob) {
  driver_.job = 5;
  driver_.read(0);
  EXPECT_EQ(block_.purpose.transaction, 1u);
  EXPECT_EQ(block_.purpose.job, 5u);
  driver_.job = 6;
  driver_.read(0);
  EXPECT_EQ(block_.purpose.transaction, 2u);
  EXPECT_EQ(block_.purpose.job, 6u);
  EXPECT_EQ(driver_.initiator.purpose().transaction, 2u);
}

TEST_F(InitiatorTest, RegistersTakeAlignedWordsOnly) {
  std::array<std::uint8_t, 8> data{};
  sc_core::sc_time delay;
  for (const std::size_t bytes : {1u, 2u, 3u, 5u, 8u}) {
    EXPECT_EQ(driver_.initiator.read(0, {data.data(), bytes}, 0, delay), kAddressError) << bytes;
    EXPECT_EQ(driver_.initiator.write(0, {data.data(), bytes}, 0, delay), kAddressError) << bytes;
  }
  EXPECT_EQ(driver_.status_of_read(2), kAddressError);
  EXPECT_EQ(block_.calls, 0u);
}

TEST_F(InitiatorTest, WindowsTakeBurstsOfAnyLength) {
  const std::array<std::uint8_t, 5> written{1, 2, 3, 4, 5};
  std::array<std::uint8_t, 3> read{};
  sc_core::sc_time delay;
  EXPECT_EQ(driver_.initiator.write(0x103, written, 0, delay), kOk);
  EXPECT_EQ(driver_.initiator.read(0x105, read, 0, delay), kOk);
  EXPECT_EQ(read, (std::array<std::uint8_t, 3>{3, 4, 5}));
  EXPECT_EQ(driver_.initiator.write(0x10c, written, 0, delay), kAddressError);
}

TEST_F(InitiatorTest, DebugReadsAreMarked) {
  std::uint32_t value = 0;
  block_.first = 7;
  UntaggedPayload access(tlm::TLM_READ_COMMAND, 0, reinterpret_cast<std::uint8_t*>(&value), 4);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 4u);
  EXPECT_TRUE(block_.was_debug);
  EXPECT_EQ(value, 7u);
}

TEST_F(InitiatorTest, DebugReadsOfGapsAreZeroAndOthersFail) {
  std::uint32_t value = 0;
  UntaggedPayload access(tlm::TLM_READ_COMMAND, 0, reinterpret_cast<std::uint8_t*>(&value), 4);
  for (const std::uint32_t gap : {8u, 0x110u}) {
    value = 7;
    access.payload.set_address(gap);
    EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 4u) << gap;
    EXPECT_EQ(value, 0u) << gap;
    EXPECT_EQ(driver_.status_of_read(gap), kAddressError);
  }
  access.payload.set_address(2);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 0u);
  access.payload.set_address(8);
  access.payload.set_data_length(1);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 0u);
}

TEST_F(InitiatorTest, DebugWritesAreRefusedBeforeTheyReachTheBlock) {
  std::uint32_t value = 7;
  UntaggedPayload access(tlm::TLM_WRITE_COMMAND, 0, reinterpret_cast<std::uint8_t*>(&value), 4);
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 0u);
  access.payload.set_address(0x100);  // the window
  EXPECT_EQ(driver_.initiator.socket->transport_dbg(access.payload), 0u);
  EXPECT_EQ(block_.calls, 0u);
}

TEST_F(InitiatorTest, ByteEnablesAreRefused) {
  std::uint32_t value = 7;
  std::uint8_t enable = 0xff;
  UntaggedPayload access(tlm::TLM_WRITE_COMMAND, 0, reinterpret_cast<std::uint8_t*>(&value), 4);
  access.payload.set_byte_enable_ptr(&enable);
  access.payload.set_byte_enable_length(1);
  sc_core::sc_time delay;
  driver_.initiator.socket->b_transport(access.payload, delay);
  EXPECT_EQ(access.payload.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  EXPECT_EQ(block_.calls, 0u);
}

TEST(TransactionTag, PayloadsWithoutOneServeNothing) {
  tlm::tlm_generic_payload payload;
  EXPECT_EQ(purpose_of(payload).transaction, 0u);
  TransactionTag tag;
  tag.purpose = {.transaction = 9, .job = 3};
  payload.set_extension(&tag);
  EXPECT_EQ(purpose_of(payload).transaction, 9u);
  EXPECT_EQ(purpose_of(payload).job, 3u);
  payload.clear_extension(&tag);
}

}  // namespace
}  // namespace mho::tlm_base
