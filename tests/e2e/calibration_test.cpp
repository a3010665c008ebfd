// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Converters and amplifiers far from their default accuracy, as a user meets them: without calibration the
// job fails, with it the same chip converges, and what it took is reported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iomanip>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using Arguments = std::vector<std::string>;

constexpr int kRows = 8;
constexpr const char* kCalibrate = "solver.calibrate=on";

/// Diagonally dominant with entries of either sign: any chip that reads rightly solves it.
std::string random_matrix(unsigned seed) {
  std::mt19937_64 draw(seed);
  std::uniform_real_distribution<double> entry(-1.0, 1.0);
  std::ostringstream text;
  text << "%%MatrixMarket matrix array real general\n"
       << kRows << ' ' << kRows << '\n'
       << std::setprecision(17);
  for (int j = 0; j < kRows; ++j) {
    for (int i = 0; i < kRows; ++i) text << entry(draw) + (i == j ? 4.0 : 0.0) << '\n';
  }
  return text.str();
}

class Calibration : public testing::Test {
 protected:
  SolveResult solve_with(unsigned seed, const Arguments& keys) {
    Arguments arguments{folder_.write("A.mtx", random_matrix(seed)), "--seed", std::to_string(seed)};
    for (const std::string& key : keys) {
      arguments.push_back("--set");
      arguments.push_back(key);
    }
    return solve(arguments);
  }

 private:
  TemporaryFolder folder_;
};

class ImperfectChip : public Calibration, public testing::WithParamInterface<Arguments> {};

TEST_P(ImperfectChip, ConvergesOnlyWithCalibration) {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE(seed);
    const SolveResult raw = solve_with(seed, GetParam());
    EXPECT_EQ(raw.program.exit_code, 1);
    EXPECT_NE(raw.status(), "converged");
    EXPECT_FALSE(raw.json.contains("calibration"));

    Arguments keys = GetParam();
    keys.emplace_back(kCalibrate);
    const SolveResult calibrated = solve_with(seed, keys);
    EXPECT_EQ(calibrated.status(), "converged");
    EXPECT_LE(calibrated.json["relative_error"].get<double>(), 0x1p-23);
    EXPECT_EQ(calibrated.json["calibration"]["limited"], 0);
  }
}

INSTANTIATE_TEST_SUITE_P(All, ImperfectChip,
                         testing::Values(Arguments{"adc.offset_sigma_lsb=1"},
                                         Arguments{"opamp.offset_sigma_volt=1e-3"},
                                         Arguments{"adc.gain_sigma=0.02"}, Arguments{"dac.gain_sigma=0.02"}));

TEST_F(Calibration, TakesAllErrorsAtOnce) {
  for (const unsigned seed : {5U, 6U}) {
    const SolveResult result =
        solve_with(seed, {"adc.offset_sigma_lsb=1", "opamp.offset_sigma_volt=1e-3", "adc.gain_sigma=0.02",
                          "dac.gain_sigma=0.02", "dac.offset_sigma_lsb=1", kCalibrate});
    EXPECT_EQ(result.status(), "converged");
  }
}

TEST_F(Calibration, AnErrorOfTheReferenceCancelsInReads) {
  EXPECT_EQ(solve_with(1, {"adc.reference_sigma=0.02", kCalibrate}).status(), "converged");
}

TEST_F(Calibration, CountsInPhaseProgramAndNowhereElse) {
  const SolveResult off = solve_with(1, {}), on = solve_with(1, {kCalibrate});
  ASSERT_EQ(on.status(), "converged");
  const auto& calibration = on.json["calibration"];
  // All converters, one INV macro of 8 outputs, eight MVM macros of 64.
  EXPECT_EQ(calibration["channels"], 8 * 64 + 64 + 8 + 8 * 64);
  EXPECT_GT(calibration["conversions"].get<double>(), 0);
  const auto program = [](const SolveResult& r, const char* what) {
    return r.json["phases"]["program"][what].get<double>();
  };
  // The counters of the chip are whole nanoseconds and picojoules.
  EXPECT_NEAR(program(on, "time_s") - program(off, "time_s"), calibration["time_s"].get<double>(),
              0.02 * calibration["time_s"].get<double>());
  EXPECT_GT(program(on, "energy_J") - program(off, "energy_J"), 0.9 * calibration["energy_J"].get<double>());
  EXPECT_EQ(on.json["phases"]["boot"], off.json["phases"]["boot"]);
}

TEST_F(Calibration, OffsetsBeyondTheTrimsAreReported) {
  const SolveResult result = solve_with(1, {"adc.offset_sigma_lsb=10", kCalibrate});
  EXPECT_NE(result.status(), "converged");
  EXPECT_GT(result.json["calibration"]["limited"].get<int>(), 0);
}

TEST_F(Calibration, ConvertersTooCoarseForItAreRefused) {
  const ProgramResult refused =
      run_mho({"solve", data_file("cage3.mtx"), "--set", "adc.bits=3", "--set", kCalibrate});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, testing::HasSubstr("adc.bits of at least 4"));
}

}  // namespace
}  // namespace mho::test
