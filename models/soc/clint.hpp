// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Core-local interruptor for one hart, laid out as on QEMU's `virt`: msip at 0x0, mtimecmp at 0x4000 (two
// halves), mtime at 0xBFF8 (two halves). mtime is derived from simulated time (10 MHz), so reading it at a
// local time t gives t for every quantum, and the timer interrupt changes level at the exact moment of the
// comparison. Not modelled: 64-bit accesses (the bus of an RV32 does not make them), further harts.
#pragma once

#include <cstdint>
#include <systemc>

#include "models/soc/device_cost.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/irq.hpp"
#include "models/tlm/register_target.hpp"

namespace mho::soc {

class Clint final : public tlm_base::RegisterTarget {
 public:
  Clint(sc_core::sc_module_name name, const DeviceCostParams& cost, const tlm_base::Context& context);

  tlm_base::IrqLine software_irq;  ///< mip.MSIP
  tlm_base::IrqLine timer_irq;     ///< mip.MTIP: mtime ≥ mtimecmp

  /// The counter at a moment of simulated time; the CPU's `time` CSR reads it too.
  std::uint64_t mtime_at(std::uint64_t time_ps) const;

  /// Registers as after reset; mtime goes on.
  void reset(std::uint64_t time_ps);

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  void compare(std::uint64_t time_ps);

  DeviceCost cost_;
  sc_core::sc_event compare_event_;
  static constexpr std::uint64_t kMtimecmpReset = ~0ull;
  std::uint64_t mtimecmp_ = kMtimecmpReset;
  std::uint64_t mtime_offset_ = 0;  ///< what the guest's writes to mtime have added, modulo 2^64
};

}  // namespace mho::soc
