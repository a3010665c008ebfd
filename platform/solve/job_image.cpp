// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/job_image.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "models/base/error.hpp"
#include "models/soc/memory_map.hpp"
#include "platform/solve/crc32.hpp"
#include "registers/boot.hpp"  // generated
#include "registers/job.hpp"   // generated

namespace mho::platform {
namespace {

namespace job = registers::job;

static_assert(std::endian::native == std::endian::little,
              "the guest is little-endian; copies below rely on it");

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kSmallestWorkspace = 1u << 20;

/// Hands out consecutive stretches of memory and fills them.
class Writer {
 public:
  Writer(std::span<std::uint8_t> ram, std::uint64_t offset) : ram_(ram), offset_(offset) {}

  template <typename T>
  std::uint32_t put(std::span<const T> values) {
    const std::uint32_t address = reserve(values.size_bytes());
    if (!values.empty())
      std::memcpy(ram_.data() + (address - soc::kRamBase), values.data(), values.size_bytes());
    return address;
  }
  std::uint32_t reserve(std::uint64_t bytes) {
    const std::uint64_t at = offset_;
    offset_ = (at + bytes + kAlignment - 1) / kAlignment * kAlignment;
    require(offset_ + kSmallestWorkspace <= ram_.size(),
            "the system does not fit the memory: memory.ram_bytes = {}, of which {} belong to the firmware",
            ram_.size(), registers::boot::kFirmwareBytes);
    return static_cast<std::uint32_t>(soc::kRamBase + at);
  }
  std::uint64_t offset() const { return offset_; }

 private:
  std::span<std::uint8_t> ram_;
  std::uint64_t offset_;
};

/// Pairs of real and imaginary parts.
std::vector<double> interleaved(std::span<const double> real, std::span<const double> imaginary) {
  std::vector<double> out;
  for (std::size_t i = 0; i < real.size(); ++i) {
    out.push_back(real[i]);
    out.push_back(imaginary[i]);
  }
  return out;
}

/// Right-hand sides of an embedding, n real parts before n imaginary ones, as complex numbers.
std::vector<double> complex_numbers(std::span<const double> b, std::size_t n) {
  std::vector<double> out;
  for (std::size_t first = 0; first < b.size(); first += 2 * n) {
    const auto pairs = interleaved(b.subspan(first, n), b.subspan(first + n, n));
    out.insert(out.end(), pairs.begin(), pairs.end());
  }
  return out;
}

void put_system(job::JobBlock& block, Writer& writer, const numeric::SparseMatrix& a,
                std::span<const double> values, std::span<const double> b) {
  block.n = a.columns;
  block.rows = a.rows;
  block.nonzeros = static_cast<std::uint32_t>(a.nonzeros());
  block.row_start_address = writer.put<std::uint32_t>(a.row_start);
  block.column_address = writer.put<std::uint32_t>(a.column);
  block.value_address = writer.put<double>(values);
  block.rhs_address = writer.put<double>(b);
}

/// Of what the block points to, in the order that job.yaml states.
template <typename BytesAt>
std::uint32_t data_crc(const job::JobBlock& block, const BytesAt& bytes_at) {
  const std::size_t number = (block.is_complex != 0 ? 2 : 1) * sizeof(double);
  Crc32 crc;
  crc.add(bytes_at(block.row_start_address, (std::size_t{block.rows} + 1) * sizeof(std::uint32_t)));
  crc.add(bytes_at(block.column_address, block.nonzeros * sizeof(std::uint32_t)));
  crc.add(bytes_at(block.value_address, block.nonzeros * number));
  crc.add(bytes_at(block.rhs_address, std::size_t{block.rows} * block.rhs_count * number));
  return crc.word();
}

}  // namespace

JobPlace place_job(const numeric::SparseMatrix& a, std::span<const double> b, const SolverParams& solver,
                   std::span<std::uint8_t> ram, const ComplexMatrix* complex) {
  require(a.rows > 0 && a.columns > 0, "a job needs a matrix, not one of {} x {}", a.rows, a.columns);
  require(!b.empty() && b.size() % a.rows == 0, "a right-hand side of length {} does not fit {} rows",
          b.size(), a.rows);
  require(b.size() / a.rows <= job::kMaxRhs, "{} right-hand sides are more than the {} that a job can have",
          b.size() / a.rows, job::kMaxRhs);
  Writer writer(ram, registers::boot::kFirmwareBytes);
  JobPlace place;
  place.job_address = writer.reserve(sizeof(job::JobBlock));
  place.rhs_count = static_cast<std::uint32_t>(b.size() / a.rows);
  place.result_address = writer.reserve(place.rhs_count * sizeof(job::JobResult));
  job::JobBlock block;
  block.magic = job::kMagic;
  block.version = job::kVersion;
  if (complex == nullptr) {
    put_system(block, writer, a, a.value, b);
  } else {
    const numeric::SparseMatrix& real = complex->real;
    put_system(block, writer, real, interleaved(real.value, complex->imaginary),
               complex_numbers(b, real.rows));
    block.is_complex = 1;
  }
  place.workspace_address = static_cast<std::uint32_t>(soc::kRamBase + writer.offset());
  place.workspace_bytes = static_cast<std::uint32_t>(ram.size() - writer.offset());
  block.result_address = place.result_address;
  block.workspace_address = place.workspace_address;
  block.workspace_bytes = place.workspace_bytes;
  block.rhs_count = place.rhs_count;
  place.bits = solver.bits;
  block.bits = solver.bits;
  block.tolerance_bits = solver.tolerance_bits;
  block.max_iterations = solver.max_iterations;
  block.method = static_cast<std::uint32_t>(solver.method);
  block.inv_slices = solver.inv_slices;
  block.schur_unit = static_cast<std::uint32_t>(solver.schur_unit);
  block.least_squares = static_cast<std::uint32_t>(solver.least_squares);
  block.wait = static_cast<std::uint32_t>(solver.wait);
  block.calibrate = solver.calibrates ? 1 : 0;
  block.verify = solver.verifies ? 1 : 0;
  block.leaf_size = solver.leaf_size;
  block.stability_margin = static_cast<std::uint32_t>(std::lround(solver.stability_margin * 0x1p16));
  block.watchdog_us = static_cast<std::uint32_t>(std::llround(solver.watchdog_s * 1e6));
  block.restart = solver.restart;
  block.split_leaves = solver.splits_leaves ? 1 : 0;
  block.reorder_rows = solver.reorders_rows ? 1 : 0;
  const auto bytes_at = [&](std::uint32_t address, std::size_t bytes) {
    return std::span<const std::uint8_t>(ram).subspan(address - soc::kRamBase, bytes);
  };
  block.data_crc = data_crc(block, bytes_at);
  Crc32 block_crc;
  block_crc.add(bytes_of(block));
  block.block_crc = block_crc.word();
  std::memcpy(ram.data() + (place.job_address - soc::kRamBase), &block, sizeof block);
  return place;
}

}  // namespace mho::platform
