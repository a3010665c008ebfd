// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What in the configuration of a chip's analogue part may be why a job did not converge, in words and keys.
#pragma once

#include <string>

#include "models/amc/amc_params.hpp"

namespace mho::platform {

/// Why high-precision reads of this chip may be wrong, by the budget of models/amc/read_budget.hpp: its
/// largest parts, and what mvm.rows_per_read = 0 would do. Empty if the budget says that they are exact.
/// @param n      unknowns of the system: fewer than rows_per_read are read at once
/// @param age_s  of the cells when they were read, at most
/// Cost: as ReadBudgets, and the search for the largest exact group.
std::string why_reads_err(const amc::AmcParams& amc, unsigned n, double age_s);

/// What an amplifier or a DAC at its limit in a high-precision read comes from.
/// @param n  as above
std::string why_reads_saturate(const amc::AmcParams& amc, unsigned n);

/// Which cells of this chip may not be programmable.
std::string why_cells_fail(const amc::AmcParams& amc);

}  // namespace mho::platform
