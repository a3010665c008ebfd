// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a small register block costs: a fixed energy per access and a constant power. Not modelled: the
// dependence on the register, on the data, and on what the block does meanwhile (blocks that work book that
// themselves).
#pragma once

#include <string>

#include "models/cost/ledger.hpp"
#include "models/tlm/register_target.hpp"

namespace mho::soc {

struct DeviceCostParams {
  /// [joule] per register access, ≥ 0. 32 bits × 9 fJ register + 0.1 pJ address compare and control, 40 nm
  /// (components.md, Aladdin figures); that sum for a whole access is our assumption.
  double access_energy_joules = 0.4e-12;
  /// [watt] leakage and clock tree, ≥ 0. Our assumption.
  double static_power_watts = 20e-6;
};

class DeviceCost {
 public:
  /// Registers `component` ("soc.uart", …) in the ledger and switches its static power on.
  DeviceCost(cost::Ledger& ledger, const std::string& component, const DeviceCostParams& params)
      : ledger_(ledger),
        component_(ledger.add_component(component)),
        access_energy_(Energy::joules(params.access_energy_joules)) {
    ledger.set_static_power(component_, Power::watts(params.static_power_watts), 0);
  }

  /// Books one register access. Accesses of a debugger are free.
  void book_access(const tlm_base::Access& access) {
    if (!access.is_debug)
      ledger_.book(component_, cost::EnergyKind::kDynamic, access_energy_ * access.count, access.purpose);
  }
  void book(Energy amount, cost::Purpose purpose) {
    ledger_.book(component_, cost::EnergyKind::kDynamic, amount, purpose);
  }

 private:
  cost::Ledger& ledger_;
  cost::ComponentId component_;
  Energy access_energy_;
};

}  // namespace mho::soc
