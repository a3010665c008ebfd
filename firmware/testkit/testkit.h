// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Tests that run on the simulated CPU. A test program is made of tests and needs no main:
//
//     #include "firmware/testkit/testkit.h"
//
//     MHO_TEST(ring_takes_as_many_jobs_as_it_has_entries) {
//       MHO_CHECK_EQ(submit(&device), MHO_OK);
//     }
//
// Arguments of the program: none runs all tests in the order of their definition, names run only those,
// --list prints the names, one a line. Output is TAP 13 on the console; failed checks are comments with file
// and line. Exit code 0: all passed; 1: a test failed; 2: there is no test of such a name. An exception in a
// test ends the program, see sdk/trap.h. The CMake function mho_add_firmware_test() makes a ctest entry of
// each test. Not here: fixtures and mocks; the chip itself is what tests talk to.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Where a check stands in the source.
typedef struct mho_test_place {
  const char* file;
  int line;
} mho_test_place_t;

/// A test; made by MHO_TEST.
typedef struct mho_test {
  const char* name;
  void (*run)(void);
  struct mho_test* next;
} mho_test_t;

/// Adds a test behind those that are there. Its memory must last; MHO_TEST sees to both.
void mho_test_register(mho_test_t* test);

/// Ends the running test as failed unless `is_true`; may be called from functions that a test calls, not from
/// interrupt handlers.
void mho_test_check(bool is_true, const char* text, mho_test_place_t place);
/// The same unless both are equal, printing them when they are not.
void mho_test_check_equal(int64_t actual, int64_t expected, const char* text, mho_test_place_t place);

#define MHO_TEST_HERE ((mho_test_place_t){__FILE__, __LINE__})

/// Defines a test; `test_name` is an identifier and unique in the program.
#define MHO_TEST(test_name)                                                                           \
  static void mho_test_run_##test_name(void);                                                         \
  static mho_test_t mho_test_of_##test_name = {#test_name, mho_test_run_##test_name, (mho_test_t*)0}; \
  __attribute__((constructor)) static void mho_test_add_##test_name(void) {                           \
    mho_test_register(&mho_test_of_##test_name);                                                      \
  }                                                                                                   \
  static void mho_test_run_##test_name(void)

/// A condition that must hold, or the test ends here.
#define MHO_CHECK(condition) mho_test_check((condition), #condition, MHO_TEST_HERE)
/// Two integers that must be equal, as signed numbers of 64 bits.
#define MHO_CHECK_EQ(actual, expected) \
  mho_test_check_equal((int64_t)(actual), (int64_t)(expected), #actual " == " #expected, MHO_TEST_HERE)

#ifdef __cplusplus
}
#endif
