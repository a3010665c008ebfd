// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include "models/amc/amc_params.hpp"
#include "models/amc/read_plan.hpp"
#include "platform/config/settings.hpp"

namespace mho::platform {

/// Refuses a chip whose lines make integer reads wrong: MVM macros without line compensation whose worst read
/// is off by more than a tenth of a step (the rest of the half step belongs to cells and converters, facts.md
/// §1).
/// @throws InputError  naming the error, the keys, and the largest setting that reads rightly
void expect_exact_reads(const Settings& settings, const amc::AmcParams& amc);

/// What mvm.rows_per_read = 0 and mvm.input_bits = 0 stand for, see models/amc/read_plan.hpp.
/// @param amc    valid with 1 in the place of what is to be chosen
/// @param given  at least one of both is to be chosen
/// @throws InputError  no reads are exact: naming what takes most of the half step
amc::ReadPlan plan_exact_reads(const Settings& settings, const amc::AmcParams& amc,
                               const amc::GivenReads& given);

}  // namespace mho::platform
