// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Faulty cells of a whole chip, by macro.
#pragma once

#include <cstdint>
#include <map>

#include "models/device/faults.hpp"

namespace mho::amc {

/// Of the two arrays of one macro.
struct PairFaults {
  device::FaultMap positive, negative;
};

/// By chip_number() of the macro; the pair of −Aᵀ of a GINV macro by the number behind that.
using FaultList = std::map<std::uint32_t, PairFaults>;

}  // namespace mho::amc
