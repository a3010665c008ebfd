// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A DAC bank: a buffer of patterns and what drives the macros' input lines with them. The conversion is
// circuit::Dac's. Every operating macro has line drivers of its own behind its attenuator, so that macros may
// step through the same patterns at the same time and each pays for its lines (our assumption); while one of
// them does, a write to the patterns or the mode waits. Not modelled: settling of the line drivers beyond the
// conversion time.
#pragma once

#include <Eigen/Core>

#include <array>
#include <cstdint>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/amc/block_cost.hpp"
#include "models/amc/window.hpp"
#include "models/circuit/code_matrix.hpp"
#include "models/circuit/dac.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/register_target.hpp"
#include "registers/dac.hpp"

namespace mho::amc {

class DacBank final : public tlm_base::RegisterTarget {
 public:
  /// @param cost   of all banks; outlives the bank
  /// @param index  of the bank; those behind the first have errors and waveforms of their own
  DacBank(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
          const BlockCost& cost, unsigned index);

  /// Converts the first `lines` channels of the first `reads` patterns for a macro and charges `purpose`.
  /// @returns [CHANNELS x reads, volt], other channels at 0 V; valid until the next call
  const Eigen::MatrixXd& drive(unsigned lines, unsigned reads, unsigned input_range, cost::Purpose purpose);

  /// Pattern 0 on all channels without attenuation, converted `reads` times, for the ADC bank to measure.
  /// @returns [CHANNELS x reads, volt]
  Eigen::MatrixXd loop_back(unsigned reads, cost::Purpose purpose);

  /// Do the patterns drive an integer read?
  bool is_integer_read() const;
  /// Did a line get less than its code asks for when drive() was last called?
  bool was_limited() const { return last_.is_limited; }
  /// Of one pattern.
  std::uint64_t conversion_ps() const { return conversion_ps_; }

  /// Registers as after reset; the patterns stay.
  void reset();

  /// The patterns are in use over [start_ps, start_ps + reads · read_ps).
  void occupy(std::uint64_t start_ps, std::uint64_t read_ps, unsigned lines, unsigned reads);

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  std::uint32_t window_offset() const override;
  bool read_window(std::uint32_t offset, std::span<std::uint8_t> data,
                   const tlm_base::Access& access) override;
  bool write_window(std::uint32_t offset, std::span<const std::uint8_t> data,
                    const tlm_base::Access& access) override;
  void wait_until_free(const tlm_base::Access& access) const;
  /// Magnitude bits of the codes of an integer read; 0: codes have the converter's resolution.
  unsigned digit_bits() const;
  circuit::DacMode conversion() const;
  circuit::CodeMatrix driven(const circuit::CodeMatrix& codes) const;
  void apply_faults(circuit::CodeMatrix& codes) const;
  int limited_code(int code);
  void trim(std::uint32_t channel, std::uint32_t word);

  /// What drive() computed last: one-bit outputs have no noise, so that macros on the same patterns share
  /// them.
  struct Drive {
    bool is_valid = false, is_limited = false;
    unsigned lines = 0, reads = 0, input_range = 0;
    std::uint32_t clips = 0;
  };

  unsigned input_bits_;
  unsigned index_;
  circuit::Dac dac_;
  const BlockCost& cost_;
  tlm_base::Context context_;
  Window<std::int16_t> patterns_;
  std::uint64_t conversion_ps_;
  std::uint64_t busy_until_ps_ = 0;
  std::uint32_t mode_;
  std::array<std::uint32_t, registers::dac::kChannels> trims_{};
  std::uint32_t clips_ = 0;
  std::uint64_t reads_ = 0, conversions_ = 0;
  Drive last_;
  circuit::CodeMatrix codes_;
  Eigen::MatrixXd volts_;
  std::vector<trace::SignalId> code_signals_;
};

}  // namespace mho::amc
