// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_vector.hpp"

#include <cstring>

namespace mho::amc {

namespace reg = registers::dru;

namespace {

constexpr std::size_t kHeaderBytes = sizeof(reg::DruVector);

// A quotient of 63 bits by Newton's iteration on the lanes' multipliers: a seed of 8 bits, three steps of two
// multiply-adds, the last product and its correction (our assumption).
constexpr std::uint64_t kDivideOperations = 8;

}  // namespace

/// Moves the scratch vector into the destination, unless its exponent left its range.
Outcome DruVectorUnit::keep(const DruCommand& command, bool fits) {
  if (!fits) return {DruStatus::kOverflow, command.dst};
  storage_.memory.commit(command.dst, scratch_);
  return {};
}

Outcome DruVectorUnit::load(const DruCommand& command) {
  const std::uint32_t length = command.arg[1];
  if (const Outcome o = storage_.memory.check(command.dst, length); !o.ok()) return o;
  buffer_.resize(kHeaderBytes + std::size_t{4} * length);
  if (const Outcome o = port_.read(command.arg[0], buffer_); !o.ok()) return o;
  reg::DruVector header;
  std::memcpy(&header, buffer_.data(), kHeaderBytes);
  if (header.length != length) return bad(command.dst);
  if (const Outcome o = port_.work(0, 0.0, length); !o.ok()) return o;
  scratch_.exponent = header.exponent;
  scratch_.words.resize(length);
  std::memcpy(scratch_.words.data(), buffer_.data() + kHeaderBytes, std::size_t{4} * length);
  return keep(command, true);
}

Outcome DruVectorUnit::store(const DruCommand& command) {
  const Vector* a = storage_.memory.operand(command.a);
  if (a == nullptr) return bad(command.a);
  const reg::DruVector header{.exponent = a->exponent, .length = static_cast<std::uint32_t>(a->words.size())};
  buffer_.resize(kHeaderBytes + std::size_t{4} * header.length);
  std::memcpy(buffer_.data(), &header, kHeaderBytes);
  std::memcpy(buffer_.data() + kHeaderBytes, a->words.data(), std::size_t{4} * header.length);
  if (const Outcome o = port_.work(0, 0.0, header.length); !o.ok()) return o;
  return port_.write(command.arg[0], buffer_);
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
  if (const Outcome o = storage_.memory.check(command.dst, length); !o.ok()) return o;
  if (const Outcome o = port_.work(0, 0.0, length); !o.ok()) return o;
  scratch_.exponent = 0;
  scratch_.words.assign(length, 0);
  return keep(command, true);
}

Outcome DruVectorUnit::slice(const DruCommand& command) {
  const Vector* a = storage_.memory.operand(command.a);
  const std::uint64_t first = command.arg[0], length = command.arg[1];
  if (a == nullptr || first + length > a->words.size()) return bad(command.a);
  if (const Outcome o = storage_.memory.check(command.dst, length); !o.ok()) return o;
  if (const Outcome o = port_.work(0, 0.0, 2 * length); !o.ok()) return o;
  scratch_.exponent = a->exponent;
  const auto begin = a->words.begin() + static_cast<std::ptrdiff_t>(first);
  scratch_.words.assign(begin, begin + static_cast<std::ptrdiff_t>(length));
  return keep(command, true);
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
  const Vector* a = storage_.memory.operand(command.a);
  const Vector* b = storage_.memory.operand(command.b);
  if (a == nullptr) return bad(command.a);
  if (b == nullptr || b->words.size() != a->words.size()) return bad(command.b);
  if (const Outcome o = storage_.memory.check(command.dst, a->words.size()); !o.ok()) return o;
  if (const Outcome o = port_.work_on_vectors(a->words.size(), 3, port_.costs().add_J); !o.ok()) return o;
  return keep(command, numeric::add(*a, *b, (command.flags & reg::kFlagSubtract) != 0, scratch_));
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
  const Vector* a = storage_.memory.operand(command.a);
  const bool has_weights = command.b != reg::kNoSlot;
  const Vector* weights = has_weights ? storage_.memory.operand(command.b) : nullptr;
  if (command.dst >= reg::kScalars) return bad(command.dst);
  if (a == nullptr) return bad(command.a);
  if (has_weights && (weights == nullptr || weights->words.size() != a->words.size())) return bad(command.b);
  const unsigned operands = has_weights ? 2 : 1;
  if (const Outcome o = port_.work_on_vectors(a->words.size(), operands, port_.costs().multiply_add_J);
      !o.ok()) {
    return o;
  }
  const std::span<const std::int32_t> words = has_weights ? weights->words : std::span<const std::int32_t>{};
  if (!numeric::norm2(*a, words, storage_.scalars[command.dst])) return {DruStatus::kOverflow, command.dst};
  return {};
}

Outcome DruVectorUnit::ratio(const DruCommand& command) {
  for (const std::uint32_t scalar : {command.dst, command.a, command.b}) {
    if (scalar >= reg::kScalars) return bad(scalar);
  }
  if (const Outcome o = port_.work(kDivideOperations, port_.costs().multiply_add_J, 0); !o.ok()) return o;
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
