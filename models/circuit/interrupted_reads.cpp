// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/interrupted_reads.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {

void interrupt_reads(const OpampParams& opamp, const Eigen::VectorXd& tau_s, double duration_s,
                     Eigen::MatrixXd& volts) {
  require(tau_s.size() == volts.rows(), "MVM reads: {} time constants for {} columns", tau_s.size(),
          volts.rows());
  if (volts.size() == 0) return;
  constexpr double kQuiet = 1e-7;
  const double largest_volt = volts.cwiseAbs().maxCoeff();
  const double most_left_volt =
      remaining_with_slew_volt(opamp, tau_s.maxCoeff(), 2.0 * largest_volt, duration_s);
  if (most_left_volt <= kQuiet * largest_volt) return;
  Eigen::VectorXd taken = Eigen::VectorXd::Zero(volts.rows());
  for (Eigen::Index read = 0; read < volts.cols(); ++read) {
    for (Eigen::Index j = 0; j < volts.rows(); ++j) {
      double& volt = volts(j, read);
      volt += remaining_with_slew_volt(opamp, tau_s[j], taken[j] - volt, duration_s);
      taken[j] = volt;
    }
  }
}

}  // namespace mho::circuit
