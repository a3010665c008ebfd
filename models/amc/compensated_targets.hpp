// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cell targets that cancel the lines of a macro (circuit/wires/compensation.hpp), kept for level matrices
// that were asked for before: a tile that takes turns with others on the macros is written many times, and
// the search for its targets costs more than all the rest of a write. Nothing but speed depends on what is
// kept.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <string>
#include <unordered_map>

#include "models/circuit/wires/line_params.hpp"
#include "models/device/cell.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::amc {

struct CompensatedTarget {
  device::DifferentialPair cells;
  bool is_uncompensated = false;  ///< a read would be off by more than a tenth of a step
};

class CompensatedTargets {
 public:
  /// Room for all tiles of a dense system of 4096 unknowns.
  static constexpr std::size_t kMostBytes = std::size_t{2} << 30;
  /// Error of a cell that compensation may leave [steps]: all rows of a macro together stay below a tenth of
  /// a step.
  static constexpr double kToleranceSteps = 1e-3;

  /// @param scale_siemens  effective conductance of one step, as CompensationParams
  /// @param most_bytes     kept at most; what comes later is computed each time
  CompensatedTargets(const device::CellParams& cell, const circuit::LineParams& lines, double scale_siemens,
                     std::size_t most_bytes = kMostBytes);

  /// @param steps  [rows x cols] as compensate_lines(); matrices with fractions are not kept
  CompensatedTarget of(const Eigen::MatrixXd& steps);

  std::size_t kept() const { return kept_.size(); }

 private:
  /// The lighter cell of a pair is at g_min, so the heavier one says all: > 0 in the positive array, < 0 in
  /// the negative one.
  struct Kept {
    Eigen::MatrixXd heavier_siemens;
    bool is_uncompensated;
  };

  CompensatedTarget find(const Eigen::MatrixXd& steps) const;
  CompensatedTarget unpack(const Kept& kept) const;
  Kept pack(const CompensatedTarget& target) const;

  device::CellParams cell_;
  circuit::LineParams lines_;
  double scale_siemens_;
  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Kept> kept_;  ///< by shape and levels
};

}  // namespace mho::amc
