// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/session.hpp"

#include <fmt/format.h>

#include <utility>

namespace mho::platform::gdb {
namespace {

/// How long the guest may run before an interrupt is noticed.
constexpr std::chrono::milliseconds kLookInterval{10};
constexpr int kForEver = -1, kNotAtAll = 0;
constexpr std::uint8_t kSigInt = 2, kSigTrap = 5, kSigTerm = 15;
constexpr std::uint32_t kLargestExitCode = 255;

}  // namespace

Session::Session(std::uint16_t port, Chip& chip, const soc::ElfImage& image, std::uint32_t a1,
                 TraceSwitch trace, const std::atomic<int>* signal)
    : chip_(chip), connection_(port, signal), target_(chip, image, a1, std::move(trace)), stub_(target_) {}

void Session::connect() {
  connection_.accept();
  if (!connection_.is_open()) return;
  chip_.machine().cpu().set_debugger(this);
}

void Session::send(std::string_view payload) {
  last_sent_ = framed(payload);
  connection_.send(last_sent_);
}

void Session::tell(std::string_view text) {
  send(fmt::format("O{}", to_hex(fmt::format("mho: {}\n", text))));
}

bool Session::wants_halt() {
  if (connection_.has_signal()) return false;
  if (is_interrupted_ || !connection_.is_open()) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_look_ < kLookInterval) return false;
  last_look_ = now;
  look_for_interrupt(kNotAtAll);
  return is_interrupted_ || !connection_.is_open();
}

void Session::look_for_interrupt(int timeout_ms) {
  const auto item = connection_.receive(timeout_ms);
  if (!item) return;
  // While the guest runs gdb sends nothing else; a request by mistake is left unanswered.
  if (item->kind == IncomingKind::kInterrupt) is_interrupted_ = true;
  if (item->kind == IncomingKind::kRefused) connection_.send(last_sent_);
}

void Session::stalled(const std::string& why) {
  tell(fmt::format("{}; interrupt to look", why));
  while (connection_.is_open() && !is_interrupted_ && !connection_.has_signal()) look_for_interrupt(kForEver);
}

soc::Resumption Session::halted(const soc::Halt& halt) {
  is_interrupted_ = false;
  StopReason reason{.signal = kSigTrap};
  if (halt.cause == soc::HaltCause::kInterrupt) reason.signal = kSigInt;
  if (halt.cause == soc::HaltCause::kBreakpoint || halt.cause == soc::HaltCause::kLoad ||
      halt.cause == soc::HaltCause::kStore) {
    reason.point = target_.point_at(halt);
    reason.address = halt.address;
  }
  const std::string stop = stub_.stop_reply(reason);
  // Upon connection gdb asks by itself.
  if (halt.cause != soc::HaltCause::kAttached) send(stop);
  awaits_stop_ = false;
  const Action action = serve();
  awaits_stop_ = action == Action::kContinue || action == Action::kStep;
  switch (action) {
    case Action::kStep:
      return soc::Resumption::kStep;
    case Action::kKill:
      chip_.machine().cpu().request_stop(soc::StopCause::kDebugger, 0, "killed by the debugger");
      connection_.close();
      return soc::Resumption::kDetach;
    case Action::kDetach:
      connection_.close();
      return soc::Resumption::kDetach;
    default:
      return soc::Resumption::kContinue;
  }
}

Action Session::serve() {
  while (connection_.is_open()) {
    const auto item = connection_.receive(kForEver);
    if (connection_.has_signal()) return Action::kNone;
    if (!item) continue;
    if (item->kind == IncomingKind::kRefused) connection_.send(last_sent_);
    if (item->kind == IncomingKind::kDamaged) connection_.send("-");
    if (item->kind != IncomingKind::kPacket) continue;
    if (stub_.acknowledges()) connection_.send("+");
    const Answer answer = stub_.handle(item->payload);
    if (answer.reply) send(*answer.reply);
    if (answer.action != Action::kNone) return answer.action;
  }
  return Action::kDetach;
}

void Session::finish(const RunResult& result) {
  // Whatever is sent to a gdb that waits for nothing, it takes for the answer to its next request.
  if (!awaits_stop_) connection_.close();
  if (!connection_.is_open()) return;
  if (is_guests_own(result.exit_cause)) {
    send(fmt::format("W{:02x}", std::min(result.exit_code, kLargestExitCode)));
  } else {
    tell(result.message);
    send(fmt::format("X{:02x}", kSigTerm));
  }
  // gdb may still acknowledge; closing at once could reset the connection before it has read. An extended
  // remote target still gets requests, of which there is nothing left to say.
  constexpr int kGrace_ms = 200;
  while (const auto item = connection_.receive(kGrace_ms)) {
    if (item->kind != IncomingKind::kPacket) continue;
    if (stub_.acknowledges()) connection_.send("+");
    send("");
  }
  connection_.close();
}

}  // namespace mho::platform::gdb
