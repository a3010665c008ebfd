// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/lane_vectors.hpp"

#include "models/circuit/wires/lanes.hpp"

namespace mho::circuit {
namespace {

constexpr std::size_t kStep = 2 * kLanes;

MHO_ALWAYS_INLINE void dot_kernel(const double* x, const double* y, std::size_t n, double& result) {
  Lanes sum[2] = {};
  for (std::size_t k = 0; k < n; k += kStep) {
    sum[0] += lanes_at(x + k) * lanes_at(y + k);
    sum[1] += lanes_at(x + k + kLanes) * lanes_at(y + k + kLanes);
  }
  sum[0] += sum[1];
  result = (sum[0][0] + sum[0][1]) + (sum[0][2] + sum[0][3]);
}

MHO_ALWAYS_INLINE void subtract_and_dot_kernel(double h, const double* x, double* y, const double* z,
                                               std::size_t n, double& result) {
  Lanes sum[2] = {};
  for (std::size_t k = 0; k < n; k += kStep) {
    for (std::size_t half = 0; half < 2; ++half) {
      const std::size_t at = k + half * kLanes;
      lanes_at(y + at) -= h * lanes_at(x + at);
      sum[half] += lanes_at(z + at) * lanes_at(y + at);
    }
  }
  sum[0] += sum[1];
  result = (sum[0][0] + sum[0][1]) + (sum[0][2] + sum[0][3]);
}

MHO_ALWAYS_INLINE void scale_kernel(double factor, double* y, std::size_t n) {
  for (std::size_t k = 0; k < n; k += kLanes) lanes_at(y + k) *= factor;
}

}  // namespace

// The dispatched functions return nothing.
namespace with_result {
MHO_DISPATCH_AVX2(dot, (const double* x, const double* y, std::size_t n, double& result), (x, y, n, result))
MHO_DISPATCH_AVX2(subtract_and_dot,
                  (double h, const double* x, double* y, const double* z, std::size_t n, double& result),
                  (h, x, y, z, n, result))
}  // namespace with_result
MHO_DISPATCH_AVX2(scale, (double factor, double* y, std::size_t n), (factor, y, n))

double dot(const double* x, const double* y, std::size_t n) {
  double result = 0.0;
  with_result::dot(x, y, n, result);
  return result;
}

double subtract_and_dot(double h, const double* x, double* y, const double* z, std::size_t n) {
  double result = 0.0;
  with_result::subtract_and_dot(h, x, y, z, n, result);
  return result;
}

}  // namespace mho::circuit
