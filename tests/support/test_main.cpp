// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif

// libsystemc's own main looks for it; the programs here start simulations themselves.
extern "C" int sc_main(int, char**) {
  return 0;
}

namespace {

#if defined(__SANITIZE_ADDRESS__)
/// After SystemC's coroutines AddressSanitizer no longer knows the bounds of the main stack. It then cannot
/// clean the scopes that an exception unwinds, and reports the next function that runs there. Each test
/// begins with the bounds put right.
class MainStackBounds final : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override {
    pthread_attr_t attributes;
    void* bottom = nullptr;
    std::size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_destroy(&attributes);
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, bottom, size);
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
  }
};
#endif

}  // namespace

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  testing::InitGoogleTest(&argc, argv);
#if defined(__SANITIZE_ADDRESS__)
  testing::UnitTest::GetInstance()->listeners().Append(new MainStackBounds);
#endif
  return RUN_ALL_TESTS();
}
