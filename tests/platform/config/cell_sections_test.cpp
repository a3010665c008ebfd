// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

TEST(CellSections, InputConductanceFollowsTheCellUnlessGiven) {
  EXPECT_NEAR(with({"cell.g_max_siemens=70e-6"}).amc.g_in_siemens, 69.5e-6 * 0.5 / 0.2, 1e-12);
  EXPECT_EQ(with({"inv.input_conductance_siemens=5e-5"}).amc.g_in_siemens, 5e-5);
}

TEST(CellSections, EffectsOfCellsAreOffUnlessGiven) {
  const device::CellEffects off = with({}).amc.effects;
  EXPECT_FALSE(is_on(off.faults) || is_on(off.endurance) || is_on(off.retention) ||
               is_on(off.temperature, with({}).amc.kelvin) || is_on(off.telegraph) || is_on(off.thermal));
  const device::CellEffects on =
      with({"faults.stuck_on_rate=0.1", "endurance.half_window_writes=1e6",
            "retention.sigma_siemens_per_efold=1e-8", "temperature.low_per_kelvin=1e-3",
            "noise.trap_probability=0.3", "noise.thermal_bandwidth_hz=5e6"})
          .amc.effects;
  EXPECT_EQ(on.faults.on_rate, 0.1);
  EXPECT_EQ(on.endurance.half_window_writes, 1e6);
  EXPECT_EQ(on.retention.sigma_siemens_per_efold, 1e-8);
  EXPECT_EQ(on.temperature.low_per_kelvin, 1e-3);
  EXPECT_EQ(on.telegraph.trap_probability, 0.3);
  EXPECT_EQ(on.thermal.bandwidth_hz, 5e6);
}

TEST(CellSections, MovingTheTemperatureAloneMovesConductances) {
  const amc::AmcParams hot = with({"temperature.kelvin=350"}).amc;
  EXPECT_TRUE(is_on(hot.effects.temperature, hot.kelvin));
  EXPECT_EQ(hot.effects.temperature.low_per_kelvin, device::kTypicalTemperature.low_per_kelvin);
  EXPECT_EQ(hot.effects.temperature.high_per_kelvin, device::kTypicalTemperature.high_per_kelvin);
  EXPECT_EQ(hot.adc.kelvin, 350);
}

TEST(CellSections, ReferencesAndLimitsOfCellEffectsArrive) {
  const device::CellEffects defaults, chip = with({}).amc.effects;
  EXPECT_EQ(chip.retention.reference_kelvin, defaults.retention.reference_kelvin);
  EXPECT_EQ(chip.temperature.reference_kelvin, defaults.temperature.reference_kelvin);
  EXPECT_EQ(chip.telegraph.amplitude_limit, defaults.telegraph.amplitude_limit);
  EXPECT_EQ(chip.telegraph.slot_s, defaults.telegraph.slot_s);
  const device::CellEffects other =
      with({"retention.reference_kelvin=310", "temperature.reference_kelvin=320",
            "noise.trap_amplitude_limit=0.25", "noise.trap_slot_s=2e-7"})
          .amc.effects;
  EXPECT_EQ(other.retention.reference_kelvin, 310);
  EXPECT_EQ(other.temperature.reference_kelvin, 320);
  EXPECT_EQ(other.telegraph.amplitude_limit, 0.25);
  EXPECT_EQ(other.telegraph.slot_s, 2e-7);
  EXPECT_THAT(message_of({"noise.trap_slot_s=1e-5"}), HasSubstr("must be at most noise.trap_tau_min_s"));
}

TEST(CellSections, CellsAreOhmicUnlessGiven) {
  EXPECT_TRUE(with({}).amc.cell_model.is_ohmic());
  EXPECT_EQ(with({}).amc.opamp.noise_volt_per_sqrt_hz, 0);
  EXPECT_EQ(with({"opamp.noise_volt_per_sqrt_hz=5e-9"}).amc.opamp.noise_volt_per_sqrt_hz, 5e-9);
  EXPECT_EQ(with({"cell.nonlinearity_volt=0.5"}).amc.cell_model.iv.v0_volt, 0.5);
  const auto access = with({"access.model=nmos1", "access.width_metre=2e-6", "access.length_metre=2e-7",
                            "access.vto_volt=0.3", "access.kp_ampere_per_volt2=3e-4",
                            "access.lambda_per_volt=0.1", "access.gamma_sqrt_volt=0.4", "access.phi_volt=0.7",
                            "access.gate_volt=1.5", "access.side=column"})
                          .amc.cell_model.access;
  ASSERT_TRUE(access.has_value());
  EXPECT_EQ(access->width_metre, 2e-6);
  EXPECT_EQ(access->length_metre, 2e-7);
  EXPECT_EQ(access->vto_volt, 0.3);
  EXPECT_EQ(access->kp_ampere_per_volt2, 3e-4);
  EXPECT_EQ(access->lambda_per_volt, 0.1);
  EXPECT_EQ(access->gamma_sqrt_volt, 0.4);
  EXPECT_EQ(access->phi_volt, 0.7);
  EXPECT_EQ(access->v_gate_volt, 1.5);
  EXPECT_FALSE(access->is_at_row);
}

TEST(CellSections, TransistorsSinhCellsAndPolesOfAmplifiersGoTogether) {
  const amc::AmcParams all =
      with({"cell.nonlinearity_volt=0.5", "access.model=nmos1", "opamp.second_pole_hz=1e9",
            "opamp.input_farad=1e-15", "opamp.output_ohm=50", "inv.signs=inverters"})
          .amc;
  EXPECT_TRUE(all.cell_model.access.has_value());
  EXPECT_EQ(all.cell_model.iv.v0_volt, 0.5);
  EXPECT_TRUE(circuit::is_on(all.loop));
}

TEST(CellSections, CellModelsThatNothingSolvesAreRefused) {
  EXPECT_THAT(message_of({"cell.nonlinearity_volt=1e-5"}), HasSubstr("choose 0 or at least 0.001"));
  EXPECT_THAT(message_of({"access.model=nmos1", "access.width_metre=1e-9"}),
              HasSubstr("does not carry what a cell"));
}

}  // namespace
}  // namespace mho::platform
