// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A job that failed names the macros that it failed on, and only those; without them it converges.
#include "firmware/libmho/suspects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "registers/array_macro.h"
#include "tests/firmware/libmho/broken_macro.hpp"
#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

using registers::dru::DruCommand;
using registers::dru::DruOpcode;
using registers::dru::DruStatus;
using registers::dru::DruTile;
using registers::dru::TileKind;

std::vector<std::uint32_t> indices(const mho_suspects_t& suspects) {
  return {suspects.index, suspects.index + suspects.count};
}

class Suspects : public JobStatus {
 protected:
  /// Runs the job in steps on a chip whose macros have the registers that `macro_status` says, or which the
  /// driver was not told of.
  mho_suspects_t run(bool knows_macros = false) {
    const Connected guard(bench_.dru);
    mho_device_config_t config = bench_.config();
    if (knows_macros) {
      config.inv_base = ReferenceDru::kInvBase;
      config.mvm_base = ReferenceDru::kMvmBase;
    }
    mho_device_t device;
    EXPECT_EQ(mho_device_init(&device, &config), MHO_OK);
    mho_job_t job;
    auto* const results = reinterpret_cast<mho_job_result_t*>(
        bench_.dru.ram.data() + (bench_.job.result_address - ReferenceDru::kRamAddress));
    mho_job_start(&job, &device, &bench_.job, results);
    while (mho_job_step(&job) != MHO_JOB_HAS_ENDED) {
    }
    return mho_job_suspects(&job);
  }
  static std::uintptr_t mvm(std::uint32_t index) {
    return ReferenceDru::kMvmBase + index * MHO_ARRAY_MACRO_BLOCK_SIZE;
  }
  static std::uintptr_t inv(std::uint32_t index) {
    return ReferenceDru::kInvBase + index * MHO_ARRAY_MACRO_BLOCK_SIZE;
  }
};

/// Knows where tiles are, from what it sees being programmed, and ends an operation with a status.
class Tracker {
 public:
  explicit Tracker(ReferenceDru& dru) : dru_(dru) {
    dru.inject = [this](const DruCommand& command) { return before(command); };
  }
  /// Of these operations every one that has `after` others before it, or behind the last that ended so: after
  /// a recovery it is the same again.
  void fail(DruOpcode opcode, DruStatus status, int after = 0) {
    opcode_ = opcode;
    status_ = status;
    period_ = after + 1;
    count_ = 0;
    failed.clear();
  }
  std::vector<std::uint32_t> failed;  ///< macros of the tile of the last operation that ended so

 private:
  DruStatus before(const DruCommand& command) {
    const auto opcode = static_cast<DruOpcode>(command.opcode);
    if (opcode == DruOpcode::kProgram) {
      const auto& tile =
          *reinterpret_cast<const DruTile*>(dru_.ram.data() + (command.arg[0] - ReferenceDru::kRamAddress));
      const bool is_loop = static_cast<TileKind>(tile.kind) == TileKind::kInv;
      auto& macros = places_[command.b];
      macros.assign(tile.macro.begin(), tile.macro.begin() + (is_loop ? 1 : tile.slices));
      std::ranges::sort(macros);
    }
    if (opcode != opcode_ || ++count_ % period_ != 0) return DruStatus::kNotRun;
    failed = places_.at(command.b);
    return status_;
  }

  ReferenceDru& dru_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> places_;
  DruOpcode opcode_ = DruOpcode::kEnd;
  DruStatus status_ = DruStatus::kNotRun;
  int period_ = 1, count_ = 0;
};

TEST_F(Suspects, AreNobodyAfterAJobThatConverged) {
  EXPECT_EQ(run().count, 0U);
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_CONVERGED);
}

TEST_F(Suspects, AreTheMacroWhoseCellsFail) {
  BrokenMacros broken(bench_.dru);
  broken.refuse(TileKind::kInv, 1, DruStatus::kProgramFailed);
  const mho_suspects_t suspects = run();
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_DEVICE_ERROR);
  EXPECT_EQ(suspects.kind, MHO_MACRO_INV);
  EXPECT_EQ(indices(suspects), std::vector<std::uint32_t>{1});
}

TEST_F(Suspects, AreAllMacrosOfATileWhereNobodyKnowsMore) {
  BrokenMacros broken(bench_.dru);
  broken.refuse(TileKind::kMvm, 7, DruStatus::kProgramFailed);
  const mho_suspects_t suspects = run();
  EXPECT_EQ(suspects.kind, MHO_MACRO_MVM);
  const auto macros = indices(suspects);
  EXPECT_GT(macros.size(), 1U);
  EXPECT_TRUE(std::ranges::count(macros, 7U) == 1 && std::ranges::is_sorted(macros));
}

TEST_F(Suspects, AreOfThoseTheOneWhoseStatusSaysSo) {
  BrokenMacros broken(bench_.dru);
  broken.refuse(TileKind::kMvm, 7, DruStatus::kProgramFailed);
  bench_.dru.macro_status[mvm(7)] = MHO_ARRAY_MACRO_STATUS_FAILED_CELLS_MASK;
  bench_.dru.macro_status[mvm(300)] = MHO_ARRAY_MACRO_STATUS_FAILED_CELLS_MASK;  // has no part in it
  EXPECT_EQ(indices(run(true)), std::vector<std::uint32_t>{7});
}

TEST_F(Suspects, AreAvoidedOnRequestUntilTheJobConverges) {
  mho_macro_set_t avoided{};
  bench_.share.avoided = &avoided;
  BrokenMacros broken(bench_.dru);
  broken.refuse(TileKind::kInv, 0, DruStatus::kProgramFailed);
  broken.refuse(TileKind::kInv, 2, DruStatus::kProgramFailed);
  broken.refuse(TileKind::kMvm, 4, DruStatus::kProgramFailed);
  unsigned runs = 0;
  for (mho_suspects_t suspects = run(); ++runs, suspects.count != 0; suspects = run()) {
    ASSERT_LT(runs, 5U);
    EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_DEVICE_ERROR);
    EXPECT_FALSE(mho_macro_set_has(&avoided, suspects.kind, suspects.index[0])) << "avoided by itself";
    ASSERT_TRUE(mho_macro_set_add_suspects(&avoided, &suspects));
    ASSERT_FALSE(mho_macro_set_add_suspects(&avoided, &suspects)) << "they are in it";
  }
  EXPECT_EQ(runs, 4U);
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_LE(bench_.relative_error(), kTolerance);
  EXPECT_FALSE(mho_macro_set_has(&avoided, MHO_MACRO_INV, 1));
}

TEST_F(Suspects, AreTheMacroThatIsStillBusyWhenTheTimeIsUp) {
  Tracker tracker(bench_.dru);
  tracker.fail(DruOpcode::kInv, DruStatus::kWatchdog, 1);
  bench_.dru.macro_status[inv(1)] = MHO_ARRAY_MACRO_STATUS_BUSY_MASK;
  const mho_suspects_t suspects = run(true);
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_DEVICE_ERROR);
  EXPECT_EQ(bench_.result().recoveries, 1U);
  EXPECT_EQ(suspects.kind, MHO_MACRO_INV);
  EXPECT_EQ(indices(suspects), std::vector<std::uint32_t>{1});
  tracker.fail(DruOpcode::kInv, DruStatus::kWatchdog, 0);
  EXPECT_EQ(run(true).count, 0U) << "the macro of the first operation is idle";
}

TEST_F(Suspects, AreNobodyAfterAListThatMayHaveBeenTooLong) {
  inject_always(DruOpcode::kInv, DruStatus::kWatchdog);
  EXPECT_EQ(run(false).count, 0U);
  EXPECT_EQ(bench_.result().dru_status, MHO_DRU_STATUS_WATCHDOG);
}

TEST_F(Suspects, AreThoseOfTheTileThatTheOperationUses) {
  Tracker tracker(bench_.dru);
  struct Case {
    DruOpcode opcode;
    DruStatus status;
    mho_macro_kind_t kind;
    mho_job_status_t end;
  };
  for (const Case& c :
       {Case{DruOpcode::kInv, DruStatus::kSaturated, MHO_MACRO_INV, MHO_JOB_STATUS_SATURATED},
        Case{DruOpcode::kInv, DruStatus::kUnstable, MHO_MACRO_INV, MHO_JOB_STATUS_UNSTABLE},
        Case{DruOpcode::kMvm, DruStatus::kSaturated, MHO_MACRO_MVM, MHO_JOB_STATUS_SATURATED},
        Case{DruOpcode::kHpMvm, DruStatus::kWrongRead, MHO_MACRO_MVM, MHO_JOB_STATUS_WRONG_READ}}) {
    for (int after = 0; after < 4; ++after) {
      SCOPED_TRACE(testing::Message() << "opcode " << static_cast<int>(c.opcode) << " after " << after);
      tracker.fail(c.opcode, c.status, after);
      const mho_suspects_t suspects = run();
      EXPECT_EQ(bench_.result().status, c.end);
      EXPECT_EQ(suspects.kind, c.kind);
      EXPECT_FALSE(tracker.failed.empty());
      EXPECT_EQ(indices(suspects), tracker.failed);
    }
  }
}

TEST_F(Suspects, HaveNoPartInWhatIsNoFailureOfMacros) {
  for (const DruStatus status : {DruStatus::kBusError, DruStatus::kBadOperand, DruStatus::kBadCommand,
                                 DruStatus::kOverflow, DruStatus::kOutOfSram, DruStatus::kAborted}) {
    inject_always(DruOpcode::kInv, status);
    EXPECT_EQ(run(true).count, 0U);
    EXPECT_NE(bench_.result().status, MHO_JOB_STATUS_CONVERGED);
  }
  bench_.dru.inject = nullptr;
  bench_.dru.corrupt = [](std::size_t row, int128_t& value) { value += row == 3 ? 1 << 20 : 0; };
  EXPECT_EQ(run(true).count, 0U);
  EXPECT_NE(bench_.result().status, MHO_JOB_STATUS_CONVERGED);
}

/// Two right-hand sides, each with the status at which its first exact product ends.
class SuspectsOfTwoAnswers : public Suspects {
 protected:
  SuspectsOfTwoAnswers() {
    const Eigen::MatrixXd a = random_dominant(20, 0.6, 11);
    SparseSystem system(a, random_vector(20, 12));
    const Eigen::VectorXd second = random_vector(20, 13);
    system.rhs.insert(system.rhs.end(), second.begin(), second.end());
    bench_.load(system);
    bench_.job.rhs_count = 2;
  }
  mho_suspects_t run_with(DruStatus first, DruStatus second) {
    bench_.dru.inject = [=, this](const DruCommand& c) {
      if (static_cast<DruOpcode>(c.opcode) != DruOpcode::kHpMvm) return DruStatus::kNotRun;
      return bench_.result().status == MHO_JOB_STATUS_NOT_RUN ? first : second;
    };
    return run();
  }
};

TEST_F(SuspectsOfTwoAnswers, AreThoseOfTheLastThatWasNotFound) {
  const mho_suspects_t failed = run_with(DruStatus::kWrongRead, DruStatus::kNotRun);
  EXPECT_GT(failed.count, 0U);
  bench_.select(0);
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_WRONG_READ);
  bench_.select(1);
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_CONVERGED);
  bench_.select(0);
  EXPECT_EQ(run_with(DruStatus::kWrongRead, DruStatus::kOverflow).count, 0U);
  bench_.select(1);
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_OVERFLOW);
}

TEST_F(Suspects, AreForgottenAfterARecovery) {
  bench_.dru.macro_status[inv(0)] = MHO_ARRAY_MACRO_STATUS_BUSY_MASK;
  inject(DruOpcode::kInv, DruStatus::kWatchdog);
  EXPECT_EQ(run(true).count, 0U);
  EXPECT_EQ(bench_.result().recoveries, 1U);
  EXPECT_EQ(bench_.result().status, MHO_JOB_STATUS_CONVERGED);
}

class SuspectsWhereMacrosFormTheComplements : public Suspects {
 protected:
  SuspectsWhereMacrosFormTheComplements() {
    bench_.job.schur_unit = MHO_JOB_UNIT_ANALOGUE;
    for (std::uint32_t macro = 0; macro < 704; ++macro)
      bench_.dru.macro_status[mvm(macro)] = MHO_ARRAY_MACRO_STATUS_BUSY_MASK;
  }
};

TEST_F(SuspectsWhereMacrosFormTheComplements, AreThoseOfThePlan) {
  Tracker tracker(bench_.dru);
  int operations = 0;
  for (;; ++operations) {
    tracker.fail(DruOpcode::kHpMvm, DruStatus::kWatchdog, operations);
    const mho_suspects_t suspects = run(true);
    ASSERT_EQ(bench_.result().status, MHO_JOB_STATUS_DEVICE_ERROR);
    if (bench_.result().commands != 0) break;  // there is a solve list, so that the plan was complete
    EXPECT_EQ(suspects.kind, MHO_MACRO_MVM);
    EXPECT_FALSE(tracker.failed.empty());
    EXPECT_EQ(indices(suspects), tracker.failed) << "after " << operations;
  }
  EXPECT_GT(operations, 20);  // columns of W and of C − A·W
}

TEST(SuspectsOfTilesThatTakeTurns, IncludeTheMacroThatHeldTheTile) {
  unsigned named = 0, all = 0;
  for (const std::uint32_t macros : {9U, 20U, 60U}) {
    for (int after = 0; after < 12; ++after) {
      DriverBench bench(
          {.inv_count = 2, .mvm_count = macros, .mvm_size = 16, .cell_tolerance = 0.02, .ram_bytes = kRam});
      bench.load(random_dominant(40, 0.6, 11), random_vector(40, 12));
      Tracker tracker(bench.dru);
      tracker.fail(DruOpcode::kHpMvm, DruStatus::kWrongRead, after);
      const Connected guard(bench.dru);
      const mho_device_config_t config = bench.config();
      mho_device_t device;
      ASSERT_EQ(mho_device_init(&device, &config), MHO_OK);
      mho_job_t job;
      mho_job_result_t result;
      mho_job_start(&job, &device, &bench.job, &result);
      while (mho_job_step(&job) != MHO_JOB_HAS_ENDED) {
      }
      ASSERT_EQ(result.status, MHO_JOB_STATUS_WRONG_READ);
      const auto suspects = indices(mho_job_suspects(&job));
      ++all;
      if (suspects.empty()) continue;
      ++named;
      ASSERT_FALSE(tracker.failed.empty());
      EXPECT_TRUE(std::ranges::includes(suspects, tracker.failed)) << macros << " macros, " << after;
    }
  }
  EXPECT_GE(named, all / 2);
}

TEST(FindSuspects, NamesTheMacroWhoseRegistersDidNotAnswer) {
  mho_device_t device{};
  device.config.inv_base = ReferenceDru::kInvBase;
  device.config.mvm_base = ReferenceDru::kMvmBase;
  device.capabilities.inv_count = 4;
  device.capabilities.mvm_count = 8;
  mho_completion_t completion{};
  completion.status = MHO_DRU_STATUS_BUS_ERROR;
  const auto at = [&](std::uintptr_t address) {
    completion.fault_detail = static_cast<std::uint32_t>(address);
    return mho_find_suspects(&device, &completion, {}, {});
  };
  const std::uintptr_t size = MHO_ARRAY_MACRO_BLOCK_SIZE;
  EXPECT_EQ(indices(at(ReferenceDru::kMvmBase + 3 * size + 16)), std::vector<std::uint32_t>{3});
  EXPECT_EQ(at(ReferenceDru::kMvmBase + 3 * size + 16).kind, MHO_MACRO_MVM);
  EXPECT_EQ(at(ReferenceDru::kInvBase + 4 * size - 4).kind, MHO_MACRO_INV);
  EXPECT_EQ(indices(at(ReferenceDru::kInvBase + 4 * size - 4)), std::vector<std::uint32_t>{3});
  EXPECT_EQ(at(ReferenceDru::kInvBase + 4 * size).count, 0U);
  EXPECT_EQ(at(ReferenceDru::kMvmBase + 8 * size).count, 0U);
  EXPECT_EQ(at(ReferenceDru::kRamAddress).count, 0U);
  EXPECT_EQ(at(ReferenceDru::kGinvBase).count, 0U) << "the device was not told where they are";
}

/// A list that programs tiles and uses the first of them, as if it had not settled then.
class FindSuspectsOfATile : public testing::Test {
 protected:
  FindSuspectsOfATile() {
    device_.config.memory = {reinterpret_cast<std::uint8_t*>(tiles_.data()), kAddress, sizeof tiles_};
    device_.capabilities.inv_count = device_.capabilities.ginv_count = 4;
    device_.capabilities.mvm_count = 64;
  }
  void program(const mho_dru_tile_t& tile, std::uint32_t address) {
    tiles_.at(list_.size()) = tile;
    mho_dru_command_t command{};
    command.opcode = MHO_DRU_OPCODE_PROGRAM;
    command.b = 3;
    command.arg[0] = address;
    list_.push_back(command);
  }
  void program(const mho_dru_tile_t& tile) {
    program(tile, static_cast<std::uint32_t>(kAddress + list_.size() * sizeof tile));
  }
  mho_suspects_t find(mho_dru_opcode_t opcode) {
    mho_dru_command_t use{};
    use.opcode = static_cast<std::uint8_t>(opcode);
    use.b = 3;
    mho_completion_t completion{};
    completion.status = MHO_DRU_STATUS_UNSTABLE;
    return mho_find_suspects(&device_, &completion, {&use, 1},
                             {list_.data(), static_cast<std::uint32_t>(list_.size())});
  }
  static mho_dru_tile_t tile(mho_tile_kind_t kind, std::uint8_t slices, std::uint16_t first_macro) {
    mho_dru_tile_t t{};
    t.kind = static_cast<std::uint8_t>(kind);
    t.slices = slices;
    for (std::uint8_t s = 0; s < MHO_DRU_MAX_SLICES; ++s)
      t.macro[s] = static_cast<std::uint16_t>(first_macro + s);
    return t;
  }
  static constexpr std::uint32_t kAddress = 0x80000000;
  std::array<mho_dru_tile_t, 16> tiles_{};
  std::vector<mho_dru_command_t> list_;
  mho_device_t device_{};
};

TEST_F(FindSuspectsOfATile, CountsTheSlicesOfALoopAsOneMacro) {
  program(tile(MHO_TILE_KIND_GINV, 2, 1));
  const mho_suspects_t suspects = find(MHO_DRU_OPCODE_GINV);
  EXPECT_EQ(suspects.kind, MHO_MACRO_GINV);
  EXPECT_EQ(indices(suspects), std::vector<std::uint32_t>{1});
}

TEST_F(FindSuspectsOfATile, CountsEveryPlaceOnce) {
  program(tile(MHO_TILE_KIND_HP, 3, 20));
  program(tile(MHO_TILE_KIND_HP, 3, 4));
  program(tile(MHO_TILE_KIND_HP, 3, 20));
  program(tile(MHO_TILE_KIND_HP, 2, 21));
  EXPECT_EQ(indices(find(MHO_DRU_OPCODE_HP_MVM)), (std::vector<std::uint32_t>{4, 5, 6, 20, 21, 22}));
}

TEST_F(FindSuspectsOfATile, KnowsNobodyWhereItHasBeenOnTooMany) {
  for (std::uint16_t i = 0; i < 4; ++i) program(tile(MHO_TILE_KIND_HP, 2, static_cast<std::uint16_t>(8 * i)));
  EXPECT_EQ(find(MHO_DRU_OPCODE_HP_MVM).count, 8U);
  program(tile(MHO_TILE_KIND_HP, 1, 50));
  EXPECT_EQ(find(MHO_DRU_OPCODE_HP_MVM).count, 0U);
}

TEST_F(FindSuspectsOfATile, TakesNoWordOfADescriptionThatIsNone) {
  program(tile(MHO_TILE_KIND_HP, 1, 64));  // no such macro
  EXPECT_EQ(find(MHO_DRU_OPCODE_HP_MVM).count, 0U);
  list_.clear();
  program(tile(MHO_TILE_KIND_HP, 9, 0));  // no such slices
  EXPECT_EQ(find(MHO_DRU_OPCODE_HP_MVM).count, 0U);
  list_.clear();
  program(tile(MHO_TILE_KIND_HP, 1, 0), kAddress + sizeof tiles_ - 4);  // not in memory
  EXPECT_EQ(find(MHO_DRU_OPCODE_HP_MVM).count, 0U);
  list_.clear();
  program(tile(MHO_TILE_KIND_HP, 1, 63));
  EXPECT_EQ(find(MHO_DRU_OPCODE_HP_MVM).count, 1U);
  EXPECT_EQ(find(MHO_DRU_OPCODE_ADD).count, 0U) << "uses no tile";
}

TEST(FindSuspects, KnowsNobodyBehindTheEndOfAList) {
  const mho_device_t device{};
  mho_completion_t completion{};
  completion.status = MHO_DRU_STATUS_UNSTABLE;
  completion.fault_command = 2;
  const mho_dru_command_t list[2] = {};
  EXPECT_EQ(mho_find_suspects(&device, &completion, {list, 2}, {}).count, 0U);
}

}  // namespace
}  // namespace mho::test
