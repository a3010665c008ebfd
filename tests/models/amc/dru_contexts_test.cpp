// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Several contexts: each has registers, ring, slots, scalars and accumulators of its own; bus, vector unit,
// converters, macros and vector memory serve one after the other.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <map>
#include <random>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

constexpr std::uint32_t kStride = 0x10000;  ///< from the memory of one context to that of the next

/// The ring, the list and the data of a context, one descriptor in the ring.
class ContextBench : public TileBench {
 public:
  using TileBench::TileBench;

  static std::uint32_t page(unsigned number) {
    return number == 0 ? map::kDruBase : map::kDruContextBase + (number - 1) * map::kDruContextStride;
  }
  static std::uint32_t ring_of(unsigned number) { return kRing + 0x200 + number * 0x40; }
  static std::uint32_t data_of(unsigned number) { return kData + 0x80000 + number * kStride; }

  std::uint32_t reg_of(unsigned number, std::uint32_t offset) { return host.read32(page(number) + offset); }
  void set_of(unsigned number, std::uint32_t offset, std::uint32_t value) {
    host.write32(page(number) + offset, value);
  }
  dru_reg::DruDescriptor descriptor_of(unsigned number) {
    return load<dru_reg::DruDescriptor>(ring_of(number));
  }

  /// In a process: puts the list of a context into memory and its ring into use, without ringing.
  void prepare_on(unsigned number, const Commands& list, dru_reg::DruDescriptor descriptor = {}) {
    const std::uint32_t address = kLists + 0x40000 + number * kStride;
    store_all(address, list);
    descriptor.list_address = address;
    descriptor.list_commands = static_cast<std::uint32_t>(list.size());
    if (descriptor.job_id == 0) descriptor.job_id = 20 + number;
    descriptor.flags |= dru_reg::kDescriptorFlagIrq;
    store(ring_of(number), descriptor);
    set_of(number, dru_reg::kCtrlOffset, 0);
    set_of(number, dru_reg::kRingBaseOffset, ring_of(number));
    set_of(number, dru_reg::kRingEntriesOffset, 1);
    set_of(number, dru_reg::kIrqEnableOffset, dru_reg::kIrqEnableWriteMask);
    set_of(number, dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask);
  }
  void ring_on(unsigned number) { set_of(number, dru_reg::kDoorbellOffset, 1); }
  void wait_for(unsigned number) {
    while (reg_of(number, dru_reg::kHeadOffset) != 1) sc_core::wait(100, sc_core::SC_NS);
  }

  /// Runs these lists, all started at once; returns their completed descriptors.
  std::map<unsigned, dru_reg::DruDescriptor> run_together(const std::map<unsigned, Commands>& lists) {
    run([&] {
      for (const auto& [number, list] : lists) prepare_on(number, list);
      for (const auto& [number, list] : lists) ring_on(number);
      for (const auto& [number, list] : lists) wait_for(number);
    });
    std::map<unsigned, dru_reg::DruDescriptor> done;
    for (const auto& [number, list] : lists) done[number] = descriptor_of(number);
    return done;
  }
};

/// Doubles a vector `times` times.
Commands doubling_list(std::uint32_t data, std::size_t length, std::size_t times) {
  Commands list{DruBench::load_command(0, data, length)};
  for (std::size_t i = 0; i < times; ++i)
    list.push_back(command(DruOpcode::kAdd, {.dst = 0, .a = 0, .b = 0}));
  list.push_back(DruBench::store_command(0, data));
  list.push_back(end_of_list());
  return list;
}

TEST(DruContexts, RunListsOfTheirOwnInSlotsOfTheirOwn) {
  ContextBench bench;
  std::map<unsigned, Commands> lists;
  for (unsigned c = 0; c < 4; ++c) {
    bench.put_vector(ContextBench::data_of(c), 0, {static_cast<std::int32_t>(3 + c), 100});
    lists[c] = doubling_list(ContextBench::data_of(c), 2, 5);
  }
  const auto done = bench.run_together(lists);
  for (unsigned c = 0; c < 4; ++c) {
    EXPECT_EQ(done.at(c).status, value_of(DruStatus::kOk));
    EXPECT_EQ(TileBench::numbers(bench.vector_at(ContextBench::data_of(c)))[0], 32.0 * (3 + c));
  }
}

TEST(DruContexts, ShareTheVectorUnit) {
  constexpr std::size_t kLength = 1024, kTimes = 50;
  constexpr std::uint64_t kBusy_ns = kTimes * kLength / 32;  // 32 lanes, a cycle is 1 ns
  ContextBench bench;
  std::map<unsigned, Commands> lists;
  for (unsigned c = 0; c < 2; ++c) {
    bench.put_vector(ContextBench::data_of(c), 0, Words(kLength, 1));
    lists[c] = doubling_list(ContextBench::data_of(c), kLength, kTimes);
  }
  const std::uint64_t alone_ns = bench.run_together({{0, lists[0]}})[0].duration_ns;
  EXPECT_GT(alone_ns, kBusy_ns);
  EXPECT_LT(alone_ns, 2 * kBusy_ns);
  for (auto& [context, done] : bench.run_together(lists)) {
    // All additions of both, but for the first and the last, when one transfers its vector.
    EXPECT_GT(done.duration_ns, 2 * kBusy_ns - 2 * kLength / 32) << context;
    EXPECT_LT(done.duration_ns, 2 * alone_ns) << "what is no addition overlaps";
  }
}

const std::vector<std::int8_t> kStable2{7, 1, -2, 6};

Commands inverse_list(std::uint32_t data, std::uint32_t tile, std::size_t times) {
  Commands list{DruBench::load_command(1, data, 2)};
  for (std::size_t i = 0; i < times; ++i)
    list.push_back(command(DruOpcode::kInv, {.dst = 2, .a = 1, .b = tile}));
  list.push_back(DruBench::store_command(2, data + 0x1000));
  list.push_back(end_of_list());
  return list;
}

TEST(DruContexts, UseOneMacroOneAfterTheOtherAndReadTheirOwnResults) {
  ContextBench bench(ideal_params());
  bench.program(bench.level_tile(TileKind::kInv, 2, 2, kStable2));
  std::map<unsigned, Commands> lists;
  const std::vector<Words> inputs{{1 << 30, 1 << 28}, {-(1 << 30), 1 << 29}, {1 << 27, 1 << 30}};
  for (unsigned c = 0; c < inputs.size(); ++c) {
    bench.put_vector(ContextBench::data_of(c), -20, inputs[c]);
    lists[c] = inverse_list(ContextBench::data_of(c), 0, 8);
  }
  bench.run_together(lists);
  for (unsigned c = 0; c < inputs.size(); ++c) {
    const Eigen::VectorXd y = TileBench::numbers(bench.vector_at(ContextBench::data_of(c) + 0x1000));
    const Eigen::VectorXd expected =
        matrix_of(kStable2, 2, 2).lu().solve(TileBench::numbers({-20, inputs[c]}));
    EXPECT_LT((y - expected).cwiseAbs().maxCoeff(), 0.04 * expected.cwiseAbs().maxCoeff()) << c;
  }
}

/// An exact product b − A·x of its own data.
Commands product_list(std::uint32_t data, std::uint32_t tile, std::size_t rows, std::size_t columns) {
  return {DruBench::load_command(0, data, rows),
          DruBench::load_command(1, data + 0x1000, columns),
          command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0}),
          command(DruOpcode::kHpMvm, {.a = 1, .b = tile}, {0, 0}),
          command(DruOpcode::kHpEnd, {.dst = 2}),
          DruBench::store_command(2, data + 0x2000),
          end_of_list()};
}

class Products : public testing::Test {
 protected:
  static constexpr unsigned kRows = 48, kColumns = 40;

  Products() {
    std::mt19937_64 draw(7);
    a_ = random_words(draw, kRows * kColumns, 24);
    bench.program(bench.digit_tile(kRows, kColumns, a_, 0, 8));
    for (unsigned c = 0; c < 4; ++c) {
      x_.push_back(random_words(draw, kColumns, 31));
      bench.put_vector(ContextBench::data_of(c), 0, Words(kRows, 1));
      bench.put_vector(ContextBench::data_of(c) + 0x1000, 0, x_[c]);
      lists_[c] = product_list(ContextBench::data_of(c), 0, kRows, kColumns);
    }
  }
  void expect_exact(unsigned context) {
    const Eigen::VectorXd r = TileBench::numbers(bench.vector_at(ContextBench::data_of(context) + 0x2000));
    for (unsigned i = 0; i < kRows; ++i) {
      long double expected = 1;
      for (unsigned j = 0; j < kColumns; ++j)
        expected -= static_cast<long double>(a_[i * kColumns + j]) * x_[context][j];
      EXPECT_NEAR(r[i], static_cast<double>(expected), r.cwiseAbs().maxCoeff() * 0x1p-30) << i;
    }
  }

  ContextBench bench;
  Words a_;
  std::vector<Words> x_;
  std::map<unsigned, Commands> lists_;
};

TEST_F(Products, OfOneTileAreExactOnEveryContext) {
  const auto done = bench.run_together(lists_);
  for (unsigned c = 0; c < 4; ++c) {
    EXPECT_EQ(done.at(c).status, value_of(DruStatus::kOk));
    EXPECT_EQ(done.at(c).flags_out, 0U);
    expect_exact(c);
  }
}

TEST_F(Products, LetOthersDriveWhileTheirCodesAreTransferred) {
  bench.program(bench.level_tile(TileKind::kInv, 2, 2, kStable2), 1);
  const std::uint32_t data = ContextBench::data_of(3);
  bench.put_vector(data, -20, {1 << 30, 1 << 28});
  const Commands inverses = inverse_list(data, 1, 100);
  bench.run_together({{3, inverses}});  // finds the range
  const auto product_ns = bench.run_together({{0, lists_[0]}})[0].duration_ns;
  const auto inverses_ns = bench.run_together({{3, inverses}})[3].duration_ns;
  auto together = bench.run_together({{0, lists_[0]}, {3, inverses}});
  const auto longest_ns = std::max(together[0].duration_ns, together[3].duration_ns);
  EXPECT_LT(longest_ns, 0.85 * static_cast<double>(product_ns + inverses_ns));
  EXPECT_GT(longest_ns, std::max(product_ns, inverses_ns));
  expect_exact(0);
}

TEST_F(Products, TakeTheSameTimeAndGiveTheSameResultInEveryRun) {
  const auto first = bench.run_together(lists_);
  const auto second = bench.run_together(lists_);
  for (unsigned c = 0; c < 4; ++c) EXPECT_EQ(first.at(c).duration_ns, second.at(c).duration_ns) << c;
}

TEST(DruContexts, ShareTheVectorMemory) {
  AmcParams params = small_params();
  params.dru.sram_words = 100;
  ContextBench bench(params);
  for (unsigned c = 0; c < 2; ++c) bench.put_vector(ContextBench::data_of(c), 0, Words(60, 1));
  const auto load_list = [](unsigned c) {
    return Commands{DruBench::load_command(9, ContextBench::data_of(c), 60), end_of_list()};
  };
  EXPECT_EQ(bench.run_together({{0, load_list(0)}})[0].status, value_of(DruStatus::kOk));
  const auto refused = bench.run_together({{1, load_list(1)}})[1];
  EXPECT_EQ(refused.status, value_of(DruStatus::kOutOfSram));
  EXPECT_EQ(refused.fault_detail, 9U);
  bench.run_together({{0, {command(DruOpcode::kClear, {.dst = 9}, {0}), end_of_list()}}});
  EXPECT_EQ(bench.run_together({{1, load_list(1)}})[1].status, value_of(DruStatus::kOk));
  bench.run([&] { bench.set_of(1, dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask); });
  EXPECT_EQ(bench.run_together({{0, load_list(0)}})[0].status, value_of(DruStatus::kOk))
      << "a reset gives back what its context has";
}

TEST(DruContexts, TwoThatWouldTakeTheSameMemoryDoNotBothGetIt) {
  AmcParams params = small_params();
  params.dru.sram_words = 100;
  ContextBench bench(params);
  std::map<unsigned, Commands> lists;
  for (unsigned c = 0; c < 2; ++c) {
    bench.put_vector(ContextBench::data_of(c), 0, Words(60, 1));
    lists[c] = {DruBench::load_command(0, ContextBench::data_of(c), 60), end_of_list()};
  }
  auto done = bench.run_together(lists);
  EXPECT_EQ(done[0].status, value_of(DruStatus::kOk));
  EXPECT_EQ(done[1].status, value_of(DruStatus::kOutOfSram));
}

TEST(DruContexts, FaultsInterruptsAndEnergyBelongToTheContext) {
  ContextBench bench;
  dru_reg::DruCommand unknown;
  unknown.opcode = 0xee;
  bench.run([&] {
    bench.prepare_on(0, {command(DruOpcode::kNop), end_of_list()});
    bench.prepare_on(2, {command(DruOpcode::kNop), unknown, end_of_list()});
    bench.ring_on(0);
    bench.ring_on(2);
    bench.wait_for(0);
    bench.wait_for(2);
    EXPECT_EQ(bench.reg_of(0, dru_reg::kLastStatusOffset), value_of(DruStatus::kOk));
    EXPECT_EQ(bench.reg_of(0, dru_reg::kLastJobOffset), 20U);
    EXPECT_EQ(bench.reg_of(2, dru_reg::kLastStatusOffset), value_of(DruStatus::kBadCommand));
    EXPECT_EQ(bench.reg_of(2, dru_reg::kLastJobOffset), 22U);
    EXPECT_EQ(bench.reg_of(2, dru_reg::kFaultCommandOffset), 1U);
    EXPECT_EQ(bench.reg_of(2, dru_reg::kFaultDetailOffset), 0xeeU);
    EXPECT_EQ(bench.reg_of(0, dru_reg::kIrqStateOffset), dru_reg::kIrqStateJobDoneMask);
    EXPECT_EQ(bench.reg_of(2, dru_reg::kIrqStateOffset), dru_reg::kIrqStateJobErrorMask);
    bench.set_of(0, dru_reg::kIrqStateOffset, dru_reg::kIrqStateJobDoneMask);
    EXPECT_TRUE(bench.amc.irq().level()) << "the other context's cause is pending";
    bench.set_of(2, dru_reg::kIrqStateOffset, dru_reg::kIrqStateJobErrorMask);
    EXPECT_FALSE(bench.amc.irq().level());
  });
  EXPECT_GT(bench.ledger().of_job(20), Energy{});
  EXPECT_GT(bench.ledger().of_job(22), Energy{});
}

const Commands kEndless{command(DruOpcode::kJump, {}, {0}), end_of_list()};

TEST(DruContexts, WatchdogAndAbortEndTheListOfTheirContext) {
  ContextBench bench;
  bench.run([&] {
    bench.prepare_on(0, kEndless, {.watchdog_us = 5});
    bench.prepare_on(1, kEndless);
    bench.prepare_on(2, kEndless);
    for (unsigned c = 0; c < 3; ++c) bench.ring_on(c);
    bench.wait_for(0);
    EXPECT_EQ(bench.descriptor_of(0).status, value_of(DruStatus::kWatchdog));
    EXPECT_GE(bench.descriptor_of(0).duration_ns, 5000U);
    EXPECT_EQ(bench.descriptor_of(1).status, value_of(DruStatus::kNotRun));
    bench.set_of(2, dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask | dru_reg::kCtrlAbortMask);
    bench.wait_for(2);
    EXPECT_EQ(bench.descriptor_of(2).status, value_of(DruStatus::kAborted));
    EXPECT_EQ(bench.descriptor_of(1).status, value_of(DruStatus::kNotRun));
    bench.set_of(1, dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask);
    sc_core::wait(1, sc_core::SC_US);
    EXPECT_EQ(bench.descriptor_of(1).status, value_of(DruStatus::kNotRun)) << "dropped";
    EXPECT_EQ(bench.reg_of(1, dru_reg::kStatusOffset), 0U);
    EXPECT_EQ(bench.reg_of(1, dru_reg::kHeadOffset), 0U);
    EXPECT_EQ(bench.reg_of(0, dru_reg::kHeadOffset), 1U) << "no other context is concerned";
  });
}

TEST(DruContexts, AResetOfTheFirstDropsTheListsOfAll) {
  ContextBench bench;
  bench.run([&] {
    bench.prepare_on(1, kEndless);
    bench.prepare_on(3, kEndless);
    bench.ring_on(1);
    bench.ring_on(3);
    sc_core::wait(1, sc_core::SC_US);
    bench.set_of(0, dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask);
    sc_core::wait(1, sc_core::SC_US);
    for (const unsigned c : {1U, 3U}) {
      EXPECT_EQ(bench.reg_of(c, dru_reg::kStatusOffset), 0U);
      EXPECT_EQ(bench.reg_of(c, dru_reg::kDoorbellOffset), 0U);
    }
  });
}

TEST_F(Products, ThatAreDroppedGiveBackTheConverters) {
  bench.run([&] {
    bench.prepare_on(1, lists_[1]);
    bench.ring_on(1);
    sc_core::wait(3, sc_core::SC_US);  // it drives or reads
    bench.set_of(1, dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask);
    bench.prepare_on(2, lists_[2]);
    bench.ring_on(2);
    bench.wait_for(2);
  });
  EXPECT_EQ(bench.descriptor_of(2).status, value_of(DruStatus::kOk));
  expect_exact(2);
}

TEST(DruContexts, ResumeTheirOwnListWhateverOthersRunMeanwhile) {
  ContextBench bench;
  bench.put_vector(ContextBench::data_of(0), 0, {5});
  const Commands list{DruBench::load_command(0, ContextBench::data_of(0), 1), end_of_list(1),
                      command(DruOpcode::kAdd, {.dst = 0, .a = 0, .b = 0}),
                      DruBench::store_command(0, ContextBench::data_of(0)), end_of_list()};
  bench.put_vector(ContextBench::data_of(1), 0, {7});
  bench.run([&] {
    bench.prepare_on(0, list);
    bench.ring_on(0);
    bench.wait_for(0);
    EXPECT_EQ(bench.descriptor_of(0).end_code, 1U);
    bench.prepare_on(1, doubling_list(ContextBench::data_of(1), 1, 3));
    bench.ring_on(1);
    bench.wait_for(1);
    bench.prepare_on(0, list, {.flags = dru_reg::kDescriptorFlagResume});
    bench.ring_on(0);
    bench.wait_for(0);
  });
  EXPECT_EQ(bench.descriptor_of(0).status, value_of(DruStatus::kOk));
  EXPECT_EQ(TileBench::numbers(bench.vector_at(ContextBench::data_of(0)))[0], 10.0);
}

TEST(DruContexts, BehindThoseOfTheChipHaveNoRegisters) {
  AmcParams params = small_params();
  params.dru.contexts = 2;
  ContextBench bench(params);
  bench.run([&] {
    EXPECT_EQ(bench.reg_of(0, dru_reg::kCapContextsOffset), 2U);
    EXPECT_EQ(bench.reg_of(1, dru_reg::kCapContextsOffset), 2U);
    std::uint32_t value = 0;
    EXPECT_EQ(bench.host.read_status(ContextBench::page(2), bytes_of(value)),
              tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST(DruDescriptor, MovesTheAddressesOfRelativeCommandsOnly) {
  DruBench bench;
  constexpr std::uint32_t kOffset = 0x3000;
  bench.put_vector(kData, 0, {1});
  bench.put_vector(kData + kOffset, 0, {2});
  auto load = DruBench::load_command(0, kData, 1), store = DruBench::store_command(0, kData + 0x100);
  auto scalar =
      command(DruOpcode::kStoreScalar, {.dst = 9, .a = 0, .b = dru_reg::kNoSlot}, {kData + 0x200, 0});
  for (auto* moved : {&load, &store, &scalar}) moved->flags = dru_reg::kFlagRelative;
  bench.execute({load, store, DruBench::store_command(0, kData + 0x400),
                 command(DruOpcode::kDot, {.dst = 0, .a = 0, .b = 0}), scalar, end_of_list()},
                {.data_offset = kOffset});
  EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk));
  EXPECT_EQ(bench.vector_at(kData + 0x100 + kOffset).words, std::vector<std::int32_t>{2});
  EXPECT_EQ(bench.vector_at(kData + 0x400).words, std::vector<std::int32_t>{2});
  EXPECT_GT(bench.scalar_at(kData + 0x200 + kOffset).mantissa, 0);
  EXPECT_EQ(bench.scalar_at(kData + 0x200).mantissa, 0);
}

TEST(DruDescriptor, TightensTheComparisonsThatAskForIt) {
  DruBench bench;
  bench.put_vector(kData, 0, {1});
  bench.put_vector(kData + 0x100, 0, {8});
  // 1² <= 8² · 2^-guard², up to three guard bits
  const auto code_of = [&](std::uint32_t flags, std::uint32_t guard_bits) {
    bench.execute({DruBench::load_command(0, kData, 1), DruBench::load_command(1, kData + 0x100, 1),
                   command(DruOpcode::kDot, {.dst = 0, .a = 0, .b = 0}),
                   command(DruOpcode::kDot, {.dst = 1, .a = 1, .b = 1}),
                   command(DruOpcode::kBranchLe, {.a = 0, .b = 1, .flags = flags}, {6, 0}), end_of_list(1),
                   end_of_list(2)},
                  {.guard_bits = guard_bits});
    return bench.last_descriptor().end_code;
  };
  EXPECT_EQ(code_of(dru_reg::kFlagTightened, 3), 2U);
  EXPECT_EQ(code_of(dru_reg::kFlagTightened, 4), 1U);
  EXPECT_EQ(code_of(0, 4), 2U);
  bench.execute({end_of_list()}, {.guard_bits = dru_reg::kMaxGuardBits + 1});
  EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kBadDescriptor));
}

}  // namespace
}  // namespace mho::amc::test
