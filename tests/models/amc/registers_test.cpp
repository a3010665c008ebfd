// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Every register of every block of the AMC against its description.
#include <map>
#include <string>
#include <string_view>

#include "tests/models/amc/amc_bench.hpp"

namespace mho::amc::test {
namespace {

using registers::Access;
using registers::RegisterInfo;
namespace telemetry_reg = registers::telemetry;

struct Block {
  const char* name;
  std::uint32_t base;
  std::span<const RegisterInfo> registers;
  /// Reset values that the construction decides.
  std::map<std::string_view, std::uint32_t> built_in;
};

AmcParams every_kind() {
  AmcParams params = small_params();
  params.ginv_count = 1;
  return params;
}

std::vector<Block> blocks() {
  const AmcParams params = every_kind();
  const std::map<std::string_view, std::uint32_t> capabilities{
      {"CAP_INV_COUNT", 2},         {"CAP_INV_SIZE", 8},        {"CAP_GINV_COUNT", 1},
      {"CAP_GINV_SIZE", 32},        {"CAP_MVM_COUNT", 10},      {"CAP_MVM_SIZE", 64},
      {"CAP_ROWS_PER_READ", 16},    {"CAP_LEVELS", 8},          {"CAP_INV_LEVELS", 8},
      {"CAP_INV_SLICES", 1},        {"CAP_SRAM_WORDS", 131072}, {"CAP_G_MIN_PS", 500000},
      {"CAP_G_STEP_PS", 4928571},   {"CAP_G_IN_PS", 86250000},  {"CAP_INV_UNIT", inv_unit(params)},
      {"CAP_MVM_UNIT", 127U << 16}, {"CAP_MAX_RETRIES", 8},     {"CAP_HP_ROWS", 64},
      {"CAP_DIGIT_BITS", 3},        {"CAP_INPUT_BITS", 1},      {"CAP_CONTEXTS", params.dru.contexts}};
  return {{"dru", map::kDruBase, dru_reg::kRegisters, capabilities},
          {"dru_context2", map::kDruContextBase + map::kDruContextStride, dru_reg::kRegisters, capabilities},
          {"dac", map::kDacBase, dac_reg::kRegisters, {{"BITS", 8}, {"FULL_SCALE_UV", 200000}}},
          {"adc",
           map::kAdcBase,
           adc_reg::kRegisters,
           {{"BITS", 8}, {"LOW_PRECISION_BITS", 8}, {"FULL_SCALE_UV", 500000}}},
          {"inv1", map::kInvBase + map::kInvStride, macro_reg::kRegisters, {{"KIND", 0}, {"SIZE", 8}}},
          {"mvm9", map::kMvmBase + 9 * map::kMvmStride, macro_reg::kRegisters, {{"KIND", 1}, {"SIZE", 64}}},
          {"ginv0", map::kGinvBase, macro_reg::kRegisters, {{"KIND", 2}, {"SIZE", 32}}}};
}

/// Calls use(offset) for each instance of a register, in a trace that names it.
template <typename Use>
void for_each_instance(const Block& block, const RegisterInfo& info, Use&& use) {
  for (std::uint32_t i = 0; i < info.count; ++i) {
    SCOPED_TRACE(std::string(block.name) + "." + std::string(info.name) + "[" + std::to_string(i) + "]");
    use(block.base + info.offset + i * info.stride);
  }
}

TEST(Registers, HaveTheirResetValues) {
  AmcBench bench(every_kind());
  bench.run([&] {
    for (const Block& block : blocks()) {
      for (const RegisterInfo& info : block.registers) {
        if (info.access == Access::kWriteOnly) continue;
        const auto built_in = block.built_in.find(info.name);
        const auto expected = built_in != block.built_in.end() ? built_in->second : info.reset;
        for_each_instance(block, info, [&](std::uint32_t at) { EXPECT_EQ(bench.host.read32(at), expected); });
      }
    }
  });
}

TEST(Registers, TellTheValuesOfUnevenInvLevels) {
  AmcParams params = small_params();
  params.inv_spacing = device::LevelSpacing::kListed;
  params.inv_listed_siemens = {0.5e-6, 1e-6, 12e-6, 35e-6};
  AmcBench bench(params);
  bench.run([&] {
    EXPECT_EQ(bench.host.read32(map::kDruBase + dru_reg::kCapInvIsUnevenOffset), 1U);
    EXPECT_EQ(bench.host.read32(map::kDruBase + dru_reg::kCapInvLevelsOffset), 4U);
    EXPECT_EQ(bench.host.read32(map::kDruBase + dru_reg::kCapGStepPsOffset), 11500000U);
    // 0, 0.5 and 11.5 µS of a step of 11.5 µS, and three steps; the rest of the table is empty.
    const std::vector<std::uint32_t> expected{0, 2849, 65536, 196608, 0};
    for (std::uint32_t k = 0; k < expected.size(); ++k) {
      const std::uint32_t at = dru_reg::kCapInvLevelValueOffset + k * dru_reg::kCapInvLevelValueStride;
      EXPECT_EQ(bench.host.read32(map::kDruBase + at), expected[k]) << k;
    }
  });
}

TEST(Registers, KeepWhatIsWrittenAndNothingElse) {
  AmcBench bench(every_kind());
  unsigned checked = 0;
  bench.run([&] {
    for (const Block& block : blocks()) {
      for (const RegisterInfo& info : block.registers) {
        // Where a write acts, the behaviour has tests of its own.
        if (info.access != Access::kReadWrite || info.has_side_effect || info.write_mask != info.read_mask)
          continue;
        for_each_instance(block, info, [&](std::uint32_t at) {
          bench.host.write32(at, 0xffffffff);
          EXPECT_EQ(bench.host.read32(at), info.write_mask);
          bench.host.write32(at, 0);
          EXPECT_EQ(bench.host.read32(at), 0U);
          ++checked;
        });
      }
    }
  });
  EXPECT_GT(checked, 20U);
}

TEST(Registers, RefuseAccessesThatTheDescriptionDoesNotAllow) {
  AmcBench bench(every_kind());
  bench.run([&] {
    for (const Block& block : blocks()) {
      for (const RegisterInfo& info : block.registers) {
        std::uint32_t value = 0;
        for_each_instance(block, info, [&](std::uint32_t at) {
          if (info.access == Access::kWriteOnly) {
            EXPECT_EQ(bench.host.read_status(at, bytes_of(value)), tlm::TLM_ADDRESS_ERROR_RESPONSE);
          }
          if (info.access == Access::kReadOnly) {
            EXPECT_EQ(bench.host.write_status(at, bytes_of(value)), tlm::TLM_ADDRESS_ERROR_RESPONSE);
          }
          // Registers are accessed as aligned words only.
          EXPECT_NE(bench.host.read_status(at, bytes_of(value).first(2)), tlm::TLM_OK_RESPONSE);
          EXPECT_NE(bench.host.read_status(at + 2, bytes_of(value)), tlm::TLM_OK_RESPONSE);
        });
      }
      std::uint32_t value = 0;
      EXPECT_NE(bench.host.read_status(block.base + 0xfc, bytes_of(value)), tlm::TLM_OK_RESPONSE)
          << block.name;
      EXPECT_NE(bench.host.write_status(block.base + 0xfc, bytes_of(value)), tlm::TLM_OK_RESPONSE)
          << block.name;
    }
  });
}

TEST(Registers, NothingAnswersBeyondTheConfiguredMacros) {
  AmcBench bench(every_kind());
  bench.run([&] {
    std::uint32_t value = 0;
    EXPECT_NE(bench.host.read_status(map::kInvBase + 2 * map::kInvStride, bytes_of(value)),
              tlm::TLM_OK_RESPONSE);
    EXPECT_NE(bench.host.read_status(map::kMvmBase + 10 * map::kMvmStride, bytes_of(value)),
              tlm::TLM_OK_RESPONSE);
  });
}

TEST(Registers, WindowsKeepBytesAndEndWhereTheyEnd) {
  AmcBench bench(every_kind());
  bench.run([&] {
    struct Case {
      std::uint32_t address, bytes;
    };
    const std::uint32_t mvm = map::kMvmBase + macro_reg::kLevelsOffset,
                        inv = map::kInvBase + macro_reg::kLevelsOffset;
    for (const Case& window : {Case{map::kDacBase + dac_reg::kPatternsOffset, dac_reg::kPatternsSize},
                               Case{mvm, 64 * 64}, Case{inv, 8 * 8}}) {
      SCOPED_TRACE(window.address);
      EXPECT_EQ(bench.host.read_all<std::uint8_t>(window.address, 3), (std::vector<std::uint8_t>{0, 0, 0}));
      const std::vector<std::uint8_t> data{1, 2, 3};
      bench.host.write_all(window.address + window.bytes - 3, std::span(data));
      EXPECT_EQ(bench.host.read_all<std::uint8_t>(window.address + window.bytes - 3, 3), data);
      std::vector<std::uint8_t> four(4);
      EXPECT_NE(bench.host.read_status(window.address + window.bytes - 3, four), tlm::TLM_OK_RESPONSE);
      EXPECT_NE(bench.host.write_status(window.address + window.bytes - 3, four), tlm::TLM_OK_RESPONSE);
    }
    const std::uint32_t codes = map::kAdcBase + adc_reg::kCodesOffset;
    EXPECT_EQ(bench.host.read_all<std::uint16_t>(codes + adc_reg::kCodesSize - 2, 1),
              std::vector<std::uint16_t>{0});
    std::vector<std::uint8_t> two(2);
    EXPECT_NE(bench.host.write_status(codes, two), tlm::TLM_OK_RESPONSE);
  });
}

TEST(Registers, ADebuggerReadsWithoutTimeEnergyOrEffect) {
  AmcBench bench(every_kind());
  const auto peek = [&](std::uint32_t address) {
    std::uint32_t value = 0;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    EXPECT_EQ(bench.host.port.socket->transport_dbg(payload), 4U) << std::hex << address;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    EXPECT_EQ(bench.host.port.socket->transport_dbg(payload), 0U) << "only reading is offered";
    return value;
  };
  bench.run([&] {
    const Energy before = bench.ledger().of_transactions();
    EXPECT_EQ(peek(map::kDruBase), dru_reg::kIdValue);
    EXPECT_EQ(peek(map::kDacBase), dac_reg::kIdValue);
    EXPECT_EQ(peek(map::kAdcBase), adc_reg::kIdValue);
    EXPECT_EQ(peek(map::kMvmBase), macro_reg::kIdValue);
    EXPECT_EQ(peek(map::kTelemetryBase), telemetry_reg::kIdValue);
    EXPECT_EQ(peek(map::kMvmBase + macro_reg::kLevelsOffset), 0U);
    EXPECT_EQ(bench.ledger().of_transactions(), before);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
  });
}

}  // namespace
}  // namespace mho::amc::test
