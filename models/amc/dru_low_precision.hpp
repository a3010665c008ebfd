// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Low-precision operations of the refinement unit: a vector is reduced to DAC codes, a tile's macro solves
// (INV, GINV) or multiplies (MVM), the ADC codes are scaled back in integers. Range and gain follow
// RangeControl.
//
//     result = −code · 2^(k + e_a + r − g) · unit · scale,   unit = CAP_*_UNIT · 2^−16
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"
#include "models/amc/range_control.hpp"

namespace mho::amc {

class DruLowPrecision {
 public:
  DruLowPrecision(const DruCapabilities& capabilities, DruStorage& storage, DruPort& port,
                  DruMonitor& monitor)
      : capabilities_(capabilities), storage_(storage), port_(port), monitor_(monitor) {}

  Outcome inv(const DruCommand& command);
  Outcome ginv(const DruCommand& command);
  Outcome mvm(const DruCommand& command);

 private:
  static constexpr std::size_t kLines = registers::array_macro::kMaxSize;

  /// What came back from one attempt.
  struct Reading {
    bool is_saturated = false, is_clipped = false;
    int peak = 0;
  };

  Outcome solve(const DruCommand& command, TileKind kind);
  std::uint64_t unit_of(const Tile& tile) const;
  Outcome scale_operand(std::size_t lines);
  Outcome operate(const DruCommand& command, Tile& tile, std::int32_t exponent, numeric::Combine how);
  Outcome find_range(const DruCommand& command, Tile& tile, std::size_t lines, std::size_t outputs);
  Outcome attempt(const DruCommand& command, const Tile& tile, RangeSetting setting, std::size_t lines,
                  std::size_t outputs, Reading& reading);
  Outcome check_destination(const DruCommand& command, std::size_t length, numeric::Combine how) const;

  const DruCapabilities& capabilities_;
  DruStorage& storage_;
  DruPort& port_;
  DruMonitor& monitor_;
  std::array<std::int64_t, kLines> operand_{};
  std::array<std::int16_t, kLines> dac_codes_{}, adc_codes_{};
  std::array<int128_t, kLines> products_{};
  numeric::FixedVector result_;
};

}  // namespace mho::amc
