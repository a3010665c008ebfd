// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/instruction_trace.hpp"

#include <fmt/format.h>

#include <iterator>

namespace mho::platform::cli {
namespace {

constexpr std::size_t kDrainBytes = 1u << 20;

}  // namespace

void InstructionTrace::record(const soc::InstructionRecord& instruction) {
  if (!is_recording_) return;
  auto out = std::back_inserter(text_);
  fmt::format_to(out, "{}.{:03} {:08x}", instruction.time_ps / 1000, instruction.time_ps % 1000,
                 instruction.pc);
  switch (instruction.length) {
    case 0:
      fmt::format_to(out, " -");
      break;
    case 2:
      fmt::format_to(out, " {:04x}", instruction.bits & 0xffff);
      break;
    default:
      fmt::format_to(out, " {:08x}", instruction.bits);
      break;
  }
  if (instruction.rd != 0) {
    constexpr unsigned kRegisters = 32;
    fmt::format_to(out, " {}{}={:08x}", instruction.rd < kRegisters ? 'x' : 'f', instruction.rd % kRegisters,
                   instruction.value);
  }
  if (instruction.is_trapped) fmt::format_to(out, " trap");
  text_ += '\n';
  if (text_.size() >= kDrainBytes) drain();
}

void InstructionTrace::drain() {
  file_.write(text_);
  text_.clear();
}

void InstructionTrace::close() {
  drain();
  file_.commit();
}

}  // namespace mho::platform::cli
