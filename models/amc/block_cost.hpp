// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How the blocks of the AMC book what they spend: a ledger component with the energies that every block has.
#pragma once

#include <cstddef>
#include <string>

#include "models/cost/ledger.hpp"
#include "models/tlm/register_target.hpp"

namespace mho::amc {

class BlockCost {
 public:
  /// Registers `component` in the ledger and switches its static power on.
  BlockCost(cost::Ledger& ledger, const std::string& component, double leakage_W, double register_access_J,
            double buffer_byte_J)
      : ledger_(ledger),
        component_(ledger.add_component(component)),
        register_access_(Energy::joules(register_access_J)),
        buffer_byte_J_(buffer_byte_J) {
    ledger.set_static_power(component_, Power::watts(leakage_W), 0);
  }

  /// One register access; a debugger's is free.
  void book_register(const tlm_base::Access& access) const {
    if (!access.is_debug)
      ledger_.book(component_, cost::EnergyKind::kDynamic, register_access_ * access.count, access.purpose);
  }
  /// A burst into or out of a window.
  void book_buffer(const tlm_base::Access& access, std::size_t bytes) const {
    if (!access.is_debug) book(buffer_byte_J_ * static_cast<double>(bytes), access.purpose);
  }
  void book(double joules, cost::Purpose purpose, cost::EnergyKind kind = cost::EnergyKind::kDynamic) const {
    ledger_.book(component_, kind, Energy::joules(joules), purpose);
  }
  cost::ComponentId component() const { return component_; }

 private:
  cost::Ledger& ledger_;
  cost::ComponentId component_;
  Energy register_access_;
  double buffer_byte_J_;
};

}  // namespace mho::amc
