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

}  // namespace mho::platform
