// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/profile/call_tracker.hpp"

#include <gtest/gtest.h>

namespace mho::platform::profile {
namespace {

constexpr std::uint32_t kMain = 0x100, kA = 0x200, kB = 0x300, kCold = 0x400, kHandler = 0x500;
enum Id : std::uint32_t { kMainId, kAId, kBId, kColdId, kHandlerId, kNowhereId };

ProgramInfo program() {
  ProgramInfo info;
  for (const std::uint32_t address : {kMain, kA, kB, kCold, kHandler}) {
    info.functions.push_back({.address = address, .end = address + 0x100, .name = "f"});
  }
  return info;
}

/// A program whose instructions are 4 bytes and one cycle each.
class Walk {
 public:
  /// Executes instructions in a row.
  Walk& run(unsigned instructions) {
    for (unsigned i = 0; i < instructions; ++i) go(Transfer::kNone, pc_ + 4);
    return *this;
  }
  Walk& go(Transfer transfer, std::uint32_t to) {
    spend();
    tracker_.follow(transfer, pc_, 4, to);
    pc_ = to;
    return *this;
  }
  Walk& trap(std::uint32_t to) {
    tracker_.enter_trap(to);
    pc_ = to;
    return *this;
  }
  std::map<CallKey, Calls> end() {
    spend();
    tracker_.finish();
    return tracker_.calls();
  }

 private:
  void spend() { tracker_.spend({.cycles = 1, .instructions = 1, .energy_fj = 10}); }

  ProgramInfo program_ = program();
  std::uint32_t pc_ = kMain;
  CallTracker tracker_{program_, kMain};
};

void expect_calls(const std::map<CallKey, Calls>& calls, std::uint32_t site, std::uint32_t function,
                  std::uint64_t count, std::uint64_t cycles) {
  const auto found = calls.find({.site = site, .function = function});
  ASSERT_NE(found, calls.end()) << std::hex << site;
  EXPECT_EQ(found->second.count, count);
  EXPECT_EQ(found->second.inclusive,
            (Cost{.cycles = cycles, .instructions = cycles, .energy_fj = 10 * cycles}));
}

TEST(CallTracker, CallsCostWhatTheyExecuteAndWhatThatCalls) {
  const auto calls = Walk()
                         .go(Transfer::kCall, kA)
                         .run(2)
                         .go(Transfer::kCall, kB)
                         .run(5)
                         .go(Transfer::kReturn, kA + 12)
                         .go(Transfer::kReturn, kMain + 4)
                         .run(3)
                         .end();
  ASSERT_EQ(calls.size(), 2u);
  expect_calls(calls, kMain, kAId, 1, 10);
  expect_calls(calls, kA + 8, kBId, 1, 6);
}

TEST(CallTracker, CallsFromOnePlaceAddUp) {
  Walk walk;
  for (int i = 0; i < 3; ++i) {
    walk.go(Transfer::kCall, kA).run(4).go(Transfer::kReturn, kMain + 4).go(Transfer::kNone, kMain);
  }
  expect_calls(walk.end(), kMain, kAId, 3, 15);
}

TEST(CallTracker, RecursionThroughOnePlaceCountsOnce) {
  const auto calls = Walk()
                         .go(Transfer::kCall, kA)
                         .go(Transfer::kCall, kA)
                         .go(Transfer::kCall, kA)
                         .run(1)
                         .go(Transfer::kReturn, kA + 4)
                         .go(Transfer::kReturn, kA + 4)
                         .go(Transfer::kReturn, kMain + 4)
                         .end();
  expect_calls(calls, kMain, kAId, 1, 6);
  // All 6 are already A's own.
  expect_calls(calls, kA, kAId, 2, 0);
}

TEST(CallTracker, FunctionsThatCallEachOtherCountOnce) {
  const auto calls = Walk()
                         .go(Transfer::kCall, kA)
                         .go(Transfer::kCall, kB)
                         .go(Transfer::kCall, kA)
                         .go(Transfer::kCall, kB)
                         .run(2)
                         .go(Transfer::kReturn, kA + 4)
                         .go(Transfer::kReturn, kB + 4)
                         .go(Transfer::kReturn, kA + 4)
                         .go(Transfer::kReturn, kMain + 4)
                         .end();
  // A executes 4 cycles, B 5; the inner A takes 5 cycles with the inner B, which takes 3.
  expect_calls(calls, kMain, kAId, 1, 9);
  expect_calls(calls, kA, kBId, 2, 5);  // 4 + 5 = 9
  expect_calls(calls, kB, kAId, 1, 2);  // 5 + 2 = 7, what the outer B takes
}

TEST(CallTracker, AJumpIntoAnotherFunctionIsACallThatReturnsForBoth) {
  const auto calls = Walk()
                         .go(Transfer::kCall, kA)
                         .go(Transfer::kNone, kB)
                         .run(3)
                         .go(Transfer::kReturn, kMain + 4)
                         .run(2)
                         .end();
  expect_calls(calls, kMain, kAId, 1, 5);
  expect_calls(calls, kA, kBId, 1, 4);
}

TEST(CallTracker, PartsOfAFunctionThatLieApartDoNotPileUp) {
  Walk walk;
  walk.go(Transfer::kCall, kA);
  for (int i = 0; i < 1000; ++i) walk.go(Transfer::kNone, kCold).go(Transfer::kNone, kA);
  const auto calls = walk.go(Transfer::kReturn, kMain + 4).run(1).end();
  expect_calls(calls, kMain, kAId, 1, 2001);
  expect_calls(calls, kA, kColdId, 1000, 1000);
}

TEST(CallTracker, ALongJumpEndsTheCallsThatItLeaves) {
  const auto calls = Walk()
                         .go(Transfer::kCall, kA)
                         .go(Transfer::kCall, kB)
                         .run(2)
                         .go(Transfer::kReturn, kMain + 0x40)
                         .run(7)
                         .go(Transfer::kCall, kB)
                         .go(Transfer::kReturn, kMain + 0x60)
                         .end();
  expect_calls(calls, kMain, kAId, 1, 4);
  expect_calls(calls, kA, kBId, 1, 3);
  expect_calls(calls, kMain + 0x5c, kBId, 1, 1);
}

TEST(CallTracker, AHandlerIsNotTheInterruptedFunctionsCost) {
  const auto calls = Walk()
                         .go(Transfer::kCall, kA)
                         .run(1)
                         .trap(kHandler)
                         .go(Transfer::kCall, kB)
                         .run(20)
                         .go(Transfer::kReturn, kHandler + 4)
                         .go(Transfer::kTrapReturn, kA + 4)
                         .run(1)
                         .go(Transfer::kReturn, kMain + 4)
                         .end();
  expect_calls(calls, kMain, kAId, 1, 3);
  expect_calls(calls, kHandler, kBId, 1, 21);
  EXPECT_EQ(calls.size(), 2u);
}

TEST(CallTracker, CodeWithoutSymbolsIsOneMoreFunction) {
  const auto calls = Walk().go(Transfer::kCall, 0x9000).run(2).go(Transfer::kReturn, kMain + 4).end();
  expect_calls(calls, kMain, kNowhereId, 1, 3);
}

TEST(TransferOf, FollowsTheCallingConvention) {
  const auto of32 = [](std::uint32_t bits) { return transfer_of(bits, 4); };
  const auto of16 = [](std::uint32_t bits) { return transfer_of(bits, 2); };
  EXPECT_EQ(of32(0x0000'00ef), Transfer::kCall);        // jal ra, .
  EXPECT_EQ(of32(0x0000'02ef), Transfer::kCall);        // jal t0, .
  EXPECT_EQ(of32(0x0000'006f), Transfer::kNone);        // j .
  EXPECT_EQ(of32(0x0000'80e7), Transfer::kCall);        // jalr ra, ra
  EXPECT_EQ(of32(0x0000'8067), Transfer::kReturn);      // ret
  EXPECT_EQ(of32(0x0002'8067), Transfer::kReturn);      // jr t0
  EXPECT_EQ(of32(0x0003'0067), Transfer::kNone);        // jr t1
  EXPECT_EQ(of32(0x3020'0073), Transfer::kTrapReturn);  // mret
  EXPECT_EQ(of32(0x0000'0063), Transfer::kNone);        // beqz zero, .
  EXPECT_EQ(of16(0x2001), Transfer::kCall);             // c.jal .
  EXPECT_EQ(of16(0xa001), Transfer::kNone);             // c.j .
  EXPECT_EQ(of16(0x8082), Transfer::kReturn);           // c.jr ra
  EXPECT_EQ(of16(0x8282), Transfer::kReturn);           // c.jr t0
  EXPECT_EQ(of16(0x8302), Transfer::kNone);             // c.jr t1
  EXPECT_EQ(of16(0x9502), Transfer::kCall);             // c.jalr a0
  EXPECT_EQ(of16(0x852e), Transfer::kNone);             // c.mv a0, a1
  EXPECT_EQ(of16(0x9002), Transfer::kNone);             // c.ebreak
}

}  // namespace
}  // namespace mho::platform::profile
