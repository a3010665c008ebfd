// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include "models/amc/amc_params.hpp"
#include "platform/config/settings.hpp"

namespace mho::platform {

/// Refuses a chip whose lines make integer reads wrong: MVM macros without line compensation whose worst read
/// is off by more than a tenth of a step (the rest of the half step belongs to cells and converters, facts.md
/// §1).
/// @throws InputError  naming the error, the keys, and the largest setting that reads rightly
void expect_exact_reads(const Settings& settings, const amc::AmcParams& amc);

/// What mvm.rows_per_read = 0 stands for: the largest group of rows whose reads are exact by the budget of
/// models/amc/read_budget.hpp.
/// @param amc  valid with rows_per_read = 1
/// @throws InputError  not even single rows are: naming what takes most of the half step
unsigned plan_read_group(const Settings& settings, const amc::AmcParams& amc);

}  // namespace mho::platform
