// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How the refinement unit finds the input range r and the output gain g of a low-precision operation. After
// each attempt, with F the ADC's largest code and p the largest magnitude among the codes:
//
//     an amplifier or DAC at its limit   r + 1
//     a conversion clipped               g − 1, at the smallest gain r + 1
//     n > 0, the largest with            g up by n, or r down by n when g is at its maximum
//       2^n · max(p, 1/2) <= 0.9 F
//     otherwise                          accepted
//
// So an accepted p is above 0.45 F as a rule: each bit of the converter that an output leaves unused is
// missing in the inverse. At most `max_changes` changes. After a saturation or a clip a small p is accepted,
// so that settings never oscillate. A result of all zeros teaches nothing: settle() then returns the setting
// it began with.
#pragma once

#include <algorithm>

#include "registers/array_macro.hpp"

namespace mho::amc {

struct RangeSetting {
  int input_range = 0, output_gain = 0;
  bool operator==(const RangeSetting&) const = default;
};

enum class RangeVerdict { kAccept, kRepeat, kExhausted };

class RangeControl {
 public:
  static constexpr int kRangeMax = static_cast<int>(registers::array_macro::kInputRangeMax);
  static constexpr int kGainMin = registers::array_macro::kOutputGainMin;
  static constexpr int kGainMax = static_cast<int>(registers::array_macro::kOutputGainMax);

  RangeControl(RangeSetting start, int full_scale, unsigned max_changes)
      : start_(start), setting_(start), full_scale_(full_scale), max_changes_(max_changes) {}

  /// What to do after an attempt with setting(); kRepeat has changed it.
  RangeVerdict judge(bool is_saturated, bool is_clipped, int peak) {
    peak_ = peak;
    const RangeSetting next = is_saturated || is_clipped ? weaker(is_saturated) : stronger(peak);
    if (next == setting_)
      return is_saturated || is_clipped ? RangeVerdict::kExhausted : RangeVerdict::kAccept;
    if (changes_ >= max_changes_) {
      return is_saturated || is_clipped ? RangeVerdict::kExhausted : RangeVerdict::kAccept;
    }
    was_limited_ |= is_saturated || is_clipped;
    setting_ = next;
    ++changes_;
    return RangeVerdict::kRepeat;
  }

  RangeSetting setting() const { return setting_; }
  unsigned changes() const { return changes_; }
  /// The setting to begin with next time.
  RangeSetting settle() const { return peak_ == 0 ? start_ : setting_; }

 private:
  RangeSetting weaker(bool is_saturated) const {
    RangeSetting next = setting_;
    if (!is_saturated && next.output_gain > kGainMin) {
      --next.output_gain;
    } else {
      next.input_range = std::min(next.input_range + 1, kRangeMax);
    }
    return next;
  }

  RangeSetting stronger(int peak) const {
    if (was_limited_) return setting_;
    RangeSetting next = setting_;
    int powers = 0;
    // In tenths of a code, doubled so that half a code is a whole number.
    while ((std::max(2 * peak, 1) << (powers + 1)) * 10 <= full_scale_ * 18) ++powers;
    if (next.output_gain < kGainMax) {
      next.output_gain = std::min(next.output_gain + powers, kGainMax);
    } else {
      next.input_range = std::max(next.input_range - powers, 0);
    }
    return next;
  }

  RangeSetting start_, setting_;
  int full_scale_;
  unsigned max_changes_;
  unsigned changes_ = 0;
  bool was_limited_ = false;
  int peak_ = 0;
};

}  // namespace mho::amc
