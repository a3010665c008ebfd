// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Uneven grids of levels for the driver's tests, as tables and as doubles.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {

/// CAP_INV_LEVEL_VALUE of conductances in ascending order.
inline std::vector<std::uint32_t> level_values(const std::vector<double>& siemens) {
  const double step = (siemens.back() - siemens.front()) / static_cast<double>(siemens.size() - 1);
  std::vector<std::uint32_t> values;
  values.reserve(siemens.size());
  for (const double g : siemens) {
    values.push_back(static_cast<std::uint32_t>(std::llround(65536.0 * (g - siemens.front()) / step)));
  }
  return values;
}

/// 0.5 to 35 µS in constant ratio.
inline std::vector<std::uint32_t> geometric_values(unsigned levels) {
  std::vector<double> siemens;
  for (unsigned k = 0; k < levels; ++k) siemens.push_back(0.5e-6 * std::pow(70.0, k / (levels - 1.0)));
  return level_values(siemens);
}

/// Gaps that differ by up to a factor of twenty.
inline std::vector<std::uint32_t> random_values(unsigned levels, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<double> siemens{0.5e-6};
  while (siemens.size() < levels) siemens.push_back(siemens.back() + 1e-6 * (0.05 + draws.uniform()));
  return level_values(siemens);
}

/// What a signed level is worth [steps].
inline double worth(const std::vector<std::uint32_t>& values, int level) {
  const double value = values[static_cast<std::size_t>(std::abs(level))] / 65536.0;
  return level < 0 ? -value : value;
}

}  // namespace mho::test
