// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cells that no pulse moves: stuck at g_max (on), at g_min (off), or at some level. Either drawn per cell by
// rate, fixed for each array, or given as a map.
//
// Not modelled: faults of whole lines, shorts beyond g_max, faults that come with time (endurance.hpp wears
// cells out).
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <vector>

#include "models/base/random.hpp"
#include "models/device/cell.hpp"
#include "models/device/write_verify.hpp"

namespace mho::device {

enum class FaultKind : std::uint8_t { kStuckOn, kStuckOff, kStuckAtLevel };

/// One faulty cell.
struct Fault {
  std::uint16_t row;
  std::uint16_t column;
  FaultKind kind;
  std::uint8_t level = 0;  ///< of kStuckAtLevel

  bool operator==(const Fault&) const = default;
};

using FaultMap = std::vector<Fault>;

/// Probabilities of the kinds of faults for each cell, each >= 0, together at most 1. Published: 400 of 400
/// cells could be programmed (facts.md §1, P/S), which bounds the sum at 0.75 % with 95 % confidence (D); 0
/// by default.
struct FaultParams {
  double on_rate = 0.0;
  double off_rate = 0.0;
  double level_rate = 0.0;  ///< stuck at one of the levels, all equally likely
};

/// Throws InputError if a rate is out of the range stated above.
void validate(const FaultParams& faults);

inline bool is_on(const FaultParams& faults) {
  return faults.on_rate > 0.0 || faults.off_rate > 0.0 || faults.level_rate > 0.0;
}

/// The faulty cells of array `unit`.
/// @throws InputError  a rate out of range, more than 65535 cells one way
FaultMap draw_faults(const FaultParams& faults, const CellParams& cell, Eigen::Index rows, Eigen::Index cols,
                     const Random& random, std::uint32_t unit);

/// Throws InputError if a fault lies outside rows x cols, has a level that the cell lacks, or if two are on
/// the same cell.
void validate(const FaultMap& map, const CellParams& cell, Eigen::Index rows, Eigen::Index cols);

/// Where a faulty cell is stuck [siemens].
double fault_conductance(const Fault& fault, const CellParams& cell);

/// Makes the faulty cells immovable in `limits`, in place. The map fits the array.
void pin(CellLimits& limits, const FaultMap& map, const CellParams& cell);

/// Sets the faulty cells in `g_siemens` to where they are stuck, in place. The map fits the array.
void pin(Eigen::MatrixXd& g_siemens, const FaultMap& map, const CellParams& cell);

}  // namespace mho::device
