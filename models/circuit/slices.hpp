// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Two arrays of an INV circuit that act as one: their rows end in the same summing nodes, and column j of the
// lower one is driven with w times the voltage of column j of the upper one, by an ideal attenuating driver
// (no output resistance, offset or pole; it takes nothing from the amplifier: our assumption). From
// Kirchhoff at the summing nodes, u there and v at the columns of the upper array:
//     current into the arrays at the rows    (Y₁ + Y₂) · u − (T₁ + w·T₂) · v
// so the lower array counts in full as a load and with its weight as a signal. Current that all drivers of
// column j give per volt of v_j, with the summing nodes at 0 V: (C₁ + w·C₂)_jj.
//
// That makes column_self the load of the supplies, not of an amplifier's output: where outputs have a
// resistance these ports are not the circuit.
#pragma once

#include "models/circuit/topology/topology.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {

/// @param weight       w, 0 … 1
/// @throws InputError  sizes differ, w out of range
ArrayPorts add_slice(const ArrayPorts& upper, const ArrayPorts& lower, double weight);
/// The same; sums of cells, which loads are matched with, are those of both arrays.
CrossbarArray add_slice(const CrossbarArray& upper, const CrossbarArray& lower, double weight);

}  // namespace mho::circuit
