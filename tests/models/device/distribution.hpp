// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Tests of distributions at a stated significance: Kolmogorov–Smirnov (one and two samples) and Pearson's
// chi-squared (one and two samples of counts). Each returns statistic / critical value: above 1 the
// hypothesis is rejected at kSignificance, so that a right model fails with that probability for a seed
// chosen blindly.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <vector>

namespace mho::device::test {

inline constexpr double kSignificance = 1e-3;
inline constexpr double kSignificanceZ = 3.0902323;  // upper kSignificance point of the standard normal

inline double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// Asymptotic critical distance for an effective sample of n.
inline double ks_critical(double n) {
  return std::sqrt(-0.5 * std::log(kSignificance / 2.0) / n);
}

/// Distance of a sample from a continuous distribution function, in critical distances.
inline double ks_ratio(std::vector<double> sample, const std::function<double(double)>& cdf) {
  std::ranges::sort(sample);
  const auto n = static_cast<double>(sample.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double f = cdf(sample[i]);
    distance = std::max({distance, (static_cast<double>(i) + 1.0) / n - f, f - static_cast<double>(i) / n});
  }
  return distance / ks_critical(n);
}

/// Distance of two samples, in critical distances; with ties the test errs towards acceptance. If the second
/// was drawn from a table that is itself a sample of `table_size`, its sampling error counts too.
inline double ks_ratio(std::vector<double> a, std::vector<double> b, double table_size = INFINITY) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double distance = 0.0;
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const double x = std::min(a[i], b[j]);
    while (i < a.size() && a[i] <= x) ++i;
    while (j < b.size() && b[j] <= x) ++j;
    distance = std::max(distance, std::abs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  return distance / ks_critical(1.0 / (1.0 / n + 1.0 / m + 1.0 / table_size));
}

/// Wilson–Hilferty approximation of the critical value.
inline double chi2_critical(double degrees) {
  const double spread = 2.0 / (9.0 * degrees);
  return degrees * std::pow(1.0 - spread + kSignificanceZ * std::sqrt(spread), 3);
}

/// Counts against expected counts, of equal sums.
inline double chi2_ratio(const std::vector<double>& counts, const std::vector<double>& expected) {
  double chi2 = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    chi2 += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
  }
  return chi2 / chi2_critical(static_cast<double>(counts.size()) - 1.0);
}

/// Two samples of small whole numbers; values rarer than ten times together are counted with the next ones.
/// `table_size` as above.
inline double chi2_ratio_of_two(const std::vector<double>& a, const std::vector<double>& b,
                                double table_size = INFINITY) {
  const auto highest =
      static_cast<std::size_t>(std::max(*std::ranges::max_element(a), *std::ranges::max_element(b)));
  std::vector<double> in_a(highest + 1, 0.0), in_b(in_a);
  for (const double x : a) in_a[static_cast<std::size_t>(x)] += 1.0;
  for (const double x : b) in_b[static_cast<std::size_t>(x)] += 1.0;
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double chi2 = 0.0, bins = 0.0, sum_a = 0.0, sum_b = 0.0;
  for (std::size_t k = 0; k <= highest; ++k) {
    sum_a += in_a[k];
    sum_b += in_b[k];
    if (sum_a + sum_b < 10.0 && k < highest) continue;
    if (sum_a + sum_b == 0.0) continue;
    const double difference = sum_a / n - sum_b / m;
    const double share = (sum_a + sum_b) / (n + m);
    chi2 += difference * difference / (share * (1.0 / n + 1.0 / m + 1.0 / table_size));
    bins += 1.0;
    sum_a = sum_b = 0.0;
  }
  return chi2 / chi2_critical(std::max(bins - 1.0, 1.0));
}

inline double mean(const std::vector<double>& x) {
  double sum = 0.0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

inline double deviation(const std::vector<double>& x) {
  const double centre = mean(x);
  double sum = 0.0;
  for (const double value : x) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

}  // namespace mho::device::test
