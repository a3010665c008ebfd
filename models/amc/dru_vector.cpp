// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_vector.hpp"

#include <algorithm>
#include <cstring>

namespace mho::amc {

namespace reg = registers::dru;

namespace {

constexpr std::size_t kHeaderBytes = sizeof(reg::DruVector);

// A quotient of 63 bits by Newton's iteration on the lanes' multipliers: a seed of 8 bits, three steps of two
// multiply-adds, the last product and its correction (our assumption).
constexpr std::uint64_t kDivideOperations = 8;

bool is_wide(const DruCommand& command) {
  return (command.flags & reg::kFlagWide) != 0;
}
unsigned words_each(const DruCommand& command) {
  return is_wide(command) ? 2 : 1;
}

}  // namespace

/// Moves the scratch vector into the destination, unless its exponent left its range.
Outcome DruVectorUnit::keep(const DruCommand& command, bool fits) {
  if (!fits) return {DruStatus::kOverflow, command.dst};
  storage_.memory.commit(command.dst, scratch_);
  return {};
}

Outcome DruVectorUnit::keep_wide(const DruCommand& command, bool fits) {
  if (!fits) return {DruStatus::kOverflow, command.dst};
  storage_.memory.commit(command.dst, wide_scratch_);
  return {};
}

template <typename Word>
Outcome DruVectorUnit::load_words(const DruCommand& command, numeric::BlockVector<Word>& vector) {
  constexpr unsigned kWordsEach = sizeof(Word) / 4;
  const std::uint32_t length = command.arg[1];
  if (const Outcome o = storage_.memory.check(command.dst, length, kWordsEach); !o.ok()) return o;
  buffer_.resize(kHeaderBytes + sizeof(Word) * length);
  if (const Outcome o = port_.read(command.arg[0], buffer_); !o.ok()) return o;
  reg::DruVector header;
  std::memcpy(&header, buffer_.data(), kHeaderBytes);
  if (header.length != length) return bad(command.dst);
  if (const Outcome o = port_.work(0, 0.0, std::uint64_t{length} * kWordsEach); !o.ok()) return o;
  vector.exponent = header.exponent;
  vector.words.resize(length);
  std::memcpy(vector.words.data(), buffer_.data() + kHeaderBytes, sizeof(Word) * length);
  return {};
}

Outcome DruVectorUnit::load(const DruCommand& command) {
  if (is_wide(command)) {
    const Outcome o = load_words(command, wide_scratch_);
    return o.ok() ? keep_wide(command, true) : o;
  }
  const Outcome o = load_words(command, scratch_);
  return o.ok() ? keep(command, true) : o;
}

template <typename Word>
Outcome DruVectorUnit::store_words(const DruCommand& command, const numeric::BlockVector<Word>& vector) {
  const reg::DruVector header{.exponent = vector.exponent,
                              .length = static_cast<std::uint32_t>(vector.words.size())};
  buffer_.resize(kHeaderBytes + sizeof(Word) * header.length);
  std::memcpy(buffer_.data(), &header, kHeaderBytes);
  std::memcpy(buffer_.data() + kHeaderBytes, vector.words.data(), sizeof(Word) * header.length);
  if (const Outcome o = port_.work(0, 0.0, std::uint64_t{header.length} * (sizeof(Word) / 4)); !o.ok())
    return o;
  return port_.write(command.arg[0], buffer_);
}

Outcome DruVectorUnit::store(const DruCommand& command) {
  const VectorSlot* a = storage_.memory.any(command.a);
  if (a == nullptr) return bad(command.a);
  return a->is_wide() ? store_words(command, a->wide) : store_words(command, a->narrow);
}

Outcome DruVectorUnit::store_scalar(const DruCommand& command) {
  if (command.a >= reg::kScalars) return bad(command.a);
  const bool is_shown = command.b < reg::kScalars;
  if (!is_shown && command.b != reg::kNoSlot) return bad(command.b);
  const numeric::FixedScalar& a = storage_.scalars[command.a];
  if (is_shown) {
    monitor_.show_wave(command.dst, numeric::square_root_of_ratio(a, storage_.scalars[command.b]));
  }
  reg::DruScalar out{.mantissa = a.mantissa, .exponent = a.exponent, .reserved = 0};
  return port_.write(command.arg[0] + monitor_.iteration() * command.arg[1], bytes_of(out));
}

Outcome DruVectorUnit::clear(const DruCommand& command) {
  const std::uint32_t length = command.arg[0];
  if (length == 0) {
    if (command.dst >= reg::kSlots) return bad(command.dst);
    storage_.memory.release(command.dst);
    return {};
  }
  if (const Outcome o = storage_.memory.check(command.dst, length, words_each(command)); !o.ok()) return o;
  if (const Outcome o = port_.work(0, 0.0, std::uint64_t{length} * words_each(command)); !o.ok()) return o;
  if (is_wide(command)) {
    wide_scratch_.exponent = 0;
    wide_scratch_.words.assign(length, 0);
    return keep_wide(command, true);
  }
  scratch_.exponent = 0;
  scratch_.words.assign(length, 0);
  return keep(command, true);
}

namespace {

template <typename Word>
void take_slice(const numeric::BlockVector<Word>& a, std::uint64_t first, std::uint64_t length,
                numeric::BlockVector<Word>& out) {
  out.exponent = a.exponent;
  const auto begin = a.words.begin() + static_cast<std::ptrdiff_t>(first);
  out.words.assign(begin, begin + static_cast<std::ptrdiff_t>(length));
}

}  // namespace

Outcome DruVectorUnit::slice(const DruCommand& command) {
  const VectorSlot* a = storage_.memory.any(command.a);
  const std::uint64_t first = command.arg[0], length = command.arg[1];
  if (a == nullptr || first + length > a->length()) return bad(command.a);
  if (const Outcome o = storage_.memory.check(command.dst, length, words_each(command)); !o.ok()) return o;
  // Words that change their width go through the adders, others are copied.
  const std::uint64_t additions = a->is_wide() != is_wide(command) ? length : 0;
  const std::uint64_t accesses = length * (a->words_each() + words_each(command));
  if (const Outcome o = port_.work(additions, port_.costs().add_J, accesses); !o.ok()) return o;
  if (is_wide(command)) {
    take_slice(a->as_wide(), first, length, wide_scratch_);
    return keep_wide(command, true);
  }
  if (!a->is_wide()) {
    take_slice(a->narrow, first, length, scratch_);
    return keep(command, true);
  }
  take_slice(a->wide, first, length, wide_scratch_);
  return keep(command, numeric::narrow(wide_scratch_, scratch_));
}

Outcome DruVectorUnit::join(const DruCommand& command) {
  const Vector* a = storage_.memory.operand(command.a);
  const Vector* b = storage_.memory.operand(command.b);
  if (a == nullptr) return bad(command.a);
  if (b == nullptr) return bad(command.b);
  const std::size_t length = a->words.size() + b->words.size();
  if (const Outcome o = storage_.memory.check(command.dst, length); !o.ok()) return o;
  if (const Outcome o = port_.work_on_vectors(length, 2, port_.costs().add_J); !o.ok()) return o;
  return keep(command, numeric::join(*a, *b, scratch_));
}

Outcome DruVectorUnit::add(const DruCommand& command) {
  const VectorSlot* a = storage_.memory.any(command.a);
  const VectorSlot* b = storage_.memory.any(command.b);
  if (a == nullptr) return bad(command.a);
  const std::size_t length = a->length();
  if (b == nullptr || b->length() != length) return bad(command.b);
  if (const Outcome o = storage_.memory.check(command.dst, length, words_each(command)); !o.ok()) return o;
  const unsigned widest = std::max({a->words_each(), b->words_each(), words_each(command)});
  const std::uint64_t accesses = length * (a->words_each() + b->words_each() + words_each(command));
  if (const Outcome o = port_.work(length * widest, port_.costs().add_J, accesses); !o.ok()) return o;
  const bool subtracts = (command.flags & reg::kFlagSubtract) != 0;
  if (widest == 1) return keep(command, numeric::add(a->narrow, b->narrow, subtracts, scratch_));
  if (is_wide(command))
    return keep_wide(command, numeric::add_wide(a->as_wide(), b->as_wide(), subtracts, wide_scratch_));
  return keep(command, numeric::add_wide(a->as_wide(), b->as_wide(), subtracts, scratch_));
}

Outcome DruVectorUnit::scale(const DruCommand& command) {
  const Vector* a = storage_.memory.operand(command.a);
  if (a == nullptr) return bad(command.a);
  if (const Outcome o = storage_.memory.check(command.dst, a->words.size()); !o.ok()) return o;
  if (const Outcome o = port_.work_on_vectors(a->words.size(), 2, port_.costs().multiply_add_J); !o.ok())
    return o;
  return keep(command, numeric::scale(*a, static_cast<std::int32_t>(command.arg[0]),
                                      static_cast<std::int32_t>(command.arg[1]), scratch_));
}

Outcome DruVectorUnit::multiply(const DruCommand& command) {
  const Vector* a = storage_.memory.operand(command.a);
  const Vector* b = storage_.memory.operand(command.b);
  if (a == nullptr) return bad(command.a);
  if (b == nullptr || b->words.size() != a->words.size()) return bad(command.b);
  if (const Outcome o = storage_.memory.check(command.dst, a->words.size()); !o.ok()) return o;
  if (const Outcome o = port_.work_on_vectors(a->words.size(), 3, port_.costs().multiply_add_J); !o.ok())
    return o;
  return keep(command, numeric::multiply(*a, *b, scratch_));
}

Outcome DruVectorUnit::dot(const DruCommand& command) {
  const Vector* a = storage_.memory.operand(command.a);
  const Vector* b = storage_.memory.operand(command.b);
  if (command.dst >= reg::kScalars) return bad(command.dst);
  if (a == nullptr) return bad(command.a);
  if (b == nullptr || b->words.size() != a->words.size()) return bad(command.b);
  if (const Outcome o = port_.work_on_vectors(a->words.size(), 2, port_.costs().multiply_add_J); !o.ok())
    return o;
  if (!numeric::dot(*a, *b, storage_.scalars[command.dst])) return {DruStatus::kOverflow, command.dst};
  return {};
}

Outcome DruVectorUnit::norm2(const DruCommand& command) {
  const VectorSlot* a = storage_.memory.any(command.a);
  const bool has_weights = command.b != reg::kNoSlot;
  const Vector* weights = has_weights ? storage_.memory.operand(command.b) : nullptr;
  if (command.dst >= reg::kScalars) return bad(command.dst);
  if (a == nullptr) return bad(command.a);
  if (has_weights && (weights == nullptr || weights->words.size() != a->length())) return bad(command.b);
  const unsigned accesses_each = a->words_each() + (has_weights ? 1 : 0);
  if (const Outcome o = port_.work_on_vectors(a->length(), accesses_each, port_.costs().multiply_add_J);
      !o.ok()) {
    return o;
  }
  const std::span<const std::int32_t> words = has_weights ? weights->words : std::span<const std::int32_t>{};
  numeric::FixedScalar& norm = storage_.scalars[command.dst];
  const bool fits =
      a->is_wide() ? numeric::norm2_wide(a->wide, words, norm) : numeric::norm2(a->narrow, words, norm);
  if (!fits) return {DruStatus::kOverflow, command.dst};
  return {};
}

Outcome DruVectorUnit::ratio(const DruCommand& command) {
  for (const std::uint32_t scalar : {command.dst, command.a, command.b}) {
    if (scalar >= reg::kScalars) return bad(scalar);
  }
  if (const Outcome o = port_.work_in_sequence(kDivideOperations, port_.costs().multiply_add_J); !o.ok())
    return o;
  auto& scalars = storage_.scalars;
  numeric::FixedScalar quotient;  // dst may be an operand
  if (!numeric::divide(scalars[command.a], scalars[command.b], quotient))
    return {DruStatus::kOverflow, command.dst};
  scalars[command.dst] = quotient;
  return {};
}

Outcome DruVectorUnit::axpy(const DruCommand& command) {
  const Vector* a = storage_.memory.operand(command.a);
  const Vector* b = storage_.memory.operand(command.b);
  const std::uint32_t scalar = command.arg[0];
  if (scalar >= reg::kScalars) return bad(scalar);
  if (a == nullptr) return bad(command.a);
  if (b == nullptr || b->words.size() != a->words.size()) return bad(command.b);
  if (const Outcome o = storage_.memory.check(command.dst, a->words.size()); !o.ok()) return o;
  if (const Outcome o = port_.work_on_vectors(a->words.size(), 3, port_.costs().multiply_add_J); !o.ok())
    return o;
  return keep(command, numeric::multiply_add(*a, storage_.scalars[scalar], *b,
                                             (command.flags & reg::kFlagSubtract) != 0, scratch_));
}

}  // namespace mho::amc
