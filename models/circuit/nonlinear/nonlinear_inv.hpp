// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The INV circuit (inv_circuit.hpp) with cells that are not conductances: Newton's method for the operating
// point of each input, over arrays solved in full. The negative array is driven with −v by ideal inverters;
// each slice after the first by ideal drivers with w times what the first one gets (slices.hpp).
//
//     node i    I_i − g_in s_i − Σ_slices [ R⁺_i(s, w v) + R⁻_i(s, −w v) ] = 0,   s = V_os − v/A0
//
// R is the current into an array at its row ports. Stability and settling are those of the circuit linearised
// at the operating point: how it gets there from far away is not modelled.
#pragma once

#include <Eigen/Core>

#include <vector>

#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/network.hpp"
#include "models/circuit/nonlinear/array_point.hpp"
#include "models/circuit/opamp.hpp"

namespace mho::circuit {

struct [[nodiscard]] NonlinearInvResult {
  InvResult inv;
  /// The circuit linearised at the operating point, for waveforms and noise.
  InvNetwork network;
};

/// A pair of arrays and the share of the outputs that drives it.
struct InvSlice {
  device::DifferentialPair bare;  ///< [N x N] bare_pair()
  double weight = 1.0;            ///< 0 … 1
};

class NonlinearInv {
 public:
  /// @param slices        one or more, of one size
  /// @param offsets_volt  [n] of the n <= N amplifiers in use; other lines are held at 0 V
  /// @throws InputError   a size or parameter out of range
  NonlinearInv(CellModel cell, std::vector<InvSlice> slices, const LineParams& lines,
               const OpampParams& opamp, double g_in_siemens, Eigen::VectorXd offsets_volt);
  /// One slice.
  NonlinearInv(CellModel cell, device::DifferentialPair bare, const LineParams& lines,
               const OpampParams& opamp, double g_in_siemens, Eigen::VectorXd offsets_volt);

  Eigen::Index size() const { return offsets_volt_.size(); }

  /// As InvCircuit::solve(). kSingular also if Newton's method finds no operating point within the rails.
  /// Cost: for cells with a sinh, some five linearisations of all arrays; with transistors two, and some six
  /// rounds along the slopes of the first.
  NonlinearInvResult solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere, double epsilon) const;

 private:
  struct Point;
  struct Search;
  Point point_at(const Eigen::VectorXd& v, const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                 const std::vector<SoughtArray>& arrays) const;
  double move_arrays(const Eigen::VectorXd& v, std::vector<SoughtArray>& arrays) const;
  void add_slice(const Eigen::VectorXd& rows, const Eigen::VectorXd& driven, double weight,
                 const SoughtArray& positive_array, const SoughtArray& negative_array, Point& point) const;
  Search search(const Eigen::Ref<const Eigen::VectorXd>& input_ampere) const;

  CellModel cell_;
  std::vector<InvSlice> slices_;
  LineParams lines_;
  OpampParams opamp_;
  double g_in_siemens_;
  Eigen::VectorXd offsets_volt_;
};

}  // namespace mho::circuit
