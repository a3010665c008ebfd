// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The area of the analogue matrix computer, part by part: how many there are, and what one takes. None was
// published for the chip; areas of parts come from the component table. ADCs of other resolutions than the
// surveyed one are larger or smaller as their energy per conversion is, DACs by two for each bit (both our
// assumption).
//
// Not counted: row drivers and verify converters that write the arrays, buffers of levels to be written,
// wiring between blocks, telemetry, and everything that is no part of the AMC.
#pragma once

#include <string>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/cost/component_table.hpp"

namespace mho::amc {

struct AreaItem {
  std::string block;  ///< ledger component, such as amc.mvm_macros
  std::string part;
  double count = 0;
  double each_m2 = 0;

  double total_m2() const { return count * each_m2; }
};

/// Blocks in the order of the chip, each with its parts; those that a chip does not have are left out.
std::vector<AreaItem> chip_area(const AmcParams& params, const cost::ComponentTable& table);

}  // namespace mho::amc
