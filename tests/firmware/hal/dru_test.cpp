// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/dru.h"

#include <map>

#include "tests/firmware/hal/mock_mmio.hpp"

namespace mho::test {
namespace {

class DruTest : public MockMmio {
 protected:
  /// The reads of mho_dru_get_capabilities(). @param values  by offset; the others are 0
  void expect_capabilities(const std::map<std::uint32_t, std::uint32_t>& values) {
    for (const std::uint32_t offset :
         {0xc0u, 0xc4u, 0xc8u, 0xccu,  0xd0u,  0xd4u,  0xd8u,  0xdcu,  0xe0u,  0xe4u,  0xe8u,  0xecu,
          0xf0u, 0xf4u, 0xf8u, 0x104u, 0x108u, 0x10cu, 0x110u, 0x114u, 0x118u, 0x11cu, 0x120u, 0x100u}) {
      const auto value = values.find(offset);
      expect_read(offset, value == values.end() ? 0 : value->second);
    }
  }
  mho_dru_t dru{kBase};
};

TEST_F(DruTest, NullIsABadArgument) {
  EXPECT_EQ(mho_dru_check(nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_reset(nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_get_capabilities(&dru, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_set_ring(nullptr, {0x80000000, 1}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_set_enabled(nullptr, true), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_ring_doorbell(nullptr, 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_get_head(&dru, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_get_state(&dru, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_abort(nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_get_last_completion(&dru, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_get_counters(&dru, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_get_signal_value(&dru, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_irq_pending(&dru, nullptr), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(DruTest, BadRingTouchesNothing) {
  EXPECT_EQ(mho_dru_set_ring(&dru, {0, 1}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_set_ring(&dru, {0x80000020, 1}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_set_ring(&dru, {0x80000040, 0}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_set_ring(&dru, {0x80000040, 4097}), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(DruTest, BadWatchdogAndCauses) {
  EXPECT_EQ(mho_dru_set_watchdog(&dru, 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_irq_enable(&dru, 8), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_irq_acknowledge(&dru, ~0u), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dru_irq_force(&dru, 16), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(DruTest, ChecksTheId) {
  expect_read(0, 0x4d484f44);
  EXPECT_EQ(mho_dru_check(&dru), MHO_HAL_OK);
  expect_read(0, 0x4d48444d);
  EXPECT_EQ(mho_dru_check(&dru), MHO_HAL_WRONG_BLOCK);
}

TEST_F(DruTest, RingBaseComesLast) {
  expect_read(0x04, 0);
  expect_write(0x14, 16);
  expect_write(0x10, 0x80001000);
  EXPECT_EQ(mho_dru_set_ring(&dru, {.address = 0x80001000, .entries = 16}), MHO_HAL_OK);
}

TEST_F(DruTest, RingOfAnEnabledUnitIsLeftAlone) {
  expect_read(0x04, 1);
  EXPECT_EQ(mho_dru_set_ring(&dru, {0x80001000, 16}), MHO_HAL_BUSY);
}

TEST_F(DruTest, ControlBits) {
  expect_write(0x04, 4);
  EXPECT_EQ(mho_dru_reset(&dru), MHO_HAL_OK);
  expect_write(0x04, 1);
  EXPECT_EQ(mho_dru_set_enabled(&dru, true), MHO_HAL_OK);
  expect_write(0x04, 0);
  EXPECT_EQ(mho_dru_set_enabled(&dru, false), MHO_HAL_OK);
}

TEST_F(DruTest, AbortKeepsTheEnableBit) {
  expect_read(0x04, 1);
  expect_write(0x04, 3);
  EXPECT_EQ(mho_dru_abort(&dru), MHO_HAL_OK);
  expect_read(0x04, 0);
  expect_write(0x04, 2);
  EXPECT_EQ(mho_dru_abort(&dru), MHO_HAL_OK);
}

TEST_F(DruTest, DoorbellAndHead) {
  std::uint32_t head = 0;
  expect_write(0x1c, 7);
  EXPECT_EQ(mho_dru_ring_doorbell(&dru, 7), MHO_HAL_OK);
  expect_read(0x18, 6);
  EXPECT_EQ(mho_dru_get_head(&dru, &head), MHO_HAL_OK);
  EXPECT_EQ(head, 6u);
}

TEST_F(DruTest, StateIsAField) {
  mho_dru_state_t state{};
  expect_read(0x08, 0xffff2003);
  EXPECT_EQ(mho_dru_get_state(&dru, &state), MHO_HAL_OK);
  EXPECT_EQ(state, MHO_DRU_STATE_ANALOG);
}

TEST_F(DruTest, Watchdog) {
  expect_write(0x30, 5000);
  EXPECT_EQ(mho_dru_set_watchdog(&dru, 5000), MHO_HAL_OK);
}

TEST_F(DruTest, Completion) {
  mho_dru_completion_t completion{};
  expect_read(0x34, 10);
  expect_read(0x38, 77);
  expect_read(0x3c, 12);
  expect_read(0x40, 3);
  expect_read(0x44, 9);
  EXPECT_EQ(mho_dru_get_last_completion(&dru, &completion), MHO_HAL_OK);
  EXPECT_EQ(completion.status, MHO_DRU_STATUS_UNSTABLE);
  EXPECT_EQ(completion.job_id, 77u);
  EXPECT_EQ(completion.fault_command, 12u);
  EXPECT_EQ(completion.fault_detail, 3u);
  EXPECT_EQ(completion.iterations, 9u);
}

TEST_F(DruTest, CountersReadTheLowHalfFirst) {
  mho_dru_counters_t counters{};
  for (std::uint32_t i = 0; i < 6; ++i) expect_read(0x80 + 4 * i, 100 + i);
  expect_read(0x98, 0x89abcdef);
  expect_read(0x9c, 0x01234567);
  expect_read(0xa0, 2);
  expect_read(0xa4, 3);
  expect_read(0xa8, 16);
  expect_read(0xac, 104);
  EXPECT_EQ(mho_dru_get_counters(&dru, &counters), MHO_HAL_OK);
  EXPECT_EQ(counters.inv, 100u);
  EXPECT_EQ(counters.mvm, 101u);
  EXPECT_EQ(counters.hp_reads, 102u);
  EXPECT_EQ(counters.program, 103u);
  EXPECT_EQ(counters.retries, 104u);
  EXPECT_EQ(counters.clips, 105u);
  EXPECT_EQ(counters.digital, 0x0123456789abcdefu);
  EXPECT_EQ(counters.max_writes_per_cell, 2u);
  EXPECT_EQ(counters.checksum_mismatches, 3u);
  EXPECT_EQ(counters.repeated_reads, 16u);
  EXPECT_EQ(counters.ginv, 104u);
}

TEST_F(DruTest, Capabilities) {
  mho_dru_capabilities_t capabilities{};
  std::map<std::uint32_t, std::uint32_t> values{{0x104, 1015}, {0x108, 1016}, {0x10c, 1017}, {0x110, 1018},
                                                {0x114, 1019}, {0x118, 1021}, {0x11c, 1022}, {0x120, 1020}};
  for (std::uint32_t i = 0; i < 15; ++i) values[0xc0 + 4 * i] = 1000 + i;
  expect_capabilities(values);
  EXPECT_EQ(mho_dru_get_capabilities(&dru, &capabilities), MHO_HAL_OK);
  EXPECT_EQ(capabilities.inv_count, 1000u);
  EXPECT_EQ(capabilities.inv_size, 1001u);
  EXPECT_EQ(capabilities.mvm_count, 1002u);
  EXPECT_EQ(capabilities.mvm_size, 1003u);
  EXPECT_EQ(capabilities.rows_per_read, 1004u);
  EXPECT_EQ(capabilities.levels, 1005u);
  EXPECT_EQ(capabilities.sram_words, 1006u);
  EXPECT_EQ(capabilities.g_min_ps, 1007u);
  EXPECT_EQ(capabilities.g_step_ps, 1008u);
  EXPECT_EQ(capabilities.g_in_ps, 1009u);
  EXPECT_EQ(capabilities.inv_unit, 1010u);
  EXPECT_EQ(capabilities.mvm_unit, 1011u);
  EXPECT_EQ(capabilities.max_retries, 1012u);
  EXPECT_EQ(capabilities.inv_levels, 1013u);
  EXPECT_EQ(capabilities.inv_slices, 1014u);
  EXPECT_EQ(capabilities.hp_rows, 1015u);
  EXPECT_EQ(capabilities.digit_bits, 1016u);
  EXPECT_EQ(capabilities.input_bits, 1017u);
  EXPECT_EQ(capabilities.inv_diagonal_cells, 1018u);
  EXPECT_EQ(capabilities.contexts, 1019u);
  EXPECT_EQ(capabilities.dac_banks, 1020u);
  EXPECT_EQ(capabilities.ginv_count, 1021u);
  EXPECT_EQ(capabilities.ginv_size, 1022u);
  EXPECT_EQ(capabilities.inv_is_uneven, 0u);
}

TEST_F(DruTest, CapabilitiesOfUnevenLevelsAreTheirValues) {
  mho_dru_capabilities_t capabilities{};
  expect_capabilities({{0xf4, 5}, {0xf8, 1}, {0x104, 64}, {0x114, 4}, {0x120, 1}, {0x100, 1}});
  for (std::uint32_t k = 0; k < 64; ++k) expect_read(0x200 + 4 * k, 70 * k);
  EXPECT_EQ(mho_dru_get_capabilities(&dru, &capabilities), MHO_HAL_OK);
  EXPECT_EQ(capabilities.inv_is_uneven, 1u);
  for (std::uint32_t k = 0; k < 64; ++k) EXPECT_EQ(capabilities.inv_level_values[k], 70 * k);
}

TEST_F(DruTest, Interrupts) {
  std::uint32_t causes = 0, value = 0;
  expect_read(0x20, 5);
  EXPECT_EQ(mho_dru_irq_pending(&dru, &causes), MHO_HAL_OK);
  EXPECT_EQ(causes, 5u);
  expect_write(0x20, 5);
  EXPECT_EQ(mho_dru_irq_acknowledge(&dru, 5), MHO_HAL_OK);
  expect_write(0x24, 7);
  EXPECT_EQ(mho_dru_irq_enable(&dru, MHO_DRU_IRQ_ALL), MHO_HAL_OK);
  expect_write(0x28, 2);
  EXPECT_EQ(mho_dru_irq_force(&dru, 2), MHO_HAL_OK);
  expect_read(0x48, 99);
  EXPECT_EQ(mho_dru_get_signal_value(&dru, &value), MHO_HAL_OK);
  EXPECT_EQ(value, 99u);
}

}  // namespace
}  // namespace mho::test
