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
#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/reference_dru.hpp"

namespace mho::test {

/// Makes `dru` the hardware behind mho_mmio_*; back to none on destruction.
class Connected {
 public:
  explicit Connected(ReferenceDru& dru);
  ~Connected();
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;
};

using LongVector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;

class DriverBench {
 public:
  explicit DriverBench(const ReferenceDruOptions& options);

  /// Lays A and b out as the host does. The defaults of the job are those of `mho solve`.
  void load(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);
  /// The same for a system that need not make sense.
  void load(const SparseSystem& system);
  /// What a device is initialised with.
  mho_device_config_t config();
  /// Runs the job block as it stands on a freshly initialised device.
  const mho_job_result_t& run();

  /// Which right-hand side the following are about, the first one after load().
  void select(std::uint32_t rhs) { selected_ = rhs; }
  const mho_job_result_t& result() const { return array<mho_job_result_t>(job.result_address)[selected_]; }
  /// All unknowns of the result in the user's scaling, for which doubles may be too short.
  LongVector x() const;
  /// Words of x, its exponent and the scale of columns: everything that makes up the answer.
  std::vector<std::int32_t> x_bits() const;
  /// Squared norms of the residual after each iteration, as words.
  std::vector<std::int64_t> history() const;
  /// Solution of the integer system that the driver reports, in the user's scaling.
  LongVector exact() const;
  /// Of all unknowns those that the job asks for.
  LongVector asked(const LongVector& all) const;
  /// Of them.
  double relative_error() const;
  /// Bits of the lower part of the matrix; 0: it has none, and x has 32-bit words.
  std::uint32_t low_bits() const;

  /// True if no byte of memory differs from `before` outside ring, result block and workspace.
  bool has_kept_to_its_memory(const ReferenceDru::Ram& before) const;

  static constexpr std::uint32_t kRingEntries = 4;

  ReferenceDru dru;
  mho_hooks_t hooks{};
  mho_share_t share{};
  mho_job_block_t job{};

  template <typename T>
  const T* array(std::uint32_t address) const {
    return reinterpret_cast<const T*>(dru.ram.data() + (address - ReferenceDru::kRamAddress));
  }

 private:
  template <typename T>
  std::uint32_t put(const std::vector<T>& values);

  std::uint32_t next_ = 0;
  std::uint32_t selected_ = 0;
};

/// A hook that lets a deferred DRU run while the driver sleeps, as an interrupt would wake it.
void run_while_waiting(bool (*is_done)(void* context), void* context);

}  // namespace mho::test
