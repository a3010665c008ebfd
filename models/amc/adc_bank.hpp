// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The ADC bank: lanes of 64 channels that convert what a macro holds. The conversion is circuit::Adc's; a
// lane has fewer converters than channels and uses them in turn.
//
// Time of R reads with t_conv = ⌈columns / converters⌉ · conversion time each: read r is converted as soon as
// it is held, the lane was told to start and read r − 1 is done. A lane that is started together with its
// macro therefore ends max(t_conv, R · t_conv − (R − 1) · t_read) after it: conversions overlap the settling
// of later reads.
//
// Faults strike codes behind the comparison that counts clips: a code that an error drives to the end of its
// range is no clip.
//
// Calibration. A lane may convert ground or the DAC bank instead of a macro, and a reference is added to
// every input:
//     v_ref(read) = ±32767 limited (REFERENCE_START + read · REFERENCE_STEP) · 2^-15 · full scale · (1 + e)
// with one error e per chip, N(0, reference_sigma); code 0 is ground, so the reference has no offset. It
// settles within a conversion, and each of its steps that is not ground costs a conversion of the DAC bank
// (both our assumption). Not modelled: noise and non-linearity of the reference, droop of the
// sample-and-hold, leakage of the trim registers beyond that of the lanes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/amc/array_macro.hpp"
#include "models/amc/block_cost.hpp"
#include "models/amc/dac_banks.hpp"
#include "models/amc/window.hpp"
#include "models/circuit/adc.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/register_target.hpp"
#include "registers/adc.hpp"

namespace mho::amc {

class AdcBank final : public tlm_base::RegisterTarget {
 public:
  /// What a source (register LANE_SOURCE) holds; null if there is no such macro or it holds nothing.
  using OutputLookup = std::function<const HeldOutputs*(std::uint32_t source)>;

  /// @param dacs  what SOURCE_DAC converts; outlive the bank
  AdcBank(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
          const DacBanks& dacs, OutputLookup outputs_of);

  /// Registers as after reset; the codes stay.
  void reset();

 private:
  struct Lane {
    std::uint32_t source = 0, status = 0, clips = 0, peak = 0;
    int min_code = 0, max_code = 0;
    std::uint64_t busy_until_ps = 0;
    std::uint64_t reads = 0;  ///< since reset
  };
  /// The converters of all lanes at one resolution.
  struct Resolution {
    circuit::AdcParams params;
    std::vector<circuit::Adc> lanes;
    std::uint64_t conversion_ps = 0;
  };
  struct Signals {
    trace::SignalId source = trace::kUntraced, reads = trace::kUntraced, min_code = trace::kUntraced,
                    max_code = trace::kUntraced, clips = trace::kUntraced;
    std::vector<trace::SignalId> codes;
  };

  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  std::uint32_t window_offset() const override;
  bool read_window(std::uint32_t offset, std::span<std::uint8_t> data,
                   const tlm_base::Access& access) override;

  Resolution resolution(const circuit::AdcParams& params) const;
  const Resolution& resolution_for(const HeldOutputs& held) const {
    return held.is_integer_read ? full_ : low_precision_;
  }
  void declare_signals();
  bool read_plain(std::uint32_t offset, std::uint32_t& value) const;
  bool read_lane(std::uint32_t offset, std::uint32_t& value) const;
  bool write_plain(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access);
  bool write_lane(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access);
  void start(unsigned lane, const tlm_base::Access& access);
  void start_lanes(std::uint32_t mask, const tlm_base::Access& access);
  const HeldOutputs* input_of(const Lane& lane, const tlm_base::Access& access);
  /// [reads, volt] that are added to every channel; empty: ground throughout
  Eigen::RowVectorXd reference_volt(Eigen::Index reads) const;
  void trim(std::uint32_t index, std::uint32_t word);
  void convert(unsigned lane, const HeldOutputs& held, std::uint64_t end_ps, std::uint64_t conversion_ps);
  void show(unsigned lane, const HeldOutputs& held, std::uint64_t end_ps, std::uint64_t conversion_ps) const;

  static constexpr std::uint32_t kConverters = registers::adc::kLanes * registers::adc::kChannels;

  AmcParams params_;
  tlm_base::Context context_;
  const DacBanks& dacs_;
  OutputLookup outputs_of_;
  BlockCost cost_;
  Resolution full_, low_precision_;
  std::array<Lane, registers::adc::kLanes> lanes_{};
  std::array<Signals, registers::adc::kLanes> signals_{};
  Window<std::int16_t> codes_;
  Eigen::MatrixXd padded_;
  HeldOutputs measured_;  ///< input of a source that is no macro
  double reference_gain_;
  std::uint32_t reference_start_ = 0, reference_step_ = 0;
  std::uint32_t reference_reads_ = registers::adc::kReferenceReadsReset;
  std::array<std::uint32_t, kConverters> trims_{};
  std::array<std::int32_t, kConverters> sums_{};
  std::uint64_t conversions_ = 0;
};

}  // namespace mho::amc
