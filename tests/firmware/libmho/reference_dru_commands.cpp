// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What each command of the reference DRU does.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/firmware/libmho/reference_dru.hpp"

namespace mho::test {
namespace {

using namespace registers::dru;
using registers::dru::DruCommand;

bool is_wide(const DruCommand& c) {
  return (c.flags & kFlagWide) != 0;
}

long double sign_of(const DruCommand& c) {
  return (c.flags & kFlagSubtract) != 0 ? -1 : 1;
}

}  // namespace

ReferenceDru::Vector& ReferenceDru::filled(std::uint16_t slot) {
  const auto found = c_->slots.find(slot);
  if (found == c_->slots.end() || found->second.words.empty()) throw Fault{DruStatus::kBadOperand, slot};
  return found->second;
}

std::vector<long double> ReferenceDru::values_of(const Vector& v) {
  std::vector<long double> out;
  for (const auto w : v.words) out.push_back(std::ldexp(static_cast<long double>(w), v.exponent));
  return out;
}

/// Both operands element by element, as a vector that is as wide as the command says.
template <typename Operation>
ReferenceDru::Vector ReferenceDru::combined(const DruCommand& c, const Vector& a, const Vector& b,
                                            Operation operation) const {
  if (a.words.size() != b.words.size()) throw Fault{DruStatus::kBadOperand, c.a};
  auto x = values_of(a);
  const auto y = values_of(b);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = operation(x[i], y[i]);
  return normalised(x, is_wide(c));
}

bool ReferenceDru::execute_flow(const DruCommand& c) {
  switch (static_cast<DruOpcode>(c.opcode)) {
    case DruOpcode::kNop:
      return true;
    case DruOpcode::kJump:
      c_->next = c.arg[0];
      return true;
    case DruOpcode::kLoop:
      if (++c_->iteration < c.arg[1]) c_->next = c.arg[0];
      return true;
    case DruOpcode::kCall:
      if (c_->open_calls.size() == kCallDepth) throw Fault{DruStatus::kBadCommand, c.arg[0]};
      c_->open_calls.push_back(c_->next);
      c_->next = c.arg[0];
      return true;
    case DruOpcode::kReturn:
      if (c_->open_calls.empty()) throw Fault{DruStatus::kBadCommand, c_->next - 1};
      c_->next = c_->open_calls.back();
      c_->open_calls.pop_back();
      return true;
    case DruOpcode::kBranchLe: {
      const bool holds =
          c_->scalars[c.a] <= std::ldexp(c_->scalars[c.b], static_cast<std::int32_t>(c.arg[1]));
      if (holds != ((c.flags & kFlagInvert) != 0)) c_->next = c.arg[0];
      return true;
    }
    default:
      return false;
  }
}

void ReferenceDru::load(const DruCommand& c) {
  const auto header = at<DruVector>(c.arg[0]);
  if (header.length != c.arg[1]) throw Fault{DruStatus::kBadOperand, c.dst};
  Vector v{std::vector<std::int64_t>(header.length), header.exponent, is_wide(c)};
  for (std::uint32_t i = 0; i < header.length; ++i) {
    v.words[i] = v.is_wide ? at<std::int64_t>(c.arg[0] + 8 + 8 * i) : at<std::int32_t>(c.arg[0] + 8 + 4 * i);
  }
  c_->slots[c.dst] = v;
}

void ReferenceDru::store(const DruCommand& c) {
  const Vector& v = filled(c.a);
  at<DruVector>(c.arg[0]) = DruVector{v.exponent, static_cast<std::uint32_t>(v.words.size())};
  for (std::uint32_t i = 0; i < v.words.size(); ++i) {
    if (v.is_wide) {
      at<std::int64_t>(c.arg[0] + 8 + 8 * i) = v.words[i];
    } else {
      at<std::int32_t>(c.arg[0] + 8 + 4 * i) = static_cast<std::int32_t>(v.words[i]);
    }
  }
}

bool ReferenceDru::execute_transfer(const DruCommand& c) {
  switch (static_cast<DruOpcode>(c.opcode)) {
    case DruOpcode::kLoad:
      load(c);
      return true;
    case DruOpcode::kStore:
      store(c);
      return true;
    case DruOpcode::kStoreScalar: {
      int exponent = 0;
      const long double m = std::frexp(c_->scalars[c.a], &exponent);
      at<DruScalar>(c.arg[0] + c_->iteration * c.arg[1]) = DruScalar{
          static_cast<std::int64_t>(std::ldexp(m, 63)), c_->scalars[c.a] == 0 ? 0 : exponent - 63, 0};
      return true;
    }
    default:
      return false;
  }
}

void ReferenceDru::slice(const DruCommand& c) {
  const Vector& a = filled(c.a);
  if (c.arg[0] + c.arg[1] > a.words.size()) throw Fault{DruStatus::kBadOperand, c.a};
  const auto first = a.words.begin() + c.arg[0];
  const Vector part{{first, first + c.arg[1]}, a.exponent, a.is_wide};
  c_->slots[c.dst] = a.is_wide && !is_wide(c) ? normalised(values_of(part)) : part;
  c_->slots[c.dst].is_wide = is_wide(c);
}

bool ReferenceDru::execute_vector(const DruCommand& c) {
  switch (static_cast<DruOpcode>(c.opcode)) {
    case DruOpcode::kClear:
      c_->slots[c.dst] = Vector{std::vector<std::int64_t>(c.arg[0]), 0, is_wide(c)};
      return true;
    case DruOpcode::kSlice:
      slice(c);
      return true;
    case DruOpcode::kJoin: {
      auto a = values_of(filled(c.a));
      for (const long double v : values_of(filled(c.b))) a.push_back(v);
      c_->slots[c.dst] = normalised(a);
      return true;
    }
    case DruOpcode::kAdd: {
      const long double sign = sign_of(c);
      c_->slots[c.dst] = combined(c, filled(c.a), filled(c.b), [&](auto x, auto y) { return x + sign * y; });
      return true;
    }
    case DruOpcode::kMultiply:
      c_->slots[c.dst] = combined(c, filled(c.a), filled(c.b), [](auto x, auto y) { return x * y; });
      return true;
    case DruOpcode::kAxpy: {
      const long double factor = sign_of(c) * c_->scalars.at(static_cast<std::uint16_t>(c.arg[0]));
      c_->slots[c.dst] =
          combined(c, filled(c.a), filled(c.b), [&](auto x, auto y) { return x + factor * y; });
      return true;
    }
    default:
      return false;
  }
}

bool ReferenceDru::execute_scalar(const DruCommand& c) {
  switch (static_cast<DruOpcode>(c.opcode)) {
    case DruOpcode::kDot: {
      const auto a = values_of(filled(c.a)), b = values_of(filled(c.b));
      if (a.size() != b.size()) throw Fault{DruStatus::kBadOperand, c.b};
      c_->scalars[c.dst] = std::inner_product(a.begin(), a.end(), b.begin(), 0.0L);
      return true;
    }
    case DruOpcode::kRatio:
      c_->scalars[c.dst] = c_->scalars[c.b] == 0 ? 0.0L : c_->scalars[c.a] / c_->scalars[c.b];
      return true;
    case DruOpcode::kNorm2: {
      long double sum = 0;
      const auto a = values_of(filled(c.a));
      for (std::size_t i = 0; i < a.size(); ++i) {
        const long double w =
            c.b == kNoSlot ? a[i] : std::ldexp(a[i], static_cast<int>(filled(c.b).words.at(i)));
        sum += w * w;
      }
      c_->scalars[c.dst] = sum;
      return true;
    }
    default:
      return false;
  }
}

/// INV or MVM of the part of the operand that the command names.
ReferenceDru::Vector ReferenceDru::applied(const DruCommand& c) {
  const bool invert = static_cast<DruOpcode>(c.opcode) == DruOpcode::kInv;
  ++(invert ? inv_ops : mvm_ops);
  const Tile& tile = held(c.b, invert ? TileKind::kInv : TileKind::kMvm);
  Vector operand = filled(c.a);
  if (c.arg[0] + tile.descriptor.columns > operand.words.size()) throw Fault{DruStatus::kBadOperand, c.a};
  const auto first = operand.words.begin() + c.arg[0];
  operand.words = {first, first + tile.descriptor.columns};
  const Vector result = low_precision(tile, operand, invert);
  if ((c.flags & kFlagAccumulate) == 0) return result;
  const long double sign = sign_of(c);
  return combined(c, filled(c.dst), result, [&](auto x, auto y) { return x + sign * y; });
}

bool ReferenceDru::execute_tile(const DruCommand& c) {
  switch (static_cast<DruOpcode>(c.opcode)) {
    case DruOpcode::kInv:
    case DruOpcode::kMvm:
      c_->slots[c.dst] = applied(c);
      return true;
    case DruOpcode::kGinv:
      ++ginv_ops;
      c_->slots[c.dst] = generalised_inverse(held(c.b, TileKind::kGinv), filled(c.a));
      return true;
    case DruOpcode::kProgram:
      program(c);
      return true;
    case DruOpcode::kRankUpdate:
      rank_update(at<DruRankUpdate>(c.arg[0]));
      return true;
    default:
      return false;
  }
}

void ReferenceDru::begin_accumulation(const DruCommand& c) {
  const Vector& b = filled(c.a);
  accumulator_bits_ = is_wide(c) ? 160 : 96;
  if (!is_wide(c) && (b.is_wide || filled(c.b).is_wide)) throw Fault{DruStatus::kBadOperand, c.a};
  product_exponent_ = filled(c.b).exponent + static_cast<std::int32_t>(c.arg[0]);
  accumulator_exponent_ = std::min(b.exponent, product_exponent_);
  accumulators_.clear();
  for (const auto w : b.words) accumulators_.push_back(shifted(w, b.exponent - accumulator_exponent_));
}

void ReferenceDru::accumulate_product(const DruCommand& c) {
  const Tile& tile = held(c.b, TileKind::kHp);
  const auto& d = tile.descriptor;
  const Vector& x = filled(c.a);
  for (unsigned i = 0; i < d.rows; ++i) {
    int128_t sum = 0;
    for (unsigned j = 0; j < d.columns; ++j) {
      sum += static_cast<int128_t>(tile.high[i * d.columns + j]) * x.words.at(c.arg[1] + j);
    }
    for (const WrongCell& cell : wrong_cells) {
      const bool is_here = cell.row == c.arg[0] + i && cell.column - c.arg[1] < d.columns;
      if (is_here) sum += static_cast<int128_t>(cell.error) * x.words.at(cell.column);
    }
    if (corrupt) corrupt(c.arg[0] + i, sum);
    auto& accumulator = accumulators_.at(c.arg[0] + i);
    const std::int32_t shift =
        product_exponent_ - accumulator_exponent_ + static_cast<std::int32_t>(c.arg[2]);
    accumulator = shifted(accumulator - shifted(Integer(sum), shift), 0);
  }
}

bool ReferenceDru::execute_high_precision(const DruCommand& c) {
  switch (static_cast<DruOpcode>(c.opcode)) {
    case DruOpcode::kHpBegin:
      begin_accumulation(c);
      return true;
    case DruOpcode::kHpMvm:
      accumulate_product(c);
      return true;
    case DruOpcode::kHpEnd:
      c_->slots[c.dst] = accumulated();
      return true;
    default:
      return false;
  }
}

void ReferenceDru::execute(const DruCommand& c) {
  const bool is_known = execute_flow(c) || execute_transfer(c) || execute_vector(c) || execute_scalar(c) ||
                        execute_tile(c) || execute_high_precision(c);
  if (!is_known) throw Fault{DruStatus::kBadCommand, c.opcode};
}

void ReferenceDru::rank_update(const DruRankUpdate& u) {
  for (std::uint32_t i = 0; i < u.rows; ++i) {
    for (std::uint32_t j = 0; j < u.columns; ++j) {
      int128_t sum = 0;
      for (std::uint32_t k = 0; k < u.depth; ++k) {
        sum += static_cast<int128_t>(at<std::int32_t>(u.a_address + i * u.a_stride + 4 * k)) *
               at<std::int32_t>(u.w_address + k * u.w_stride + 4 * j);
      }
      if (u.shift != 0) sum = (sum + (static_cast<int128_t>(1) << (u.shift - 1))) >> u.shift;
      auto& c = at<std::int32_t>(u.c_address + i * u.c_stride + 4 * j);
      const int128_t next = c - sum;
      if (next != static_cast<std::int32_t>(next)) throw Fault{DruStatus::kOverflow, i};
      c = static_cast<std::int32_t>(next);
    }
  }
}

}  // namespace mho::test
