// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// An array macro on the bus: registers, time, energy and waveforms around a MacroCore. An operation takes its
// patterns from a DAC bank and holds its settled outputs, one sample per output and read, for the ADC bank.
//
// Time of an operation of R reads that may start at t: R · (DAC conversion + settling of one read) from
// max(t, end of the operation before). The outcome bits of STATUS are those of the operation started last,
// also while it is still under way.
//
// ZERO measures the amplifiers themselves, with the arrays disconnected: a macro may be calibrated before it
// is written, and its trims hold whatever is written later. Each amplifier is closed around a divider,
//     v = N · (V_os + trim) / (1 + N/A0), limited to ± V_sat,   N = 2^OUTPUT_GAIN,
// settles with time constant N / (2π f_T) and draws its bias power. That a macro has these switches and a
// trim of twelve bits per amplifier is our assumption; offsets are trimmed there rather than subtracted from
// codes, because what they add to an output depends on the matrix (and in an INV loop on all of it), and
// because a code has been rounded.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/amc/block_cost.hpp"
#include "models/amc/dac_banks.hpp"
#include "models/amc/macro_core.hpp"
#include "models/amc/window.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/register_target.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

/// Outputs of a macro's last operation, as the ADC bank finds them.
struct HeldOutputs {
  Eigen::MatrixXd volts;         ///< [outputs x reads]
  std::uint64_t start_ps = 0;    ///< of the operation
  std::uint64_t read_ps = 0;     ///< read r is held from start + (r + 1) · read on
  bool is_integer_read = false;  ///< to be converted with all bits

  unsigned columns() const { return static_cast<unsigned>(volts.rows()); }
  unsigned reads() const { return static_cast<unsigned>(volts.cols()); }
};

/// What all macros of a kind have in common. Outlives them.
class MacroShared {
 public:
  /// Registers the ledger component and switches the static power of all `count` macros on.
  MacroShared(MacroKind kind, const AmcParams& params, const tlm_base::Context& context);

  MacroParams physics;
  std::shared_ptr<CompensatedTargets> targets;
  tlm_base::Context context;
  BlockCost cost;
  double sample_J;
};

class ArrayMacro final : public tlm_base::RegisterTarget {
 public:
  /// @param index   of the macro among its kind
  ArrayMacro(sc_core::sc_module_name name, const MacroShared& shared, const DacBanks& dacs, unsigned index);

  /// Null until an operation has been carried out, and after programming.
  const HeldOutputs* held() const { return held_.volts.size() == 0 ? nullptr : &held_; }
  /// Registers as after reset. Cells keep what they hold and how often they were written, the window its
  /// levels; an operation under way at `time_ps` ends, its outputs are lost.
  void reset(std::uint64_t time_ps);
  /// Programming operations since the chip was made.
  std::uint32_t writes() const { return core_ ? core_->writes() : 0; }

 private:
  struct Signals {
    trace::SignalId mode = trace::kUntraced, input_range = trace::kUntraced, output_gain = trace::kUntraced;
    std::vector<trace::SignalId> outputs;
  };
  /// Values of the signal `mode`.
  enum Mode : std::uint8_t { kIdle = 0, kProgram = 1, kOperate = 2 };

  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  std::uint32_t window_offset() const override;
  bool read_window(std::uint32_t offset, std::span<std::uint8_t> data,
                   const tlm_base::Access& access) override;
  bool write_window(std::uint32_t offset, std::span<const std::uint8_t> data,
                    const tlm_base::Access& access) override;

  void declare_signals(unsigned index);
  void control(std::uint32_t value, const tlm_base::Access& access);
  void program(std::uint64_t start_ps, cost::Purpose purpose);
  void stick(std::uint64_t start_ps);
  void disturb(std::uint64_t start_ps);
  void operate(std::uint64_t start_ps, cost::Purpose purpose);
  void zero(std::uint64_t start_ps, cost::Purpose purpose);
  void hold(std::uint64_t start_ps, double settling_s, double power_sum_watt, cost::Purpose purpose);
  Eigen::VectorXd trim_volt() const;
  void trim(std::uint32_t amplifier, std::uint32_t word);
  bool can_operate() const;
  bool is_ginv() const { return shared_.physics.kind == MacroKind::kGinv; }
  unsigned inputs() const { return is_ginv() ? rows_ + columns_ : rows_; }
  unsigned outputs() const { return is_ginv() ? rows_ + columns_ : columns_; }
  circuit::GinvFeedback feedback() const;
  std::uint32_t status(std::uint64_t now_ps) const;
  void show(Mode mode, std::uint64_t start_ps, std::uint64_t end_ps) const;
  bool shows_outputs() const;
  void show_outputs(const OperateOutcome& outcome) const;
  MacroCore& core();

  const MacroShared& shared_;
  const DacBanks& dacs_;
  unsigned index_;
  std::uint32_t number_;
  std::unique_ptr<MacroCore> core_;
  Window<std::int8_t> levels_;
  std::vector<std::uint32_t> trims_;  ///< [MAX_SIZE], empty before the first write
  HeldOutputs held_;
  Signals signals_;
  std::uint64_t busy_until_ps_ = 0;
  std::uint32_t rows_, columns_, reads_, input_range_, output_gain_, slices_;
  std::uint32_t feedback_, damping_, input_bank_;
  std::uint32_t outcome_ = 0;  ///< outcome bits of STATUS
  std::uint32_t settling_ps_ = 0, program_ns_ = 0, pulses_ = 0;
};

}  // namespace mho::amc
