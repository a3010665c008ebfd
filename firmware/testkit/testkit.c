// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/testkit/testkit.h"

#include <setjmp.h>
#include <stddef.h>
#include <string.h>

#include "firmware/sdk/console.h"
#include "firmware/sdk/csr.h"

enum { kPassed = 0, kFailed = 1, kNoSuchTest = 2 };

static mho_test_t* first_test;
static mho_test_t** last_link = &first_test;
static jmp_buf end_of_test;

void mho_test_register(mho_test_t* test) {
  *last_link = test;
  last_link = &test->next;
}

// Not printf: a program without FLOAT_PRINTF prints no 64 bits, and what is tested may have broken the
// library.
static void print_unsigned(uint64_t value) {
  char digits[21];
  char* at = &digits[sizeof digits - 1];
  *at = '\0';
  do {
    *--at = (char)('0' + (int)(value % 10u));
    value /= 10u;
  } while (value != 0u);
  mho_console_text(at);
}

static void print_signed(int64_t value) {
  if (value < 0) mho_console_text("-");
  print_unsigned(value < 0 ? 0u - (uint64_t)value : (uint64_t)value);
}

static void print_failure(const char* text, mho_test_place_t place) {
  mho_console_text("# ");
  mho_console_text(place.file);
  mho_console_text(":");
  print_signed(place.line);
  mho_console_text(": failed: ");
  mho_console_text(text);
}

void mho_test_check(bool is_true, const char* text, mho_test_place_t place) {
  if (is_true) return;
  print_failure(text, place);
  mho_console_text("\n");
  longjmp(end_of_test, 1);
}

void mho_test_check_equal(int64_t actual, int64_t expected, const char* text, mho_test_place_t place) {
  if (actual == expected) return;
  print_failure(text, place);
  mho_console_text(" (");
  print_signed(actual);
  mho_console_text(" is not ");
  print_signed(expected);
  mho_console_text(")\n");
  longjmp(end_of_test, 1);
}

static bool run(const mho_test_t* test, uint32_t number) {
  const uint64_t begin = mho_cycles();
  const bool has_passed = setjmp(end_of_test) == 0;
  if (has_passed) test->run();
  const uint64_t cycles = mho_cycles() - begin;
  mho_console_text(has_passed ? "ok " : "not ok ");
  print_unsigned(number);
  mho_console_text(" - ");
  mho_console_text(test->name);
  mho_console_text(" # ");
  print_unsigned(cycles);
  mho_console_text(" cycles\n");
  return has_passed;
}

static const mho_test_t* find(const char* name) {
  const mho_test_t* test = first_test;
  while (test != NULL && strcmp(test->name, name) != 0) test = test->next;
  return test;
}

static void print_plan(uint32_t count) {
  mho_console_text("TAP version 13\n1..");
  print_unsigned(count);
  mho_console_text("\n");
}

static int run_all(void) {
  uint32_t count = 0;
  bool have_passed = true;
  for (const mho_test_t* test = first_test; test != NULL; test = test->next) ++count;
  print_plan(count);
  uint32_t number = 0;
  for (const mho_test_t* test = first_test; test != NULL; test = test->next) {
    if (!run(test, ++number)) have_passed = false;
  }
  return have_passed ? kPassed : kFailed;
}

static int run_named(int count, char** names) {
  for (int i = 0; i < count; ++i) {
    if (find(names[i]) != NULL) continue;
    mho_console_text("# there is no test '");
    mho_console_text(names[i]);
    mho_console_text("'; --list shows all\n");
    return kNoSuchTest;
  }
  bool have_passed = true;
  print_plan((uint32_t)count);
  for (int i = 0; i < count; ++i) {
    if (!run(find(names[i]), (uint32_t)i + 1u)) have_passed = false;
  }
  return have_passed ? kPassed : kFailed;
}

static int list_all(void) {
  for (const mho_test_t* test = first_test; test != NULL; test = test->next) {
    mho_console_text(test->name);
    mho_console_text("\n");
  }
  return kPassed;
}

int main(int argc, char** argv) {
  if (argc <= 1) return run_all();
  if (argc == 2 && strcmp(argv[1], "--list") == 0) return list_all();
  return run_named(argc - 1, argv + 1);
}
