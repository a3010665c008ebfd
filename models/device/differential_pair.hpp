// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Signed numbers in unsigned conductances: two arrays of the same size, whose difference counts. The level
// |k| goes into the array that the sign chooses, level 0 (g_min) into the other, so that g_min cancels:
//     G⁺ − G⁻ = ± level_value(|k|) · step,   with evenly spaced levels  G⁺ − G⁻ = k · step
// so that with other spacings a weight is first mapped to the level of the nearest value
// (nearest_signed_level()), and integer reads, which count steps, are not exact.
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/base/random.hpp"
#include "models/device/cell.hpp"
#include "models/device/write_verify.hpp"

namespace mho::device {

/// Signed levels, −(levels−1) … levels−1.
using LevelMatrix = Eigen::Matrix<std::int8_t, Eigen::Dynamic, Eigen::Dynamic>;

/// Conductances of a pair of arrays [rows x cols, siemens], of equal size.
struct DifferentialPair {
  Eigen::MatrixXd positive;
  Eigen::MatrixXd negative;

  Eigen::Index rows() const { return positive.rows(); }
  Eigen::Index cols() const { return positive.cols(); }
};

/// Target conductances of signed levels.
/// Throws InputError if an entry is outside −(levels−1) … levels−1.
DifferentialPair pair_from_levels(const Eigen::Ref<const LevelMatrix>& levels, const CellParams& cell);

/// The signed level whose value, in steps, is nearest to `value`: rounding to the nearest integer if levels
/// are evenly spaced, and the outermost level beyond the grid. Throws InputError if `value` is not finite.
std::int8_t nearest_signed_level(const CellParams& cell, double value);

/// The numbers that a pair holds, (G⁺ − G⁻)/step [rows x cols].
Eigen::MatrixXd pair_values(const DifferentialPair& pair, const CellParams& cell);

/// What the programming of both arrays did: counts and energies added; the time is the longer of the two,
/// because each array has its own row drivers (our assumption).
struct [[nodiscard]] PairProgramResult {
  DifferentialPair pair;
  std::uint64_t pulses = 0;
  std::uint64_t verify_reads = 0;
  std::uint32_t max_pulses_per_cell = 0;
  std::uint64_t failed_cells = 0;
  double time_s = 0.0;
  double energy_J = 0.0;
};

/// What two writes did together.
PairProgramResult combine(ProgramResult plus, ProgramResult minus);

/// Programs both arrays of macro `macro` (array numbers 2·macro and 2·macro + 1), see program_array().
/// `macro` must be below 2^31.
PairProgramResult program_pair(const DifferentialPair& target, const CellParams& cell,
                               const WriteVerifyParams& write, const Random& random, std::uint32_t macro,
                               std::uint32_t write_counter);

}  // namespace mho::device
