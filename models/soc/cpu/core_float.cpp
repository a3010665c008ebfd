// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Floating point instructions. Loads and stores are in the engine and in core_memory.cpp.
#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/float32.hpp"

namespace mho::soc::riscv {
namespace {

constexpr std::uint32_t kSign = 0x8000'0000;

struct Operands {
  std::uint32_t a = 0, b = 0, c = 0;
};

/// Operations that round.
float32::Result compute_rounded(Operation operation, const Operands& x, float32::Rounding rounding) {
  switch (operation) {
    case Operation::kFmadd:
      return float32::multiply_add(x.a, x.b, x.c, rounding);
    case Operation::kFmsub:
      return float32::multiply_add(x.a, x.b, x.c ^ kSign, rounding);
    case Operation::kFnmsub:
      return float32::multiply_add(x.a ^ kSign, x.b, x.c, rounding);
    case Operation::kFnmadd:
      return float32::multiply_add(x.a ^ kSign, x.b, x.c ^ kSign, rounding);
    case Operation::kFadd:
      return float32::add(x.a, x.b, rounding);
    case Operation::kFsub:
      return float32::add(x.a, x.b ^ kSign, rounding);
    case Operation::kFmul:
      return float32::multiply(x.a, x.b, rounding);
    case Operation::kFdiv:
      return float32::divide(x.a, x.b, rounding);
    case Operation::kFsqrt:
      return float32::square_root(x.a, rounding);
    case Operation::kFcvtWS:
      return float32::to_int32(x.a, rounding);
    case Operation::kFcvtWuS:
      return float32::to_uint32(x.a, rounding);
    case Operation::kFcvtSW:
      return float32::from_int32(x.a, rounding);
    default:
      return float32::from_uint32(x.a, rounding);
  }
}

float32::Result compute_exact(Operation operation, const Operands& x) {
  switch (operation) {
    case Operation::kFsgnj:
      return {.bits = (x.a & ~kSign) | (x.b & kSign)};
    case Operation::kFsgnjn:
      return {.bits = (x.a & ~kSign) | (~x.b & kSign)};
    case Operation::kFsgnjx:
      return {.bits = x.a ^ (x.b & kSign)};
    case Operation::kFmin:
      return float32::minimum(x.a, x.b);
    case Operation::kFmax:
      return float32::maximum(x.a, x.b);
    case Operation::kFeq:
      return float32::equal(x.a, x.b);
    case Operation::kFlt:
      return float32::less(x.a, x.b);
    case Operation::kFle:
      return float32::less_or_equal(x.a, x.b);
    case Operation::kFclass:
      return {.bits = float32::classify(x.a)};
    default:
      return {.bits = x.a};
  }
}

bool rounds(Operation operation) {
  switch (operation) {
    case Operation::kFcvtWS:
    case Operation::kFcvtWuS:
    case Operation::kFcvtSW:
    case Operation::kFcvtSWu:
      return true;
    default:
      return operation <= Operation::kFsqrt;
  }
}

}  // namespace

bool Core::compute_float(const MicroOperation& operation) {
  FloatState& state = csrs_.floating();
  if (state.is_off()) return false;
  const FloatFields fields = FloatFields::unpack(operation.immediate);
  const Operands operands{.a = x_[operation.rs1], .b = x_[operation.rs2], .c = x_[fields.rs3]};
  float32::Result result;
  if (rounds(fields.operation)) {
    const std::uint32_t mode =
        fields.rounding == float32::kDynamicRounding ? state.rounding() : fields.rounding;
    if (mode > static_cast<std::uint32_t>(float32::Rounding::kNearestAway)) return false;
    result = compute_rounded(fields.operation, operands, static_cast<float32::Rounding>(mode));
  } else {
    result = compute_exact(fields.operation, operands);
  }
  x_[operation.rd] = result.bits;
  const bool is_float_result = operation.rd >= kFloatRegisters && operation.rd != kSink;
  if (is_float_result || result.flags != 0) {
    state.raise(result.flags);
    state.set_dirty();
  }
  return true;
}

}  // namespace mho::soc::riscv
