// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/firmware/libmho/driver_bench.hpp"

#include <cmath>
#include <cstring>
#include <stdexcept>

#include "firmware/hal/mmio.h"

namespace {
mho::test::ReferenceDru* connected = nullptr;
}

extern "C" std::uint32_t mho_mmio_read32(std::uintptr_t address) {
  return connected->read(address);
}
extern "C" void mho_mmio_write32(std::uintptr_t address, std::uint32_t value) {
  connected->write(address, value);
}

namespace mho::test {

Connected::Connected(ReferenceDru& dru) {
  connected = &dru;
}
Connected::~Connected() {
  connected = nullptr;
}

DriverBench::DriverBench(const ReferenceDruOptions& options) : dru(options) {}

std::uint32_t DriverBench::put(const void* data, std::size_t bytes) {
  const std::uint32_t address = ReferenceDru::kRamAddress + next_;
  std::memcpy(dru.ram.data() + next_, data, bytes);
  next_ += static_cast<std::uint32_t>((bytes + 63) / 64 * 64);
  return address;
}

void DriverBench::load(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  std::vector<std::uint32_t> row_start{0}, column;
  std::vector<double> value;
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
      if (a(i, j) == 0.0) continue;
      column.push_back(static_cast<std::uint32_t>(j));
      value.push_back(a(i, j));
    }
    row_start.push_back(static_cast<std::uint32_t>(value.size()));
  }
  next_ = 4096;  // below: the descriptor ring and the result block
  job = {};
  job.magic = MHO_JOB_MAGIC;
  job.version = MHO_JOB_VERSION;
  job.n = static_cast<std::uint32_t>(a.rows());
  job.nonzeros = static_cast<std::uint32_t>(value.size());
  job.row_start_address = put(row_start.data(), 4 * row_start.size());
  job.column_address = put(column.data(), 4 * column.size());
  job.value_address = put(value.data(), 8 * value.size());
  job.rhs_address = put(b.data(), 8 * static_cast<std::size_t>(b.size()));
  job.result_address = ReferenceDru::kRamAddress + 2048;
  job.workspace_address = ReferenceDru::kRamAddress + next_;
  job.workspace_bytes = static_cast<std::uint32_t>(dru.ram.size()) - next_;
  job.bits = 24;
  job.tolerance_bits = 24;
  job.max_iterations = 40;
  job.verify = 1;
  job.stability_margin = 3277;
}

const mho_job_result_t& DriverBench::run() {
  const Connected guard(dru);
  mho_device_t device;
  mho_device_config_t config{};
  config.dru_base = ReferenceDru::kDruBase;
  config.telemetry_base = ReferenceDru::kTelemetryBase;
  config.memory = {dru.ram.data(), ReferenceDru::kRamAddress, static_cast<std::uint32_t>(dru.ram.size())};
  config.ring_address = ReferenceDru::kRamAddress;
  config.ring_entries = 4;
  if (mho_device_init(&device, &config) != MHO_OK) throw std::runtime_error("mho_device_init failed");
  auto* result = reinterpret_cast<mho_job_result_t*>(dru.ram.data() + 2048);
  mho_job_run(&device, &job, result);
  return *result;
}

Eigen::VectorXd DriverBench::x() const {
  const auto& r = *array<mho_job_result_t>(job.result_address);
  const auto* words = array<std::int32_t>(r.x_address);
  const auto* scale = array<std::int32_t>(r.column_scale_address);
  Eigen::VectorXd x(job.n);
  for (Eigen::Index j = 0; j < x.size(); ++j) x[j] = std::ldexp(words[j], r.x_exponent + scale[j]);
  return x;
}

Eigen::VectorXd DriverBench::exact() const {
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  using Column = Eigen::Matrix<long double, Eigen::Dynamic, 1>;
  const auto& r = *array<mho_job_result_t>(job.result_address);
  const auto n = static_cast<Eigen::Index>(job.n);
  const auto* a = array<std::int32_t>(r.a_address);
  const auto* b = array<std::int32_t>(r.b_address);
  const auto* scale = array<std::int32_t>(r.column_scale_address);
  Matrix m(n, n);
  Column rhs(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) m(i, j) = a[i * n + j];
    rhs[i] = std::ldexp(static_cast<long double>(b[i]), r.b_exponent - r.a_exponent);
  }
  const Column solution = m.partialPivLu().solve(rhs);
  Eigen::VectorXd x(n);
  for (Eigen::Index j = 0; j < n; ++j) x[j] = static_cast<double>(std::ldexp(solution[j], scale[j]));
  return x;
}

double DriverBench::relative_error() const {
  return (x() - exact()).norm() / exact().norm();
}

}  // namespace mho::test
