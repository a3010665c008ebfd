// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which command comes next: jumps, calls, loops and branches, the end of a list and what is resumed behind
// it.
#include <gtest/gtest.h>

#include <utility>

#include "tests/models/amc/dru_bench.hpp"

namespace mho::amc::test {
namespace {

TEST(DruControl, CallsReturnBehindThemselves) {
  // main: CALL outer, END; outer: CALL inner, LOOP counts, RETURN; inner: LOOP counts, RETURN
  DruBench bench;
  const Commands list{command(DruOpcode::kCall, {}, {2}), end_of_list(),
                      command(DruOpcode::kCall, {}, {5}), command(DruOpcode::kLoop, {}, {0, 0}),
                      command(DruOpcode::kReturn),        command(DruOpcode::kLoop, {}, {0, 0}),
                      command(DruOpcode::kReturn)};
  const auto done = bench.execute(list);
  EXPECT_EQ(static_cast<DruStatus>(done.status), DruStatus::kOk);
  EXPECT_EQ(done.iterations, 2U);
}

TEST(DruControl, CallsBeyondTheDepthAndReturnsWithoutCallAreBadCommands) {
  DruBench bench;
  Commands deep(dru_reg::kCallDepth + 1, command(DruOpcode::kCall));
  for (std::uint32_t i = 0; i < deep.size(); ++i) deep[i].arg[0] = i + 1;
  bench.expect_fault(deep, DruStatus::kBadCommand, dru_reg::kCallDepth + 1);
  bench.expect_fault({command(DruOpcode::kNop), command(DruOpcode::kReturn)}, DruStatus::kBadCommand, 1);
  bench.expect_fault({command(DruOpcode::kCall, {}, {9})}, DruStatus::kBadCommand, 9);
  // Calls that a list left open are gone with it.
  bench.expect_fault({command(DruOpcode::kReturn)}, DruStatus::kBadCommand, 0);
}

TEST(DruControl, UnknownOpcodesAndJumpsOutOfTheListAreBadCommands) {
  dru_reg::DruCommand unknown;
  unknown.opcode = 0xee;
  for (const auto& [bad, detail] : {std::pair<dru_reg::DruCommand, std::uint32_t>{unknown, 0xee},
                                    {command(DruOpcode::kJump, {}, {9}), 9},
                                    {command(DruOpcode::kLoop, {}, {3, 2}), 3},
                                    {command(DruOpcode::kBranchLe, {}, {0xffffffff}), 0xffffffff}}) {
    DruBench bench;
    bench.expect_fault({command(DruOpcode::kNop), bad}, DruStatus::kBadCommand, detail);
  }
}

TEST(DruControl, AListNeedsAnEnd) {
  DruBench bench;
  const auto done = bench.execute({command(DruOpcode::kNop), command(DruOpcode::kNop)});
  EXPECT_EQ(status_of(done), value_of(DruStatus::kBadCommand));
  EXPECT_EQ(done.fault_command, 2U);
}

TEST(DruControl, BranchesCompareScalars) {
  DruBench bench;
  bench.put_vector(kData, 0, {3});
  bench.put_vector(kData + 0x100, 0, {4});
  const Commands head{DruBench::load_command(0, kData, 1), DruBench::load_command(1, kData + 0x100, 1),
                      command(DruOpcode::kDot, {.dst = 0, .a = 0, .b = 0}),   // 9
                      command(DruOpcode::kDot, {.dst = 1, .a = 1, .b = 1})};  // 16
  const auto code_of = [&](Operands operands, std::int32_t shift) {
    Commands list = head;
    list.push_back(command(DruOpcode::kBranchLe, operands, {6, u32(shift)}));
    list.push_back(end_of_list(1));  // 5: not taken
    list.push_back(end_of_list(2));  // 6: taken
    return bench.execute(list).end_code;
  };
  EXPECT_EQ(code_of({.a = 0, .b = 1}, 0), 2U);                                 // 9 <= 16
  EXPECT_EQ(code_of({.a = 1, .b = 0}, 0), 1U);                                 // 16 <= 9
  EXPECT_EQ(code_of({.a = 1, .b = 0}, 1), 2U);                                 // 16 <= 18
  EXPECT_EQ(code_of({.a = 0, .b = 1}, -1), 1U);                                // 9 <= 8
  EXPECT_EQ(code_of({.a = 1, .b = 0, .flags = dru_reg::kFlagInvert}, 0), 2U);  // 16 > 9
  EXPECT_EQ(code_of({.a = 0, .b = 0, .flags = dru_reg::kFlagInvert}, 0), 1U);  // 9 > 9
  EXPECT_EQ(code_of({.a = 30, .b = 31}, 0), 2U);                               // 0 <= 0
  bench.expect_fault({command(DruOpcode::kBranchLe, {.a = dru_reg::kScalars, .b = 0}, {0})},
                     DruStatus::kBadOperand, dru_reg::kScalars);
  bench.expect_fault({command(DruOpcode::kBranchLe, {.a = 0, .b = dru_reg::kScalars + 35}, {0})},
                     DruStatus::kBadOperand, dru_reg::kScalars + 35);
}

TEST(DruControl, ListsLongerThanThePrefetchRunThrough) {
  DruBench bench;
  Commands list(100, command(DruOpcode::kNop));
  list.push_back(command(DruOpcode::kLoop, {}, {37, 3}));  // back into the middle of a burst
  const auto done = bench.execute_ok(list);
  EXPECT_EQ(done.iterations, 3U);
  const std::uint64_t commands = 100 + 1 + 2 * 64 + 1;
  EXPECT_GE(done.duration_ns, 4 * commands);
}

/// Runs `list`, then its continuation; in a process.
dru_reg::DruDescriptor resume(DruBench& bench, const Commands& list) {
  bench.prepare(list, {.flags = dru_reg::kDescriptorFlagResume});
  bench.ring();
  bench.wait_for_completion();
  return bench.last_descriptor();
}

TEST(DruResume, GoesOnBehindTheEndWithCallsSlotsAndIterationsAsTheyWere) {
  DruBench bench;
  bench.put_vector(kData, 3, {1, -2});
  // main: CALL 4, LOOP counts, END 8; routine: LOAD, LOOP counts, END 9, STORE, RETURN
  const Commands list{command(DruOpcode::kCall, {}, {4}),
                      command(DruOpcode::kLoop, {}, {0, 0}),
                      end_of_list(8),
                      command(DruOpcode::kNop),
                      DruBench::load_command(0, kData, 2),
                      command(DruOpcode::kLoop, {}, {0, 0}),
                      end_of_list(9),
                      DruBench::store_command(0, kData + 0x100),
                      command(DruOpcode::kReturn)};
  EXPECT_EQ(bench.execute(list).end_code, 9U);
  bench.run([&] {
    const auto done = resume(bench, list);
    EXPECT_EQ(done.end_code, 8U);
    EXPECT_EQ(done.iterations, 2U);
    EXPECT_EQ(bench.reg(dru_reg::kIterationOffset), 2U);
  });
  EXPECT_EQ(bench.vector_at(kData + 0x100).words, (std::vector<std::int32_t>{1, -2}));
}

TEST(DruResume, SeesCommandsThatWereChangedInBetween) {
  DruBench bench;
  EXPECT_EQ(bench.execute({end_of_list(1), end_of_list(2)}).end_code, 1U);
  bench.run([&] { EXPECT_EQ(resume(bench, {end_of_list(1), end_of_list(3)}).end_code, 3U); });
}

TEST(DruResume, NeedsTheListThatEndedLast) {
  const Commands list{end_of_list(1), end_of_list(2)};
  const auto refused = value_of(DruStatus::kBadDescriptor);
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    EXPECT_EQ(status_of(resume(bench, list)), refused) << "none was run";
  });
  bench.execute({end_of_list(1), end_of_list(2), end_of_list(3)});
  bench.run([&] { EXPECT_EQ(status_of(resume(bench, list)), refused) << "another length"; });
  bench.execute({command(DruOpcode::kReturn), end_of_list(2)});
  bench.run([&] { EXPECT_EQ(status_of(resume(bench, list)), refused) << "it failed"; });
  bench.execute(list);
  bench.run([&] {
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask);
    bench.set_up_ring();
    EXPECT_EQ(status_of(resume(bench, list)), refused) << "a reset forgot it";
  });
}

TEST(DruResume, RunsIntoTheEndOfTheListAsAnyOther) {
  DruBench bench;
  bench.execute({end_of_list(1)});
  bench.run([&] { EXPECT_EQ(status_of(resume(bench, {end_of_list(1)})), value_of(DruStatus::kBadCommand)); });
}

}  // namespace
}  // namespace mho::amc::test
