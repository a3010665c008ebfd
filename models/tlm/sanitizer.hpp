// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// AddressSanitizer and SystemC's coroutines. After a simulation has run, AddressSanitizer no longer knows the
// bounds of the main stack: it then cannot clean the scopes that an exception unwinds, and reports the next
// function that runs there for an overflow that is none. And it remembers the red zones of coroutines that
// ended in the middle of a function, also once their stack has gone back to the host.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#include <cstddef>

namespace mho::tlm_base {

/// Tells AddressSanitizer the bounds of the stack it runs on; does nothing in other builds. To be called on
/// the main stack after sc_start().
inline void restore_stack_bounds() {
#if defined(__SANITIZE_ADDRESS__)
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  pthread_attr_getstack(&attributes, &bottom, &size);
  pthread_attr_destroy(&attributes);
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, bottom, size);
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

/// Tells AddressSanitizer that memory just mapped from the host has no red zones in it; does nothing in other
/// builds.
inline void forget_red_zones([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

}  // namespace mho::tlm_base
