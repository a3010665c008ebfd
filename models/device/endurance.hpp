// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Wear by writing. After n writes the damage of a cell is
//     D = (n/N)^exponent,   N = half_window_writes · exp(device_sigma · N(0,1)), fixed for each cell
// and does two things:
//     window       what the cell can reach, fresh g_min − margin … g_max + margin (not below 0 S), shrinks to
//                  1/(1 + D) of its width: half of it at n = N. top_share of the loss is at the upper end.
//     variability  pulse_sigma of the write-verify loop grows by the factor 1 + variability_growth · D, D of
//     the
//                  median cell
// A target outside the worn window makes the write fail; one inside is only harder to reach.
//
// A write counts once, however many pulses it takes. Not modelled: wear by reads, recovery, sudden breakdown
// (faults.hpp has cells that are stuck from the start).
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/base/random.hpp"
#include "models/device/write_verify.hpp"

namespace mho::device {

/// No figure published for the chip: all are our assumptions (A).
struct EnduranceParams {
  /// Writes after which the median cell has half of its window, >= 1; 0 = no wear. 10⁶ … 10⁹ for TaOx.
  double half_window_writes = 0.0;
  double exponent = 1.0;            ///< 0.1 … 4
  double device_sigma = 0.3;        ///< log-normal spread of N, 0 … 2
  double margin = 0.1;              ///< of a fresh cell beyond its window, fraction of full scale, 0 … 1
  double top_share = 0.5;           ///< 0 … 1
  double variability_growth = 0.5;  ///< 0 … 100
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const EnduranceParams& endurance);

inline bool is_on(const EnduranceParams& endurance) {
  return endurance.half_window_writes > 0.0;
}

/// What the cells of array `unit` can reach after `writes` writes [rows x cols]. Without wear: 0 S and above.
/// @throws InputError  a parameter out of range, more than 65535 cells one way
CellLimits worn_limits(const EnduranceParams& endurance, const CellParams& cell, Eigen::Index rows,
                       Eigen::Index cols, const Random& random, std::uint32_t unit, std::uint32_t writes);

/// Parameters of the write after `writes` writes. For WriteMode::kStatistical the growth is rounded to powers
/// of 2^(1/8), so that a calibration serves many writes.
WriteVerifyParams worn_write(const EnduranceParams& endurance, WriteVerifyParams write, std::uint32_t writes);

}  // namespace mho::device
