// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/tlm/register_target.hpp"

#include "tests/models/soc/soc_bench.hpp"

namespace mho::tlm_base {
namespace {

using namespace mho::test;

/// Two registers, of which the second acts when it is read, and a window behind them.
class Block final : public RegisterTarget {
 public:
  explicit Block(sc_core::sc_module_name name) : RegisterTarget(name) {}
  std::uint64_t count = 0;

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const Access& access) override {
    value = offset;
    count += access.count;
    return offset <= 4;
  }
  bool write_register(std::uint32_t, std::uint32_t, const Access&) override { return true; }
  bool is_repeatable(std::uint32_t offset) const override { return offset != 4; }
  std::uint32_t window_offset() const override { return 0x100; }
  bool read_window(std::uint32_t, std::span<std::uint8_t>, const Access&) override { return true; }
};

class RegisterTargetTest : public testing::Test {
 protected:
  RegisterTargetTest() : block_("block") {
    master_.socket.bind(block_.socket);
    elaborate();
  }
  /// The answer to a transaction of 4 bytes.
  TransactionTag answer(tlm::tlm_command command, std::uint64_t address, std::uint64_t count = 1) {
    std::array<std::uint8_t, 4> data{};
    UntaggedPayload access(command, address, data.data(), data.size());
    TransactionTag tag;
    tag.count = count;
    access.payload.set_extension(&tag);
    sc_core::sc_time delay;
    master_.socket->b_transport(access.payload, delay);
    access.payload.clear_extension(&tag);
    return tag;
  }

  Bench bench_;
  Block block_;
  UntaggedMaster master_;
};

TEST_F(RegisterTargetTest, SaysWhichReadsAreRepeatable) {
  EXPECT_TRUE(answer(tlm::TLM_READ_COMMAND, 0).is_repeatable);
  EXPECT_FALSE(answer(tlm::TLM_READ_COMMAND, 4).is_repeatable);
  EXPECT_FALSE(answer(tlm::TLM_WRITE_COMMAND, 0).is_repeatable);
  EXPECT_FALSE(answer(tlm::TLM_READ_COMMAND, 8).is_repeatable) << "no such register";
  EXPECT_FALSE(answer(tlm::TLM_READ_COMMAND, 0x100).is_repeatable) << "in the window";
}

TEST_F(RegisterTargetTest, TellsTheBlockForHowManyReadsATransactionStands) {
  answer(tlm::TLM_READ_COMMAND, 0, 41);
  answer(tlm::TLM_READ_COMMAND, 0);
  EXPECT_EQ(block_.count, 42u);
}

}  // namespace
}  // namespace mho::tlm_base
