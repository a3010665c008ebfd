// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A bank of digital-to-analogue converters, one channel per driven line. Codes are signed and symmetric,
// −(2^(b−1)−1) … +(2^(b−1)−1). The attenuator scales the reference by 2^−attenuation, and with it the step.
//
//     multi-bit   v = step · [ code · (1 + gain error + trim) + offset + trim + INL(code) + noise ],
//                 step = v_fs/(2^(b−1)−1) · 2^−att
//     one bit     v = ± v_fs · 2^−att · (1 + gain error + trim): the channel is switched to a reference
//     code 0      exactly 0 V in both modes: the line is switched to ground
//
// INL(code) = inl_bow · (1 − (code/max)²) + Σ_{j<=code} DNL(j) + inl_profile(code), DNL drawn per channel and
// code, N(0, dnl_sigma), less what a straight line through the outermost codes takes: a converter that is not
// monotonic where DNL < −1. Outputs are limited to ± v_clip in both modes.
//
// Not modelled: glitches, reference noise, source resistance.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <vector>

#include "models/base/random.hpp"
#include "models/circuit/code_matrix.hpp"

namespace mho::circuit {

/// Every default is our assumption (A) unless stated.
struct DacParams {
  unsigned bits = 8;                                 ///< 2 … 15
  double v_full_scale_volt = 0.2;                    ///< largest output, > 0: the read voltage of the cells
  double offset_sigma_lsb = 0.02;                    ///< per channel, fixed, >= 0
  double gain_sigma = 5e-4;                          ///< per channel, fixed, relative, >= 0
  double noise_sigma_lsb = 0.02;                     ///< per conversion, >= 0
  double conversion_time_s = 1e-9;                   ///< > 0. BRAHMS, 40 nm, 8 bit, 1.1 GS/s (components.md)
  double energy_per_conversion_J = 0.291e-12;        ///< >= 0. BRAHMS (components.md)
  double energy_per_one_bit_conversion_J = 3.9e-15;  ///< >= 0. PUMA row driver at 1 GS/s (components.md)

  double inl_bow_lsb = 0.0;    ///< at mid scale, ± a quarter of the largest code
  double dnl_sigma_lsb = 0.0;  ///< per channel and code, fixed, 0 … 1
  /// Of each code, −max first: 2^bits − 1 entries, each within ± the largest code. Empty: none.
  std::vector<double> inl_profile_lsb{};
  double v_clip_volt = 0.0;  ///< largest |output|, > 0; 0 = no limit
};

/// Throws InputError if a field is out of the range stated above.
void validate(const DacParams& dac);

/// Integer reads drive digits of `bits` bits and sign. One bit switches the line to the reference (kOneBit);
/// more are codes of the converter (kMultiBit) in even steps, as long as the largest digit stays in range:
///     steps of ⌊(2^(b−1)−1) / (2^bits−1)⌋ codes
/// @param bits  1 … dac.bits − 1
/// @returns  codes between neighbouring digits, >= 1; with one bit 1, the code that kOneBit takes
int digit_step_codes(const DacParams& dac, unsigned bits);
/// Voltage of the digit 1 [volt]: the full scale with one bit, otherwise that of as many codes.
double digit_volt(const DacParams& dac, unsigned bits);

enum class DacMode { kMultiBit, kOneBit };

class Dac {
 public:
  /// Gain, offset and code widths of the channels are drawn here, from (unit, channel, code).
  /// @throws InputError  a parameter out of range, more than 65536 channels, more than 2^25 drawn code widths
  Dac(const DacParams& params, Eigen::Index channels, const Random& random, std::uint32_t unit);

  const DacParams& params() const { return params_; }
  Eigen::Index channels() const { return gain_.size(); }
  int max_code() const { return max_code_; }
  /// What is added to offset [LSB] and relative gain of a channel from now on, in the place of an earlier
  /// trim.
  /// @throws InputError  no such channel, a trim not finite
  void trim(Eigen::Index channel, double offset_lsb, double gain);
  /// INL of one code of a channel [LSB]; 0 if the codes are evenly spaced.
  double inl_lsb(Eigen::Index channel, int code) const;
  /// Output of one code step without errors [volt].
  double step_volt(unsigned attenuation_log2 = 0) const;

  /// Output of one channel [volt]. `conversion` is the running number of the conversions of this bank, from
  /// which the noise follows. Codes beyond ± max_code() (one bit: ± 1) are an InputError.
  double volts(Eigen::Index channel, int code, unsigned attenuation_log2, std::uint64_t conversion,
               DacMode mode = DacMode::kMultiBit) const;

  /// Outputs [channels x reads, volt] of a batch whose reads have the numbers first_conversion, +1, …:
  /// the result does not depend on how reads are grouped into batches.
  /// @throws InputError  rows of `codes` differ from channels(), a code out of range, attenuation_log2 > 15
  Eigen::MatrixXd convert(const Eigen::Ref<const CodeMatrix>& codes, unsigned attenuation_log2,
                          std::uint64_t first_conversion, DacMode mode = DacMode::kMultiBit) const;

  /// Is one of these outputs [volt] all that the converter can give?
  bool is_at_limit(const Eigen::Ref<const Eigen::MatrixXd>& volts) const;

  /// Energy of `conversions` conversions [joule].
  double energy_J(std::uint64_t conversions, DacMode mode) const;

 private:
  double clipped(double volt) const;

  DacParams params_;
  Random random_;
  std::uint32_t unit_;
  int max_code_;
  double drawn_gain(Eigen::Index channel) const;
  double drawn_offset_lsb(Eigen::Index channel) const;

  Eigen::VectorXd gain_;  // 1 + gain error + trim
  Eigen::VectorXd offset_lsb_;
  /// [codes, −max first x channels, LSB]; one column if all channels are alike, empty if linear.
  Eigen::MatrixXd inl_;
};

}  // namespace mho::circuit
