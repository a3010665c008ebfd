// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_shared.hpp"

namespace mho::amc {
namespace {

constexpr std::uint32_t kSramWordsPerBank = 8192;

double leakage_of(const AmcParams& params) {
  const DruParams& dru = params.dru;
  const std::uint32_t banks = (dru.sram_words + kSramWordsPerBank - 1) / kSramWordsPerBank;
  return dru.lanes * params.costs.dru_lane_leakage_W + banks * params.costs.dru_memory_leakage_W +
         (dru.contexts - 1) * params.costs.dru_context_leakage_W +
         dru.contexts * (dru.operations - 1) * params.costs.dru_operation_leakage_W;
}

}  // namespace

DruShared::DruShared(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context)
    : sc_module(name),
      initiator("dru", context),
      turns("turns"),
      arbiter(turns, params.dac_banks),
      capabilities(params),
      cost(context.ledger, "amc.dru", leakage_of(params), params.costs.register_access_J, 0.0),
      memory(params.dru.sram_words) {}

}  // namespace mho::amc
