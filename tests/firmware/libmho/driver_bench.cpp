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
// Only converters and macros have narrower accesses, and the reference DRU has none.
extern "C" std::uint16_t mho_mmio_read16(std::uintptr_t) {
  throw std::logic_error("a halfword access to the reference DRU");
}
extern "C" void mho_mmio_write16(std::uintptr_t, std::uint16_t) {
  throw std::logic_error("a halfword access to the reference DRU");
}
extern "C" void mho_mmio_write8(std::uintptr_t, std::uint8_t) {
  throw std::logic_error("a byte access to the reference DRU");
}

namespace mho::test {

Connected::Connected(ReferenceDru& dru) {
  connected = &dru;
}
Connected::~Connected() {
  connected = nullptr;
}

void run_while_waiting(bool (*is_done)(void* context), void* context) {
  while (!is_done(context) && connected->step()) {
  }
}

// Below the inputs: the descriptor ring, then the result block.
constexpr std::uint32_t kResultOffset = 2048;
constexpr std::uint32_t kInputOffset = 4096;

DriverBench::DriverBench(const ReferenceDruOptions& options) : dru(options) {}

template <typename T>
std::uint32_t DriverBench::put(const std::vector<T>& values) {
  const std::uint32_t address = ReferenceDru::kRamAddress + next_;
  const std::size_t bytes = values.size() * sizeof(T);
  if (next_ + bytes > dru.ram.size()) throw std::runtime_error("the system does not fit the memory");
  if (bytes != 0) std::memcpy(dru.ram.data() + next_, values.data(), bytes);
  next_ += static_cast<std::uint32_t>((bytes + 63) / 64 * 64);
  return address;
}

void DriverBench::load(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  load(SparseSystem(a, b));
}

void DriverBench::load(const SparseSystem& system) {
  next_ = kInputOffset;
  selected_ = 0;
  job = {};
  job.magic = MHO_JOB_MAGIC;
  job.version = MHO_JOB_VERSION;
  const auto rows = static_cast<std::uint32_t>(system.row_start.size() - 1);
  job.n = system.columns == 0 ? rows : system.columns;
  job.rows = job.n == rows ? 0 : rows;
  job.nonzeros = static_cast<std::uint32_t>(system.value.size());
  job.row_start_address = put(system.row_start);
  job.column_address = put(system.column);
  job.value_address = put(system.value);
  job.rhs_address = put(system.rhs);
  job.result_address = ReferenceDru::kRamAddress + kResultOffset;
  job.workspace_address = ReferenceDru::kRamAddress + next_;
  job.workspace_bytes = static_cast<std::uint32_t>(dru.ram.size()) - next_;
  job.rhs_count = 1;
  job.bits = 24;
  job.tolerance_bits = 24;
  job.max_iterations = 40;
  job.verify = 1;
  job.stability_margin = 3277;
}

mho_device_config_t DriverBench::config() {
  mho_device_config_t config{};
  config.dru_base = ReferenceDru::kDruBase;
  config.telemetry_base = ReferenceDru::kTelemetryBase;
  config.contexts_base = ReferenceDru::kContextsBase;
  config.context_stride = ReferenceDru::kContextStride;
  config.memory = {dru.ram.data(), ReferenceDru::kRamAddress, static_cast<std::uint32_t>(dru.ram.size())};
  config.ring_address = ReferenceDru::kRamAddress;
  config.ring_entries = kRingEntries;
  config.hooks = hooks;
  config.share = share;
  return config;
}

const mho_job_result_t& DriverBench::run() {
  const Connected guard(dru);
  mho_device_t device;
  const mho_device_config_t configuration = config();
  if (mho_device_init(&device, &configuration) != MHO_OK) throw std::runtime_error("mho_device_init failed");
  mho_job_run(&device, &job, reinterpret_cast<mho_job_result_t*>(dru.ram.data() + kResultOffset));
  return result();
}

std::vector<std::int32_t> DriverBench::x_bits() const {
  const auto& r = result();
  const auto* words = array<std::int32_t>(r.x_address);
  const auto* scale = array<std::int32_t>(r.column_scale_address);
  std::vector<std::int32_t> bits(words, words + r.n);
  bits.push_back(r.x_exponent);
  if (r.x_low_address != 0) {
    const auto* low = array<std::int32_t>(r.x_low_address);
    bits.insert(bits.end(), low, low + r.n);
    bits.push_back(r.x_low_exponent);
  }
  bits.insert(bits.end(), scale, scale + r.n);
  return bits;
}

std::vector<std::int64_t> DriverBench::history() const {
  const auto& r = result();
  const auto* entries = array<mho_dru_scalar_t>(r.history_address);
  std::vector<std::int64_t> words;
  for (std::uint32_t i = 0; i < r.iterations; ++i) {
    words.push_back(entries[i].mantissa);
    words.push_back(entries[i].exponent);
  }
  return words;
}

bool DriverBench::has_kept_to_its_memory(const ReferenceDru::Ram& before) const {
  const std::uint32_t workspace = job.workspace_address - ReferenceDru::kRamAddress;
  const auto may_change = [&](std::uint32_t offset) {
    return offset < kRingEntries * MHO_DRU_DESCRIPTOR_BYTES ||
           (offset >= kResultOffset && offset - kResultOffset < sizeof(mho_job_result_t)) ||
           (offset >= workspace && offset - workspace < job.workspace_bytes);
  };
  for (std::uint32_t offset = 0; offset < dru.ram.size(); ++offset) {
    if (dru.ram[offset] != before[offset] && !may_change(offset)) return false;
  }
  return true;
}

LongVector DriverBench::x() const {
  const auto& r = result();
  const auto* scale = array<std::int32_t>(r.column_scale_address);
  const auto part = [&](std::uint32_t address, std::int32_t exponent) {
    LongVector x(r.n);
    for (Eigen::Index j = 0; j < x.size(); ++j) {
      const std::int64_t word =
          low_bits() == 0 ? array<std::int32_t>(address)[j] : array<std::int64_t>(address)[j];
      x[j] = std::ldexp(static_cast<long double>(word), exponent + scale[j]);
    }
    return x;
  };
  LongVector x = part(r.x_address, r.x_exponent);
  if (r.x_low_address != 0) x += part(r.x_low_address, r.x_low_exponent);
  return x;
}

std::uint32_t DriverBench::low_bits() const {
  return job.bits > MHO_JOB_MAX_NARROW_BITS ? job.bits - MHO_JOB_MAX_NARROW_BITS : 0;
}

LongVector DriverBench::exact() const {
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const auto& r = result();
  const auto n = static_cast<Eigen::Index>(r.n);
  const auto* a = array<std::int32_t>(r.a_address);
  const auto* b = array<std::int32_t>(r.b_address);
  const auto* scale = array<std::int32_t>(r.column_scale_address);
  const auto* order = array<std::uint32_t>(r.column_order_address);
  // The lower part, if there is one, behind the upper.
  const auto whole = [&](const std::int32_t* upper, Eigen::Index count, Eigen::Index at, int lower_bits) {
    const long double lower =
        low_bits() == 0 ? 0.0L : std::ldexp(static_cast<long double>(upper[count + at]), -lower_bits);
    return upper[at] + lower;
  };
  Matrix m(n, n);
  LongVector rhs(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j)
      m(i, order[j]) = whole(a, n * n, i * n + j, static_cast<int>(low_bits()));
    rhs[i] = std::ldexp(whole(b, n, i, 31), r.b_exponent - r.a_exponent);
  }
  // Refined with residuals of 113 bits, so that the condition does not eat what 64 bits leave.
  __extension__ using Quad = __float128;
  const Eigen::PartialPivLU<Matrix> lu(m);
  std::vector<Quad> sum(static_cast<std::size_t>(n), Quad(0));
  LongVector residual = rhs;
  for (int step = 0; step < 3; ++step) {
    const LongVector correction = lu.solve(residual);
    for (Eigen::Index j = 0; j < n; ++j) sum[static_cast<std::size_t>(j)] += Quad(correction[j]);
    for (Eigen::Index i = 0; i < n; ++i) {
      Quad rest = rhs[i];
      for (Eigen::Index j = 0; j < n; ++j) rest -= Quad(m(i, j)) * sum[static_cast<std::size_t>(j)];
      residual[i] = static_cast<long double>(rest);
    }
  }
  LongVector x(n);
  for (Eigen::Index j = 0; j < n; ++j) x[j] = static_cast<long double>(sum[static_cast<std::size_t>(j)]);
  for (Eigen::Index j = 0; j < n; ++j) x[j] = std::ldexp(x[j], scale[j]);
  return x;
}

LongVector DriverBench::asked(const LongVector& all) const {
  return all.segment(job.rows < job.n ? job.rows : 0, job.n);
}

double DriverBench::relative_error() const {
  const LongVector expected = asked(exact());
  return static_cast<double>((asked(x()) - expected).norm() / expected.norm());
}

}  // namespace mho::test
