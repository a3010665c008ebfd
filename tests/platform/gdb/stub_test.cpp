// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/stub.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "platform/gdb/packet.hpp"
#include "platform/gdb/target_description.hpp"

namespace mho::platform::gdb {
namespace {

constexpr std::uint32_t kBase = 0x8000'0000;

class FakeTarget final : public Target {
 public:
  std::optional<std::uint32_t> read_register(std::uint32_t number) override {
    if (number == kFirstCsrNumber + 1) return std::nullopt;  // fflags while the unit is off
    return registers[number];
  }
  bool write_register(std::uint32_t number, std::uint32_t value) override {
    if (number == kFirstCsrNumber + 0xf14) return false;
    registers[number] = value;
    return true;
  }
  bool read_memory(std::uint32_t address, std::span<std::uint8_t> data) override {
    if (!has(address, data.size())) return false;
    std::copy_n(memory.begin() + (address - kBase), data.size(), data.begin());
    return true;
  }
  bool write_memory(std::uint32_t address, std::span<const std::uint8_t> data) override {
    if (!has(address, data.size())) return false;
    std::ranges::copy(data, memory.begin() + (address - kBase));
    return true;
  }
  void insert(PointKind kind, std::uint32_t address, std::uint32_t bytes) override {
    points.emplace_back(kind, address, bytes);
  }
  void remove(PointKind kind, std::uint32_t address, std::uint32_t bytes) override {
    std::erase(points, std::tuple(kind, address, bytes));
  }
  std::string monitor(std::string_view command) override { return fmt::format("did {}\n", command); }

  bool has(std::uint32_t address, std::size_t bytes) const {
    return address >= kBase && address - kBase + bytes <= memory.size();
  }
  std::map<std::uint32_t, std::uint32_t> registers;
  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(16);
  std::vector<std::tuple<PointKind, std::uint32_t, std::uint32_t>> points;
};

class Protocol : public testing::Test {
 protected:
  std::string reply(std::string_view payload) { return stub.handle(payload).reply.value_or("none"); }
  FakeTarget target;
  Stub stub{target};
};

TEST_F(Protocol, UnknownCommandsHaveAnEmptyAnswer) {
  EXPECT_EQ(reply(""), "");
  EXPECT_EQ(reply("vMustReplyEmpty"), "");
  EXPECT_EQ(reply("qTStatus"), "");
  EXPECT_EQ(reply("Z5,80000000,4"), "");
}

TEST_F(Protocol, AnswersFeatureNegotiation) {
  EXPECT_NE(reply("qSupported:swbreak+;xmlRegisters=i386").find("qXfer:features:read+"), std::string::npos);
  EXPECT_TRUE(stub.acknowledges());
  EXPECT_EQ(reply("QStartNoAckMode"), "OK");
  EXPECT_FALSE(stub.acknowledges());
  EXPECT_EQ(reply("vCont?"), "vCont;c;C;s;S");
}

TEST_F(Protocol, TransfersTheDescriptionInPieces) {
  std::string text;
  for (;;) {
    const std::string part = reply(fmt::format("qXfer:features:read:target.xml:{:x},100", text.size()));
    text += part.substr(1);
    if (part.front() == 'l') break;
    ASSERT_EQ(part.size(), 0x101u);
  }
  EXPECT_EQ(text, target_description());
  EXPECT_EQ(reply("qXfer:features:read:other.xml:0,100"), "E00");
}

TEST_F(Protocol, ReadsAndWritesRegisters) {
  target.registers[1] = 0x1234;
  target.registers[kPcNumber] = kBase;
  const std::string all = reply("g");
  EXPECT_EQ(all.size(), 33u * 8);
  EXPECT_EQ(all.substr(8, 8), "34120000");
  EXPECT_EQ(all.substr(32 * 8), "00000080");
  EXPECT_EQ(reply("P21=0000803f"), "OK");  // f0
  EXPECT_EQ(target.registers[kFirstFloatNumber], 0x3f80'0000u);
  EXPECT_EQ(reply("p20"), "00000080");
  EXPECT_EQ(reply("p42"), "xxxxxxxx");  // fflags
  EXPECT_EQ(reply("pffff"), "E16");
  EXPECT_EQ(reply("Pf55=00000000"), "E16");  // mhartid
  std::string changed = all;
  changed.replace(8, 8, "78563412");
  EXPECT_EQ(reply(fmt::format("G{}", changed)), "OK");
  EXPECT_EQ(target.registers[1], 0x1234'5678u);
}

TEST_F(Protocol, ReadsAndWritesMemory) {
  EXPECT_EQ(reply("M80000004,4:01020304"), "OK");
  EXPECT_EQ(reply("m80000003,6"), "000102030400");
  EXPECT_EQ(reply("X80000008,3:ab"), "E16");
  EXPECT_EQ(reply("X80000008,3:abc"), "OK");
  EXPECT_EQ(reply("m80000008,3"), "616263");
  EXPECT_EQ(reply("X80000000,0:"), "OK");
  EXPECT_EQ(reply("m70000000,4"), "E0e");
  EXPECT_EQ(reply("M8000000e,4:00000000"), "E0e");
  EXPECT_EQ(reply("mxyz,4"), "E16");
  EXPECT_EQ(reply("M80000000,4:0102"), "E16");
}

TEST_F(Protocol, ReadsAsMuchMemoryAsThereIs) {
  EXPECT_EQ(reply("m8000000c,8"), "00000000");
}

TEST_F(Protocol, InsertsAndRemovesPoints) {
  for (const int kind : {0, 1, 2, 3, 4}) EXPECT_EQ(reply(fmt::format("Z{},80000004,4", kind)), "OK");
  ASSERT_EQ(target.points.size(), 5u);
  EXPECT_EQ(target.points[2], std::tuple(PointKind::kWrite, kBase + 4, 4u));
  EXPECT_EQ(reply("z2,80000004,4"), "OK");
  EXPECT_EQ(target.points.size(), 4u);
}

TEST_F(Protocol, ResumesWithoutAReply) {
  const auto expect = [&](std::string_view payload, Action action) {
    const Answer answer = stub.handle(payload);
    EXPECT_FALSE(answer.reply.has_value()) << payload;
    EXPECT_EQ(answer.action, action) << payload;
  };
  expect("c", Action::kContinue);
  expect("s", Action::kStep);
  expect("C05", Action::kContinue);
  expect("vCont;s:1;c", Action::kStep);
  expect("vCont;c:p1.-1", Action::kContinue);
  expect("k", Action::kKill);
  expect("c80000010", Action::kContinue);
  EXPECT_EQ(target.registers[kPcNumber], kBase + 0x10);
}

TEST_F(Protocol, DetachesAndKillsWithAnOk) {
  EXPECT_EQ(stub.handle("D").reply, "OK");
  EXPECT_EQ(stub.handle("D;1").action, Action::kDetach);
  EXPECT_EQ(stub.handle("vKill;1").action, Action::kKill);
}

TEST_F(Protocol, ReportsWhyTheGuestStopped) {
  EXPECT_EQ(stub.stop_reply({.signal = 5, .point = PointKind::kSoftware}), "T05thread:1;");
  reply("qSupported:swbreak+;hwbreak+");
  EXPECT_EQ(stub.stop_reply({.signal = 5, .point = PointKind::kSoftware}), "T05thread:1;swbreak:;");
  EXPECT_EQ(stub.stop_reply({.signal = 5, .point = PointKind::kWrite, .address = kBase}),
            "T05thread:1;watch:80000000;");
  EXPECT_EQ(stub.stop_reply({.signal = 5, .point = PointKind::kAccess, .address = kBase}),
            "T05thread:1;awatch:80000000;");
  EXPECT_EQ(stub.stop_reply({.signal = 2}), "T02thread:1;");
  EXPECT_EQ(reply("?"), "T02thread:1;");
}

TEST_F(Protocol, PassesMonitorCommandsOn) {
  EXPECT_EQ(reply("qRcmd,74696d65"), to_hex(std::string_view("did time\n")));
  EXPECT_EQ(reply("qRcmd,7"), "E16");
}

}  // namespace
}  // namespace mho::platform::gdb
