// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A job for the native driver on the reference DRU: puts a system into its memory, runs, reads the result
// back.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <vector>

#include "firmware/libmho/job.h"
#include "tests/firmware/libmho/reference_dru.hpp"

namespace mho::test {

/// Makes `dru` the hardware behind mho_mmio_*; back to none on destruction.
class Connected {
 public:
  explicit Connected(ReferenceDru& dru);
  ~Connected();
};

class DriverBench {
 public:
  explicit DriverBench(const ReferenceDruOptions& options);

  /// Lays A and b out as the host does. The defaults of the job are those of `mho solve`.
  void load(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);
  /// Runs the job block as it stands.
  const mho_job_result_t& run();

  /// x of the result in the user's scaling.
  Eigen::VectorXd x() const;
  /// Solution of the integer system that the driver reports, in the user's scaling.
  Eigen::VectorXd exact() const;
  double relative_error() const;

  ReferenceDru dru;
  mho_job_block_t job{};

 private:
  template <typename T>
  const T* array(std::uint32_t address) const {
    return reinterpret_cast<const T*>(dru.ram.data() + (address - ReferenceDru::kRamAddress));
  }
  std::uint32_t put(const void* data, std::size_t bytes);

  std::uint32_t next_ = 0;
};

}  // namespace mho::test
