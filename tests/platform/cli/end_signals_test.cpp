// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/end_signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace mho::platform::cli {
namespace {

TEST(EndSignals, NotesTheFirstOfEachKindAndEverySigterm) {
  const EndSignals signals;
  EXPECT_EQ(signals.received(), 0);
  std::raise(SIGTERM);
  EXPECT_EQ(signals.received(), SIGTERM);
  std::raise(SIGTERM);
  std::raise(SIGINT);
  EXPECT_EQ(signals.received(), SIGINT);
}

TEST(EndSignalsDeathTest, TheSecondCtrlCKills) {
  EXPECT_EXIT(
      {
        const EndSignals signals;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(EndSignalsDeathTest, KillAsBeforeWhenTheObjectIsGone) {
  for (const int signal : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          { const EndSignals signals; }
          std::raise(signal);
        },
        testing::KilledBySignal(signal), "");
  }
}

TEST(EndSignals, LeavesAnIgnoredSignalIgnored) {
  auto* const earlier = std::signal(SIGINT, SIG_IGN);
  {
    const EndSignals signals;
    std::raise(SIGINT);
    EXPECT_EQ(signals.received(), 0);
  }
  EXPECT_EQ(std::signal(SIGINT, earlier), SIG_IGN);
}

}  // namespace
}  // namespace mho::platform::cli
