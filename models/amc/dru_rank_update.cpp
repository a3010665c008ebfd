// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_rank_update.hpp"

#include <algorithm>
#include <limits>

#include "models/numeric/bit_slices.hpp"

namespace mho::amc {

namespace reg = registers::dru;

namespace {

constexpr std::uint32_t kMaxDepth = 64, kMaxShift = 62;

std::uint64_t largest_magnitude(std::span<const std::int32_t> values) {
  std::uint32_t largest = 0;
  for (const std::int32_t value : values) largest = std::max(largest, numeric::magnitude(value));
  return largest;
}

/// ⌊sum · 2^−shift + 1/2⌋ without leaving 64 bits.
std::int64_t round_half_up(std::int64_t sum, std::uint32_t shift) {
  if (shift == 0) return sum;
  return (sum >> shift) + ((sum >> (shift - 1)) & 1);
}

}  // namespace

Outcome DruRankUpdater::update(const DruCommand& command) {
  const Outcome bad{DruStatus::kBadOperand, command.arg[0]};
  if (const Outcome o = port_.read(command.arg[0], bytes_of(job_)); !o.ok()) return o;
  if (job_.rows < 1 || job_.rows > reg::kMaxVector || job_.columns < 1 || job_.columns > reg::kMaxVector ||
      job_.depth < 1 || job_.depth > kMaxDepth || job_.shift > kMaxShift) {
    return bad;
  }
  // depth · n words of W, n of C, depth of A
  const std::size_t free = storage_.memory.free_words();
  if (free < 2 * std::size_t{job_.depth} + 1) return {DruStatus::kOutOfSram, command.arg[0]};
  const auto widest = static_cast<std::uint32_t>((free - job_.depth) / (job_.depth + 1));
  const std::uint32_t panel = std::min(widest, job_.columns);
  (void)storage_.memory.reserve(job_.depth + std::size_t{panel} * (job_.depth + 1));
  for (std::uint32_t first = 0; first < job_.columns; first += widest) {
    const Outcome o = update_panel(first, std::min(widest, job_.columns - first));
    if (!o.ok()) return o;
  }
  (void)storage_.memory.reserve(0);
  return {};
}

Outcome DruRankUpdater::update_panel(std::uint32_t first_column, std::uint32_t columns) {
  w_.resize(std::size_t{job_.depth} * columns);
  a_.resize(job_.depth);
  c_.resize(columns);
  sums_.resize(columns);
  for (std::uint32_t k = 0; k < job_.depth; ++k) {
    const auto row = std::span(w_).subspan(std::size_t{k} * columns, columns);
    const std::uint32_t address = job_.w_address + k * job_.w_stride + 4 * first_column;
    if (const Outcome o = port_.read(address, bytes_of(row)); !o.ok()) return o;
  }
  largest_w_ = largest_magnitude(w_);
  for (std::uint32_t i = 0; i < job_.rows; ++i) {
    const std::uint32_t a_address = job_.a_address + i * job_.a_stride;
    const std::uint32_t c_address = job_.c_address + i * job_.c_stride + 4 * first_column;
    if (const Outcome o = port_.read(a_address, bytes_of(std::span(a_))); !o.ok()) return o;
    if (const Outcome o = port_.read(c_address, bytes_of(std::span(c_))); !o.ok()) return o;
    if (const Outcome o = update_row(c_address); !o.ok()) return o;
    if (const Outcome o = port_.write(c_address, bytes_of(std::span(c_))); !o.ok()) return o;
  }
  return {};
}

Outcome DruRankUpdater::update_row(std::uint32_t c_address) {
  const std::size_t columns = c_.size();
  const std::uint64_t products = std::uint64_t{job_.depth} * columns;
  if (const Outcome o = port_.work(products, port_.costs().multiply_add_J, products + 2 * columns); !o.ok())
    return o;
  const int128_t bound = int128_t{largest_magnitude(a_)} * largest_w_ * job_.depth;
  const bool is_safe = bound <= std::numeric_limits<std::int64_t>::max();
  std::ranges::fill(sums_, 0);
  for (std::size_t k = 0; k < job_.depth; ++k) {
    const std::int64_t a = a_[k];
    const std::int32_t* w = w_.data() + k * columns;
    if (is_safe) {
      for (std::size_t j = 0; j < columns; ++j) sums_[j] += a * w[j];
      continue;
    }
    for (std::size_t j = 0; j < columns; ++j) {
      if (__builtin_add_overflow(sums_[j], a * w[j], &sums_[j])) return {DruStatus::kOverflow, c_address};
    }
  }
  for (std::size_t j = 0; j < columns; ++j) {
    std::int64_t updated = 0;
    if (__builtin_sub_overflow(std::int64_t{c_[j]}, round_half_up(sums_[j], job_.shift), &updated) ||
        updated < std::numeric_limits<std::int32_t>::min() ||
        updated > std::numeric_limits<std::int32_t>::max()) {
      return {DruStatus::kOverflow, c_address};
    }
    c_[j] = static_cast<std::int32_t>(updated);
  }
  return {};
}

}  // namespace mho::amc
