// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The DAC banks of a chip, alike, one component of the ledger. Any of them can drive any macro (our
// assumption): the macro's register INPUT_BANK says which.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/amc/block_cost.hpp"
#include "models/amc/dac_bank.hpp"

namespace mho::amc {

class DacBanks {
 public:
  /// AmcParams::dac_banks of them.
  DacBanks(const AmcParams& params, const tlm_base::Context& context);

  unsigned count() const { return static_cast<unsigned>(banks_.size()); }
  /// @param index  below count()
  DacBank& operator[](unsigned index) const { return *banks_[index]; }
  /// Of one pattern of any bank.
  std::uint64_t conversion_ps() const { return banks_.front()->conversion_ps(); }

 private:
  BlockCost cost_;
  std::vector<std::unique_ptr<DacBank>> banks_;
};

}  // namespace mho::amc
