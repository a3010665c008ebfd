// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/timing.hpp"

#include <gtest/gtest.h>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

TEST(Timing, RejectsParametersOutOfRange) {
  TimingParams timing;
  timing.measured_inv_s = 0.0;
  EXPECT_THROW(validate(timing), InputError);
  timing = {};
  timing.measured_mvm_s = -1.0;
  EXPECT_THROW(validate(timing), InputError);
  timing = {};
  timing.settle_epsilon = 1.0;
  EXPECT_THROW(validate(timing), InputError);
  timing = {};
  timing.settle_epsilon_read = 0.0;
  EXPECT_THROW(validate(timing), InputError);
  EXPECT_NO_THROW(validate(TimingParams{}));
}

TEST(Timing, ModeChoosesBetweenTheoryAndMeasurement) {
  TimingParams timing;
  EXPECT_EQ(inv_duration_s(timing, 13e-9), 120e-9);
  EXPECT_EQ(mvm_duration_s(timing, 13e-9), 60e-9);
  EXPECT_EQ(inv_duration_s(timing, 130e-9), 130e-9) << "no hardware is faster than its circuit";
  EXPECT_EQ(mvm_duration_s(timing, 130e-9), 130e-9);
  timing.mode = TimingParams::Mode::kTheory;
  EXPECT_EQ(inv_duration_s(timing, 13e-9), 13e-9);
  EXPECT_EQ(mvm_duration_s(timing, 13e-9), 13e-9);
}

}  // namespace
}  // namespace mho::circuit
