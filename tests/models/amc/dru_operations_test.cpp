// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Operations of one list under way at once: that a list means the same as one command after the other, and
// how it ends when one of them fails.
#include "models/amc/dru_operations.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/models/amc/operation_commands.hpp"

namespace mho::amc::test {
namespace {

using Levels = std::vector<std::int8_t>;

constexpr unsigned kSize = 4;  ///< rows and columns of all of them
constexpr std::array<std::int16_t, 1> kFullCode{127};

AmcParams with(unsigned operations, unsigned banks, AmcParams params = ideal_params()) {
  params.dru.operations = operations;
  params.dac_banks = banks;
  return params;
}

/// Six tiles programmed, vectors 1 and 2 loaded from kX and kY by every list.
class OperationsBench : public TileBench {
 public:
  explicit OperationsBench(const AmcParams& params) : TileBench(params) {
    const Levels loop{7, 1, 0, 2, -1, 6, 1, 0, 2, 0, 7, -1, 0, 1, 1, 5};
    for (std::uint16_t k = 0; k < 2; ++k)
      program(level_tile(TileKind::kInv, kSize, kSize, loop, k), kInv0 + k);
    const Levels levels{3, -5, 7, 0, 1, 2, -6, 4, 0, 7, 7, -1, 5, -2, 0, 6};
    for (std::uint16_t k = 0; k < 2; ++k)
      program(level_tile(TileKind::kMvm, kSize, kSize, levels, k), kMvm0 + k);
    const Words numbers{7, -3, 5, 63, 0, 1, -2, 3, 40, 0, 0, -63, 7, 8, 9, 10};
    for (std::uint16_t k = 0; k < 2; ++k) {
      auto digits = digit_tile(kSize, kSize, numbers, 0, 2);
      for (std::uint16_t s = 0; s < 2; ++s) digits.macro[s] = static_cast<std::uint16_t>(4 + 2 * k + s);
      program(digits, kHp + k);
    }
    put_vector(kX, -3, {1 << 30, -(5 << 24), 77 << 23, 99 << 20});
    put_vector(kY, 2, {-(1 << 29), 3, 1 << 28, -(1 << 27)});
  }
  /// Vectors in slots 1 and 2, zeros in 3 to 6.
  static Commands start() {
    Commands list{load_command(1, kX, kSize), load_command(2, kY, kSize)};
    for (std::uint32_t slot = 3; slot <= 6; ++slot) {
      list.push_back(command(DruOpcode::kClear, {.dst = slot}, {kSize}));
    }
    return list;
  }
  dru_reg::DruDescriptor run_list(const Commands& body) {
    Commands list = start();
    list.insert(list.end(), body.begin(), body.end());
    return execute_ok(list);
  }
};

/// Any of them may follow any other; slots 1 to 6 keep vectors of kSize elements, 7 to 9 are parts of them.
Commands random_body(std::mt19937_64& draw, unsigned count) {
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(draw() % n); };
  const auto slot = [&] { return 1 + below(6); };
  Commands body;
  const auto add_product = [&] {
    const std::uint32_t x = slot();
    body.push_back(command(DruOpcode::kHpBegin, {.a = slot(), .b = x}, {u32(-12)}));
    body.push_back(hp_mvm(x, kHp));
    body.push_back(hp_mvm(x, kOtherHp));
    const std::uint32_t result = slot();
    body.push_back(inv(result == x ? 1 + x % 6 : result, slot(), kInv1));
    body.push_back(command(DruOpcode::kHpEnd, {.dst = slot()}));
  };
  const auto add_parts = [&] {
    const std::uint32_t whole = slot();
    body.push_back(command(DruOpcode::kSlice, {.dst = 7, .a = whole}, {0, 1}));
    body.push_back(command(DruOpcode::kSlice, {.dst = 8, .a = slot()}, {1, kSize - 1}));
    body.push_back(command(DruOpcode::kJoin, {.dst = slot(), .a = 7, .b = 8}));
  };
  for (unsigned i = 0; i < count; ++i) {
    switch (below(7)) {
      case 0:
        body.push_back(inv(slot(), slot(), kInv0 + below(2)));
        break;
      case 1:
        body.push_back(mvm(slot(), slot(), kMvm0 + below(2)));
        break;
      case 2:
        body.push_back(mvm(slot(), slot(), kMvm0 + below(2), below(2) == 0 ? kAdds : kAdds | kSubtracts));
        break;
      case 3:
        body.push_back(command(DruOpcode::kAdd, {.dst = slot(), .a = slot(), .b = slot()}));
        break;
      case 4:
        add_product();
        break;
      case 5:
        add_parts();
        break;
      default:
        // Keeps numbers from growing out of their exponents.
        body.push_back(command(DruOpcode::kScale, {.dst = slot(), .a = slot()}, {1, u32(-9)}));
    }
  }
  for (std::uint32_t s = 1; s <= 6; ++s) body.push_back(DruBench::store_command(s, kResult + 0x100 * s));
  return body;
}

std::vector<numeric::FixedVector> results_of(OperationsBench& bench) {
  std::vector<numeric::FixedVector> out;
  for (std::uint32_t s = 1; s <= 6; ++s) out.push_back(bench.vector_at(kResult + 0x100 * s));
  return out;
}

TEST(DruOperations, GiveWhatOneCommandAfterTheOtherGives) {
  constexpr std::uint64_t kSeed = 20261127;
  constexpr int kLists = 60;
  const auto run_all = [&](unsigned operations, unsigned banks, std::uint64_t& duration_ns) {
    std::mt19937_64 draw(kSeed);
    OperationsBench bench(with(operations, banks));
    std::vector<std::vector<numeric::FixedVector>> results;
    for (int k = 0; k < kLists; ++k) {
      duration_ns += bench.run_list(random_body(draw, 20)).duration_ns;
      results.push_back(results_of(bench));
    }
    return results;
  };
  std::uint64_t sequential_ns = 0, overlapped_ns = 0;
  const auto expected = run_all(1, 1, sequential_ns);
  const auto found = run_all(4, 3, overlapped_ns);
  for (int k = 0; k < kLists; ++k) {
    for (unsigned s = 0; s < 6; ++s) {
      const auto& want = expected[static_cast<std::size_t>(k)][s];
      const auto& have = found[static_cast<std::size_t>(k)][s];
      EXPECT_EQ(have.words, want.words) << "list " << k << ", slot " << s + 1;
      EXPECT_EQ(have.exponent, want.exponent) << "list " << k << ", slot " << s + 1;
    }
  }
  EXPECT_LT(overlapped_ns, sequential_ns);
}

/// How long a body takes when all ranges are known.
std::uint64_t duration_of(unsigned operations, unsigned banks, const Commands& body) {
  OperationsBench bench(with(operations, banks));
  bench.run_list(body);
  const auto empty = bench.run_list({});
  return bench.run_list(body).duration_ns - empty.duration_ns;
}

TEST(DruOperations, SettleAtTheSameTimeWithADacBankEach) {
  const Commands both{inv(3, 1, kInv0), inv(4, 2, kInv1)};
  const std::uint64_t one = duration_of(1, 1, {both[0]}), sequential = duration_of(1, 1, both),
                      one_bank = duration_of(2, 1, both), two_banks = duration_of(2, 2, both);
  EXPECT_EQ(sequential, 2 * one);
  // The second drives when the first has settled: what is left of it are its patterns, 6 ns later, the 138 ns
  // of driving, settling and converting, and the read-out.
  EXPECT_LT(one_bank, sequential);
  EXPECT_GT(one_bank, 2 * 120U);
  EXPECT_LT(two_banks, one + 40);
}

TEST(DruOperations, SumsInOneSlotSettleTogether) {
  const Commands sums{mvm(3, 1, kMvm0, kAdds), mvm(3, 2, kMvm1, kSubtracts)};
  EXPECT_LT(duration_of(2, 2, sums), duration_of(1, 1, sums) - 40);
}

TEST(DruOperations, OfWhichNoneDependsOnAnotherAreAllThatIsStarted) {
  const Commands chain{inv(3, 1, kInv0), mvm(4, 3, kMvm0), inv(5, 4, kInv1)};
  // A command is fetched and decoded while another is under way, no more.
  EXPECT_LT(duration_of(1, 1, chain) - duration_of(4, 4, chain), 3 * 20U);
}

TEST(DruOperations, TheFirstFailureOfTheListIsReported) {
  OperationsBench bench(with(4, 3));
  bench.program(bench.level_tile(TileKind::kInv, 2, 2, {0, 7, -7, -1}), kInv0);  // does not settle
  Commands list = OperationsBench::start();
  list.push_back(command(DruOpcode::kSlice, {.dst = 7, .a = 1}, {0, 2}));
  const auto first = static_cast<std::uint32_t>(list.size());
  list.push_back(inv(3, 7, kInv0));
  list.push_back(inv(4, 7, 99));  // fails at once
  list.push_back(DruBench::store_command(2, kResult));
  list.push_back(end_of_list());
  bench.put_vector(kResult, 0, {123});
  const auto done = bench.execute(list);
  EXPECT_EQ(status_of(done), value_of(DruStatus::kUnstable));
  EXPECT_EQ(done.fault_command, first);
  EXPECT_EQ(done.fault_detail, kInv0);
  EXPECT_EQ(bench.vector_at(kResult).words, Words{123}) << "nothing is stored behind a failure";
}

TEST(DruOperations, AFailureIsForgottenByTheNextList) {
  OperationsBench bench(with(2, 1));
  Commands bad = OperationsBench::start();
  bad.push_back(inv(3, 1, 99));
  bench.expect_fault(bad, DruStatus::kBadOperand, 99);
  bench.run_list({inv(3, 1, kInv0)});
}

TEST(DruOperations, EndBeforeTheListDoes) {
  OperationsBench bench(with(2, 2));
  const auto inverts = [&] { return bench.counter(dru_reg::kCountInvOffset); };
  bench.run_list({inv(3, 1, kInv0), inv(4, 2, kInv1)});
  const std::uint32_t before = inverts();
  bench.run_list({inv(3, 1, kInv0), inv(4, 2, kInv1)});
  EXPECT_EQ(inverts(), before + 2);
}

TEST(DruOperations, AResetDropsThemAndTheNextListRuns) {
  for (const std::uint64_t after_ns : {20, 60, 90, 110, 150, 200, 260}) {
    OperationsBench bench(with(4, 2));
    Commands list = OperationsBench::start();
    for (const auto& c : {inv(3, 1, kInv0), inv(4, 2, kInv1), mvm(5, 1, kMvm0), mvm(6, 1, kMvm1)}) {
      list.push_back(c);
    }
    list.push_back(end_of_list());
    bench.run([&] {
      bench.set_up_ring();
      bench.prepare(list);
      bench.ring();
      sc_core::wait(static_cast<double>(after_ns), sc_core::SC_NS);
      bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask);
      EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 0U);
      sc_core::wait(10, sc_core::SC_US);
      EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 0U);
    });
    const dru_reg::DruDescriptor untouched;
    EXPECT_EQ(bench.last_descriptor().status, untouched.status);
    EXPECT_EQ(bench.last_descriptor().duration_ns, 0U) << "nothing is written after a reset";
    bench.program(bench.level_tile(TileKind::kInv, 1, 1, {7}), kInv0);
    bench.put_vector(kX, 0, {70 << 20});
    bench.execute_ok({DruBench::load_command(1, kX, 1), inv(3, 1, kInv0)});
  }
}

/// An operation fails while those before it are still under way.
TEST(DruOperations, AResetAfterAFailureWritesNothing) {
  int resets_in_time = 0;
  for (std::uint64_t after_ns = 100; after_ns <= 500; after_ns += 20) {
    OperationsBench bench(with(4, 2));
    Commands list = OperationsBench::start();
    for (const auto& c : {inv(3, 1, kInv0), inv(4, 2, kInv1), mvm(5, 1, 99), end_of_list()})
      list.push_back(c);
    std::uint32_t status = 0;
    bench.run([&] {
      bench.set_up_ring();
      bench.prepare(list);
      bench.ring();
      sc_core::wait(static_cast<double>(after_ns), sc_core::SC_NS);
      status = bench.reg(dru_reg::kStatusOffset);
      bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask);
      sc_core::wait(10, sc_core::SC_US);
    });
    const auto state = registers::field_of(status, dru_reg::kStatusStateMask, dru_reg::kStatusStateShift);
    if (state != static_cast<std::uint32_t>(DruState::kAnalog)) continue;
    ++resets_in_time;
    EXPECT_EQ(bench.last_descriptor().fault_detail, 0U) << after_ns;
  }
  EXPECT_GT(resets_in_time, 2);
}

TEST(DruOperations, TheLastOneMayOutlastTheTimeLimitButNotUnnoticed) {
  OperationsBench bench(with(2, 2));
  Commands list = OperationsBench::start();
  list.push_back(inv(3, 1, kInv0));
  list.push_back(DruBench::store_command(3, kResult));
  list.push_back(end_of_list());
  bench.run_list({inv(3, 1, kInv0)});  // finds the range
  bench.put_vector(kResult, 0, {123});
  Commands slow = list;
  for (int k = 0; k < 8; ++k)
    slow.insert(slow.end() - 2, inv(3 + static_cast<std::uint32_t>(k % 2), 1, kInv0));
  const auto done = bench.execute(slow, {.watchdog_us = 1});
  EXPECT_EQ(status_of(done), value_of(DruStatus::kWatchdog));
  EXPECT_EQ(bench.vector_at(kResult).words, Words{123}) << "a command behind the limit is not begun";
}

TEST(DruOperations, AnAbortIsSeenByTheCommandThatWaitsForTheLastOne) {
  OperationsBench bench(with(2, 2));
  Commands list = OperationsBench::start();
  list.push_back(inv(3, 1, kInv0));
  list.push_back(end_of_list());
  const std::uint64_t whole_ns = bench.run_list({inv(3, 1, kInv0)}).duration_ns;
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare(list);
    bench.ring();
    // While the INV settles, END waits.
    sc_core::wait(static_cast<double>(whole_ns - 100), sc_core::SC_NS);
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask | dru_reg::kCtrlAbortMask);
    bench.wait_for_completion();
  });
  EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kAborted));
}

TEST(DruOperations, AnAbortWaitsForThoseUnderWay) {
  OperationsBench bench(with(2, 2));
  Commands list = OperationsBench::start();
  for (int k = 0; k < 20; ++k) list.push_back(inv(3 + static_cast<std::uint32_t>(k % 2), 1, kInv0));
  list.push_back(end_of_list());
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare(list);
    bench.ring();
    sc_core::wait(1, sc_core::SC_US);
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask | dru_reg::kCtrlAbortMask);
    bench.wait_for_completion();
  });
  EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kAborted));
  bench.run_list({inv(3, 1, kInv0)});
}

/// Any opcode, slots, tiles and scalars that exist and that do not; addresses in the data area or nowhere.
dru_reg::DruCommand random_command(std::mt19937_64& draw) {
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(draw() % n); };
  constexpr std::array kOpcodes{DruOpcode::kInv,     DruOpcode::kMvm,   DruOpcode::kHpMvm,
                                DruOpcode::kHpBegin, DruOpcode::kHpEnd, DruOpcode::kLoad,
                                DruOpcode::kStore,   DruOpcode::kClear, DruOpcode::kProgram};
  const auto operand = [&] { return below(20) == 0 ? 200 + below(400) : below(8); };
  dru_reg::DruCommand out;
  out.opcode = below(2) == 0 ? static_cast<std::uint8_t>(kOpcodes[below(kOpcodes.size())])
                             : static_cast<std::uint8_t>(below(0x32));
  out.flags = static_cast<std::uint8_t>(below(4) == 0 ? draw() : 0);
  out.dst = static_cast<std::uint16_t>(operand());
  out.a = static_cast<std::uint16_t>(operand());
  out.b = static_cast<std::uint16_t>(operand());
  const std::array<std::uint32_t, 3> addresses{kX, kTileDescription, 0x7000'0000};
  out.arg[0] = below(2) == 0 ? addresses[below(3)] : below(40);
  out.arg[1] = below(2) == 0 ? kSize : below(40);
  return out;
}

TEST(DruOperations, WhateverAListSaysItEndsAndTheNextOneRuns) {
  std::mt19937_64 draw(20261128);
  OperationsBench bench(with(4, 2));
  const auto good = command(DruOpcode::kAdd, {.dst = 3, .a = 1, .b = 2});
  for (int k = 0; k < 400; ++k) {
    Commands list = OperationsBench::start();
    for (int i = 0; i < 12; ++i) list.push_back(random_command(draw));
    list.push_back(end_of_list());
    EXPECT_NE(status_of(bench.execute(list, {.watchdog_us = 50})), value_of(DruStatus::kNotRun));
    bench.put_vector(kX, 0, {1, 2, 3, 4});
    bench.run_list({good});
  }
}

TEST(DruOperations, BanksBehindTheFirstHaveErrorsOfTheirOwn) {
  AmcParams params = with(1, 2, small_params());
  params.dac.gain_sigma = 0.05;
  TileBench bench(params);
  bench.program(bench.level_tile(TileKind::kMvm, 1, 1, {7}));
  namespace dac_reg = registers::dac;
  const auto operate_with = [&](std::uint32_t bank) {
    bench.host.write32(map::kMvmBase + macro_reg::kInputBankOffset, bank);
    bench.host.write32(map::kMvmBase + macro_reg::kCtrlOffset, macro_reg::kCtrlOperateMask);
    const std::uint32_t status = bench.host.read32(map::kMvmBase + macro_reg::kStatusOffset);
    return (status & macro_reg::kStatusRejectedMask) == 0;
  };
  bench.run([&] {
    for (std::uint32_t bank = 0; bank < 2; ++bank) {
      const std::uint32_t dac = map::kDacBase + bank * map::kDacStride;
      bench.host.write32(dac + dac_reg::kModeOffset, 0);
      bench.host.write_all(dac + dac_reg::kPatternsOffset, std::span<const std::int16_t>(kFullCode));
    }
    for (const std::uint32_t offset :
         {macro_reg::kRowsOffset, macro_reg::kColumnsOffset, macro_reg::kReadsOffset}) {
      bench.host.write32(map::kMvmBase + offset, 1);
    }
    ASSERT_TRUE(operate_with(0));
    const double first = bench.amc.mvm_macro(0).held()->volts(0, 0);
    ASSERT_TRUE(operate_with(1));
    const double second = bench.amc.mvm_macro(0).held()->volts(0, 0);
    EXPECT_GT(std::abs(second / first - 1.0), 1e-3);
    EXPECT_FALSE(operate_with(2)) << "there is no third";
  });
}

}  // namespace
}  // namespace mho::amc::test
