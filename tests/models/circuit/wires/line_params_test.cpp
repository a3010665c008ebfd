// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/line_params.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(LineParams, RejectsResistancesThatAreNegativeOrNotFinite) {
  for (double LineParams::*field : {&LineParams::row_segment_ohm, &LineParams::column_segment_ohm,
                                    &LineParams::row_port_ohm, &LineParams::column_port_ohm}) {
    for (const double wrong : {-1.0, 1e-12, 1e12, kNan, kInfinity}) {
      LineParams lines;
      lines.*field = wrong;
      EXPECT_THROW(validate(lines), InputError) << wrong;
    }
    LineParams lines;
    lines.*field = 1.73;
    EXPECT_NO_THROW(validate(lines));
    EXPECT_FALSE(is_ideal(lines));
  }
  EXPECT_TRUE(is_ideal(LineParams{}));
}

TEST(LineParams, MessageNamesTheResistance) {
  try {
    validate({.row_port_ohm = -3.0});
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("row port is -3 ohm"), std::string::npos) << error.what();
  }
}

TEST(LineParams, RejectsCellsThatAreNegativeOrNotFinite) {
  EXPECT_THROW(require_cells(Eigen::MatrixXd(0, 3)), InputError);
  for (const double wrong : {-1e-9, kNan, kInfinity}) {
    Eigen::MatrixXd g = Eigen::MatrixXd::Constant(2, 3, 1e-6);
    EXPECT_NO_THROW(require_cells(g));
    g(1, 2) = wrong;
    EXPECT_THROW(require_cells(g), InputError) << wrong;
  }
}

}  // namespace
}  // namespace mho::circuit
