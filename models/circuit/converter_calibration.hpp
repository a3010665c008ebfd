// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Offset and gain of each channel of a converter bank, found as a driver finds them: known values in,
// measured values out, a straight line through both by least squares.
//     y = gain · x + offset        x, y in steps: ADC  x = v/step, y = code;  DAC  x = code, y = v/step
// Values are spread evenly over ± kCalibratedShare of the range, so that rounding averages out: with n points
// the error of the offset is about 0.29/√n steps, that of the gain 0.55/(√n · largest code).
//
// What a line cannot take away (INL, code widths) is reported as the residual. Not modelled: errors of the
// reference source and of the meter.
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/circuit/adc.hpp"
#include "models/circuit/dac.hpp"

namespace mho::circuit {

/// Share of the range over which values are spread: the ends are left out, because they may clip.
inline constexpr double kCalibratedShare = 0.9;

/// Per channel.
struct ConverterCalibration {
  Eigen::VectorXd gain;           ///< near 1
  Eigen::VectorXd offset_lsb;     ///< [steps]
  Eigen::VectorXd residual_lsb;   ///< largest distance of a measured point from the line [steps]
  std::uint64_t conversions = 0;  ///< of each channel; they take their conversion times

  /// What the ADC would have read without offset and gain error, (code − offset)/gain [channels x reads,
  /// steps].
  /// @throws InputError  rows of `codes` differ from the channels
  Eigen::MatrixXd corrected(const Eigen::Ref<const CodeMatrix>& codes) const;

  /// The DAC code whose output is nearest to `wanted` [steps] on `channel`, within ± max_code.
  /// @throws InputError  no such channel, `wanted` not finite
  int code_for(Eigen::Index channel, double wanted, int max_code) const;
};

/// Measures a bank of ADCs at `points` voltages, 2 … 2^20. The conversions have the numbers first_conversion,
/// …
/// @throws InputError  points out of range, v_full_scale_volt <= 0
ConverterCalibration calibrate(const Adc& adc, unsigned points, double v_full_scale_volt,
                               std::uint64_t first_conversion);

/// Measures a bank of DACs at `points` codes (some of them twice if there are fewer codes), 2 … 2^20, leaving
/// out code 0, which is ground.
/// @throws InputError  points or attenuation out of range
ConverterCalibration calibrate(const Dac& dac, unsigned points, unsigned attenuation_log2,
                               std::uint64_t first_conversion);

}  // namespace mho::circuit
