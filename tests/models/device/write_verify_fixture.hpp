// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "models/device/write_verify.hpp"

namespace mho::device {

inline constexpr int kSize = 64;

inline Eigen::MatrixXd random_targets(const CellParams& cell, const Random& random) {
  return Eigen::MatrixXd::NullaryExpr(kSize, kSize, [&](Eigen::Index row, Eigen::Index col) {
    const auto words = random.words(RandomPurpose::kTest,
                                    {0, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)}, 0);
    return level_conductance(cell, words[0] % cell.levels);
  });
}

/// Errors of all cells in fractions of full scale.
inline Eigen::ArrayXd relative_errors(const ProgramResult& result, const Eigen::MatrixXd& target,
                                      const CellParams& cell) {
  return ((result.g_siemens - target) / full_scale_siemens(cell)).reshaped().array();
}

inline double rms(const Eigen::ArrayXd& x) {
  return std::sqrt(x.square().mean());
}

/// An array with random levels as targets.
class WriteVerify : public testing::Test {
 protected:
  ProgramResult program(std::uint32_t unit = 0, std::uint32_t write_counter = 0) const {
    return program_array(target_, cell_, write_, random_, unit, write_counter);
  }

  CellParams cell_;
  WriteVerifyParams write_;
  Random random_{2024};
  Eigen::MatrixXd target_ = random_targets(cell_, random_);
};

}  // namespace mho::device
