// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/topology/topology.hpp"

#include <cmath>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/topology/parts.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

constexpr auto kGround = CircuitBuilder::kGround;

void require_feedback(const char* kind, double siemens) {
  require(siemens > 0.0 && std::isfinite(siemens),
          "{} circuit: feedback conductance is {} S; it must be positive", kind, siemens);
}

void add_amplifiers(CircuitBuilder& builder, const Nodes& plus, const Nodes& minus, const Nodes& outputs,
                    const std::vector<AmplifierModel>& models) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    builder.add_amplifier({.plus = plus.empty() ? kGround : plus[i],
                           .minus = minus.empty() ? kGround : minus[i],
                           .output = outputs[i]},
                          models[i]);
  }
}

Topology finish(const CircuitBuilder& builder, const ArrayPlacer& placer, Nodes outputs, Nodes summing,
                Index n_main, Index first_main, std::size_t n_inverters) {
  Topology topology{.circuit = builder.build(),
                    .outputs = std::move(outputs),
                    .summing = std::move(summing),
                    .main = {},
                    .placements = placer.placements(),
                    .grounds = {},
                    .sense_siemens = {},
                    .n_main_amplifiers = static_cast<int>(n_main),
                    .n_inverters = static_cast<int>(n_inverters)};
  for (std::size_t j = 0; j < topology.outputs.size(); ++j)
    topology.main.push_back(first_main + static_cast<Index>(j));
  return topology;
}

/// Rows of both arrays into one bank of amplifiers, columns driven from `drivers`: what INV and the first
/// stage of GINV have in common.
struct RowStage {
  Nodes plus;  ///< empty: grounded
  Nodes minus;
  std::size_t n_inverters = 0;
};

RowStage add_row_stage(CircuitBuilder& builder, ArrayPlacer& placer, const Nodes& drivers,
                       const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                       const TopologyParams& params, double load_siemens, const AmplifierModel& inverter) {
  const Index n = positive.ports.transfer_siemens.rows();
  RowStage stage;
  stage.minus = add_nodes(builder, "s", n, params.input_farad);
  placer.place(stage.minus, drivers, positive, false);
  if (negative && params.signs == Signs::kInverters) {
    const Nodes inverted = add_inverters(builder, "n", drivers, inverter, params.inverter_siemens);
    placer.place(stage.minus, inverted, *negative, true);
    stage.n_inverters = inverted.size();
  } else if (negative) {
    stage.plus = add_nodes(builder, "p", n, params.input_farad);
    placer.place(stage.plus, drivers, *negative, true);
    const VectorXd minus_load = positive.row_sums_siemens.array() + load_siemens;
    match_loads(builder, stage.minus, minus_load, stage.plus, negative->row_sums_siemens);
  }
  for (const auto node : stage.minus) builder.add_current(node);
  return stage;
}

}  // namespace

CrossbarArray make_array(const Eigen::MatrixXd& g_siemens, const LineParams& lines) {
  return {.ports = reduce_ports(g_siemens, lines),
          .row_sums_siemens = g_siemens.rowwise().sum(),
          .column_sums_siemens = g_siemens.colwise().sum().transpose()};
}

Topology mvm_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                      const TopologyParams& params) {
  require_sizes("MVM", positive, negative, false);
  require_feedback("MVM", params.feedback_siemens);
  const Index n = positive.ports.transfer_siemens.rows(), m = positive.ports.transfer_siemens.cols();
  const auto models = amplifiers_for(params, m);
  CircuitBuilder builder;
  ArrayPlacer placer(builder, params);
  const Nodes rows = add_sources(builder, "v", n);
  const Nodes minus = add_nodes(builder, "s", m, params.input_farad);
  const Nodes outputs = add_outputs(builder, "o", m);
  placer.place(rows, minus, positive, false);
  Nodes plus;
  std::size_t n_inverters = 0;
  if (negative && params.signs == Signs::kCompensation) {
    plus = add_nodes(builder, "p", m, params.input_farad);
    placer.place(rows, plus, *negative, true);
    const VectorXd minus_load = positive.column_sums_siemens.array() + params.feedback_siemens;
    match_loads(builder, minus, minus_load, plus, negative->column_sums_siemens);
  }
  add_amplifiers(builder, plus, minus, outputs, models);
  if (negative && params.signs == Signs::kInverters) {
    const Nodes inverted = add_inverters(builder, "n", rows, models.front(), params.inverter_siemens);
    placer.place(inverted, minus, *negative, true);
    n_inverters = inverted.size();
  }
  for (std::size_t j = 0; j < outputs.size(); ++j)
    builder.add_conductance(minus[j], outputs[j], params.feedback_siemens);
  return finish(builder, placer, outputs, minus, m, 0, n_inverters);
}

Topology mvm_sense_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                            const TopologyParams& params) {
  require_sizes("MVM", positive, negative, false);
  CircuitBuilder builder;
  ArrayPlacer placer(builder, params);
  const Nodes rows = add_sources(builder, "v", positive.ports.transfer_siemens.rows());
  const Nodes grounds = add_sources(builder, "g", positive.ports.transfer_siemens.cols());
  placer.place(rows, grounds, positive, false);
  Nodes inverted;
  if (negative) {
    inverted = add_inverters(builder, "n", rows, params.amplifiers.front(), params.inverter_siemens);
    placer.place(inverted, grounds, *negative, true);
  }
  Topology topology = finish(builder, placer, {}, {}, 0, 0, inverted.size());
  topology.grounds = grounds;
  topology.sense_siemens =
      Eigen::MatrixXd::Zero(positive.ports.transfer_siemens.cols(), topology.circuit.n_nodes());
  topology.sense_siemens(Eigen::all, rows) = positive.ports.transfer_siemens.transpose();
  if (negative) topology.sense_siemens(Eigen::all, inverted) = negative->ports.transfer_siemens.transpose();
  return topology;
}

Topology inv_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                      const TopologyParams& params) {
  require_sizes("INV", positive, negative, true);
  const Index n = positive.ports.transfer_siemens.rows();
  const auto models = amplifiers_for(params, n);
  CircuitBuilder builder;
  ArrayPlacer placer(builder, params);
  const Nodes outputs = add_outputs(builder, "o", n);
  const RowStage stage = add_row_stage(builder, placer, outputs, positive, negative, params,
                                       params.feedback_siemens, models.front());
  for (const auto node : stage.minus) builder.add_conductance(node, kGround, params.feedback_siemens);
  const Index first_main = static_cast<Index>(stage.n_inverters);
  add_amplifiers(builder, stage.plus, stage.minus, outputs, models);
  return finish(builder, placer, outputs, stage.minus, n, first_main, stage.n_inverters);
}

Topology ginv_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                       const TopologyParams& params) {
  require_sizes("GINV", positive, negative, false);
  require_feedback("GINV", params.feedback_siemens);
  require(params.ridge_siemens >= 0.0 && std::isfinite(params.ridge_siemens),
          "GINV circuit: ridge conductance is {} S; it must not be negative", params.ridge_siemens);
  const Index n = positive.ports.transfer_siemens.rows(), m = positive.ports.transfer_siemens.cols();
  auto models = amplifiers_for(params, n + m);
  CircuitBuilder builder;
  ArrayPlacer placer(builder, params);
  const Nodes outputs = add_outputs(builder, "o", m);
  const RowStage stage = add_row_stage(builder, placer, outputs, positive, negative, params,
                                       params.feedback_siemens, models.front());
  const Nodes residuals = add_outputs(builder, "t", n);
  for (std::size_t i = 0; i < residuals.size(); ++i)
    builder.add_conductance(stage.minus[i], residuals[i], params.feedback_siemens);
  const Index first_residual = static_cast<Index>(stage.n_inverters);
  add_amplifiers(builder, stage.plus, stage.minus, residuals,
                 {models.begin(), models.begin() + static_cast<std::ptrdiff_t>(n)});

  // Second copy: columns end in the non-inverting inputs.
  const Nodes plus = add_nodes(builder, "p2_", m, params.input_farad);
  const Nodes minus = add_nodes(builder, "s2_", m, params.input_farad);
  placer.place(residuals, plus, positive, false);
  VectorXd plus_load = positive.column_sums_siemens;
  VectorXd minus_load = VectorXd::Constant(m, params.ridge_siemens);
  std::size_t n_inverters = stage.n_inverters;
  if (negative && params.signs == Signs::kInverters) {
    const Nodes inverted = add_inverters(builder, "m", residuals, models.front(), params.inverter_siemens);
    placer.place(inverted, plus, *negative, true);
    plus_load += negative->column_sums_siemens;
    n_inverters += inverted.size();
  } else if (negative) {
    placer.place(residuals, minus, *negative, true);
    minus_load += negative->column_sums_siemens;
  }
  for (std::size_t j = 0; j < outputs.size(); ++j)
    builder.add_conductance(minus[j], outputs[j], params.ridge_siemens);
  match_loads(builder, plus, plus_load, minus, minus_load);
  std::vector<AmplifierModel> last(models.begin() + static_cast<std::ptrdiff_t>(n), models.end());
  for (AmplifierModel& model : last) model.is_clamped = params.clamps_outputs;
  const Index first_main = first_residual + n + static_cast<Index>(n_inverters - stage.n_inverters);
  add_amplifiers(builder, plus, minus, outputs, last);
  return finish(builder, placer, outputs, stage.minus, n + m, first_main, n_inverters);
}

Topology egv_topology(const CrossbarArray& positive, const std::optional<CrossbarArray>& negative,
                      const TopologyParams& params) {
  require_sizes("EGV", positive, negative, true);
  require_feedback("EGV", params.feedback_siemens);
  const Index n = positive.ports.transfer_siemens.rows();
  const auto models = amplifiers_for(params, n);
  CircuitBuilder builder;
  ArrayPlacer placer(builder, params);
  const Nodes minus = add_nodes(builder, "s", n, params.input_farad);
  const Nodes direct = add_outputs(builder, "t", n);
  add_amplifiers(builder, {}, minus, direct, models);
  const Nodes outputs = add_inverters(builder, "o", direct, models.front(), params.inverter_siemens);
  placer.place(minus, outputs, positive, false);
  if (negative) placer.place(minus, direct, *negative, true);
  for (std::size_t i = 0; i < minus.size(); ++i) {
    builder.add_conductance(minus[i], direct[i], params.feedback_siemens);
    builder.add_current(minus[i]);
  }
  return finish(builder, placer, outputs, minus, n, n, static_cast<std::size_t>(n));
}

}  // namespace mho::circuit
