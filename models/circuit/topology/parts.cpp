// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/topology/parts.hpp"

#include <fmt/format.h>

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::VectorXd;

void require_sizes(const char* kind, const CrossbarArray& positive,
                   const std::optional<CrossbarArray>& negative, bool must_be_square) {
  const auto& g = positive.ports.transfer_siemens;
  require(g.size() > 0, "{} circuit: the array is empty", kind);
  require(!must_be_square || g.rows() == g.cols(), "{} circuit: the array is {}x{}; it must be square", kind,
          g.rows(), g.cols());
  if (!negative) return;
  const auto& minus = negative->ports.transfer_siemens;
  require(minus.rows() == g.rows() && minus.cols() == g.cols(),
          "{} circuit: the arrays are {}x{} and {}x{}; both must have one size", kind, g.rows(), g.cols(),
          minus.rows(), minus.cols());
}

std::vector<AmplifierModel> amplifiers_for(const TopologyParams& params, Index count) {
  const auto given = static_cast<Index>(params.amplifiers.size());
  require(given == 1 || given == count, "circuit: {} amplifier models for {} amplifiers", given, count);
  if (given == count) return params.amplifiers;
  return std::vector<AmplifierModel>(static_cast<std::size_t>(count), params.amplifiers.front());
}

Nodes add_nodes(CircuitBuilder& builder, const char* prefix, Index count, double capacitance_farad) {
  Nodes nodes;
  for (Index i = 0; i < count; ++i)
    nodes.push_back(builder.add_node(fmt::format("{}{}", prefix, i), capacitance_farad));
  return nodes;
}

Nodes add_outputs(CircuitBuilder& builder, const char* prefix, Index count) {
  Nodes nodes;
  for (Index i = 0; i < count; ++i) nodes.push_back(builder.add_output(fmt::format("{}{}", prefix, i)));
  return nodes;
}

Nodes add_sources(CircuitBuilder& builder, const char* prefix, Index count) {
  Nodes nodes;
  for (Index i = 0; i < count; ++i) nodes.push_back(builder.add_source(fmt::format("{}{}", prefix, i)));
  return nodes;
}

Nodes add_inverters(CircuitBuilder& builder, const char* prefix, const Nodes& of, AmplifierModel model,
                    double inverter_siemens) {
  require(inverter_siemens > 0.0 && std::isfinite(inverter_siemens),
          "circuit: inverter conductance is {} S; it must be positive", inverter_siemens);
  model.offset_volt = 0.0;
  model.is_clamped = false;
  Nodes outputs = add_outputs(builder, prefix, static_cast<Index>(of.size()));
  for (std::size_t j = 0; j < of.size(); ++j) {
    const auto middle = builder.add_node(fmt::format("input of {}{}", prefix, j));
    builder.add_conductance(of[j], middle, inverter_siemens);
    builder.add_conductance(middle, outputs[j], inverter_siemens);
    builder.add_amplifier({.plus = CircuitBuilder::kGround, .minus = middle, .output = outputs[j]}, model);
  }
  return outputs;
}

void ArrayPlacer::place(const Nodes& rows, const Nodes& columns, const CrossbarArray& array,
                        bool is_negative) {
  const std::size_t index = placements_.size();
  placements_.push_back({.rows = rows, .columns = columns, .is_negative = is_negative});
  if (params_.linearized_siemens.empty()) {
    builder_.add_array(rows, columns, array.ports);
    return;
  }
  ensure(index < params_.linearized_siemens.size(), "circuit: {} linearised arrays, more are placed",
         params_.linearized_siemens.size());
  builder_.add_array(rows, columns, params_.linearized_siemens[index]);
}

void match_loads(CircuitBuilder& builder, const Nodes& a, const VectorXd& a_siemens, const Nodes& b,
                 const VectorXd& b_siemens) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double excess = a_siemens[static_cast<Index>(i)] - b_siemens[static_cast<Index>(i)];
    builder.add_conductance(excess > 0.0 ? b[i] : a[i], CircuitBuilder::kGround, std::abs(excess));
  }
}

}  // namespace mho::circuit
