// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/compile.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

/// A plan and its lists.
struct Compiled {
  Compiled(const Eigen::MatrixXd& a, PlanBenchOptions plan_options, std::uint32_t inv, std::uint32_t mvm)
      : bench(a, limited(plan_options, mvm)) {
    EXPECT_EQ(bench.make(), MHO_OK);
    options = {.memory = bench.workspace.window(),
               .inv_count = inv,
               .mvm_count = mvm,
               .sram_words = 32768,
               .ginv_count = 0,
               .tolerance_bits = 24,
               .max_iterations = 30,
               .method = MHO_JOB_METHOD_REFINE,
               .repeats = 0,
               .restart = MHO_MAX_DIRECTIONS,
               .parallel = 1};
    result = mho_compile(&program, &bench.plan, &options, &bench.workspace.arena);
  }
  static PlanBenchOptions limited(PlanBenchOptions o, std::uint32_t mvm) {
    o.max_slices = std::min(mvm, 8u);
    return o;
  }
  std::span<const mho_dru_command_t> solve() const { return {program.solve, program.solve_commands}; }
  std::span<const mho_dru_command_t> programming() const {
    return {program.program, program.program_commands};
  }
  const mho_dru_tile_t& tile(const mho_dru_command_t& c) const {
    return *static_cast<const mho_dru_tile_t*>(mho_pointer(&options.memory, c.arg[0]));
  }
  std::size_t count(std::uint8_t opcode) const {
    return static_cast<std::size_t>(
        std::count_if(solve().begin(), solve().end(), [=](const auto& c) { return c.opcode == opcode; }));
  }

  PlanBench bench;
  mho_compile_options_t options{};
  mho_program_t program{};
  mho_result_t result;
};

bool reads_a(std::uint8_t opcode) {
  switch (opcode) {
    case MHO_DRU_OPCODE_STORE:
    case MHO_DRU_OPCODE_SLICE:
    case MHO_DRU_OPCODE_JOIN:
    case MHO_DRU_OPCODE_ADD:
    case MHO_DRU_OPCODE_MULTIPLY:
    case MHO_DRU_OPCODE_NORM2:
    case MHO_DRU_OPCODE_INV:
    case MHO_DRU_OPCODE_MVM:
    case MHO_DRU_OPCODE_HP_BEGIN:
    case MHO_DRU_OPCODE_HP_MVM:
      return true;
    default:
      return false;
  }
}

bool reads_b(std::uint8_t opcode) {
  return opcode == MHO_DRU_OPCODE_JOIN || opcode == MHO_DRU_OPCODE_ADD || opcode == MHO_DRU_OPCODE_MULTIPLY ||
         opcode == MHO_DRU_OPCODE_NORM2 || opcode == MHO_DRU_OPCODE_HP_BEGIN;
}

bool writes_slot(std::uint8_t opcode) {
  switch (opcode) {
    case MHO_DRU_OPCODE_LOAD:
    case MHO_DRU_OPCODE_CLEAR:
    case MHO_DRU_OPCODE_SLICE:
    case MHO_DRU_OPCODE_JOIN:
    case MHO_DRU_OPCODE_ADD:
    case MHO_DRU_OPCODE_MULTIPLY:
    case MHO_DRU_OPCODE_INV:
    case MHO_DRU_OPCODE_MVM:
    case MHO_DRU_OPCODE_HP_END:
      return true;
    default:
      return false;
  }
}

/// Goes through the list as the DRU may, each command once for each place it can be called from; every slot
/// must have been written before it is read.
class ReadsAfterWrites {
 public:
  explicit ReadsAfterWrites(std::span<const mho_dru_command_t> list) : list_(list) { follow(0, 0, {}); }

 private:
  using Slots = std::set<std::uint16_t>;

  /// @param back  command to which RETURN goes, 0: none
  void follow(std::size_t i, std::size_t back, Slots written) {
    while (i < list_.size() && seen_.insert({i, back}).second) {
      const auto& c = list_[i];
      visit(i, written);
      if (c.opcode == MHO_DRU_OPCODE_END) return;
      if (c.opcode == MHO_DRU_OPCODE_BRANCH_LE || c.opcode == MHO_DRU_OPCODE_LOOP) {
        follow(c.arg[0], back, written);
      }
      if (c.opcode == MHO_DRU_OPCODE_CALL) {
        follow(c.arg[0], i + 1, written);
        return;
      }
      if (c.opcode == MHO_DRU_OPCODE_RETURN) {
        follow(back, 0, written);
        return;
      }
      i = c.opcode == MHO_DRU_OPCODE_JUMP ? c.arg[0] : i + 1;
    }
  }

  void visit(std::size_t i, Slots& written) {
    const auto& c = list_[i];
    EXPECT_TRUE(!reads_a(c.opcode) || written.contains(c.a)) << "command " << i;
    EXPECT_TRUE(!reads_b(c.opcode) || written.contains(c.b)) << "command " << i;
    EXPECT_TRUE(c.opcode != MHO_DRU_OPCODE_MVM || written.contains(c.dst)) << "command " << i;
    if (!writes_slot(c.opcode)) return;
    EXPECT_LT(c.dst, MHO_DRU_SLOTS);
    written.insert(c.dst);
  }

  std::span<const mho_dru_command_t> list_;
  std::set<std::pair<std::size_t, std::size_t>> seen_;
};

TEST(Compile, JumpsInsideTheListAndEndsIt) {
  const Compiled c(random_dominant(20, 0.5, 1), {}, 64, 704);
  ASSERT_EQ(c.result, MHO_OK);
  std::size_t branches = 0;
  for (const auto& command : c.solve()) {
    if (command.opcode != MHO_DRU_OPCODE_BRANCH_LE && command.opcode != MHO_DRU_OPCODE_LOOP) continue;
    ++branches;
    EXPECT_GT(command.arg[0], 0u);
    EXPECT_LT(command.arg[0], c.solve().size());
  }
  EXPECT_EQ(branches, 10u);
  EXPECT_EQ(c.solve().back().opcode, MHO_DRU_OPCODE_END);
  EXPECT_EQ(c.programming().back().opcode, MHO_DRU_OPCODE_END);
  EXPECT_EQ(c.count(MHO_DRU_OPCODE_END), 4u);
}

TEST(Compile, WritesSlotsBeforeItReadsThem) {
  for (const std::uint32_t tile_size : {2u, 8u, 64u}) {
    const Compiled c(random_dominant(37, 0.5, 1), {.leaf_size = 3, .tile_size = tile_size}, 64, 704);
    ASSERT_EQ(c.result, MHO_OK);
    ReadsAfterWrites{c.solve()};
  }
}

TEST(Compile, FollowsTheRecursionWithThreeInversionsAndTwoProductsAStage) {
  const Compiled one(random_dominant(8, 1.0, 1), {.leaf_size = 4}, 64, 704);
  EXPECT_EQ(one.count(MHO_DRU_OPCODE_INV), 3u);
  EXPECT_EQ(one.count(MHO_DRU_OPCODE_MVM), 2u);
  const Compiled two(random_dominant(16, 1.0, 1), {.leaf_size = 4}, 64, 704);
  EXPECT_EQ(two.count(MHO_DRU_OPCODE_INV), 9u);
  EXPECT_EQ(two.count(MHO_DRU_OPCODE_MVM), 2u + 3 * 2);
}

TEST(Compile, SavesTheSecondInversionWhereTheUpperBlockIsZero) {
  Eigen::MatrixXd lower = random_dominant(8, 1.0, 1);
  lower.topRightCorner(4, 4).setZero();
  const Compiled c(lower, {.leaf_size = 4}, 64, 704);
  EXPECT_EQ(c.count(MHO_DRU_OPCODE_INV), 2u);
  EXPECT_EQ(c.count(MHO_DRU_OPCODE_MVM), 1u);
}

TEST(Compile, ProgramsEveryTileOnceWhenAllFit) {
  const Compiled c(random_dominant(20, 0.8, 1), {.tile_size = 8}, 64, 704);
  ASSERT_EQ(c.result, MHO_OK);
  EXPECT_EQ(c.count(MHO_DRU_OPCODE_PROGRAM), 0u);
  EXPECT_EQ(c.programming().size(), c.bench.plan.tile_count + 1);
  std::set<std::uint16_t> tiles;
  for (const auto& command : c.programming().first(c.bench.plan.tile_count)) tiles.insert(command.b);
  EXPECT_EQ(tiles.size(), c.bench.plan.tile_count);
  EXPECT_EQ(c.program.inv_macros, c.bench.plan.leaf_count);
}

TEST(Compile, DescribesTilesAsThePlanHasThem) {
  const Compiled c(random_dominant(20, 0.8, 1), {.tile_size = 8}, 64, 704);
  ASSERT_EQ(c.result, MHO_OK);
  for (const auto& command : c.programming().first(c.bench.plan.tile_count)) {
    const mho_tile_t& planned = c.bench.plan.tiles[command.b];
    const mho_dru_tile_t& d = c.tile(command);
    EXPECT_EQ(d.kind, planned.kind);
    EXPECT_EQ(d.format, planned.format);
    EXPECT_EQ(d.rows, planned.rows);
    EXPECT_EQ(d.columns, planned.columns);
    EXPECT_EQ(d.first_slice, planned.first_slice);
    EXPECT_EQ(d.slices, planned.slices);
    EXPECT_EQ(mho_pointer(&c.options.memory, d.source_address), planned.source);
    EXPECT_EQ(d.row_stride, planned.row_stride);
    EXPECT_EQ(d.scale_mantissa, planned.scale_mantissa);
    EXPECT_EQ(d.scale_exponent, planned.scale_exponent);
    EXPECT_EQ(d.order_address != 0, planned.order != nullptr);
    EXPECT_EQ(d.input_range, 0);
  }
}

TEST(Compile, KeepsLearnedRangesOfTilesThatAreProgrammedAgain) {
  const Compiled c(random_dominant(20, 0.8, 1), {.tile_size = 8}, 1, 1);
  ASSERT_EQ(c.result, MHO_OK);
  EXPECT_GT(c.count(MHO_DRU_OPCODE_PROGRAM), 0u);
  for (const auto& command : c.solve()) {
    if (command.opcode != MHO_DRU_OPCODE_PROGRAM) continue;
    EXPECT_EQ(c.tile(command).input_range, MHO_DRU_RANGE_KEEP);
  }
}

TEST(Compile, StoresTheInputsInTheirUnits) {
  const Compiled c(random_dominant(5, 0.8, 1), {}, 64, 704);
  ASSERT_EQ(c.result, MHO_OK);
  const mho_system_t& s = c.bench.plan.system;
  std::vector<const mho_dru_vector_t*> loaded;
  for (const auto& command : c.solve()) {
    if (command.opcode != MHO_DRU_OPCODE_LOAD) continue;
    loaded.push_back(static_cast<const mho_dru_vector_t*>(mho_pointer(&c.options.memory, command.arg[0])));
  }
  ASSERT_EQ(loaded.size(), 5u);
  const mho_dru_vector_t *rhs = loaded[0], *weights = loaded[3];
  EXPECT_EQ(rhs, c.program.rhs);
  EXPECT_EQ(rhs->length, 5u);
  EXPECT_EQ(rhs->exponent, s.b_exponent);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(reinterpret_cast<const std::int32_t*>(rhs + 1)[i], s.b[i]);
    EXPECT_EQ(reinterpret_cast<const std::int32_t*>(weights + 1)[i], -s.row_scale[i]);
  }
}

TEST(Compile, GivesEveryRunAtOnceVectorsOfItsOwn) {
  Compiled c(random_dominant(5, 0.8, 1), {}, 64, 704);
  c.options.parallel = 3;
  mho_program_t& p = c.program;
  ASSERT_EQ(mho_compile(&p, &c.bench.plan, &c.options, &c.bench.workspace.arena), MHO_OK);
  ASSERT_EQ(p.parallel, 3u);
  const auto first = p;
  for (std::uint32_t run = 3; run-- > 0;) {
    mho_program_select(&p, run);
    const std::ptrdiff_t offset = std::ptrdiff_t{run} * p.data_bytes;
    const auto is_moved = [&](const void* now, const void* before) {
      return static_cast<const std::uint8_t*>(now) - static_cast<const std::uint8_t*>(before) == offset;
    };
    EXPECT_TRUE(is_moved(p.rhs, first.rhs) && is_moved(p.x, first.x) &&
                is_moved(p.x_settled, first.x_settled) && is_moved(p.rest_rhs, first.rest_rhs) &&
                is_moved(p.residual, first.residual) && is_moved(p.history, first.history) &&
                is_moved(p.corrections, first.corrections) && is_moved(p.rhs_norm2, first.rhs_norm2) &&
                is_moved(p.x_norm2, first.x_norm2) && is_moved(p.changes, first.changes));
  }
  // What the list writes lies in the block of the first run, and its commands are relative.
  const std::uint32_t begin = mho_address(&c.options.memory, first.rhs);
  for (const auto& command : c.solve()) {
    if (command.opcode != MHO_DRU_OPCODE_STORE && command.opcode != MHO_DRU_OPCODE_STORE_SCALAR) continue;
    EXPECT_EQ(command.flags, MHO_DRU_FLAG_RELATIVE);
    EXPECT_GE(command.arg[0], begin);
    EXPECT_LT(command.arg[0], begin + p.data_bytes);
  }
}

TEST(Compile, RefusesAChipWithoutMacros) {
  EXPECT_EQ(Compiled(random_dominant(5, 0.8, 1), {}, 0, 8).result, MHO_BAD_ARGUMENT);
}

TEST(Compile, StaysInsideAnyMemoryItIsGiven) {
  const Eigen::MatrixXd a = random_dominant(20, 0.8, 1);
  PlanBench bench(a, {.tile_size = 8, .max_slices = 1});
  ASSERT_EQ(bench.make(), MHO_OK);
  bool has_fitted = false;
  for (std::uint32_t bytes = 0; bytes < 128u << 10; bytes += 448) {
    Workspace workspace(bytes);
    mho_program_t program{};
    const mho_compile_options_t options{.memory = workspace.window(),
                                        .inv_count = 1,
                                        .mvm_count = 1,
                                        .sram_words = 32768,
                                        .ginv_count = 0,
                                        .tolerance_bits = 24,
                                        .max_iterations = 30,
                                        .method = MHO_JOB_METHOD_AUTO,
                                        .repeats = 0,
                                        .restart = MHO_MAX_DIRECTIONS,
                                        .parallel = 1};
    const mho_result_t result = mho_compile(&program, &bench.plan, &options, &workspace.arena);
    EXPECT_EQ(result, has_fitted || result == MHO_OK ? MHO_OK : MHO_NO_MEMORY) << bytes;
    has_fitted |= result == MHO_OK;
    EXPECT_TRUE(workspace.is_intact()) << bytes;
  }
  EXPECT_TRUE(has_fitted);
}

}  // namespace
}  // namespace mho::test
