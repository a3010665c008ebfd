// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/verify_read.hpp"

namespace mho::device {

VerifyRead verify_read(const DifferentialPair& g, const CellParams& cell, const WriteVerifyParams& write,
                       const Random& random, std::uint32_t pair, std::uint32_t counter) {
  VerifyRead read{.siemens = g, .time_s = static_cast<double>(g.rows()) * write.verify_time_s};
  const double sigma_siemens = write.verify_sigma * full_scale_siemens(cell);
  const double read_factor = write.verify_voltage_volt * write.verify_voltage_volt * write.verify_time_s;
  std::uint32_t unit = 2 * pair;
  for (Eigen::MatrixXd* array : {&read.siemens.positive, &read.siemens.negative}) {
    read.energy_J +=
        read_factor * array->sum() + write.verify_conversion_energy_J * static_cast<double>(array->size());
    for (Eigen::Index column = 0; column < array->cols(); ++column) {
      for (Eigen::Index row = 0; row < array->rows(); ++row) {
        const RandomCoordinates at{.unit = unit,
                                   .row = static_cast<std::uint16_t>(row),
                                   .column = static_cast<std::uint16_t>(column)};
        (*array)(row, column) += sigma_siemens * random.normal(RandomPurpose::kCellSliceRead, at, counter);
      }
    }
    ++unit;
  }
  return read;
}

}  // namespace mho::device
