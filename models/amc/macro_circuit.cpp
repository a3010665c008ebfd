// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_circuit.hpp"

namespace mho::amc {

bool AmplifierDraws::disturb(Eigen::Ref<Eigen::VectorXd> volts, const Eigen::MatrixXd& factor) {
  if (factor.size() == 0) return false;
  Eigen::VectorXd draw(volts.size());
  for (Eigen::Index i = 0; i < draw.size(); ++i) {
    const RandomCoordinates at{.unit = number_, .row = static_cast<std::uint16_t>(i), .column = 0};
    draw[i] = random_.normal(RandomPurpose::kOpampNoise, at, reads_);
  }
  ++reads_;
  const double rail = params_.opamp.v_sat_volt;
  volts += factor * draw;
  const bool is_limited = volts.cwiseAbs().maxCoeff() > rail;
  volts = volts.cwiseMax(-rail).cwiseMin(rail);
  return is_limited;
}

circuit::CrossbarArray corner(const circuit::CrossbarArray& array, Eigen::Index rows, Eigen::Index columns) {
  return {.ports = {.transfer_siemens = array.ports.transfer_siemens.topLeftCorner(rows, columns),
                    .row_self_siemens = array.ports.row_self_siemens.topLeftCorner(rows, rows),
                    .column_self_siemens = array.ports.column_self_siemens.topLeftCorner(columns, columns)},
          .row_sums_siemens = array.row_sums_siemens.head(rows),
          .column_sums_siemens = array.column_sums_siemens.head(columns)};
}

std::vector<circuit::InvSlice> bare_slices(const MacroParams& params, MacroArray& array, double time_s) {
  std::vector<circuit::InvSlice> slices;
  double weight = 1.0;
  for (const device::DifferentialPair& read : array.read_slices(time_s)) {
    slices.push_back({.bare = circuit::bare_pair(params.cell_model, read, params.write.verify_voltage_volt),
                      .weight = weight});
    weight = params.lower_weight();
  }
  return slices;
}

}  // namespace mho::amc
