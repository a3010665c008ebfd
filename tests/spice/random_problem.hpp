// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Random problems of `mho circuit`, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <vector>

#include "models/base/random.hpp"

namespace mho::spice {

/// Draws from a counter: the same seed gives the same problem everywhere.
class ProblemMaker {
 public:
  explicit ProblemMaker(std::uint64_t seed) : random_(seed) {}

  /// In low … high.
  double uniform(double low, double high) {
    return low + (high - low) * random_.uniform(RandomPurpose::kTest, {}, counter_++);
  }
  std::vector<double> vector(std::size_t n, double low, double high) {
    std::vector<double> result(n);
    for (double& value : result) value = uniform(low, high);
    return result;
  }
  /// Cells of 0.5 … 35 µS; the diagonal is raised until the loop of a square one is stable.
  nlohmann::json conductances(std::size_t rows, std::size_t cols, bool is_dominant) {
    nlohmann::json g;
    for (std::size_t i = 0; i < rows; ++i) {
      g.push_back(vector(cols, 0.5e-6, 35e-6));
      if (is_dominant && i < cols) g[i][i] = g[i][i].get<double>() + 12e-6 * static_cast<double>(cols);
    }
    return g;
  }

 private:
  Random random_;
  std::uint32_t counter_ = 0;
};

}  // namespace mho::spice
