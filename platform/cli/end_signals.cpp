// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/end_signals.hpp"

#include <csignal>

namespace mho::platform::cli {
namespace {

std::atomic<int> last_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a handler of signals writes it");

void note(int signal) {
  last_signal = signal;
}

void set_action(int signal, void (*handler)(int), int flags) {
  struct sigaction earlier {};
  sigaction(signal, nullptr, &earlier);
  if (earlier.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

EndSignals::EndSignals() {
  last_signal = 0;
  // Without SA_RESTART, so that a guest that waits for the console of the host is let go.
  set_action(SIGINT, note, static_cast<int>(SA_RESETHAND));
  // timeout(1) sends it twice, to mho and to its group.
  set_action(SIGTERM, note, 0);
}

EndSignals::~EndSignals() {
  for (const int signal : {SIGINT, SIGTERM}) set_action(signal, SIG_DFL, 0);
}

const std::atomic<int>& EndSignals::received() const {
  return last_signal;
}

}  // namespace mho::platform::cli
