// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Who called whom, and what each call cost with everything below it, from the sequence of instructions alone.
// Calls and returns are the jumps that the RISC-V calling convention marks as such (unprivileged
// specification, "Unconditional Jumps": link registers x1 and x5). A jump into another function is a tail
// call. A return that fits no call, as longjmp makes it, goes to the nearest caller that is in the function
// reached. A trap handler is a root of its own: what it costs is not the interrupted function's.
//
// Not exact: programs that switch stacks. What a call costs there may include other threads; what an
// instruction costs is right.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "platform/profile/program_info.hpp"

namespace mho::platform::profile {

struct Cost {
  std::uint64_t cycles = 0, instructions = 0, energy_fj = 0;

  Cost& operator+=(const Cost& other) {
    cycles += other.cycles;
    instructions += other.instructions;
    energy_fj += other.energy_fj;
    return *this;
  }
  friend Cost operator-(const Cost& a, const Cost& b) {
    return {.cycles = a.cycles - b.cycles,
            .instructions = a.instructions - b.instructions,
            .energy_fj = a.energy_fj - b.energy_fj};
  }
  friend bool operator==(const Cost&, const Cost&) = default;
};

enum class Transfer : std::uint8_t { kNone, kCall, kReturn, kTrapReturn };

/// @param bits    of the instruction
/// @param length  2 or 4 bytes
Transfer transfer_of(std::uint32_t bits, unsigned length);

/// All calls from one instruction to one function.
struct Calls {
  std::uint64_t count = 0;
  /// Of those that have ended, without what calls of the calling function cost that lie within them: own
  /// costs of a function and those of its calls add up to what it costs, however it recurs.
  Cost inclusive;
};
struct CallKey {
  std::uint32_t site = 0;      ///< address of the jump
  std::uint32_t function = 0;  ///< called
  friend auto operator<=>(const CallKey&, const CallKey&) = default;
};

class CallTracker {
 public:
  /// Outside of every function of the program there is one more, the number of its functions.
  CallTracker(const ProgramInfo& program, std::uint32_t pc);

  /// What the instruction that is executed now costs.
  void spend(const Cost& cost) { contexts_.back().total += cost; }
  /// The instruction at `from` has been executed, `to` follows.
  void follow(Transfer transfer, std::uint32_t from, unsigned length, std::uint32_t to);
  /// A trap was taken; `to` is its handler.
  void enter_trap(std::uint32_t to);
  /// Ends all calls that are under way. Once.
  void finish();

  std::uint32_t function_at(std::uint32_t pc) const;
  const std::map<CallKey, Calls>& calls() const { return calls_; }

 private:
  struct Frame {
    std::uint32_t function = 0;
    std::uint32_t return_address = 0;
    std::uint32_t site = 0;
    bool is_tail = false;  ///< returns where the frame below it does
    Cost at_entry;
    Cost excluded;  ///< of calls within it of the function that made it
  };
  /// A root and what it has called: the program, or a handler that interrupted the one below.
  struct Context {
    std::vector<Frame> frames;
    Cost total;
  };

  bool is_in(std::uint32_t function, std::uint32_t pc) const;
  void push(std::uint32_t site, std::uint32_t to, std::uint32_t return_address, bool is_tail);
  void pop_to(std::size_t frames);
  void end_call(Context& context);
  void jump(std::uint32_t from, std::uint32_t to);
  void return_to(std::uint32_t from, std::uint32_t to);
  void leave_trap(std::uint32_t from, std::uint32_t to);

  const ProgramInfo& program_;
  std::vector<Context> contexts_;
  std::map<CallKey, Calls> calls_;
};

}  // namespace mho::platform::profile
