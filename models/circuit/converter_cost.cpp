// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/converter_cost.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

/// Figures of one node.
struct Node {
  unsigned nm;
  std::array<double, 5> survey_pJ;  // at 4, 6, 8, 10 and 12 bits
  double sar_uW_per_bit, sar_uW, sar_column_uW, sar_scale;
  double comparator_scale;  // from 32 nm
};

// 32 to 40 nm: 0.78/0.59, from the factors of both to 28 nm.
constexpr std::array<Node, 3> kNodes{
    Node{40, {1.41, 1.62, 2.61, 5.03, 10.9}, 2.169, 16.69, 10.0, 0.87, 0.78 / 0.59},
    Node{28, {0.72, 0.83, 1.33, 2.57, 5.6}, 1.129, 8.90, 8.1, 0.78, 0.78},
    Node{22, {0.46, 0.53, 0.85, 1.64, 3.6}, 0.538, 4.375, 7.2, 1.0, 0.45}};

constexpr double kComparator_J = 0.23e-12 / 15.0;
constexpr double kFlashTime_s = 1.0 / 2.1e9;

const Node& node_of(unsigned nm) {
  const auto* node = std::ranges::find(kNodes, nm, &Node::nm);
  require(node != kNodes.end(), "ADC cost: no figures for {} nm; choose 40, 28 or 22", nm);
  return *node;
}

double survey_energy_J(const Node& node, unsigned bits) {
  const std::size_t i = std::clamp((static_cast<int>(bits) - 4) / 2, 0, 3);
  const double from = std::log(node.survey_pJ[i]), to = std::log(node.survey_pJ[i + 1]);
  const double place = (static_cast<double>(bits) - 4.0 - 2.0 * static_cast<double>(i)) / 2.0;
  return 1e-12 * std::exp(from + (to - from) * place);
}

}  // namespace

ConversionCost adc_cost(AdcKind kind, unsigned bits, unsigned node_nm, CostProfile profile) {
  const unsigned most = kind == AdcKind::kFlash ? 8 : 15;
  require(bits >= 2 && bits <= most, "ADC cost: {} bits; choose 2 ... {} for this kind of converter", bits,
          most);
  const Node& node = node_of(node_nm);
  if (kind == AdcKind::kFlash) {
    return {kFlashTime_s, ((1U << bits) - 1) * kComparator_J * node.comparator_scale};
  }
  if (profile == CostProfile::kSurvey) return {bits <= 10 ? 10e-9 : 100e-9, survey_energy_J(node, bits)};
  const double time_s = (bits + 1) * 1e-9;
  return {time_s,
          (node.sar_uW_per_bit * bits + node.sar_uW + node.sar_column_uW) * 1e-6 * time_s * node.sar_scale};
}

AdcParams adc_of_kind(AdcParams adc, AdcKind kind, unsigned bits, unsigned node_nm, CostProfile profile) {
  const ConversionCost cost = adc_cost(kind, bits, node_nm, profile);
  adc.bits = bits;
  adc.conversion_time_s = cost.time_s;
  adc.energy_per_conversion_J = cost.energy_J;
  validate(adc);
  return adc;
}

double capacitive_dac_energy_J(unsigned bits, double unit_capacitance_F, double volt) {
  require(bits >= 2 && bits <= 15, "DAC cost: {} bits; choose 2 ... 15", bits);
  require(unit_capacitance_F > 0.0 && volt > 0.0 && std::isfinite(unit_capacitance_F * volt),
          "DAC cost: a unit capacitance of {} F at {} V; both must be positive", unit_capacitance_F, volt);
  return std::ldexp(unit_capacitance_F * volt * volt, static_cast<int>(bits));
}

}  // namespace mho::circuit
