// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_core.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/amc/amc_params.hpp"

namespace mho::amc {
namespace {

using circuit::InvSigns;

constexpr unsigned kSize = 4;
/// A strong diagonal: stable with any of the amplifiers below.
const std::vector<std::int8_t> kLevels{7, 1, -1, 0, 0, 6, 1, 0, 0, 1, 7, 0, -1, 0, -1, 5};
/// Largest distance of a waveform's end from what is held [of V_sat].
constexpr double kSameEnd = 1e-6;

/// A way in which a user may set up the cells and amplifiers of a chip.
struct SetUp {
  std::string name;
  circuit::CellModel cell;
  circuit::LoopEffects loop;
  unsigned slices = 1;
};

std::vector<SetUp> all_set_ups() {
  const circuit::CellModel sinh{.access = {}, .iv = {.v0_volt = 0.3}};
  const circuit::CellModel nmos{.access = circuit::Nmos1Params{}, .iv = {}};
  const circuit::CellModel both{.access = nmos.access, .iv = sinh.iv};
  const circuit::LoopEffects poles{.second_pole_hz = 3e9, .input_farad = 2e-15};
  std::vector<SetUp> all;
  for (const auto& [name, cell] : {std::pair{"ohmic", circuit::CellModel{}}, std::pair{"sinh", sinh},
                                   std::pair{"nmos1", nmos}, std::pair{"sinh+nmos1", both}}) {
    all.push_back({name, cell, {}});
    all.push_back({std::string(name) + ", two slices", cell, {}, 2});
    for (const InvSigns signs : {InvSigns::kIdealInverters, InvSigns::kInverters, InvSigns::kCompensation}) {
      circuit::LoopEffects loop = poles;
      loop.signs = signs;
      all.push_back({std::string(name) + ", poles, signs " + std::to_string(static_cast<int>(signs)), cell,
                     loop, signs == InvSigns::kInverters ? 2U : 1U});
      loop.output_ohm = 100.0;
      all.push_back({all.back().name + ", output resistance", cell, loop});
    }
  }
  return all;
}

MacroParams params_of(const SetUp& set_up, MacroKind kind) {
  AmcParams chip;
  chip.inv_size = chip.mvm_size = kSize;
  chip.rows_per_read = kSize;
  chip.cell_model = set_up.cell;
  chip.loop = set_up.loop;
  chip.inv_slices = set_up.slices;
  validate(chip);
  return macro_params(chip, kind);
}

OperateOutcome operate(const MacroParams& params, double drive_volt, unsigned lines = kSize) {
  MacroCore core(params, Random(5), 0);
  EXPECT_FALSE(core.program(kLevels, 0.0).is_rejected);
  Eigen::MatrixXd drives(kSize, 2);
  drives.col(0) << 0.6, -1.0, 0.3, 0.8;
  drives.col(1) << -1.0, 0.2, 0.5, -0.4;
  return core.operate(drive_volt * drives,
                      {.rows = lines, .columns = lines, .time_s = 1e-3, .waveform_samples = 16});
}

double distance_at_end(const OperateOutcome& outcome, Eigen::Index read) {
  const Eigen::Index samples = outcome.waveform_times_s.size();
  return (outcome.waveform.col((read + 1) * samples - 1) - outcome.volts.col(read)).cwiseAbs().maxCoeff();
}

TEST(MacroCore, WaveformsEndAtWhatIsHeld) {
  for (const SetUp& set_up : all_set_ups()) {
    SCOPED_TRACE(set_up.name);
    const MacroParams params = params_of(set_up, MacroKind::kInv);
    const OperateOutcome outcome = operate(params, 0.1);
    ASSERT_FALSE(outcome.is_unstable);
    ASSERT_FALSE(outcome.is_saturated);
    for (const Eigen::Index read : {0, 1})
      EXPECT_LT(distance_at_end(outcome, read), kSameEnd * params.opamp.v_sat_volt) << read;
  }
}

TEST(MacroCore, WaveformsOfSaturatedOperationsEndAtWhatIsHeld) {
  for (const SetUp& set_up : all_set_ups()) {
    SCOPED_TRACE(set_up.name);
    const MacroParams params = params_of(set_up, MacroKind::kInv);
    const OperateOutcome outcome = operate(params, 0.8);
    ASSERT_FALSE(outcome.is_unstable);
    EXPECT_TRUE(outcome.is_saturated);
    EXPECT_LE(outcome.volts.cwiseAbs().maxCoeff(), params.opamp.v_sat_volt);
    for (const Eigen::Index read : {0, 1})
      EXPECT_LT(distance_at_end(outcome, read), kSameEnd * params.opamp.v_sat_volt) << read;
  }
}

TEST(MacroCore, CellsWrittenThroughTheirTransistorsAndCurvesSolveNearlyTheSameSystem) {
  // All set-ups hold the same levels, written at 0.2 V; drives of a tenth of it leave sinh and transistor
  // little room to differ.
  const auto volts = [](const SetUp& set_up) {
    return operate(params_of(set_up, MacroKind::kInv), 0.1).volts;
  };
  const Eigen::MatrixXd ohmic = volts({"ohmic", {}, {}});
  for (const SetUp& set_up : all_set_ups()) {
    SCOPED_TRACE(set_up.name);
    EXPECT_LT((volts(set_up) - ohmic).norm(), 0.12 * ohmic.norm());
    if (!set_up.cell.is_ohmic()) {
      EXPECT_GT((volts(set_up) - ohmic).norm(), 1e-3 * ohmic.norm());
    }
  }
}

TEST(MacroCore, ReadsOfProductsTakeAllEffectsAtOnce) {
  const auto read = [](const SetUp& set_up) {
    return operate(params_of(set_up, MacroKind::kMvm), 0.2, kSize);
  };
  const OperateOutcome ohmic = read({"ohmic", {}, {}});
  for (const SetUp& set_up : all_set_ups()) {
    SCOPED_TRACE(set_up.name);
    const OperateOutcome outcome = read(set_up);
    EXPECT_FALSE(outcome.is_unstable || outcome.is_saturated);
    EXPECT_LT((outcome.volts - ohmic.volts).norm(), 0.1 * ohmic.volts.norm());
  }
  // A second pole far below the first makes the amplifiers ring forever, whatever the cells.
  const circuit::LoopEffects slow{.second_pole_hz = 1e5, .input_farad = 1e-10};
  for (const SetUp& set_up : all_set_ups())
    EXPECT_TRUE(read({set_up.name, set_up.cell, slow}).is_unstable) << set_up.name;
}

TEST(MacroCore, NoiseThatReachesTheRailIsFlagged) {
  SetUp plain{"ohmic", {}, {}};
  MacroParams params = params_of(plain, MacroKind::kInv);
  EXPECT_FALSE(operate(params, 0.1).is_saturated);
  params.opamp.noise_volt_per_sqrt_hz = 1e-4;  // some volts on the outputs
  const OperateOutcome noisy = operate(params, 0.1);
  EXPECT_TRUE(noisy.is_saturated);
  EXPECT_LE(noisy.volts.cwiseAbs().maxCoeff(), params.opamp.v_sat_volt);
}

}  // namespace
}  // namespace mho::amc
