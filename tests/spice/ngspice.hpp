// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Runs ngspice (Debian package `ngspice`, batch mode) on netlists and reads what it printed.
#pragma once

#include <Eigen/Core>

#include <optional>
#include <string>
#include <vector>

namespace mho::spice {

bool has_ngspice();

/// What `wrdata` wrote: one row per time (one row in all for "op").
struct Table {
  Eigen::VectorXd scale;   ///< time
  Eigen::MatrixXd values;  ///< [rows x vectors]
};

/// Runs `netlist` with `analysis` ("op", "tran 10p 50n 0 10p") and returns `vectors` ("v(o0)", …). A failure
/// of ngspice is a failure of the test.
Table run(const std::string& netlist, const std::string& analysis, const std::vector<std::string>& vectors);

/// The same for measurements: nothing if it fails or takes longer than `limit_s`.
std::optional<Table> run_within(int limit_s, const std::string& netlist, const std::string& analysis,
                                const std::vector<std::string>& vectors);

/// Values at `times` by cubic interpolation between the table's four nearest points [times x vectors].
Eigen::MatrixXd sampled(const Table& table, const Eigen::VectorXd& times);

}  // namespace mho::spice
