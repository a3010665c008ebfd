// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// DAC → macro → ADC by hand over the bus, as firmware brings a chip up.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/models/amc/amc_bench.hpp"

namespace mho::amc::test {

inline constexpr std::uint32_t kMvm = map::kMvmBase + 3 * map::kMvmStride;
inline constexpr std::uint32_t kMvmSource = adc_reg::kSourceMvm + 3;
inline constexpr std::uint32_t kInv = map::kInvBase + map::kInvStride;
inline constexpr std::uint32_t kInvSource = 1;
inline constexpr std::uint32_t kPs = 1000;  // picoseconds per nanosecond, which is also the bus clock

using Levels = std::vector<std::int8_t>;

class Bringup : public AmcBench {
 public:
  explicit Bringup(const AmcParams& params = ideal_params()) : AmcBench(params) {}

  std::uint32_t macro(std::uint32_t base, std::uint32_t offset) { return host.read32(base + offset); }
  void configure(std::uint32_t base, std::uint32_t rows, std::uint32_t columns, std::uint32_t reads,
                 int range = 0, int gain = 0) {
    host.write32(base + macro_reg::kRowsOffset, rows);
    host.write32(base + macro_reg::kColumnsOffset, columns);
    host.write32(base + macro_reg::kReadsOffset, reads);
    host.write32(base + macro_reg::kInputRangeOffset, static_cast<std::uint32_t>(range));
    host.write32(base + macro_reg::kOutputGainOffset, static_cast<std::uint32_t>(gain));
  }
  void program(std::uint32_t base, const Levels& levels) {
    host.write_all(base + macro_reg::kLevelsOffset, std::span(levels));
    host.write32(base + macro_reg::kCtrlOffset, macro_reg::kCtrlProgramMask);
  }
  void operate(std::uint32_t base, std::uint32_t extra = 0) {
    host.write32(base + macro_reg::kCtrlOffset, macro_reg::kCtrlOperateMask | extra);
  }
  void set_mode(std::uint32_t mode) { host.write32(map::kDacBase + dac_reg::kModeOffset, mode); }
  void set_pattern(unsigned pattern, const std::vector<std::int16_t>& codes) {
    host.write_all(map::kDacBase + dac_reg::kPatternsOffset + pattern * dac_reg::kChannels * 2,
                   std::span(codes));
  }
  void start_lane(unsigned lane, std::uint32_t source) {
    host.write32(map::kAdcBase + adc_reg::kLaneSourceOffset + 4 * lane, source);
    host.write32(map::kAdcBase + adc_reg::kLaneStartOffset + 4 * lane, 1);
  }
  std::uint32_t lane(unsigned number, std::uint32_t offset) {
    return host.read32(map::kAdcBase + offset + 4 * number);
  }
  std::vector<std::int16_t> codes(unsigned number, unsigned read, std::size_t count) {
    const std::uint32_t at = ((number * adc_reg::kMaxReads + read) * adc_reg::kChannels) * 2;
    return host.read_all<std::int16_t>(map::kAdcBase + adc_reg::kCodesOffset + at, count);
  }
  Energy spent_by(const std::string& name) {
    for (cost::ComponentId c = 0; c < ledger().component_count(); ++c) {
      if (ledger().component_name(c) == name) return ledger().of_component(c, cost::EnergyKind::kDynamic);
    }
    ADD_FAILURE() << "no component " << name;
    return {};
  }
};

inline std::uint64_t now_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

}  // namespace mho::amc::test
