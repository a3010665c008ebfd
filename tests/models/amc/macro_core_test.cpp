// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_core.hpp"

#include <gtest/gtest.h>

#include <functional>
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
struct Variant {
  std::string name;
  circuit::CellModel cell;
  circuit::LoopEffects loop;
  unsigned slices = 1;
};

std::vector<Variant> all_variants() {
  const circuit::CellModel sinh{.access = {}, .iv = {.v0_volt = 0.3}};
  const circuit::CellModel nmos{.access = circuit::Nmos1Params{}, .iv = {}};
  const circuit::CellModel both{.access = nmos.access, .iv = sinh.iv};
  const circuit::LoopEffects poles{.second_pole_hz = 3e9, .input_farad = 2e-15};
  std::vector<Variant> all;
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

MacroParams params_of(const Variant& variant, MacroKind kind) {
  AmcParams chip;
  chip.inv_size = chip.mvm_size = kSize;
  chip.rows_per_read = kSize;
  chip.cell_model = variant.cell;
  chip.loop = variant.loop;
  chip.inv_slices = variant.slices;
  validate(chip);
  return macro_params(chip, kind);
}

OperateOutcome operate(const MacroParams& params, double drive_volt, unsigned lines = kSize) {
  MacroCore core(params, Random(5), 0);
  // Of two slices the upper one counts eightfold.
  std::vector<std::int8_t> levels = kLevels;
  for (std::int8_t& level : levels) level = static_cast<std::int8_t>(level * (params.slices == 2 ? 8 : 1));
  EXPECT_FALSE(core.program(levels, 0.0).is_rejected);
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
  for (const Variant& variant : all_variants()) {
    SCOPED_TRACE(variant.name);
    const MacroParams params = params_of(variant, MacroKind::kInv);
    const OperateOutcome outcome = operate(params, 0.1);
    ASSERT_FALSE(outcome.is_unstable);
    ASSERT_FALSE(outcome.is_saturated);
    for (const Eigen::Index read : {0, 1})
      EXPECT_LT(distance_at_end(outcome, read), kSameEnd * params.opamp.v_sat_volt) << read;
  }
}

/// What one read of a 1 x 1 macro holds after an operation in theory mode, of what it would at rest.
double share_held(MacroKind kind, double epsilon) {
  AmcParams chip;
  chip.inv_size = chip.mvm_size = chip.rows_per_read = 1;
  chip.inv_slices = 1;
  chip.timing.mode = circuit::TimingParams::Mode::kTheory;
  const auto held = [&](double error) {
    chip.timing.settle_epsilon = error;
    const MacroParams params = macro_params(chip, kind);
    MacroCore core(params, Random(5), 0);
    const std::vector<std::int8_t> levels{7};
    EXPECT_FALSE(core.program(levels, 0.0).is_rejected);
    return core.operate(Eigen::MatrixXd::Constant(1, 1, 0.1), {.rows = 1, .columns = 1, .time_s = 1e-3})
        .volts(0, 0);
  };
  return held(epsilon) / held(1e-12);
}

TEST(MacroCore, WhatIsLeftOfATransientIsMissingFromWhatIsHeld) {
  for (const MacroKind kind : {MacroKind::kInv, MacroKind::kMvm})
    // The gain of the amplifiers, 1e4 or more, moves the pole.
    for (const double epsilon : {0.3, 0x1p-9}) EXPECT_NEAR(share_held(kind, epsilon), 1.0 - epsilon, 1e-4);
}

TEST(MacroCore, WaveformsOfSaturatedOperationsEndAtWhatIsHeld) {
  for (const Variant& variant : all_variants()) {
    SCOPED_TRACE(variant.name);
    const MacroParams params = params_of(variant, MacroKind::kInv);
    const OperateOutcome outcome = operate(params, 0.8);
    ASSERT_FALSE(outcome.is_unstable);
    EXPECT_TRUE(outcome.is_saturated);
    EXPECT_LE(outcome.volts.cwiseAbs().maxCoeff(), params.opamp.v_sat_volt);
    for (const Eigen::Index read : {0, 1})
      EXPECT_LT(distance_at_end(outcome, read), kSameEnd * params.opamp.v_sat_volt) << read;
  }
}

TEST(MacroCore, CellsWrittenThroughTheirTransistorsAndCurvesSolveNearlyTheSameSystem) {
  // All variants hold the same levels, written at 0.2 V; drives of a tenth of it leave sinh and transistor
  // little room to differ.
  const auto volts = [](const Variant& variant) {
    return operate(params_of(variant, MacroKind::kInv), 0.1).volts;
  };
  const Eigen::MatrixXd ohmic = volts({"ohmic", {}, {}});
  for (const Variant& variant : all_variants()) {
    SCOPED_TRACE(variant.name);
    EXPECT_LT((volts(variant) - ohmic).norm(), 0.12 * ohmic.norm());
    if (!variant.cell.is_ohmic()) {
      EXPECT_GT((volts(variant) - ohmic).norm(), 1e-5 * ohmic.norm());
    }
  }
}

TEST(MacroCore, ReadsOfProductsTakeAllEffectsAtOnce) {
  const auto read = [](const Variant& variant) {
    return operate(params_of(variant, MacroKind::kMvm), 0.2, kSize);
  };
  const OperateOutcome ohmic = read({"ohmic", {}, {}});
  for (const Variant& variant : all_variants()) {
    SCOPED_TRACE(variant.name);
    const OperateOutcome outcome = read(variant);
    EXPECT_FALSE(outcome.is_unstable || outcome.is_saturated);
    EXPECT_LT((outcome.volts - ohmic.volts).norm(), 0.1 * ohmic.volts.norm());
  }
  // A second pole far below the first makes the amplifiers ring forever, whatever the cells.
  const circuit::LoopEffects slow{.second_pole_hz = 1e5, .input_farad = 1e-10};
  for (const Variant& variant : all_variants())
    EXPECT_TRUE(read({variant.name, variant.cell, slow}).is_unstable) << variant.name;
}

TEST(MacroCore, ProductsDoNotDependOnTheGainsAndCellsOfEarlierReads) {
  const MacroParams params = params_of({"ohmic", {}, {}}, MacroKind::kMvm);
  const auto read = [](MacroCore& core, int output_gain) {
    return core
        .operate(Eigen::MatrixXd::Constant(kSize, 1, 0.05),
                 {.rows = kSize, .columns = kSize, .output_gain = output_gain, .time_s = 1e-3})
        .volts;
  };
  std::vector<std::int8_t> other = kLevels;
  for (std::int8_t& level : other) level = static_cast<std::int8_t>(-level);
  const std::vector<std::function<void(MacroCore&)>> changes{
      [](MacroCore&) {}, [&](MacroCore& core) { EXPECT_FALSE(core.program(other, 0.0).is_rejected); },
      [](MacroCore& core) { core.trim_offsets(Eigen::VectorXd::Constant(kSize, 2e-3)); }};
  for (const auto& change : changes) {
    MacroCore used(params, Random(5), 0), fresh(params, Random(5), 0);
    for (MacroCore* core : {&used, &fresh}) EXPECT_FALSE(core->program(kLevels, 0.0).is_rejected);
    for (const int output_gain : {2, 0, 2}) read(used, output_gain);
    for (MacroCore* core : {&used, &fresh}) change(*core);
    EXPECT_EQ(read(used, 2), read(fresh, 2));
    EXPECT_EQ(read(used, 0), read(fresh, 0));
  }
}

TEST(MacroCore, NoiseThatReachesTheRailIsFlagged) {
  Variant plain{"ohmic", {}, {}};
  MacroParams params = params_of(plain, MacroKind::kInv);
  EXPECT_FALSE(operate(params, 0.1).is_saturated);
  params.opamp.noise_volt_per_sqrt_hz = 1e-4;  // some volts on the outputs
  const OperateOutcome noisy = operate(params, 0.1);
  EXPECT_TRUE(noisy.is_saturated);
  EXPECT_LE(noisy.volts.cwiseAbs().maxCoeff(), params.opamp.v_sat_volt);
}

}  // namespace
}  // namespace mho::amc
