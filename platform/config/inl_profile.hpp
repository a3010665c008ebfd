// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Measured non-linearity of a converter from a file (keys adc.inl_profile and dac.inl_profile): one number
// per line, in steps of the converter, lowest threshold (ADC) or code (DAC) first; # begins a comment.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace mho::platform {

/// @param count     numbers the file must hold
/// @param max_code  each is within ± this
/// @throws InputError  the file cannot be read, a line is not one such number, another count
std::vector<double> load_inl_profile(const std::filesystem::path& file, std::size_t count, int max_code);

/// Displacements of the thresholds of an ADC of `bits` when it stops after `low_bits` <= bits: the same in
/// volts at the same input, between thresholds interpolated.
std::vector<double> coarser_inl_profile(std::span<const double> profile_lsb, unsigned bits,
                                        unsigned low_bits);

}  // namespace mho::platform
