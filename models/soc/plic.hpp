// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Platform-level interrupt controller with one context (hart 0, machine mode), laid out as on QEMU's `virt`:
// priorities at 4·source, pending bits at 0x1000, enable bits at 0x2000, threshold at 0x200000, claim and
// complete at 0x200004. Sources 1 … 95, priorities 0 … 7 (0: never), ties go to the lowest source. Sources
// are level-sensitive: pending as long as the level is high and no claim is in service; completing a claim
// whose source is still high makes it pending again. Not modelled: supervisor contexts, message-signalled
// sources.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>

#include "models/soc/device_cost.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/irq.hpp"
#include "models/tlm/register_target.hpp"
#include "registers/plic.hpp"  // generated

namespace mho::soc {

class Plic final : public tlm_base::RegisterTarget {
 public:
  static constexpr unsigned kSources = registers::plic::kSources;  ///< source 0 does not exist

  Plic(sc_core::sc_module_name name, const DeviceCostParams& cost, const tlm_base::Context& context);

  tlm_base::IrqLine irq;  ///< mip.MEIP

  /// Connects a device's line to a source, 1 … 95. @throws InternalError otherwise
  void connect(tlm_base::IrqLine& line, unsigned source);
  void set_level(unsigned source, bool level, std::uint64_t time_ps);
  /// Registers as after reset, nothing claimed; the levels are the devices'.
  void reset(std::uint64_t time_ps);

  /// A source that is high and enabled, but not pending, because it has been claimed and not completed.
  bool awaits_completion(unsigned source) const {
    return level_[source] && enabled_[source] && in_service_[source];
  }

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool is_repeatable(std::uint32_t offset) const override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;

  bool is_pending(unsigned source) const { return level_[source] && !in_service_[source]; }
  unsigned best_source() const;
  std::uint32_t claim(std::uint64_t time_ps);
  void update(std::uint64_t time_ps);

  DeviceCost cost_;
  std::array<std::uint8_t, kSources> priority_{};
  std::bitset<kSources> level_, enabled_, in_service_;
  std::uint8_t threshold_ = 0;
};

}  // namespace mho::soc
