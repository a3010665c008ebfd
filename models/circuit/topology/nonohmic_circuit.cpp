// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/topology/nonohmic_circuit.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr int kMaxRounds = 60;
// Voltages that move less, relative to 1 V and the largest, no longer move.
constexpr double kSmallestChange = 1e-13;
// From here on changes that do not shrink are rounding.
constexpr double kRoundingChange = 1e-10;
// Slopes of an earlier point serve while each round leaves less of the change than this.
constexpr double kGoodContraction = 0.1;

VectorXd not_found(Index n) {
  return VectorXd::Constant(n, std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

NonohmicCircuit::NonohmicCircuit(Build build, std::vector<Placement> placements,
                                 std::vector<ArrayBundle> arrays)
    : build_(std::move(build)), arrays_(std::move(arrays)) {
  ensure(placements.size() == arrays_.size(), "circuit: {} arrays in {} places", arrays_.size(),
         placements.size());
  for (Placement& place : placements) {
    ports_.push_back(std::move(place.rows));
    ports_.back().insert(ports_.back().end(), place.columns.begin(), place.columns.end());
  }
  reset();
}

void NonohmicCircuit::reset() {
  for (ArrayBundle& array : arrays_) array.reset(VectorXd::Zero(array.n_ports()));
  linearize();
}

void NonohmicCircuit::linearize() {
  std::vector<MatrixXd> siemens;
  for (ArrayBundle& array : arrays_) {
    array.linearize();
    siemens.push_back(array.port_siemens());
  }
  circuit_ = build_(siemens).circuit;
  is_tangent_ = true;
}

/// False: at voltages that an iteration went astray to, the transistors leave a node without a path. At 0 V,
/// where that is the user's error, reset() throws.
bool NonohmicCircuit::try_linearize() {
  try {
    linearize();
    return true;
  } catch (const InputError&) {
    return false;
  }
}

VectorXd NonohmicCircuit::inputs(const VectorXd& q) const {
  VectorXd all(circuit_.n_inputs());
  all.head(q.size()) = q;
  Index next = q.size();
  for (const ArrayBundle& array : arrays_) {
    all.segment(next, array.n_ports()) = -array.constant_ampere();
    next += array.n_ports();
  }
  ensure(next == all.size(), "circuit: {} input values for {} inputs", next, all.size());
  return all;
}

bool NonohmicCircuit::find(const VectorXd& q, const NodeVolt& node_volt, bool newton) {
  double last = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kMaxRounds; ++round) {
    const VectorXd nodes = node_volt(tangent(q));
    if (!nodes.allFinite()) return false;
    double change = 0.0;
    for (std::size_t i = 0; i < arrays_.size(); ++i)
      change = std::max(change, arrays_[i].move_to(nodes(ports_[i])));
    if (!(change < std::numeric_limits<double>::max())) return false;
    const double scale = nodes.size() > 0 ? std::max(1.0, nodes.cwiseAbs().maxCoeff()) : 1.0;
    is_tangent_ = is_tangent_ && change <= kSmallestChange * scale;
    if (change <= kSmallestChange * scale) return true;
    if (change < kRoundingChange * scale && change >= 0.25 * last) return true;
    if ((newton || change > kGoodContraction * last) && !try_linearize()) return false;
    last = change;
  }
  return false;
}

/// From where the arrays are; if that leads nowhere (slopes of another point throw a steep curve far off),
/// from 0 V with new slopes in every round.
bool NonohmicCircuit::find_anyhow(const VectorXd& q, const NodeVolt& node_volt) {
  if (find(q, node_volt, /*newton=*/false)) return true;
  reset();
  return find(q, node_volt, /*newton=*/true);
}

RestPoint NonohmicCircuit::newton_rest(const VectorXd& q) {
  RestPoint rest;
  const bool is_found = find(
      q,
      [&](const Tangent& at) {
        rest = rest_point(*at.circuit, at.q);
        return rest.status == RestStatus::kOk ? rest.node_volt : not_found(circuit_.n_nodes());
      },
      /*newton=*/true);
  if (!is_found) {
    if (rest.status == RestStatus::kOk) rest.status = RestStatus::kNotConverged;
    return rest;
  }
  if (try_linearize()) return rest_point(circuit_, inputs(q));
  rest.status = RestStatus::kNotConverged;
  return rest;
}

RestPoint NonohmicCircuit::rest(const VectorXd& q, const VectorXd& start) {
  reset();
  if (circuit_.is_linear()) {
    const RestPoint rest = newton_rest(q);
    if (rest.status == RestStatus::kOk || circuit_.n_amplifiers() == 0) return rest;
    reset();
  }
  const std::vector<AmplifierModel> amplifiers = circuit_.amplifiers;
  return rest_point([&](const VectorXd& v) { return tangent_at_rest(v, q); }, amplifiers, start);
}

/// Voltages that were not found are no start for those of the next point.
Tangent NonohmicCircuit::linearized_if(bool is_found, const VectorXd& q) {
  if (is_found && (is_tangent_ || try_linearize())) return tangent(q);
  reset();
  return {};
}

Tangent NonohmicCircuit::tangent_at_rest(const VectorXd& v, const VectorXd& q) {
  const auto nodes = [&](const Tangent& at) -> VectorXd {
    return at.circuit->rest_n_v * v + at.circuit->rest_n_q * at.q;
  };
  return linearized_if(find_anyhow(q, nodes), q);
}

Tangent NonohmicCircuit::tangent_in(const VectorXd& z, const VectorXd& q) {
  const auto nodes = [&](const Tangent& at) { return at.circuit->nodes(z, at.q); };
  return linearized_if(find_anyhow(q, nodes), q);
}

CircuitMotion NonohmicCircuit::motion() {
  return {.slope =
              [this](const VectorXd& z, const VectorXd& q, VectorXd& slope) {
                // The currents count, not the slopes of the cells.
                const auto nodes = [&](const Tangent& at) { return at.circuit->nodes(z, at.q); };
                if (find_anyhow(q, nodes)) {
                  slope = circuit_.slope(z, inputs(q));
                  return;
                }
                reset();
                slope = not_found(z.size());
              },
          .jacobian =
              [this](const VectorXd& z, const VectorXd& q, MatrixXd& jacobian) {
                const Tangent at = tangent_in(z, q);
                if (at.circuit != nullptr) {
                  jacobian = at.circuit->jacobian(z, at.q);
                  return;
                }
                jacobian.setConstant(z.size(), z.size(), std::numeric_limits<double>::quiet_NaN());
              },
          .slope_by_inputs =
              [this](const VectorXd& z, const VectorXd& q, const VectorXd& dq, VectorXd& result) {
                const Tangent at = tangent_in(z, q);
                if (at.circuit == nullptr) {
                  result = not_found(z.size());
                  return;
                }
                VectorXd change = VectorXd::Zero(at.q.size());
                change.head(dq.size()) = dq;
                result = at.circuit->slope_by_inputs(z, at.q, change);
              }};
}

VectorXd NonohmicCircuit::column_ampere() const {
  VectorXd sum = VectorXd::Zero(arrays_.front().n_ports() - arrays_.front().n_rows());
  for (const ArrayBundle& array : arrays_) sum -= array.port_ampere().tail(sum.size());
  return sum;
}

MatrixXd NonohmicCircuit::column_siemens() const {
  MatrixXd sum = MatrixXd::Zero(arrays_.front().n_ports() - arrays_.front().n_rows(), circuit_.n_nodes());
  for (std::size_t i = 0; i < arrays_.size(); ++i)
    for (std::size_t k = 0; k < ports_[i].size(); ++k)
      sum.col(ports_[i][k]) -= arrays_[i].port_siemens().col(static_cast<Index>(k)).tail(sum.rows());
  return sum;
}

}  // namespace mho::circuit
