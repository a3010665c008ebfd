// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/sdk/arguments.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/sdk/trap.h"

#define SYS_GET_CMDLINE 0x15u
#define FAILED UINT32_MAX

static char line[MHO_MAX_COMMAND_LINE] __attribute__((section(".noinit.mho_command_line")));
static char* pointers[MHO_MAX_ARGUMENTS + 1];

/// A semihosting call: ebreak between two instructions that do nothing, none of them compressed or on two
/// pages.
static uint32_t semihost(uint32_t operation, void* parameter) {
  register uint32_t a0 __asm__("a0") = operation;
  register void* a1 __asm__("a1") = parameter;
  __asm__ volatile(
      ".option push\n"
      ".option norvc\n"
      ".balign 16\n"
      "slli zero, zero, 0x1f\n"
      "ebreak\n"
      "srai zero, zero, 7\n"
      ".option pop\n"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
}

static bool answer_failed(mho_trap_frame_t* frame) {
  if (frame->mcause != MHO_EXCEPTION_BREAKPOINT) return false;
  mho_trap_skip_instruction(frame);
  frame->x[10] = FAILED;
  return true;
}

/// Unquotes the argument that begins at `at`, in place.
/// @returns what follows it
static char* take_argument(char* at) {
  bool quoted = false;
  char* to = at;
  while (*at != '\0' && (quoted || *at != ' ')) {
    if (*at == '"') {
      quoted = !quoted;
      ++at;
      continue;
    }
    if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) ++at;
    *to++ = *at++;
  }
  char* rest = *at == '\0' ? at : at + 1;
  *to = '\0';
  return rest;
}

static int split(void) {
  int count = 0;
  char* at = line;
  while (count < MHO_MAX_ARGUMENTS) {
    while (*at == ' ') ++at;
    if (*at == '\0') break;
    pointers[count++] = at;
    at = take_argument(at);
  }
  return count;
}

int mho_arguments(char*** argv) {
  static char no_name[] = "firmware";
  struct {
    char* buffer;
    uint32_t bytes;
  } parameter = {line, sizeof line};
  mho_exception_set_handler(answer_failed);
  const uint32_t result = semihost(SYS_GET_CMDLINE, &parameter);
  mho_exception_set_handler(NULL);
  int count = 0;
  if (result == 0) {
    line[sizeof line - 1] = '\0';
    count = split();
  }
  if (count == 0) pointers[count++] = no_name;
  pointers[count] = NULL;
  *argv = pointers;
  return count;
}
