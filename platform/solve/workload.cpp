// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/workload.hpp"

#include "models/base/random.hpp"

namespace mho::platform {

std::vector<double> random_right_hand_side(const numeric::SparseMatrix& a, std::uint64_t seed) {
  const Random random(seed);
  std::vector<double> x(a.columns);
  for (std::uint32_t j = 0; j < a.columns; ++j) {
    x[j] = 2 * random.uniform(RandomPurpose::kWorkload, {.unit = j, .row = 0, .column = 0}, 0) - 1;
  }
  return numeric::multiply(a, x);
}

std::vector<double> unit_vectors(std::uint32_t n, std::uint32_t length) {
  std::vector<double> all(std::size_t{n} * length, 0.0);
  for (std::size_t j = 0; j < n; ++j) all[j * length + j] = 1.0;
  return all;
}

}  // namespace mho::platform
