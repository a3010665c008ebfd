// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a firmware would leave in memory, written by a test.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "models/numeric/least_squares.hpp"
#include "models/soc/memory_map.hpp"
#include "platform/solve/job_answer.hpp"
#include "registers/dru.hpp"  // generated

namespace mho::platform::test {

/// A RAM with a job in it, and a result block that is written field by field.
class FakeMemory {
 public:
  static constexpr std::size_t kBytes = 64u << 20;

  FakeMemory(const numeric::SparseMatrix& a, std::span<const double> b, const SolverParams& solver = {})
      : ram_(kBytes, 0), place_(place_job(a, b, solver, ram_)), next_(place_.workspace_address) {
    block.magic = registers::job::kResultMagic;
    block.status = static_cast<std::uint32_t>(registers::job::JobStatus::kConverged);
    block.n = rows_ = numeric::augmented_place(a.rows, a.columns).size;
  }

  template <typename T>
  std::uint32_t put(const std::vector<T>& values) {
    const std::uint32_t address = next_;
    std::memcpy(ram_.data() + (address - soc::kRamBase), values.data(), values.size() * sizeof(T));
    next_ += static_cast<std::uint32_t>((values.size() * sizeof(T) + 63) / 64 * 64);
    return address;
  }

  template <typename T>
  T at(std::uint32_t address) const {
    T value{};
    std::memcpy(&value, ram_.data() + (address - soc::kRamBase), sizeof value);
    return value;
  }

  /// Stores the block and reads everything back as mho does.
  JobAnswer answer() {
    std::memcpy(ram_.data() + (place_.result_address - soc::kRamBase), &block, sizeof block);
    return read_answer(ram_, place_, rows_);
  }

  std::span<std::uint8_t> ram() { return ram_; }
  const JobPlace& place() const { return place_; }

  registers::job::JobResult block;

 private:
  std::vector<std::uint8_t> ram_;
  JobPlace place_;
  std::uint32_t rows_ = 0;
  std::uint32_t next_;
};

/// mantissa · 2^exponent with bit 62 set, as the refinement unit stores it. @param value  > 0
inline registers::dru::DruScalar scalar(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return {.mantissa = static_cast<std::int64_t>(std::ldexp(fraction, 63)),
          .exponent = exponent - 63,
          .reserved = 0};
}

}  // namespace mho::platform::test
