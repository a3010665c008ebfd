// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Memory-to-memory DMA controller: one channel, one transfer at a time. Registers: models/registers/dma.yaml.
// A transfer is a sequence of bursts, each a read and then a write over the bus with real waits, so memory
// changes at the moment at which the burst gets there. Bursts are at most kBurstBytes long and cross no
// multiple of it at either end. Not modelled: descriptors, fixed addresses, overlap of reading one burst with
// writing another.
#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "models/soc/device_cost.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/initiator.hpp"
#include "models/tlm/irq.hpp"
#include "models/tlm/register_target.hpp"
#include "registers/dma.hpp"  // generated

namespace mho::soc {

struct DmaParams {
  DeviceCostParams cost{.access_energy_joules = 0.4e-12, .static_power_watts = 100e-6};
  /// [joule] per byte moved: through a register on the way in and out, 2 × 8 × 9 fJ (components.md, Aladdin).
  double energy_per_byte_joules = 0.144e-12;
};

class Dma final : public tlm_base::RegisterTarget {
 public:
  static constexpr std::uint32_t kBurstBytes = 64;

  Dma(sc_core::sc_module_name name, const DmaParams& params, const tlm_base::Context& context);

  tlm_base::Initiator initiator;  ///< its socket is bound to the bus
  tlm_base::IrqLine irq;

  /// Registers as after reset. A transfer under way is dropped without a result; STATUS.BUSY stays set until
  /// the burst that is on the bus has ended.
  void reset(std::uint64_t time_ps);

 private:
  using Result = registers::dma::DmaResult;

  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  /// What drivers poll. The engine changes it at the kernel's time.
  bool is_repeatable(std::uint32_t offset) const override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  void start(const tlm_base::Access& access);
  void thread();
  Result transfer();
  bool move_burst(std::uint32_t offset, std::uint32_t bytes, Result& result);
  void update_irq(std::uint64_t time_ps);

  DeviceCost cost_;
  Energy byte_energy_;
  trace::TraceSink& trace_;
  trace::SignalId busy_signal_;
  sc_core::sc_event start_event_;
  std::array<std::uint8_t, kBurstBytes> buffer_{};
  std::uint32_t source_ = 0, destination_ = 0, bytes_ = 0;
  std::uint32_t irq_state_ = 0, irq_enable_ = 0, fault_address_ = 0;
  std::uint32_t job_ = 0;  ///< that the transfer is for: the job of the access that started it
  bool busy_ = false;
  bool is_dropped_ = false;  ///< the transfer under way, by a reset
  Result result_ = Result::kNone;
};

}  // namespace mho::soc
