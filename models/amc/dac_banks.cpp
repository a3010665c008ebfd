// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dac_banks.hpp"

#include <fmt/format.h>

namespace mho::amc {

DacBanks::DacBanks(const AmcParams& params, const tlm_base::Context& context)
    : cost_(context.ledger, "amc.dac", params.dac_banks * params.costs.dac_bank_leakage_W,
            params.costs.register_access_J, params.costs.buffer_byte_J) {
  for (unsigned b = 0; b < params.dac_banks; ++b) {
    const std::string name = b == 0 ? "dac" : fmt::format("dac{}", b);
    banks_.push_back(std::make_unique<DacBank>(name.c_str(), params, context, cost_, b));
  }
}

}  // namespace mho::amc
