// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <algorithm>
#include <limits>

#include "models/soc/cpu/native_assembler_x86.hpp"
#include "models/soc/cpu/native_code.hpp"

namespace mho::soc::riscv {
namespace {

/// Shorter blocks whose last operation is the engine's are left to it.
constexpr std::size_t kFewestOperations = 3;

}  // namespace

NativeCode::NativeCode() : assembler_(std::make_unique<Assembler>()), enter_(assembler_->entry()) {}
NativeCode::~NativeCode() = default;

std::unique_ptr<NativeCode> NativeCode::create() {
  try {
    return std::unique_ptr<NativeCode>(new NativeCode);
  } catch (const Xbyak::Error&) {
    return nullptr;
  }
}

bool NativeCode::is_worth_it(const Block& block) {
  constexpr std::uint64_t kMostSum = std::numeric_limits<std::int32_t>::max();
  if (block.cycles > kMostSum || block.energy_fj > kMostSum) return false;
  const auto first =
      std::ranges::find_if(block.operations, [](const MicroOperation& op) { return is_engines(op.kind); });
  if (first == block.operations.end()) return true;
  const auto before = static_cast<std::size_t>(first - block.operations.begin());
  return before + 1 == block.operations.size() && before >= kFewestOperations;
}

bool NativeCode::compile(Block& block, Block* const* quick) {
  if (!assembler_->has_room()) return false;
  assembler_->compile(block, quick);
  return true;
}

void NativeCode::clear() {
  assembler_->clear();
  enter_ = assembler_->entry();
}

}  // namespace mho::soc::riscv
