// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/telegraph_noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/distribution.hpp"

namespace mho::device {
namespace {

constexpr std::uint64_t kSeed = 41;

/// Every cell has a trap, all times between 10 µs and 10 µs · ratio.
TelegraphParams all_trapped(double ratio = 1.0) {
  return {.trap_probability = 1.0, .tau_min_s = 1e-5, .tau_max_s = 1e-5 * ratio, .slot_s = 1e-6};
}

TEST(TelegraphNoise, RejectsParametersOutOfRange) {
  const std::vector<std::function<void(TelegraphParams&)>> mistakes{
      [](auto& t) { t.trap_probability = 1.1; },
      [](auto& t) { t.trap_probability = std::nan(""); },
      [](auto& t) { t.amplitude = -0.1; },
      [](auto& t) { t.amplitude = 0.6; },
      [](auto& t) { t.exponent = 3.0; },
      [](auto& t) { t.spread = -1.0; },
      [](auto& t) { t.amplitude_limit = 1.0; },
      [](auto& t) { t.slot_s = 0.0; },
      [](auto& t) { t.tau_min_s = 1e-8; },
      [](auto& t) { t.tau_max_s = 1e-7; },
      [](auto& t) { t.tau_max_s = std::numeric_limits<double>::infinity(); },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    TelegraphParams wrong;
    mistakes[i](wrong);
    EXPECT_THROW(validate(wrong), InputError) << "mistake " << i;
  }
  EXPECT_NO_THROW(validate(TelegraphParams{}));
  const TelegraphNoise noise(all_trapped(), 2, 2, Random(1), 0);
  EXPECT_THROW((void)noise.is_captured(noise.traps()[0], -1.0), InputError);
  EXPECT_THROW((void)noise.is_captured(noise.traps()[0], 1e300), InputError);
  EXPECT_THROW((void)noise.is_captured(noise.traps()[0], std::nan("")), InputError);
  Eigen::MatrixXd g = Eigen::MatrixXd::Zero(3, 2);
  EXPECT_THROW(noise.add_to(g, {}, 0.0), InputError);
}

TEST(TelegraphNoise, IsOffByDefault) {
  const TelegraphNoise noise({}, 8, 8, Random(1), 0);
  EXPECT_TRUE(noise.traps().empty());
  Eigen::MatrixXd g = Eigen::MatrixXd::Constant(8, 8, 20e-6);
  noise.add_to(g, {}, 1.0);
  EXPECT_EQ(g, Eigen::MatrixXd::Constant(8, 8, 20e-6));
}

TEST(TelegraphNoise, TrapsHaveTheirProbabilityAndLogUniformTimes) {
  TelegraphParams params{.trap_probability = 0.3, .tau_min_s = 1e-6, .tau_max_s = 1.0};
  const TelegraphNoise noise(params, 200, 200, Random(kSeed), 2);
  const double cells = 200.0 * 200.0;
  EXPECT_NEAR(static_cast<double>(noise.traps().size()) / cells, 0.3,
              test::kSignificanceZ * std::sqrt(0.3 * 0.7 / cells));
  std::vector<double> capture, emission, strength;
  for (const Trap& trap : noise.traps()) {
    capture.push_back(std::log10(trap.capture_s));
    emission.push_back(std::log10(trap.emission_s));
    strength.push_back(std::log(trap.strength) / params.spread);
  }
  const auto uniform = [](double x) { return std::clamp((x + 6.0) / 6.0, 0.0, 1.0); };
  EXPECT_LT(test::ks_ratio(capture, uniform), 1.0) << "seed " << kSeed;
  EXPECT_LT(test::ks_ratio(emission, uniform), 1.0) << "seed " << kSeed;
  EXPECT_LT(test::ks_ratio(strength, test::normal_cdf), 1.0) << "seed " << kSeed;
}

TEST(TelegraphNoise, AmplitudeGrowsTowardsLowStatesUpToItsLimit) {
  TelegraphParams params = all_trapped();
  params.spread = 0.0;
  params.amplitude = 0.01;
  const TelegraphNoise noise(params, 1, 1, Random(1), 0);
  const Trap& trap = noise.traps()[0];
  EXPECT_NEAR(noise.amplitude(trap, {}, 35e-6), 0.01, 1e-15);
  EXPECT_NEAR(noise.amplitude(trap, {}, 35e-6 / 4.0), 0.02, 1e-15);
  EXPECT_EQ(noise.amplitude(trap, {}, 1e-12), params.amplitude_limit);
}

TEST(TelegraphNoise, ShareOfTimeCapturedIsThatOfTheTrap) {
  const TelegraphNoise noise(all_trapped(30.0), 24, 24, Random(kSeed), 2);
  std::vector<double> z;
  for (const Trap& trap : noise.traps()) {
    // Far apart (e^-20), so that the states are independent.
    const double distance = 20.0 / trap.rate_hz();
    constexpr int kTimes = 200;
    int captured = 0;
    for (int i = 0; i < kTimes; ++i) captured += noise.is_captured(trap, i * distance) ? 1 : 0;
    const double p = trap.mean_state();
    z.push_back((captured - kTimes * p) / std::sqrt(kTimes * p * (1.0 - p)));
  }
  // Whole counts are not quite Gaussian: mean and variance.
  const auto n = static_cast<double>(z.size());
  EXPECT_LT(std::abs(test::mean(z)), test::kSignificanceZ / std::sqrt(n)) << "seed " << kSeed;
  EXPECT_NEAR(test::deviation(z), 1.0, test::kSignificanceZ / std::sqrt(2.0 * n)) << "seed " << kSeed;
}

TEST(TelegraphNoise, CorrelationDecaysWithTheRateOfTheTrap) {
  // All traps alike: rate 2/10 µs, p = 1/2. Autocorrelation exp(−λ·lag) at every lag.
  const TelegraphNoise noise(all_trapped(), 80, 80, Random(kSeed), 2);
  for (const int lag : {1, 2, 5, 10, 20}) {
    double sum = 0.0, n = 0.0;
    for (const Trap& trap : noise.traps()) {
      for (const double start : {0.0, 1000e-6}) {
        const bool a = noise.is_captured(trap, start + 0.5e-6);
        const bool b = noise.is_captured(trap, start + (lag + 0.5) * 1e-6);
        sum += a == b ? 1.0 : -1.0;
        n += 1.0;
      }
    }
    const double expected = std::exp(-0.2 * lag);
    EXPECT_NEAR(sum / n, expected, test::kSignificanceZ * std::sqrt((1.0 - expected * expected) / n))
        << "lag " << lag << " seed " << kSeed;
  }
}

TEST(TelegraphNoise, DwellTimesAreExponential) {
  // τ_c = τ_e = 10 µs in slots of 0.05 µs. A dwell is seen to last k slots with probability (1 − q)^(k−1) ·
  // q, q = (1 − exp(−λ·slot))/2 the probability that the state differs from one slot to the next.
  TelegraphParams params = all_trapped();
  params.slot_s = 5e-8;
  const TelegraphNoise noise(params, 4, 4, Random(kSeed), 2);
  const double q = -0.5 * std::expm1(-0.2e6 * 5e-8);
  std::vector<double> dwell[2];
  for (const Trap& trap : noise.traps()) {
    bool state = noise.is_captured(trap, 0.0);
    int since = -1;
    for (int slot = 1; slot < 60000; ++slot) {
      const bool now = noise.is_captured(trap, (slot + 0.5) * params.slot_s);
      if (now == state) continue;
      if (since >= 0) dwell[state ? 1 : 0].push_back(slot - since);
      since = slot;
      state = now;
    }
  }
  for (const auto& lengths : dwell) {
    ASSERT_GT(lengths.size(), 2000U);
    constexpr std::size_t kBins = 10;
    std::vector<double> counts(kBins, 0.0), expected(kBins, 0.0);
    const auto bin_end = [](std::size_t bin) { return 60.0 * static_cast<double>(bin + 1); };
    for (const double length : lengths) {
      counts[std::min(static_cast<std::size_t>((length - 1.0) / 60.0), kBins - 1)] += 1.0;
    }
    double below = 0.0;
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      const double upto = bin + 1 < kBins ? 1.0 - std::pow(1.0 - q, bin_end(bin)) : 1.0;
      expected[bin] = (upto - below) * static_cast<double>(lengths.size());
      below = upto;
    }
    EXPECT_LT(test::chi2_ratio(counts, expected), 1.0) << "seed " << kSeed;
  }
}

TEST(TelegraphNoise, StateDoesNotDependOnWhatWasAskedBefore) {
  const TelegraphNoise noise(all_trapped(1000.0), 6, 6, Random(kSeed), 2);
  const TelegraphNoise again(all_trapped(1000.0), 6, 6, Random(kSeed), 2);
  std::vector<bool> forwards, backwards;
  for (const Trap& trap : noise.traps()) {
    for (int i = 0; i < 100; ++i) forwards.push_back(noise.is_captured(trap, i * 3.7e-6));
  }
  for (auto trap = again.traps().rbegin(); trap != again.traps().rend(); ++trap) {
    for (int i = 99; i >= 0; --i) backwards.push_back(again.is_captured(*trap, i * 3.7e-6));
  }
  EXPECT_TRUE(std::equal(forwards.begin(), forwards.end(), backwards.rbegin()));
}

TEST(TelegraphNoise, LateTimesBehaveAsEarlyOnes) {
  // Some 30 years: beyond the first epoch of 2^31 slots, and across the border of two.
  const TelegraphNoise noise(all_trapped(), 60, 60, Random(kSeed), 2);
  for (const double start : {1e9, 2147483648e-6 * 4}) {
    double captured = 0.0, same = 0.0;
    for (const Trap& trap : noise.traps()) {
      const bool now = noise.is_captured(trap, start + 0.5e-6);
      captured += now ? 1.0 : 0.0;
      same += now == noise.is_captured(trap, start + 5.5e-6) ? 1.0 : -1.0;
    }
    const auto n = static_cast<double>(noise.traps().size());
    EXPECT_NEAR(captured / n, 0.5, test::kSignificanceZ * 0.5 / std::sqrt(n));
    EXPECT_NEAR(same / n, std::exp(-1.0), test::kSignificanceZ / std::sqrt(n));
  }
}

TEST(TelegraphNoise, ConductanceHasTwoValuesAndTheRightMean) {
  TelegraphParams params = all_trapped(5.0);
  params.amplitude = 0.1;
  const TelegraphNoise noise(params, 1, 1, Random(kSeed), 9);
  const Trap& trap = noise.traps()[0];
  const double a = noise.amplitude(trap, {}, 20e-6), p = trap.mean_state();
  double sum = 0.0;
  constexpr int kTimes = 20000;
  for (int i = 0; i < kTimes; ++i) {
    const double time_s = i * 5.0 / trap.rate_hz();
    Eigen::MatrixXd g = Eigen::MatrixXd::Constant(1, 1, 20e-6);
    noise.add_to(g, {}, time_s);
    EXPECT_DOUBLE_EQ(g(0, 0), 20e-6 * (1.0 - a * ((noise.is_captured(trap, time_s) ? 1.0 : 0.0) - p)));
    sum += g(0, 0);
  }
  EXPECT_NEAR(sum / kTimes / 20e-6, 1.0, 4.0 * a * std::sqrt(p * (1.0 - p) / kTimes));
}

TEST(TelegraphNoise, ArraysAndCellsAreIndependent) {
  const TelegraphNoise one(all_trapped(), 64, 64, Random(kSeed), 2),
      other(all_trapped(), 64, 64, Random(kSeed), 3);
  double across_arrays = 0.0, across_cells = 0.0;
  for (std::size_t i = 0; i < one.traps().size(); ++i) {
    const bool state = one.is_captured(one.traps()[i], 0.0);
    const std::size_t next = (i + 1) % one.traps().size();
    across_arrays += state == other.is_captured(other.traps()[i], 0.0) ? 1.0 : -1.0;
    across_cells += state == one.is_captured(one.traps()[next], 0.0) ? 1.0 : -1.0;
  }
  EXPECT_LT(std::abs(across_arrays), 4.0 * 64.0);
  EXPECT_LT(std::abs(across_cells), 4.0 * 64.0);
}

TEST(TelegraphNoise, DwellsSayHowLongAStateHolds) {
  const TelegraphNoise noise(all_trapped(20.0), 5, 5, Random(kSeed), 2);
  for (const Trap& trap : noise.traps()) {
    std::uint64_t slot = 0;
    for (int i = 0; i < 50; ++i) {
      const auto at = [&](std::uint64_t s) { return (static_cast<double>(s) + 0.5) * 1e-6; };
      const Dwell dwell = noise.dwell(trap, at(slot));
      ASSERT_TRUE(dwell.contains(slot));
      ASSERT_EQ(dwell.first_slot, slot);  // the end of one is the beginning of the next
      for (const std::uint64_t s :
           {dwell.first_slot, (dwell.first_slot + dwell.end_slot) / 2, dwell.end_slot - 1}) {
        const Dwell inside = noise.dwell(trap, at(s));
        ASSERT_EQ(inside.first_slot, dwell.first_slot);
        ASSERT_EQ(inside.end_slot, dwell.end_slot);
        ASSERT_EQ(noise.is_captured(trap, at(s)), dwell.is_captured);
      }
      slot = dwell.end_slot;
    }
  }
}

TEST(TelegraphNoise, DwellsEndWithTheirEpoch) {
  TelegraphParams params = all_trapped();
  params.tau_min_s = params.tau_max_s = 1e9;  // much longer than an epoch of 2147 s
  const TelegraphNoise noise(params, 1, 1, Random(kSeed), 2);
  const Dwell dwell = noise.dwell(noise.traps()[0], 5000.0);
  EXPECT_EQ(dwell.first_slot, 2ULL << 31);
  EXPECT_EQ(dwell.end_slot, 3ULL << 31);
  EXPECT_EQ(noise.dwell(noise.traps()[0], 0.0).first_slot, 0U);
}

TEST(TelegraphNoise, TrackerFindsTheSameChangesInAnyOrder) {
  TelegraphParams params{.trap_probability = 0.5, .tau_min_s = 1e-6, .tau_max_s = 1e-3, .slot_s = 1e-6};
  const TelegraphNoise noise(params, 12, 9, Random(kSeed), 2);
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(12, 9, 20e-6);
  TelegraphTracker tracker;
  for (const double time_s : {0.0, 1e-6, 2e-6, 50e-6, 51e-6, 1e-3, 3e-6, 5e3, 0.0}) {
    const auto expected = noise.changes(g, {}, time_s);
    const auto tracked = tracker.changes(noise, g, {}, time_s);
    Eigen::MatrixXd added = g;
    noise.add_to(added, {}, time_s);
    ASSERT_EQ(tracked.size(), noise.traps().size());
    for (std::size_t i = 0; i < tracked.size(); ++i) {
      EXPECT_EQ(tracked[i].siemens, expected[i].siemens) << time_s;
      EXPECT_EQ(added(tracked[i].row, tracked[i].column), 20e-6 + tracked[i].siemens);
    }
  }
  EXPECT_THROW((void)tracker.changes(noise, Eigen::MatrixXd::Zero(1, 1), {}, 0.0), InputError);
  EXPECT_THROW((void)tracker.changes(noise, g, {}, -1.0), InputError);
}

}  // namespace
}  // namespace mho::device
