// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A file that names faulty cells one by one (key faults.map): CSV, a row per cell.
//
//     macro,index,array,row,column,state
//     inv,0,positive,3,5,on
//     mvm,12,negative,0,63,2
//     ginv,0,mirrored_positive,1,4,off
//
// macro: inv, mvm or ginv; index: of the macro among its kind, from 0; array: positive or negative, of the
// pair, of GINV macros that of A, and with mirrored_ before it that of −Aᵀ; row, column: of the array, from 0
// (INV: summing node, amplifier output; MVM: driven line, read line; GINV: row and column of A or of −Aᵀ);
// state: on (g_max), off (g_min) or the level at which the cell is stuck. The first row is a heading and may
// be left out.
#pragma once

#include <filesystem>

#include "models/amc/amc_params.hpp"

namespace mho::platform {

/// @param amc  counts, sizes and levels that the file has to fit
/// @throws InputError  the file cannot be read, or rows that do not fit: all of them, one line each with file
///                     and line
amc::FaultList load_fault_map(const std::filesystem::path& file, const amc::AmcParams& amc);

}  // namespace mho::platform
