// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A bank of analogue-to-digital converters, one channel per read line. Codes are signed and symmetric:
//     x    = v/step · (1 + gain error + trim) + offset + trim + noise,   step = v_fs/(2^(b−1)−1)
//     code = x rounded to nearest (ties to even), clipped to ± (2^(b−1)−1)
// Noise is Gaussian, truncated at ± 6 σ. A draw is needed only where noise can move the rounding; draws are
// pure functions of their coordinates, so leaving the others out changes nothing. Its parts add as powers:
//     σ² = noise_sigma² + k_B·T/C + (2π·f·v·jitter)²   sampling on C; a sine of amplitude v and frequency f,
//                                                      sampled at its steepest, for the aperture
//
// Non-linearity moves the thresholds between codes: the one between k − 1 and k lies at k − 1/2 + INL(k) with
//     INL(k) = inl_bow · (1 − u²) + Σ_{j<=k} DNL(j) + inl_profile(k),   u = −1 … 1 from the lowest threshold
//     to
// the highest. DNL(j) are drawn per channel and code, N(0, dnl_sigma), less what a straight line through the
// end thresholds takes (INL refers to the end points). Thresholds are sorted, as a converter that counts the
// comparators below its input does: codes may be missing, never out of order.
//
// Budget of an integer read (facts.md §1: under half a step at 6 σ) at the defaults of models/device and
// models/circuit, in steps, 16 of 64 rows active, every level ±7, one ADC step = one level step · v_read:
//     cells within ±0.3 %     0.052   (σ of what the write-verify loop leaves)
//     op-amp offset 10 µV     0.026   (noise gain 10)
//     DAC gain 5e-4           0.014
//     ADC offset, noise       0.020 each;  ADC gain 2e-4 at code 112: 0.022
//     root sum of squares     0.070, six of them 0.42; finite gain adds 0.011 and settling to 2⁻¹² 0.027
// tests/models/circuit/integer_read_test.cpp measures 0.063 before the ADC.
//
// Not modelled: hysteresis, sharing of one converter by several lines (models/amc does that).
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <vector>

#include "models/base/random.hpp"
#include "models/circuit/code_matrix.hpp"

namespace mho::circuit {

/// Where the noise ends, in standard deviations.
inline constexpr double kAdcNoiseBound = 6.0;

/// Every default is our assumption (A) unless stated.
struct AdcParams {
  unsigned bits = 8;               ///< 2 … 15
  double v_full_scale_volt = 0.5;  ///< voltage of the largest code, > 0
  double offset_sigma_lsb = 0.02;  ///< per channel, fixed, after calibration, >= 0
  double gain_sigma = 2e-4;        ///< per channel, fixed, relative, after calibration, >= 0
  double noise_sigma_lsb = 0.02;   ///< per conversion, 0 … 0.5
  /// 100 MS/s: up to there the energy of the survey regression is flat (components.md).
  double conversion_time_s = 10e-9;
  double energy_per_conversion_J = 2.61e-12;  ///< 8 bit, 40 nm, survey regression (components.md)

  double inl_bow_lsb = 0.0;    ///< at mid scale, ± a quarter of the largest code
  double dnl_sigma_lsb = 0.0;  ///< per channel and code, fixed, 0 … 1
  /// Displacement of each threshold, lowest first: 2·(2^(bits−1)−1) entries, each within ± the largest code.
  /// Empty: none.
  std::vector<double> inl_profile_lsb{};
  double sampling_capacitance_F = 0.0;  ///< >= 0; 0 = no k_B·T/C noise
  double kelvin = 300.0;                ///< of the sampling switch, 200 … 500
  double aperture_jitter_s = 0.0;       ///< RMS, >= 0
  double input_frequency_hz = 0.0;      ///< for the aperture, >= 0; 0 = the input is settled
};

/// Throws InputError if a field is out of the range stated above.
void validate(const AdcParams& adc);

struct [[nodiscard]] AdcResult {
  CodeMatrix codes;             ///< [channels x reads]
  std::uint64_t n_clipped = 0;  ///< codes that were limited
  int min_code = 0;             ///< smallest and largest code of the batch; 0 if it is empty
  int max_code = 0;
};

class Adc {
 public:
  /// Gain, offset and code widths of the channels are drawn here, from (unit, channel, code).
  /// @throws InputError  a parameter out of range, more than 65536 channels, more than 2^25 drawn code widths
  Adc(const AdcParams& params, Eigen::Index channels, const Random& random, std::uint32_t unit);

  const AdcParams& params() const { return params_; }
  Eigen::Index channels() const { return gain_.size(); }
  int max_code() const { return max_code_; }
  /// What is added to offset [LSB] and relative gain of a channel from now on, in the place of an earlier
  /// trim.
  /// @throws InputError  no such channel, a trim not finite
  void trim(Eigen::Index channel, double offset_lsb, double gain);
  /// Displacements of the thresholds of a channel from their ideal places, lowest first [2·max_code() LSB].
  Eigen::VectorXd inl_lsb(Eigen::Index channel) const;
  /// Voltage of one code step [volt], for a full scale of v_full_scale_volt.
  double step_volt(double v_full_scale_volt) const { return v_full_scale_volt / max_code_; }
  double step_volt() const { return step_volt(params_.v_full_scale_volt); }

  /// Converts a batch [channels x reads, volt] whose reads have the numbers first_conversion, +1, …: the
  /// result does not depend on how reads are grouped into batches. NaN converts to the largest code and
  /// counts as clipped.
  /// @throws InputError  rows of `v` differ from channels(), v_full_scale_volt <= 0
  AdcResult convert(const Eigen::Ref<const Eigen::MatrixXd>& v, double v_full_scale_volt,
                    std::uint64_t first_conversion) const;

 private:
  double noise_draw(Eigen::Index channel, std::uint64_t conversion) const;
  void place_thresholds();
  int code_at(Eigen::Index channel, double x_lsb) const;
  double boundary_distance(Eigen::Index channel, double x_lsb, int code) const;
  AdcResult convert_in_full(const Eigen::Ref<const Eigen::MatrixXd>& v, double v_full_scale_volt,
                            std::uint64_t first_conversion) const;

  AdcParams params_;
  Random random_;
  std::uint32_t unit_;
  int max_code_;
  double drawn_gain(Eigen::Index channel) const;
  double drawn_offset_lsb(Eigen::Index channel) const;

  Eigen::VectorXd gain_;  // 1 + gain error + trim
  Eigen::VectorXd offset_lsb_;
  /// [thresholds, lowest first x channels, LSB]; one column if all channels are alike, empty if linear.
  Eigen::MatrixXd thresholds_;
};

}  // namespace mho::circuit
