// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// AddressSanitizer and SystemC's coroutines. After a simulation has run, AddressSanitizer no longer knows the
// bounds of the main stack: it then cannot clean the scopes that an exception unwinds, and reports the next
// function that runs there for an overflow that is none.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>

#include <cstddef>
#endif

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

}  // namespace mho::tlm_base
