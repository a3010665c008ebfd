// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/circuit_builder.hpp"

#include <Eigen/LU>
#include <Eigen/SparseCore>

#include <cmath>
#include <limits>
#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Below this some node voltage has no correct digit.
constexpr double kSingularReciprocalCondition = 4.0 * std::numeric_limits<double>::epsilon();

/// Voltages of `of` as functions of the voltages of the others, from Y_oo u_o + Y_or u_r = J q.
struct Elimination {
  MatrixXd by_rest, by_input;
};

Elimination eliminate(const MatrixXd& y_own, const MatrixXd& y_rest, const MatrixXd& inputs) {
  if (y_own.rows() == 0) return {.by_rest = y_rest, .by_input = inputs};
  const Eigen::PartialPivLU<MatrixXd> lu(y_own);
  require(lu.rcond() > kSingularReciprocalCondition,
          "circuit: the voltages of some nodes are not determined; look for parts without a path to a source "
          "or an amplifier");
  // Eigen's solver refers to the first element of a right-hand side, even if there is none.
  const auto solve = [&](const MatrixXd& rhs) -> MatrixXd {
    if (rhs.cols() == 0) return rhs;
    return lu.solve(rhs);
  };
  return {.by_rest = -solve(y_rest), .by_input = solve(inputs)};
}

}  // namespace

/// Currents out of the free nodes and voltages of all nodes, in terms of [free | amplifiers | inputs].
struct CircuitBuilder::Equations {
  std::vector<Index> with_c, without_c;   // free nodes
  std::vector<Index> row;                 // of each node among the free ones, −1: held
  MatrixXd y_free, y_amplifier, y_input;  // [free x …], free nodes in the order with_c, without_c
  // Mostly zeros, and factors of large products.
  Eigen::SparseMatrix<double> pick_free, pick_amplifier, pick_input;  // [nodes x …], ones
  MatrixXd input_current;                                             // J [free x inputs]
  MatrixXd load;                       // out of the outputs into the network [amplifiers x nodes]
  MatrixXd load_input;                 // [amplifiers x inputs]
  Eigen::SparseMatrix<double> e_node;  // [amplifiers x nodes], +1 and −1

  Index row_of(Node node) const { return row[static_cast<std::size_t>(node)]; }
  Index n_c() const { return static_cast<Index>(with_c.size()); }
  Index n_free() const { return static_cast<Index>(with_c.size() + without_c.size()); }
};

CircuitBuilder::Node CircuitBuilder::add(NodeInfo node) {
  nodes_.push_back(std::move(node));
  return static_cast<Node>(nodes_.size()) - 1;
}

CircuitBuilder::Node CircuitBuilder::add_node(std::string name, double capacitance_farad) {
  require(capacitance_farad >= 0.0 && std::isfinite(capacitance_farad),
          "circuit: capacitance at {} is {} F; it must not be negative", name, capacitance_farad);
  return add({.name = std::move(name),
              .kind = Kind::kFree,
              .capacitance_farad = capacitance_farad,
              .input = {},
              .amplifier = {}});
}

CircuitBuilder::Node CircuitBuilder::add_output(std::string name) {
  return add({.name = std::move(name),
              .kind = Kind::kOutput,
              .capacitance_farad = 0.0,
              .input = {},
              .amplifier = {}});
}

CircuitBuilder::Node CircuitBuilder::add_source(std::string name) {
  return add({.name = std::move(name),
              .kind = Kind::kSource,
              .capacitance_farad = 0.0,
              .input = n_inputs_++,
              .amplifier = {}});
}

void CircuitBuilder::add_current(Node node) {
  check(node, false);
  currents_.push_back({.node = node, .input = n_inputs_++});
}

void CircuitBuilder::check(Node node, bool ground_allowed) const {
  ensure((node >= 0 && node < static_cast<Node>(nodes_.size())) || (ground_allowed && node == kGround),
         "circuit: node {} of {} does not exist", node, nodes_.size());
}

void CircuitBuilder::add_conductance(Node a, Node b, double siemens) {
  check(a, true);
  check(b, true);
  require(siemens >= 0.0 && std::isfinite(siemens),
          "circuit: a conductance is {} S; it must be finite and not negative", siemens);
  if (siemens == 0.0) return;
  if (a != kGround) stamps_.push_back({a, a, siemens});
  if (b != kGround) stamps_.push_back({b, b, siemens});
  if (a == kGround || b == kGround) return;
  stamps_.push_back({a, b, -siemens});
  stamps_.push_back({b, a, -siemens});
}

void CircuitBuilder::add_block(const std::vector<Node>& rows, const std::vector<Node>& columns,
                               const MatrixXd& siemens) {
  ensure(siemens.rows() == static_cast<Index>(rows.size()) &&
             siemens.cols() == static_cast<Index>(columns.size()),
         "circuit: {}x{} ports for {} and {} nodes", siemens.rows(), siemens.cols(), rows.size(),
         columns.size());
  blocks_.push_back({.rows = rows, .columns = columns, .siemens = siemens});
}

void CircuitBuilder::add_array(const std::vector<Node>& row_nodes, const std::vector<Node>& column_nodes,
                               const ArrayPorts& ports) {
  for (const Node node : row_nodes) check(node, false);
  for (const Node node : column_nodes) check(node, false);
  add_block(row_nodes, row_nodes, ports.row_self_siemens);
  add_block(row_nodes, column_nodes, -ports.transfer_siemens);
  add_block(column_nodes, row_nodes, -ports.transfer_siemens.transpose());
  add_block(column_nodes, column_nodes, ports.column_self_siemens);
}

void CircuitBuilder::add_array(const std::vector<Node>& row_nodes, const std::vector<Node>& column_nodes,
                               const MatrixXd& port_siemens) {
  std::vector<Node> ports = row_nodes;
  ports.insert(ports.end(), column_nodes.begin(), column_nodes.end());
  for (const Node node : ports) check(node, false);
  add_block(ports, ports, port_siemens);
  ports_.insert(ports_.end(), ports.begin(), ports.end());
}

void CircuitBuilder::add_amplifier(const Terminals& terminals, const AmplifierModel& amplifier) {
  check(terminals.plus, true);
  check(terminals.minus, true);
  check(terminals.output, false);
  NodeInfo& output = nodes_[static_cast<std::size_t>(terminals.output)];
  ensure(output.kind == Kind::kOutput && !output.amplifier, "circuit: {} cannot be driven by an amplifier",
         output.name);
  validate(amplifier, "op-amp");
  output.amplifier = static_cast<Index>(amplifiers_.size());
  amplifiers_.push_back({.terminals = terminals, .model = amplifier});
}

CircuitBuilder::Equations CircuitBuilder::number_nodes() const {
  const auto n = static_cast<Index>(nodes_.size()), m = static_cast<Index>(amplifiers_.size());
  Equations eq;
  for (Index i = 0; i < n; ++i) {
    const NodeInfo& node = nodes_[static_cast<std::size_t>(i)];
    ensure(node.kind != Kind::kOutput || node.amplifier.has_value(), "circuit: nothing drives {}", node.name);
    const bool is_behind_resistance =
        node.kind == Kind::kOutput &&
        amplifiers_[static_cast<std::size_t>(*node.amplifier)].model.output_ohm > 0.0;
    if (node.kind == Kind::kFree || is_behind_resistance)
      (node.capacitance_farad > 0.0 ? eq.with_c : eq.without_c).push_back(i);
  }
  eq.row.assign(nodes_.size(), -1);
  Index next = 0;
  for (const Index i : eq.with_c) eq.row[static_cast<std::size_t>(i)] = next++;
  for (const Index i : eq.without_c) eq.row[static_cast<std::size_t>(i)] = next++;

  eq.y_free = MatrixXd::Zero(eq.n_free(), eq.n_free());
  eq.y_amplifier = MatrixXd::Zero(eq.n_free(), m);
  eq.y_input = MatrixXd::Zero(eq.n_free(), n_columns());
  eq.input_current = MatrixXd::Zero(eq.n_free(), n_columns());
  eq.pick_free.resize(n, eq.n_free());
  eq.pick_amplifier.resize(n, m);
  eq.pick_input.resize(n, n_columns());
  eq.e_node.resize(m, n);
  eq.load = MatrixXd::Zero(m, n);
  eq.load_input = MatrixXd::Zero(m, n_columns());
  return eq;
}

void CircuitBuilder::stamp(Equations& eq, Node at, Node from, double siemens) const {
  const NodeInfo& loaded = nodes_[static_cast<std::size_t>(at)];
  if (loaded.kind == Kind::kOutput) eq.load(*loaded.amplifier, from) += siemens;
  const Index r = eq.row_of(at), c = eq.row_of(from);
  if (r < 0) return;  // held by a source or an amplifier: whatever current it takes
  const NodeInfo& node = nodes_[static_cast<std::size_t>(from)];
  if (c >= 0) {
    eq.y_free(r, c) += siemens;
  } else if (node.kind == Kind::kOutput) {
    eq.y_amplifier(r, *node.amplifier) += siemens;
  } else {
    eq.y_input(r, *node.input) += siemens;
  }
}

void CircuitBuilder::stamp_network(Equations& eq) const {
  for (const Stamp& s : stamps_) stamp(eq, s.row, s.column, s.siemens);
  for (const Block& b : blocks_) {
    for (Index j = 0; j < b.siemens.cols(); ++j) {
      for (Index i = 0; i < b.siemens.rows(); ++i) {
        const double g = b.siemens(i, j);
        if (g == 0.0) continue;
        stamp(eq, b.rows[static_cast<std::size_t>(i)], b.columns[static_cast<std::size_t>(j)], g);
      }
    }
  }
}

void CircuitBuilder::stamp_inputs(Equations& eq) const {
  for (const CurrentInput& current : currents_) {
    const Index r = eq.row_of(current.node);
    if (r >= 0) eq.input_current(r, current.input) += 1.0;
  }
  Index input = n_inputs_;
  for (const Node port : ports_) {
    const Index r = eq.row_of(port);
    if (r >= 0) eq.input_current(r, input) += 1.0;
    const NodeInfo& node = nodes_[static_cast<std::size_t>(port)];
    if (node.kind == Kind::kOutput) eq.load_input(*node.amplifier, input) -= 1.0;
    ++input;
  }
}

void CircuitBuilder::stamp_amplifiers(Equations& eq) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const NodeInfo& node = nodes_[i];
    const auto at = static_cast<Index>(i);
    const Index r = eq.row_of(at);
    if (r >= 0) eq.pick_free.insert(at, r) = 1.0;
    if (r < 0 && node.kind == Kind::kOutput) eq.pick_amplifier.insert(at, *node.amplifier) = 1.0;
    if (node.kind == Kind::kSource) eq.pick_input.insert(at, *node.input) = 1.0;
  }
  for (std::size_t i = 0; i < amplifiers_.size(); ++i) {
    const PlacedAmplifier& a = amplifiers_[i];
    const auto k = static_cast<Index>(i);
    if (a.terminals.plus != kGround) eq.e_node.coeffRef(k, a.terminals.plus) += 1.0;
    if (a.terminals.minus != kGround) eq.e_node.coeffRef(k, a.terminals.minus) -= 1.0;
    const Index r = eq.row_of(a.terminals.output);
    if (r < 0) continue;
    eq.y_free(r, r) += 1.0 / a.model.output_ohm;
    eq.y_amplifier(r, k) -= 1.0 / a.model.output_ohm;
  }
}

void CircuitBuilder::reduce(const Equations& eq, AmplifierCircuit& circuit) const {
  const auto m = static_cast<Index>(amplifiers_.size());
  const Index n_c = eq.n_c(), n_a = eq.n_free() - n_c;

  // Nodes without capacitance follow the rest at once.
  MatrixXd y_rest(n_a, n_c + m + n_columns());
  y_rest << eq.y_free.bottomLeftCorner(n_a, n_c), eq.y_amplifier.bottomRows(n_a), eq.y_input.bottomRows(n_a);
  const Eigen::SparseMatrix<double> pick_c = eq.pick_free.leftCols(n_c);
  const Eigen::SparseMatrix<double> pick_a = eq.pick_free.rightCols(n_a);
  const Eigen::SparseMatrix<double> e_a = eq.e_node * pick_a;
  // Currents into these nodes: the inputs, and for the noise one column for each amplifier.
  MatrixXd currents(n_a, n_columns() + m);
  currents << eq.input_current.bottomRows(n_a), MatrixXd(e_a.transpose());
  const Elimination fast = eliminate(eq.y_free.bottomRightCorner(n_a, n_a), y_rest, currents);
  const auto fast_u = fast.by_rest.leftCols(n_c);
  const auto fast_v = fast.by_rest.middleCols(n_c, m);
  const MatrixXd fast_q = fast.by_rest.rightCols(n_columns()) + fast.by_input.leftCols(n_columns());

  circuit.capacitor_farad.resize(n_c);
  for (Index i = 0; i < n_c; ++i)
    circuit.capacitor_farad[i] =
        nodes_[static_cast<std::size_t>(eq.with_c[static_cast<std::size_t>(i)])].capacitance_farad;
  const auto per_c = circuit.capacitor_farad.cwiseInverse().asDiagonal();
  const auto y_ca = eq.y_free.topRightCorner(n_c, n_a);
  circuit.a_u = -(per_c * (eq.y_free.topLeftCorner(n_c, n_c) + y_ca * fast_u));
  circuit.a_v = -(per_c * (eq.y_amplifier.topRows(n_c) + y_ca * fast_v));
  circuit.a_q = per_c * (eq.input_current.topRows(n_c) - eq.y_input.topRows(n_c) - y_ca * fast_q);

  circuit.n_u = MatrixXd(pick_c) + pick_a * fast_u;
  circuit.n_v = MatrixXd(eq.pick_amplifier) + pick_a * fast_v;
  circuit.n_q = MatrixXd(eq.pick_input) + pick_a * fast_q;
  circuit.e_u = eq.e_node * circuit.n_u;
  circuit.e_v = eq.e_node * circuit.n_v;
  circuit.e_q = eq.e_node * circuit.n_q;

  // A passive network's noise currents have the covariance of its conductance matrix (Nyquist); what nodes
  // without capacitance pass on to those with it is independent of their own voltages.
  circuit.thermal_u = per_c * (eq.y_free.topLeftCorner(n_c, n_c) + y_ca * fast_u) * per_c;
  circuit.thermal_e = e_a * fast.by_input.rightCols(m);
}

void CircuitBuilder::reduce_at_rest(const Equations& eq, AmplifierCircuit& circuit) const {
  const auto m = static_cast<Index>(amplifiers_.size());
  // The capacitors carry no current, so their nodes follow too.
  circuit.rest_n_v = circuit.n_v;
  circuit.rest_n_q = circuit.n_q;
  if (eq.n_c() > 0) {
    MatrixXd drive(eq.n_c(), m + n_columns());
    drive << circuit.a_v, circuit.a_q;
    const Elimination slow = eliminate(circuit.a_u, drive, MatrixXd::Zero(eq.n_c(), 0));
    circuit.rest_n_v += circuit.n_u * slow.by_rest.leftCols(m);
    circuit.rest_n_q += circuit.n_u * slow.by_rest.rightCols(n_columns());
  }
  circuit.rest_e_v = eq.e_node * circuit.rest_n_v;
  circuit.rest_e_q = eq.e_node * circuit.rest_n_q;
}

AmplifierCircuit CircuitBuilder::build() const {
  Equations eq = number_nodes();
  stamp_network(eq);
  stamp_inputs(eq);
  stamp_amplifiers(eq);
  AmplifierCircuit circuit;
  reduce(eq, circuit);
  reduce_at_rest(eq, circuit);
  circuit.u_node = eq.with_c;
  circuit.load_siemens = eq.load;
  circuit.load_input = eq.load_input;
  circuit.offset_volt.resize(static_cast<Index>(amplifiers_.size()));
  for (std::size_t i = 0; i < amplifiers_.size(); ++i) {
    const auto k = static_cast<Index>(i);
    const AmplifierModel& model = amplifiers_[i].model;
    circuit.offset_volt[k] = model.offset_volt;
    circuit.amplifiers.push_back(model);
    if (model.second_pole_hz != AmplifierModel::kNone) circuit.second_pole.push_back(k);
  }
  return circuit;
}

}  // namespace mho::circuit
