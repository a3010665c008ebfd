// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/profile/call_tracker.hpp"

namespace mho::platform::profile {
namespace {

bool is_link(std::uint32_t reg) {
  return reg == 1 || reg == 5;
}

Transfer compressed_transfer(std::uint32_t bits) {
  const std::uint32_t quadrant = bits & 3, function = bits >> 13 & 7;
  constexpr std::uint32_t kCJal = 1, kCJr = 4;
  if (quadrant == 1) return function == kCJal ? Transfer::kCall : Transfer::kNone;
  const std::uint32_t rs1 = bits >> 7 & 31, rs2 = bits >> 2 & 31;
  const bool is_register_jump = quadrant == 2 && function == kCJr && rs2 == 0 && rs1 != 0;
  if (!is_register_jump) return Transfer::kNone;
  const bool links = (bits >> 12 & 1) != 0;
  return links ? Transfer::kCall : is_link(rs1) ? Transfer::kReturn : Transfer::kNone;
}

}  // namespace

Transfer transfer_of(std::uint32_t bits, unsigned length) {
  constexpr std::uint32_t kJal = 0x6f, kJalr = 0x67, kMret = 0x3020'0073;
  if (length == 2) return compressed_transfer(bits);
  if (bits == kMret) return Transfer::kTrapReturn;
  const std::uint32_t opcode = bits & 0x7f, rd = bits >> 7 & 31, rs1 = bits >> 15 & 31;
  if (opcode != kJal && opcode != kJalr) return Transfer::kNone;
  if (is_link(rd)) return Transfer::kCall;
  return opcode == kJalr && rd == 0 && is_link(rs1) ? Transfer::kReturn : Transfer::kNone;
}

CallTracker::CallTracker(const ProgramInfo& program, std::uint32_t pc) : program_(program) {
  enter_trap(pc);
}

std::uint32_t CallTracker::function_at(std::uint32_t pc) const {
  return program_.function_at(pc).value_or(static_cast<std::uint32_t>(program_.functions.size()));
}

bool CallTracker::is_in(std::uint32_t function, std::uint32_t pc) const {
  if (function == program_.functions.size()) return !program_.function_at(pc).has_value();
  const Function& f = program_.functions[function];
  return pc >= f.address && pc < f.end;
}

void CallTracker::enter_trap(std::uint32_t to) {
  Frame root;
  root.function = function_at(to);
  contexts_.push_back({.frames = {root}, .total = {}});
}

void CallTracker::push(std::uint32_t site, std::uint32_t to, std::uint32_t return_address, bool is_tail) {
  Context& context = contexts_.back();
  const std::uint32_t function = function_at(to);
  ++calls_[{.site = site, .function = function}].count;
  context.frames.push_back({.function = function,
                            .return_address = return_address,
                            .site = site,
                            .is_tail = is_tail,
                            .at_entry = context.total,
                            .excluded = {}});
}

/// Of the uppermost frame, which is not the root.
void CallTracker::end_call(Context& context) {
  auto& frames = context.frames;
  const std::uint32_t function = frames.back().function;
  const Cost cost = context.total - frames.back().at_entry;
  for (std::size_t i = frames.size() - 1; i > 0; --i) {
    if (frames[i - 1].function != function) continue;
    frames[i].excluded += cost;
    break;
  }
  const Frame& frame = frames.back();
  calls_[{.site = frame.site, .function = function}].inclusive += cost - frame.excluded;
}

void CallTracker::pop_to(std::size_t frames) {
  Context& context = contexts_.back();
  while (context.frames.size() > frames) {
    if (context.frames.size() > 1) end_call(context);
    context.frames.pop_back();
  }
}

void CallTracker::jump(std::uint32_t from, std::uint32_t to) {
  const auto& frames = contexts_.back().frames;
  if (is_in(frames.back().function, to)) return;
  // Back to where this call came through: parts of a function that the compiler has put apart.
  for (std::size_t i = frames.size(); i > 0 && (i == frames.size() || frames[i].is_tail); --i) {
    if (is_in(frames[i - 1].function, to)) return pop_to(i);
  }
  push(from, to, frames.back().return_address, true);
}

void CallTracker::return_to(std::uint32_t from, std::uint32_t to) {
  const auto& frames = contexts_.back().frames;
  for (std::size_t i = frames.size(); i > 1; --i) {
    const Frame& frame = frames[i - 1];
    if (!frame.is_tail && frame.return_address == to) return pop_to(i - 1);
  }
  for (std::size_t i = frames.size(); i > 0; --i) {
    if (is_in(frames[i - 1].function, to)) return pop_to(i);
  }
  jump(from, to);
}

void CallTracker::leave_trap(std::uint32_t from, std::uint32_t to) {
  if (contexts_.size() > 1) {
    pop_to(0);
    contexts_.pop_back();
  }
  jump(from, to);
}

void CallTracker::follow(Transfer transfer, std::uint32_t from, unsigned length, std::uint32_t to) {
  switch (transfer) {
    case Transfer::kCall:
      return push(from, to, from + length, false);
    case Transfer::kReturn:
      return return_to(from, to);
    case Transfer::kTrapReturn:
      return leave_trap(from, to);
    case Transfer::kNone:
      return jump(from, to);
  }
}

void CallTracker::finish() {
  for (; !contexts_.empty(); contexts_.pop_back()) pop_to(0);
}

}  // namespace mho::platform::profile
