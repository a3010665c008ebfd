// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a conversion costs by kind of converter, for choosing AdcParams and DacParams. Sources: components.md.
//     SAR, survey      energy by the regression on published converters (given for 4, 6, 8, 10 and 12 bits;
//                      between and beyond them ln E is linear in the bits (A)); 100 MS/s up to 10 bits,
//                      10 MS/s above, where the regression is flat
//     SAR, aggressive  NeuroSim: E = (a·b + c + column) · (b + 1) ns, figures of 45 nm scaled to 40 nm and of
//                      32 nm to 28 nm
//     flash            2^b − 1 comparators, all at work for 0.48 ns. One comparator 15.3 fJ at 32 nm: a
//     4-bit,
//                      2.1 GS/s converter of 0.23 pJ (FORMS) taken as a flash converter (A), scaled by node
// Scaling of energy between nodes: Stillmaker & Baas 2017. Delays are not scaled.
#pragma once

#include "models/circuit/adc.hpp"

namespace mho::circuit {

enum class AdcKind { kSar, kFlash };
enum class CostProfile { kSurvey, kAggressive };

struct ConversionCost {
  double time_s;
  double energy_J;
};

/// Cost of one conversion.
/// @param bits     SAR 2 … 15, flash 2 … 8
/// @param node_nm  40, 28 or 22
/// @param profile  of a SAR converter; flash has one
/// @throws InputError  bits or node out of range
ConversionCost adc_cost(AdcKind kind, unsigned bits, unsigned node_nm = 40,
                        CostProfile profile = CostProfile::kSurvey);

/// `adc` with resolution, conversion time and energy of a kind of converter. An INL profile must be of the
/// new resolution.
AdcParams adc_of_kind(AdcParams adc, AdcKind kind, unsigned bits, unsigned node_nm = 40,
                      CostProfile profile = CostProfile::kSurvey);

/// Energy of one conversion of a capacitive DAC, 2^bits · C_unit · V² [joule].
/// @throws InputError  bits out of 2 … 15, capacitance or voltage not positive
double capacitive_dac_energy_J(unsigned bits, double unit_capacitance_F, double volt);

}  // namespace mho::circuit
