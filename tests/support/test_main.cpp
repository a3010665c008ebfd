// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <cstdlib>

#include "models/tlm/sanitizer.hpp"

// libsystemc's own main looks for it; the programs here start simulations themselves.
extern "C" int sc_main(int, char**) {
  return 0;
}

#if defined(__SANITIZE_ADDRESS__)
/// What libsystemc itself never gives back: its pool of pending notifications.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:sc_core::sc_event_timed::allocate\n";
}
#endif

namespace {

/// A test may have started simulations on its own.
class MainStackBounds final : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override { mho::tlm_base::restore_stack_bounds(); }
};

}  // namespace

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  testing::InitGoogleTest(&argc, argv);
  testing::UnitTest::GetInstance()->listeners().Append(new MainStackBounds);
  return RUN_ALL_TESTS();
}
