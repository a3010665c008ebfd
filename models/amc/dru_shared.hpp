// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the contexts of the refinement unit share: its way to the bus, its vector unit and memory, tiles,
// counters, and who may use what when.
#pragma once

#include "models/amc/amc_params.hpp"
#include "models/amc/block_cost.hpp"
#include "models/amc/dru_arbiter.hpp"
#include "models/amc/dru_state.hpp"
#include "models/amc/dru_turns.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/initiator.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

class DruShared final : public sc_core::sc_module {
 public:
  DruShared(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context);

  /// The unit's access to the bus, initiator "dru". Transfers do not yield, so that contexts can share it.
  tlm_base::Initiator initiator;
  DruTurns turns;
  DruArbiter arbiter;
  DruCapabilities capabilities;
  BlockCost cost;
  tlm_base::Occupancy vector_unit;
  VectorPool memory;
  TileTable tiles;
  DruCounters counters;
};

}  // namespace mho::amc
