// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Hosts for which there is no host code.
#include "models/soc/cpu/native_code.hpp"

namespace mho::soc::riscv {

class NativeCode::Assembler {};

std::unique_ptr<NativeCode> NativeCode::create() {
  return nullptr;
}
NativeCode::NativeCode() = default;
NativeCode::~NativeCode() = default;
bool NativeCode::is_worth_it(const Block&) {
  return false;
}
bool NativeCode::compile(Block&, Block* const*) {
  return false;
}
void NativeCode::clear() {}

}  // namespace mho::soc::riscv
