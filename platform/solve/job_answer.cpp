// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/job_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>

#include "models/soc/memory_map.hpp"
#include "platform/solve/crc32.hpp"
#include "registers/dru.hpp"  // generated

namespace mho::platform {
namespace {

namespace job = registers::job;
using registers::dru::DruScalar;

/// Far beyond what any double can lead to, far within what extended precision can hold.
constexpr std::int32_t kLargestExponent = 1 << 20;

class Memory {
 public:
  explicit Memory(std::span<const std::uint8_t> ram) : ram_(ram) {}

  template <typename T>
  std::optional<std::vector<T>> read(std::uint32_t address, std::uint64_t count) const {
    const std::uint64_t bytes = count * sizeof(T);
    const std::uint64_t size = ram_.size();
    if (address < soc::kRamBase || bytes > size || address - soc::kRamBase > size - bytes)
      return std::nullopt;
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), ram_.data() + (address - soc::kRamBase), bytes);
    return values;
  }

 private:
  std::span<const std::uint8_t> ram_;
};

/// √(a / b); 0 for 0 / 0, infinite for a / 0.
double root_of_quotient(const DruScalar& a, const DruScalar& b) {
  if (a.mantissa == 0) return 0;
  if (b.mantissa == 0) return std::numeric_limits<double>::infinity();
  double quotient = static_cast<double>(a.mantissa) / static_cast<double>(b.mantissa);
  std::int64_t exponent = std::int64_t{a.exponent} - b.exponent;
  if (exponent % 2 != 0) {
    quotient *= 2;
    --exponent;
  }
  constexpr std::int64_t kBeyondDouble = 4000;
  const auto half = static_cast<int>(std::clamp(exponent / 2, -kBeyondDouble, kBeyondDouble));
  return std::ldexp(std::sqrt(quotient), half);
}

class Loader {
 public:
  Loader(std::span<const std::uint8_t> ram, std::uint32_t bits, JobAnswer& answer)
      : memory_(ram),
        low_bits_(bits > job::kMaxNarrowBits ? bits - job::kMaxNarrowBits : 0),
        answer_(answer) {}

  void load(std::uint32_t result_address, std::uint32_t n) {
    const auto block = memory_.read<job::JobResult>(result_address, 1);
    if (!block.has_value() || block->front().magic != job::kResultMagic) {
      answer_.defect = "the firmware left no result block";
      return;
    }
    answer_.block = block->front();
    check_crc(n);
    check_block(n);
    words_of_x(answer_.block.x_address, n, answer_.x, "x");
    words_of_x(answer_.block.x_low_address, n, answer_.x_low, "the low part of x");
    array(answer_.block.row_scale_address, n, answer_.row_scale, "the row scales");
    array(answer_.block.column_scale_address, n, answer_.column_scale, "the column scales");
    answer_.a_exponent = answer_.block.a_exponent;
    answer_.b_exponent = answer_.block.b_exponent;
    parts(answer_.block.a_address, std::uint64_t{n} * n, low_bits_, answer_.a, answer_.a_exponent, "A");
    parts(answer_.block.b_address, n, kLowWordBits, answer_.b, answer_.b_exponent, "b");
    check_entries();
    array(answer_.block.column_order_address, n, answer_.column_order, "the order of the columns");
    put_columns_in_order(n);
    if (answer_.status == job::JobStatus::kConverged && answer_.x.empty())
      fail("it says converged without an x");
    load_history();
    check_scales(answer_.row_scale);
    check_scales(answer_.column_scale);
    answer_.is_valid = answer_.defect.empty();
  }

 private:
  void fail(std::string text) {
    if (answer_.defect.empty())
      answer_.defect = "the firmware's result block is unusable: " + std::move(text);
  }

  void check_block(std::uint32_t n) {
    const job::JobResult& block = answer_.block;
    if (block.n != n) fail(fmt::format("it is for n = {} instead of {}", block.n, n));
    if (block.status > static_cast<std::uint32_t>(job::JobStatus::kTooFewMacros)) {
      fail(fmt::format("status {} does not exist", block.status));
    } else {
      answer_.status = static_cast<job::JobStatus>(block.status);
    }
    if (block.iterations > job::kMaxIterations)
      fail(fmt::format("{} iterations are too many", block.iterations));
    for (const std::int32_t e : {block.x_exponent, block.x_low_exponent, block.a_exponent, block.b_exponent,
                                 block.rhs_norm2_exponent, block.error_norm2_exponent}) {
      check_exponent(e);
    }
    if (block.rhs_norm2_mantissa < 0) fail("the norm of b is negative");
  }

  /// Column scales, words of x, words of x_low, block.
  void check_crc(std::uint32_t n) {
    job::JobResult block = answer_.block;
    if (block.answer_crc == 0) return;
    const std::size_t word = low_bits_ == 0 ? sizeof(std::int32_t) : sizeof(std::int64_t);
    Crc32 crc;
    const auto add = [&](std::uint32_t address, std::size_t bytes) {
      if (address == 0) return;
      const auto data = memory_.read<std::uint8_t>(address, bytes);
      if (data) crc.add(*data);
    };
    add(block.column_scale_address, n * sizeof(std::int32_t));
    add(block.x_address, n * word);
    add(block.x_low_address, n * word);
    block.answer_crc = 0;
    crc.add(bytes_of(block));
    if (crc.word() != answer_.block.answer_crc)
      fail("it or x contradicts its CRC: memory has changed since it was written");
  }

  void check_exponent(std::int32_t exponent) {
    if (std::abs(std::int64_t{exponent}) > kLargestExponent) fail(fmt::format("an exponent of {}", exponent));
  }
  void check_scales(const std::vector<std::int32_t>& scales) {
    for (const std::int32_t e : scales) check_exponent(e);
  }

  template <typename Word>
  void array(std::uint32_t address, std::uint64_t count, std::vector<Word>& target, const char* name) {
    if (address == 0 || !answer_.defect.empty()) return;
    auto values = memory_.read<Word>(address, count);
    if (!values.has_value())
      return fail(fmt::format("{} at {:#010x} lies outside the memory", name, address));
    target = std::move(*values);
  }

  void words_of_x(std::uint32_t address, std::uint64_t n, std::vector<std::int64_t>& target,
                  const char* name) {
    if (low_bits_ != 0) return array(address, n, target, name);
    std::vector<std::int32_t> words;
    array(address, n, words, name);
    target.assign(words.begin(), words.end());
  }

  /// Integers in one part or, the lower one behind the upper, in two.
  void parts(std::uint32_t address, std::uint64_t count, unsigned lower_bits,
             std::vector<std::int64_t>& target, std::int32_t& exponent, const char* name) {
    std::vector<std::int32_t> words;
    array(address, low_bits_ == 0 ? count : 2 * count, words, name);
    if (words.empty()) return;
    target.assign(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
    if (low_bits_ == 0) return;
    exponent -= static_cast<std::int32_t>(lower_bits);
    for (std::size_t i = 0; i < count; ++i)
      target[i] = target[i] * (std::int64_t{1} << lower_bits) + words[count + i];
  }

  void check_entries() {
    constexpr std::int64_t kLimit = std::int64_t{1} << job::kMaxBits;
    if (std::ranges::any_of(answer_.a, [](std::int64_t v) { return v <= -kLimit || v >= kLimit; }))
      fail(fmt::format("an entry of A has more than {} bits", job::kMaxBits));
  }

  /// From the chip's order to that of x.
  void put_columns_in_order(std::uint32_t n) {
    const std::vector<std::uint32_t>& order = answer_.column_order;
    std::vector<bool> is_taken(order.size());
    for (const std::uint32_t j : order) {
      if (j >= n || is_taken[j]) return fail("the order of the columns is no permutation");
      is_taken[j] = true;
    }
    if (order.empty() || answer_.a.empty()) return;
    std::vector<std::int64_t> row(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto entries = std::span(answer_.a).subspan(i * n, n);
      for (std::size_t j = 0; j < n; ++j) row[order[j]] = entries[j];
      std::ranges::copy(row, entries.begin());
    }
  }

  std::optional<std::vector<DruScalar>> scalars(std::uint32_t address, const char* name) {
    auto values = memory_.read<DruScalar>(address, answer_.block.iterations);
    if (!values.has_value()) {
      fail(fmt::format("{} at {:#010x} lies outside the memory", name, address));
      return std::nullopt;
    }
    for (const DruScalar& s : *values) {
      check_exponent(s.exponent);
      if (s.mantissa < 0) fail(fmt::format("{} holds a negative square", name));
    }
    return values;
  }

  void load_history() {
    const job::JobResult& block = answer_.block;
    if (!answer_.defect.empty() || block.iterations == 0) return;
    const DruScalar b{
        .mantissa = block.rhs_norm2_mantissa, .exponent = block.rhs_norm2_exponent, .reserved = 0};
    if (block.history_address != 0) {
      if (const auto history = scalars(block.history_address, "the history")) {
        for (const DruScalar& r : *history) answer_.residuals.push_back(root_of_quotient(r, b));
      }
    }
    if (block.correction_address != 0) {
      if (const auto corrections = scalars(block.correction_address, "the corrections")) {
        const DruScalar one{.mantissa = 1, .exponent = 0, .reserved = 0};
        for (const DruScalar& d : *corrections) answer_.corrections.push_back(root_of_quotient(d, one));
      }
    }
  }

  static constexpr unsigned kLowWordBits = 31;

  Memory memory_;
  std::uint32_t low_bits_;  ///< of the lower part of A; 0: there are no lower parts
  JobAnswer& answer_;
};

}  // namespace

JobAnswer read_answer(std::span<const std::uint8_t> ram, const JobPlace& place, std::uint32_t n,
                      std::uint32_t rhs) {
  JobAnswer answer;
  Loader(ram, place.bits, answer)
      .load(place.result_address + rhs * static_cast<std::uint32_t>(sizeof(job::JobResult)), n);
  if (answer.is_valid) return answer;
  JobAnswer unusable;
  unusable.defect = std::move(answer.defect);
  return unusable;
}

std::string_view to_string(job::JobStatus status) {
  switch (status) {
    case job::JobStatus::kNotRun:
      return "not_run";
    case job::JobStatus::kConverged:
      return "converged";
    case job::JobStatus::kNotConverged:
      return "not_converged";
    case job::JobStatus::kUnstable:
      return "unstable";
    case job::JobStatus::kSaturated:
      return "saturated";
    case job::JobStatus::kSingular:
      return "singular";
    case job::JobStatus::kWrongResidual:
      return "wrong_residual";
    case job::JobStatus::kBadJob:
      return "bad_job";
    case job::JobStatus::kTooLarge:
      return "too_large";
    case job::JobStatus::kDeviceError:
      return "device_error";
    case job::JobStatus::kOverflow:
      return "overflow";
    case job::JobStatus::kWrongRead:
      return "wrong_read";
    case job::JobStatus::kCorrupt:
      return "corrupt";
    case job::JobStatus::kCancelled:
      return "cancelled";
    case job::JobStatus::kTooFewMacros:
      return "too_few_macros";
  }
  return "not_run";
}

}  // namespace mho::platform
