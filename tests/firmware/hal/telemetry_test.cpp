// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/telemetry.h"

#include "tests/firmware/hal/mock_mmio.hpp"

namespace mho::test {
namespace {

class TelemetryTest : public MockMmio {
 protected:
  mho_telemetry_t telemetry{kBase};
  std::uint64_t value = 0;

  void expect_pair(std::uint32_t offset) {
    expect_read(offset, 0x89abcdef);
    expect_read(offset + 4, 0x01234567);
  }
};

TEST_F(TelemetryTest, BadArgumentsTouchNothing) {
  EXPECT_EQ(mho_telemetry_check(nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_set_phase(nullptr, MHO_PHASE_BOOT), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_set_phase(&telemetry, static_cast<mho_phase_t>(MHO_PHASE_VERIFY + 1)),
            MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_get_time(&telemetry, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_get_energy(nullptr, &value), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_get_component_count(&telemetry, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_get_component_energy(&telemetry, 0, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_get_job_energy(&telemetry, 0, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_telemetry_set_cpu_job(nullptr, 1), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(TelemetryTest, LowHalfIsReadFirst) {
  expect_pair(0x10);
  EXPECT_EQ(mho_telemetry_get_time(&telemetry, &value), MHO_HAL_OK);
  EXPECT_EQ(value, 0x0123456789abcdefu);
  value = 0;
  expect_pair(0x18);
  EXPECT_EQ(mho_telemetry_get_energy(&telemetry, &value), MHO_HAL_OK);
  EXPECT_EQ(value, 0x0123456789abcdefu);
}

TEST_F(TelemetryTest, ComponentAndJobAreSelectedFirst) {
  expect_write(0x24, 3);
  expect_pair(0x28);
  EXPECT_EQ(mho_telemetry_get_component_energy(&telemetry, 3, &value), MHO_HAL_OK);
  expect_write(0x30, 12);
  expect_pair(0x34);
  EXPECT_EQ(mho_telemetry_get_job_energy(&telemetry, 12, &value), MHO_HAL_OK);
}

TEST_F(TelemetryTest, SingleRegisters) {
  std::uint32_t count = 0;
  expect_read(0, 0x4d48544c);
  EXPECT_EQ(mho_telemetry_check(&telemetry), MHO_HAL_OK);
  expect_read(0, 1);
  EXPECT_EQ(mho_telemetry_check(&telemetry), MHO_HAL_WRONG_BLOCK);
  expect_write(4, 4);
  EXPECT_EQ(mho_telemetry_set_phase(&telemetry, MHO_PHASE_SOLVE), MHO_HAL_OK);
  expect_read(0x20, 9);
  EXPECT_EQ(mho_telemetry_get_component_count(&telemetry, &count), MHO_HAL_OK);
  EXPECT_EQ(count, 9u);
  expect_write(0x3c, 5);
  EXPECT_EQ(mho_telemetry_set_cpu_job(&telemetry, 5), MHO_HAL_OK);
}

}  // namespace
}  // namespace mho::test
