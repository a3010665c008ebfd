// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One more verify read of every cell after a write, for what is to make up for the errors left. With the
// symbols of write_verify.hpp:
//     read = g + full scale · verify_sigma · N(0, 1)
//     time = rows · verify_time_s: all cells of a row at once, both arrays in parallel, as in a write
//     energy = Σ cells (verify_voltage² · g · verify_time + conversion)
#pragma once

#include <cstdint>

#include "models/base/random.hpp"
#include "models/device/cell.hpp"
#include "models/device/differential_pair.hpp"
#include "models/device/write_verify.hpp"

namespace mho::device {

struct VerifyRead {
  DifferentialPair siemens;
  double time_s = 0.0;
  double energy_J = 0.0;
};

/// @param g        [N x M, siemens] what the cells conduct, without noise
/// @param pair     number of the pair on the chip, for its draws; below 2^31
/// @param counter  number of the read, for its draws
VerifyRead verify_read(const DifferentialPair& g, const CellParams& cell, const WriteVerifyParams& write,
                       const Random& random, std::uint32_t pair, std::uint32_t counter);

}  // namespace mho::device
