// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <sys/resource.h>

#include <algorithm>

namespace mho::bench {

/// User time of the process, or of its children that have been waited for.
inline double user_seconds(int who = RUSAGE_SELF) {
  rusage usage{};
  getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

/// The largest of the rates measured: what disturbs a measurement only makes it slower.
class BestRate {
 public:
  void add(double count, double seconds) { best_ = std::max(best_, count / seconds); }
  double per_second() const { return best_; }

 private:
  double best_ = 0;
};

}  // namespace mho::bench
